"""Bringing in rosters and attendance from what districts have."""
