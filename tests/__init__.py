"""Tests of Rollcall; those of a bundled plugin lie in its own folder."""
