"""Lines of a roster that are about no student who is here and make none, or about one whom another names."""

from collections.abc import Mapping
from typing import Any

from crm.plugin_api.transfer import Line
from crm_schools.importing.roster import never_came
from crm_schools.importing.roster.records import BY_SCHOOL


def why_nobody(record: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Why a line is about no student who is here, and makes none; None where it makes one."""
    if "student" in record:
        return "schools_gone", "", ""
    if not record["key"]:
        return "schools_no_such_student", "", record["fields"].get("source_id", "")
    if record["delta"] == BY_SCHOOL and record.get("never") and not record["spans"]:
        return never_came.NEVER, "", record["never"][-1][2]
    return None


def cannot_be_made(line: Line, district: int | None, made: dict[tuple[int | None, str], Line]) -> bool:
    """Whether a student who is not there, or not under this number, cannot be made of a line; it is left out
    then. `made` are the lines of those that were."""
    if district is None or "student" in line.record:
        line.skip("schools_gone" if "student" in line.record else "schools_which_district")
        return True
    first = made.setdefault((district, line.record["key"]), line)
    if first is not line:
        line.skip(*why_again(line, first))
    return first is not line


def why_again(line: Line, first: Line) -> tuple[str, str, str]:
    """Why a line is left out whose student another line named `first`: two whom their system calls by
    different ids are two, and only their number is the same."""
    sources = {each.record["fields"].get("source_id", "") for each in (line, first)}
    are_two = len(sources) == 2 and "" not in sources
    return "schools_same_number" if are_two else "schools_same_student", "", place_of(first)


def place_of(line: Line) -> str:
    """Where a line stands in the file: which one of which file in an archive, else its number."""
    return str(line.record.get("at") or line.number)
