"""One change of many contacts: chosen, planned, shown, then applied exactly as shown."""
