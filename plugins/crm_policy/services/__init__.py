"""What one does with bills and the people around them. Inside the caller's transaction; nothing here
commits."""
