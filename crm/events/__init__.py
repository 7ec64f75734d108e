"""Events: invitations, answers, attendance, minutes."""
