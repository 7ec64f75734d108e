"""The speed budgets, measured: `make bench`, or `python -m tests.scale --help`. Never part of the suite.

Absolute times say little on a shared machine, so every request of ours is sent beside one of a floor that
does the least that could be done, in turns, and the ratio of the two is what counts.
"""
