"""Trackers and lists of outlets that people keep as tables."""
