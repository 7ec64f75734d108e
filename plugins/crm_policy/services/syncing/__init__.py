"""Keeping a session fresh from a live service, as a durable job.

Each step asks at most once and writes what came with the mark of how far it is, in one transaction: a process
that is killed repeats one question and nothing else. Nothing is ever deleted; what a full list lacks is
marked. A bucket of tokens keeps to the service's rate, and "not now" is waited out longer each time.
"""

from crm_policy.services.syncing.asking import add, ask, nightly
from crm_policy.services.syncing.steps import step
from crm_policy.services.syncing.taking import take

__all__ = ["add", "ask", "nightly", "step", "take"]
