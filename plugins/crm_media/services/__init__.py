"""What one does with the records of media relations. Inside the caller's transaction; nothing commits."""
