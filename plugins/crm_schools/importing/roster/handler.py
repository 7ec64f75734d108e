"""Rosters as a kind of import; see `ImportHandler`."""

import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from flask_babel import format_date

from crm.plugin_api import current_actor, db, ngettext, system
from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import Line, Notice, OwnSource, Settings
from crm_schools.history_words import WORDS
from crm_schools.importing import day_orders
from crm_schools.importing.base import OwnFiles, keep_problems, keep_to_those_who_may_see
from crm_schools.importing.roster import (
    by_hand,
    classes,
    cut_short,
    endings,
    guessed,
    matching,
    never_came,
    oneroster,
    removed,
    twice,
    undated,
    whole,
)
from crm_schools.importing.roster.edfi import EdFi
from crm_schools.importing.roster.guardians import FORBIDDEN_TOO, REMOVED, Guardians, is_prohibited
from crm_schools.importing.roster.oneroster import OneRoster
from crm_schools.importing.roster.oneroster.newest import OLDER
from crm_schools.importing.roster.people import People
from crm_schools.importing.roster.structure import Structure, Word
from crm_schools.importing.roster.table import RosterTable
from crm_schools.importing.roster.table_years import OF_YEAR_BEFORE
from crm_schools.models import School
from crm_schools.permissions import STUDENTS
from crm_schools.rating import settling
from crm_schools.words import year_words

PEOPLE: Final = frozenset({"student", "guardian", "ending"})

HIDDEN: Final = {"schools_left": "schools_left_somebody"}
"""What is said in place of reasons that tell of students whom a file does not name."""
COUNTED: Final = frozenset({"schools_left"})
"""Of which the value, a day, is kept all the same."""
STORED: Final = frozenset(
    {
        removed.REPLACED,
        removed.MISSED,
        removed.GONE,
        removed.LOST,
        removed.OFF,
        whole.BEFORE,
        whole.ENDED,
        whole.DROPPED,
        matching.ANOTHER,
        matching.RENUMBERED,
        twice.ALIKE,
        undated.MOVED,
        undated.LATER,
        undated.ALSO,
        undated.FROM_BEFORE,
        undated.NO_MORE,
        removed.BEHIND,
        by_hand.HELD,
        by_hand.STILL,
        by_hand.TAKEN,
        by_hand.AGAIN,
        never_came.NEVER,
        never_came.LEFT_IN_SUMMER,
        classes.ENDED,
        classes.NEVER,
        classes.UNKNOWN,
        FORBIDDEN_TOO,
        REMOVED,
    }
)
"""Reasons that tell of what is stored of students: they would answer guesses, even all of them together."""


def path_is_table(path: Path) -> bool:
    """Whether a file is neither XML nor JSON: a text with columns, or a workbook."""
    with path.open("rb") as file:
        head = file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
    return not head.startswith((b"<", b"{", b"["))


