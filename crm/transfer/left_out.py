"""Rows that are not imported after all, as they stand in the file: people get them back."""

from collections.abc import Collection, Sequence

from crm.transfer import sources
from crm.transfer.kinds import ImportHandler
from crm.transfer.models import ImportRun
from crm.transfer.readers import TableSource


def as_they_stand(
    run: ImportRun, handler: ImportHandler, numbers: Collection[int]
) -> list[tuple[int, Sequence[str]]]:
    """(line, cells) of some rows; none where the file has no rows or is gone."""
    if not numbers or not run.file_key:
        return []
    source = sources.source_of(run, handler)
    if not isinstance(source, TableSource):
        return []
    return [(number, cells) for number, cells in source.rows(min(numbers) - 1) if number in numbers]
