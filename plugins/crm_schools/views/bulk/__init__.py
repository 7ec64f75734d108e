"""Acting for many students at once: choose in a list, say what, see the plan, do exactly that."""
