"""What one does with the directory, needs and referrals. Services flush; they never commit."""
