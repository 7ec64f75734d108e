"""Forgetting what history says of rows that are about somebody who is erased. See `crm.journal.erasing`."""

from crm.journal.erasing import erase_rows, erase_rows_about, names_of, rows_once_about, without

__all__ = ["erase_rows", "erase_rows_about", "names_of", "rows_once_about", "without"]
