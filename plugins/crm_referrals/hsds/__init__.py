"""HSDS 3.1: what goes out by the interface and as files, and what comes in."""
