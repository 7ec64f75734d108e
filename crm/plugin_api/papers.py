"""PDF files in any language. Apart from the rest, for it takes long to load."""

from crm.papers import Pages

__all__ = ["Pages"]
