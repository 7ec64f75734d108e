"""Mail that comes in to be logged: read, matched with people by address, filed or left waiting."""
