"""Files that belong to contacts: what may come in, pictures made safe, and where the bytes lie."""
