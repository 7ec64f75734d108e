"""Daily attendance: a row for each day that a student missed, or for each day at all."""
