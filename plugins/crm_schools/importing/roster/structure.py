"""Districts, schools, years, terms and calendars of a roster, compared with what is there, and written."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from crm.plugin_api import Organization, db, system
from crm.plugin_api.transfer import Line
from crm.plugin_api.words import organization_name_key, organization_sort_name
from crm_schools.importing.places import Places
from crm_schools.models import Calendar, Day, District, School, Session, Year
from crm_schools.words import fold

Record = Mapping[str, Any]
Word = str | int | Sequence[str]
"""How a line names a school: by its number, by its id where that is known, or, in another district than the
line's, by the key and the name of that district and its number there."""


class Structure:
    """What there is now. Writing adds to it, so that what comes later in the file finds it."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        """What lines wrote may be looked for now."""
        self.places = Places()
        self._within: dict[int, Places] = {}
        self._districts: dict[tuple[str, str], int | None] = {}

    def district(self, key: str, name: str = "") -> int | None:
        """The district of a key, else of a name; of neither the only district there is."""
        if not key and not name:
            return self.places.only_district
        if (key, name) not in self._districts:
            found = self._called(key) or self._called(name)
            self._districts[key, name] = found
        return self._districts[key, name]

    def _called(self, word: str) -> int | None:
        if not word:
            return None
        with system("a roster names a district"):
            rows = db.session().execute(
                select(District.id, District.local_id, District.nces_id, District.name)
            )
            wanted = fold(word)
            found = {row[0] for row in rows if wanted in {fold(row[1]), fold(row[2]), fold(row[3])} - {""}}
        return int(found.pop()) if len(found) == 1 else None

    def named(self, record: Record) -> int | None:
        """The district of a line, by its id or as the file calls it."""
        own = int(record.get("district_id") or 0)
        return own or self.district(record.get("district") or "", record.get("district_name") or "")

    def within(self, district_id: int) -> Places:
        """The schools of one district alone: what others call theirs says nothing of them."""
        if district_id not in self._within:
            self._within[district_id] = Places(district_id)
        return self._within[district_id]

    def places_of(self, record: Record) -> Places | None:
        """Where the schools of a line are looked for: in its district, in all of them where it names none,
        nowhere while the one that it names is still to be made."""
        if not _names_district(record):
            return self.places
        district = self.named(record)
        return self.within(district) if district is not None else None

    def school(self, record: Record) -> int | None:
        """The school that a line about a school, a term or a calendar is about."""
        return self.school_of(record, record["school"])

    def school_of(self, record: Record, word: Word) -> int | None:
        """A school that a line names, in the district of the line where it says one; see `Word`."""
        if isinstance(word, int):
            return word if word in self.places.district_of else None
        if not isinstance(word, str):
            return self.school_of({"district": word[0], "district_name": word[1]}, word[2])
        places = self.places_of(record)
        return places.school(word) if places is not None else None

    def district_of_student(self, record: Record) -> int | None:
        """The one that the line names, else by the first school of their enrolments."""
        if _names_district(record):
            return self.named(record)
        named = [span[0] for span in record["spans"]] + [each[1] for each in record.get("classes", ())]
        for word in filter(None, named):
            school = self.school_of(record, word)
            if school is not None:
                return int(self.places.district_of[school])
        return self.places.only_district

    def is_nowhere(self, record: Record) -> bool:
        """Whether a student's line names no district and no school, and there are several districts."""
        named = [span[0] for span in record["spans"]] + [each[1] for each in record.get("classes", ())]
        return not _names_district(record) and not any(named) and self.places.only_district is None

    def _district_of(self, record: Record) -> int | None:
        if record.get("school"):
            return self.places.district_of.get(self.school(record) or -1)
        return self.named(record)

    # Planning.

    def plan(self, line: Line) -> None:
        """Whether the line says anything new."""
        record = line.record
        row = self.row_of(record)
        if row is None:
            line.action = "create"
            return
        line.record_id = row.id
        wanted = self._wanted(record, row)
        line.changes = [
            [name, str(getattr(row, name) or ""), str(value)]
            for name, value in wanted.items()
            if getattr(row, name) != value
        ]
        if record["kind"] == "days":
            same = _days_of(row.id) == {date.fromisoformat(day): kind for day, kind in record["days"]}
            line.changes = [] if same else [["days", "", str(len(record["days"]))]]
        line.action = "update" if line.changes else "unchanged"

    def row_of(self, record: Record) -> Any:
        """What is stored of that of which a line speaks; None for nothing."""
        with system("a roster compares with what is there"):
            return {
                "district": self._district_row,
                "school": self._school_row,
                "year": self._year_row,
                "session": self._session_row,
                "days": self._calendar_row,
            }[record["kind"]](record)

    def _district_row(self, record: Record) -> Any:
        found = int(record.get("district_id") or 0) or self.district(record["key"], record["name"])
        return db.session().get(District, found) if found else None

    def _school_row(self, record: Record) -> Any:
        found = self.stored_school(record)
        return db.session().get(School, found) if found else None

    def stored_school(self, record: Record) -> int | None:
        """The stored school of a line about one: that which it means as `schools` found when the file was
        read, else the one that has got its number since."""
        stored = record.get("stored")
        return stored if stored in self.places.district_of else self.school_of(record, record["key"])

    def _wanted(self, record: Record, row: Any) -> dict[str, Any]:
        """What a line says of its record's columns; what it does not say is left out, such as a number in an
        archive that has none."""
        values = _values(record, row)
        is_number = record["kind"] == "school" and record["key"] != record.get("source_id")
        if is_number and self.school_of(record, record["key"]) is None:
            values |= _numbered(record["key"], row, self.places)
        return values

    def _year_row(self, record: Record) -> Any:
        statement = select(Year).where(
            Year.district_id == self._district_of(record), Year.school_year == record["year"]
        )
        return db.session().scalars(statement).one_or_none()

    def _session_row(self, record: Record) -> Any:
        statement = select(Session).where(
            Session.school_id == self.school(record),
            Session.school_year == record["year"],
            Session.name == record["key"],
        )
        return db.session().scalars(statement).one_or_none()

    def _calendar_row(self, record: Record) -> Any:
        statement = select(Calendar).where(
            Calendar.school_id == self.school(record),
            Calendar.school_year == record["year"],
            Calendar.grade == record["grade"],
        )
        return db.session().scalars(statement.order_by(Calendar.id)).first()

    # Writing.

    def write(self, line: Line) -> None:
        """Write the line; `skip` it where what it hangs on is not there."""
        record = line.record
        row = self.row_of(record)
        made = row is None
        if made and (row := self._made(record)) is None:
            line.skip("schools_no_such_school", "", record.get("school") or record.get("district") or "")
            return
        with system("a roster writes what it planned"):
            for name, value in self._wanted(record, row).items():
                setattr(row, name, value)
            if made:
                db.session().add(row)
            if record["kind"] == "school":
                _take_source(row)
            db.session().flush()
            if record["kind"] == "days":
                _write_days(row.id, record)
        line.record_id = row.id
        if record["kind"] in {"district", "school", "year"}:
            self._forget()

    def _made(self, record: Record) -> Any:
        district = None if record["kind"] == "district" else self._district_of(record)
        if record["kind"] == "district":
            row = District(local_id=record["key"], name=record["name"])
            row.contact_id = organization(record["name"], "district", None)
            return row
        if district is None:
            return None
        if record["kind"] == "school":
            with system("a school stands below its district"):
                parent = db.session().get_one(District, district).contact_id
            made = School(district_id=district, local_id=record["key"], name=record["name"])
            made.contact_id = organization(record["name"], "school", parent)
            return made
        if record["kind"] == "year":
            return Year(district_id=district, school_year=record["year"])
        if record["kind"] == "session":
            return Session(school_id=self.school(record), school_year=record["year"], name=record["key"])
        return Calendar(
            district_id=district,
            school_id=self.school(record),
            school_year=record["year"],
            grade=record["grade"],
            name=record["key"],
        )


