"""What history says of records before, and forgetting it of somebody who is erased. See `crm.journal.erasing`
and `crm.journal.past`."""

from crm.journal.erasing import erase_rows, erase_rows_about, names_of, rows_let_go_of, without
from crm.journal.past import (
    Done,
    done_to,
    rows_made,
    rows_removed,
    rows_written_beside,
    rows_written_over,
    rows_written_since,
    values_let_go,
)

__all__ = [
    "Done",
    "done_to",
    "erase_rows",
    "erase_rows_about",
    "names_of",
    "rows_let_go_of",
    "rows_made",
    "rows_removed",
    "rows_written_beside",
    "rows_written_over",
    "rows_written_since",
    "values_let_go",
    "without",
]
