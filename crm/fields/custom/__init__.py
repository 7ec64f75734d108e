"""Fields that administrators give to records: what they are, what they mean to lists, and their values."""
