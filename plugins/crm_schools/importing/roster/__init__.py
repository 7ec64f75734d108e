"""Rosters: districts, schools, calendars, students, where they are enrolled, and their subgroups."""
