"""The calendar of everything dated, as pages and as a feed for other programs."""
