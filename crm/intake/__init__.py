"""Forms for everybody: join, sign up, ask for help; and what was answered."""