def organization(name: str, sector: str, parent_id: int | None) -> int:
    """The id of the organization of that name below that parent that is no school or district yet; made if
    there is none. Inside a transaction."""
    taken = select(District.contact_id).where(District.contact_id.is_not(None))
    taken_schools = select(School.contact_id).where(School.contact_id.is_not(None))
    statement = select(Organization).where(
        Organization.name_key == organization_name_key(name),
        Organization.id.not_in(taken),
        Organization.id.not_in(taken_schools),
    )
    with system("a roster looks for its schools among the organizations"):
        found = db.session().scalars(statement.limit(2)).all()
        if len(found) == 1 and found[0].parent_id in {None, parent_id}:
            found[0].parent_id = parent_id
            return found[0].id
        made = Organization(
            name=name,
            sort_name=organization_sort_name(name),
            name_key=organization_name_key(name),
            sector=sector,
            parent_id=parent_id,
            custom={},
        )
        db.session().add(made)
        db.session().flush()
    return made.id


def _values(record: Record, row: Any) -> dict[str, Any]:
    """What a line says of its record's columns; what it does not say is left out."""
    kind = record["kind"]
    if kind in {"year", "session"}:
        values = {
            "begins_on": date.fromisoformat(record["begins"]),
            "ends_on": date.fromisoformat(record["ends"]),
        }
        return values | ({"stated_days": record["stated"]} if kind == "session" else {})
    if kind == "days":
        return {}
    names = (
        ("name", "state", "nces_id")
        if kind == "district"
        else ("name", "nces_id", "state_id", "grades", "source_id")
    )
    said = {name: record[name] for name in names if record.get(name)}
    if kind == "district" and not row.local_id and record["key"]:
        said["local_id"] = record["key"]  # Found by its name: other files call it by its number alone.
    return said


def _numbered(number: str, row: Any, places: Places) -> dict[str, str]:
    """Where another number of a school is kept, beside the one that it has: attendance files go by that, and
    people may have put it right. An id that stood for a number is none."""
    if row.local_id == row.source_id:
        return {"local_id": number}
    names = ("nces_id", "state_id") if places.is_nces(number, row.district_id) else ("state_id",)
    empty = next((name for name in names if not getattr(row, name)), None)
    return {empty: number} if empty and row.local_id != number else {}


def _take_source(row: Any) -> None:
    """What the system of a district calls a school it calls no other so any more."""
    if not row.source_id:
        return
    others = select(School).where(School.district_id == row.district_id, School.source_id == row.source_id)
    with db.session().no_autoflush:
        for other in db.session().scalars(others).all():
            if other is not row:
                other.source_id = ""


def _names_district(record: Record) -> bool:
    return bool(record.get("district_id") or record.get("district") or record.get("district_name"))


def _days_of(calendar_id: int) -> dict[date, str]:
    with system("a roster compares calendars"):
        rows = db.session().execute(select(Day.on_date, Day.kind).where(Day.calendar_id == calendar_id))
        return {row[0]: row[1] for row in rows}


def _write_days(calendar_id: int, record: Record) -> None:
    wanted = {date.fromisoformat(day): kind for day, kind in record["days"]}
    rows = db.session().scalars(select(Day).where(Day.calendar_id == calendar_id)).all()
    for row in rows:
        if row.on_date not in wanted:
            db.session().delete(row)
        else:
            row.kind = wanted.pop(row.on_date)
    db.session().add_all(Day(calendar_id=calendar_id, on_date=day, kind=kind) for day, kind in wanted.items())
    db.session().flush()
