"""Contacts that may be one: found in sets, judged with reasons, decided by people."""
