"""Coalitions: who belongs to them, who works in them, and what was promised."""
