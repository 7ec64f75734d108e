"""What is written by hand: places, years and calendars, students and their families, a day corrected."""
