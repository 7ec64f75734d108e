"""What can be done to coalitions and what belongs to them. Every function runs inside `db.transaction`; it
flushes, never commits."""
