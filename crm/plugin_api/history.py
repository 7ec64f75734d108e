"""Forgetting what history says of rows that are about somebody who is erased. See `crm.journal.erasing`."""

from crm.journal.erasing import erase_rows, erase_rows_about, names_of, rows_let_go_of, without

__all__ = ["erase_rows", "erase_rows_about", "names_of", "rows_let_go_of", "without"]
