"""Students of whom an archive has no class enrolment: that they are enrolled for the whole year in the school
of their user is guessed. Each row says so; where many come in so, somebody must agree, for then classes are
missing from the archive, or its system exports none."""

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Final

from crm.plugin_api.transfer import Line, Notice
from crm_schools.importing.roster.records import is_guessed

if TYPE_CHECKING:
    from crm_schools.importing.roster.people import Span

NOW: Final = "schools_guessed_now"
"""Only counted, with how many students the archive names: a stay that is guessed and new. So an archive that
has no classes is asked about once, and not each night."""
MANY: Final = "schools_guessed_many"
FEW: Final = 20
PART: Final = 20
"""A few come each week before they have a schedule: up to FEW, or one in PART, are only told."""


def count(line: Line, new: Collection["Span"], *, is_new: bool) -> None:
    """Note of a line that it enrols somebody by a guess: one of its `new` stays is one, or all is (`is_new`),
    as for whoever may not see students, whose guesses would be answered else."""
    of = line.record.get("guessed_of")
    if of is not None and (is_new or any(is_guessed(span[5]) for span in new)):
        line.reasons.append([NOW, str(of), "1"])


def conclude(said: Callable[[str], Sequence[Sequence[str]]]) -> list[Notice]:
    """How many such stays the plan of a file has; see `Concludes`."""
    found = said(NOW)
    if not found:
        return []
    of = max(int(each[1]) for each in found)
    are_many = len(found) > max(FEW, of // PART) or 2 * len(found) > of
    return [Notice(MANY if are_many else "schools_guessed_in_all", {"count": len(found), "of": of})]
