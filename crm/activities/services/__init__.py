"""What one does with activities and tasks. Inside `db.transaction`; flushes, never commits."""
