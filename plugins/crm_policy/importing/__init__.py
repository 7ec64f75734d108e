"""Bringing bills and legislators in: what is new, what changed, and writing exactly that."""