def holds_xml(path: Path) -> bool:
    """Whether a file is an archive of interchanges, and no workbook, which has XML in folders of its own."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    is_workbook = "[Content_Types].xml" in names
    return not is_workbook and any(name.casefold().endswith(".xml") for name in names)


class RosterImport(OwnFiles):
    """Districts, schools, years, calendars and students with their enrolments."""

    asks_as = "roster"
    totals: Mapping[str, str] = {
        removed.REPLACED: "schools_stays_replaced",
        removed.MISSED: "schools_stays_missed_in_all",
        removed.GONE: "schools_stays_gone_in_all",
        removed.GONE_HIDDEN: "schools_stays_may_go",
        removed.LOST: "schools_stays_lost_in_all",
        removed.OFF: "schools_stays_off_in_all",
        whole.BEFORE: "schools_days_before_in_all",
        by_hand.STILL: "schools_still_there_in_all",
        undated.FROM_BEFORE: "schools_days_from_before_in_all",
        undated.NO_MORE: "schools_days_no_more_in_all",
        removed.BEHIND: "schools_days_behind_in_all",
        twice.ALIKE: "schools_called_alike_in_all",
        "schools_order_for_nobody": "schools_order_for_nobody_in_all",
        "schools_no_class": "schools_no_class_in_all",
        "schools_nowhere": "schools_nowhere_in_all",
    }
    confirms: Collection[str] = (
        *day_orders.CONFIRMS,
        "schools_stays_missed_in_all",
        "schools_stays_gone_in_all",
        "schools_stays_may_go",
        "schools_stays_lost_in_all",
        "schools_called_alike_in_all",
        guessed.MANY,
        OLDER,
        OF_YEAR_BEFORE,
    )

    def open(self, path: Path, name: str, options: Mapping[str, Any], work: Path | None) -> OwnSource:
        form = str(options.get("format", ""))
        cut_short.refuse(path, name)
        if form == "oneroster" or (not form and oneroster.is_archive(path)):
            return OneRoster(path, name, work, options)
        if not form and holds_xml(path):
            return EdFi(path, name, options)
        if form == "table" or (not form and path_is_table(path)):
            return RosterTable(path, name, options)
        return EdFi(path, name, options)

    def label(self, record: Mapping[str, Any]) -> str:
        if record.get("by_number"):
            return _("Guardian of student %(number)s", number=", ".join(record["students"][:3]))
        if record["kind"] == "guardian":
            return _("Guardian %(number)s", number=record["key"])
        if record["kind"] == "ending":
            return _("A guardian whom the archive does not name")
        if "student" in record:
            return _("A student whom the archive does not name")
        if record["kind"] == "student":
            return _("Student %(number)s", number=record["key"] or record["fields"].get("source_id", ""))
        labels = {
            "district": _("District"),
            "school": _("School"),
            "year": _("School year"),
            "session": _("Term"),
            "days": _("Calendar"),
        }
        name = (
            year_words(record["year"])
            if record["kind"] in {"year", "days"}
            else record.get("name") or record["key"]
        )
        return f"{labels[record['kind']]} {name}"

    def describe(self, record: Mapping[str, Any]) -> list[tuple[str, str]]:
        if record["kind"] == "ending":
            return []
        if record["kind"] == "guardian":
            barred = [each for each in record["students"] if is_prohibited(record, each)]
            facts = [(_("Students they care for"), str(len(record["students"])))]
            return [*facts, *([(_("Must not be contacted about"), ", ".join(barred))] if barred else [])]
        if record["kind"] != "student":
            return _facts(record)
        stays = [(span[0], span[2], span[3]) for span in record["spans"]]
        stays += [(each[1], each[3], each[4]) for each in record.get("classes", ()) if not each[5]]
        listed = ", ".join(
            f"{_school_words(school)}: {_day(begins)} – {_day(ends) if ends else '…'}"
            for school, begins, ends in dict.fromkeys(stays)
        )
        return [(_("Enrolled"), listed)] if listed else []

    def change_words(self, name: str, old: str, new: str) -> tuple[str, str, str]:
        labels = {
            "enrolments": _("Enrolments in the file"),
            "stay": _("Enrolled"),
            "days": _("Days in the calendar"),
            "students": _("Students they care for"),
            "ended": _("Students they care for no more"),
            "phone": _("Phone"),
            "email": _("Email"),
            "source_id": _("Number in its system"),
        }
        known = labels | {word.column: str(word.label) for word in WORDS if word.label and not word.table}
        return known.get(name, _("Name") if name == "name" else name), _value(name, old), _value(name, new)

    def plan(self, lines: Sequence[Line], settings: Settings) -> None:
        structure = Structure()
        people = _people(structure, settings)
        for line in lines:
            keep_problems(line)
            if line.record["kind"] not in PEOPLE:
                structure.plan(line)
        of_students = [line for line in lines if line.record["kind"] == "student"]
        people.plan(of_students)
        keep_to_those_who_may_see(of_students, settings, lambda line: line.record_id)
        _keep_numbers(of_students, settings)
        of_guardians = [line for line in lines if line.record["kind"] == "guardian"]
        tells = settings.actor.can_everywhere(STUDENTS)
        Guardians(structure, tells=tells).plan(of_guardians)
        keep_to_those_who_may_see(of_guardians, settings, lambda line: None)
        _keep_numbers(of_guardians, settings)
        _keep_guardians(of_guardians, settings)
        of_endings = [line for line in lines if line.record["kind"] == "ending"]
        endings.plan(of_endings)

    def conclude(self, said: Callable[[str], Sequence[Sequence[str]]]) -> Sequence[Notice]:
        return guessed.conclude(said)

    def apply(self, lines: Sequence[Line], settings: Settings, change: Any) -> Sequence[int]:
        settling.hold_back()
        structure = Structure()
        wanted = [line for line in lines if line.action in {"create", "update"}]
        for line in wanted:
            if line.record["kind"] not in PEOPLE:
                structure.write(line)
        of_students = [line for line in wanted if line.record["kind"] == "student"]
        people = _people(structure, settings)
        # Of a file that is all there is it is looked at in any case: a school that was to come may not have.
        if settings.recheck or any(not line.record["delta"] for line in of_students):
            of_students = people.as_planned(of_students)
        people.write(of_students, change)
        of_guardians = [line for line in wanted if line.record["kind"] == "guardian"]
        tells = settings.actor.can_everywhere(STUDENTS)
        Guardians(structure, tells=tells).write(of_guardians, change)
        endings.write(line for line in wanted if line.record["kind"] == "ending")
        return ()

    def finish(self, settings: Settings, change: Any) -> None:
        settling.settle_after_import(settings.actor)

    def summary(self, file_name: str, counts: Mapping[str, int]) -> str:
        number = counts.get("create", 0) + counts.get("update", 0)
        return ngettext(
            "Roster “%(file)s”: %(num)s record", "Roster “%(file)s”: %(num)s records", number, file=file_name
        )


def _facts(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a line about a district, a school, a year, a term or a calendar says."""
    found = [
        (_("Name"), record.get("name", "")),
        (_("District"), record.get("district_name", "")),
        (_("State"), record.get("state", "")),
        (_("Number in its files"), record["key"] if record["kind"] in {"district", "school"} else ""),
        (_("Grades"), record.get("grades", "").replace(",", ", ")),
        (_("School"), str(record.get("school") or "")),
        (_("Begins"), _day(record["begins"]) if "begins" in record else ""),
        (_("Ends"), _day(record["ends"]) if "ends" in record else ""),
        (_("Instructional days stated"), str(record.get("stated") or "")),
        (_("Days in the calendar"), str(len(record["days"])) if "days" in record else ""),
    ]
    return [(label, value) for label, value in found if value]


