"""Media relations: outlets, reporters and press lists."""
