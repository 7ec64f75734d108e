"""Schools: who is missing too much school, why, and what was done."""