def _day(text: str) -> str:
    return str(format_date(date.fromisoformat(text)))


def _value(name: str, text: str) -> str:
    """A value of a plan in words."""
    if text in {"True", "False"}:
        return _("Yes") if text == "True" else _("No")
    if name in {"birth_date", "begins_on", "ends_on"} and text not in {"", "None"}:
        return _day(text)
    if name == "stay" and text:
        return _stay_words(*text.split(" "))
    choices = next((word.choices for word in WORDS if word.column == name and not word.table), {})
    return str(choices.get(text, "" if text == "None" else text))


def _stay_words(school_id: str, grade: str, begins: str, ends: str) -> str:
    """A stay of a plan in words, for whoever may see students."""
    from crm_schools.views.places import grade_label

    if not current_actor().can_everywhere(STUDENTS):
        return ""
    said = f"{_day(begins)} – {_day(ends) if ends != '-' else '…'}"
    # A school that comes with the same file has no name yet.
    of_grade = str(grade_label(grade)) if grade != "-" else ""
    where = ", ".join(filter(None, (_school_words(int(school_id)), of_grade)))
    return f"{where}: {said}" if where else said


def _school_words(word: Word) -> str:
    """How a school of a line is called."""
    if not isinstance(word, int):
        return word if isinstance(word, str) else word[-1]
    with system("whoever imports knows the schools"):
        school = db.session().get(School, word)
    return school.local_id if school is not None else ""


def _people(structure: Structure, settings: Settings) -> People:
    return People(structure, hidden=not settings.actor.can_everywhere(STUDENTS))


def _keep_guardians(lines: Sequence[Line], settings: Settings) -> None:
    """Whether somebody cares for a student already is for those who may see students: to others each guardian
    of a file is as one who is new."""
    if not settings.actor.can_everywhere(STUDENTS):
        for line in lines:
            line.action, line.record_id = "create", None


def _keep_numbers(lines: Sequence[Line], settings: Settings) -> None:
    """Numbers of students whom the file does not name, what is written of their guardians, and what is stored
    beside a row are for those alone who may see students."""
    if not settings.actor.can_everywhere(STUDENTS):
        for line in lines:
            if any(reason[0] == matching.RENUMBERED for reason in line.reasons):
                # That a new number is somebody's would say that the file has their name.
                line.action, line.record_id, line.version = "create", None, None
            line.reasons = [
                [HIDDEN[code], "", value if code in COUNTED else ""]
                if code in HIDDEN
                else [code, column, value]
                for code, column, value in line.reasons
                if code not in STORED
            ]
            if line.record.get("may_be_part") and not line.record["delta"]:
                line.reasons.append([removed.GONE_HIDDEN, "", "0"])
