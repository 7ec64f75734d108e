"""Importing people and organizations: who a row means, what it changes, how it is written in sets."""
