"""The journal: every change, who made it, and undo."""
