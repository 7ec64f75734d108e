"""`rollcall schools rates` and `rollcall schools load`."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click
from sqlalchemy import and_, case, func, select

from crm.plugin_api import UserError, answer, command_actor, db, json_option, system, visible, with_app
from crm.plugin_api import gettext as _
from crm_schools import figures, settings
from crm_schools.bands import school_band
from crm_schools.importing import xml
from crm_schools.importing.roster.structure import Structure
from crm_schools.models import Attendance, District, Rating, School, Student
from crm_schools.rating import settling
from crm_schools.words import SUBGROUPS, grade_order, year_words

BANDS: Final = (*figures.BANDS, *figures.UNRATED)
RULE: Final = (
    "Chronic: absent for 10 % or more of the days enrolled, whatever the reason (10 x absent >= enrolled, "
    "in half "
    "days). Severe: 20 % or more. At risk: 5 % or more. Sources: Attendance Works, The Attendance "
    "Imperative (2013); "
    "Conn. Gen. Stat. 10-198c; EDU absentee_categories."
)


@click.command()
@click.option("--by", type=click.Choice(["district", "school", "grade", "subgroup"]), default="district")
@click.option(
    "--year", type=int, help="School year by the year in which it ends, such as 2026; else the latest."
)
@click.option("--district", default="", help="Name, NCES id or local id of the only one that is meant.")
@json_option
@with_app
def rates(by: str, year: int | None, district: str, as_json: bool) -> None:
    """How many students miss too much school, with the rule that was used."""
    data = rate_data(by, year, district)
    answer(as_json, data, text_of(data))


def rate_data(by: str, year: int | None, named: str = "") -> dict[str, Any]:
    """Counts of students by band, over what the command's actor sees, or of the district `named`; never a
    name. UserError where nothing is named so."""
    actor = command_actor()
    districts = db.session().scalars(visible(District, actor).order_by(District.name)).all()
    if named:
        districts = [
            each
            for each in districts
            if named.lower()
            in {each.name.lower(), (each.nces_id or "").lower(), (each.local_id or "").lower()}
        ]
        if not districts:
            raise UserError(_("There is no district “%(name)s”.", name=named))
    rows: list[dict[str, Any]] = []
    rules = []
    for district in districts:
        chosen = year or _newest(district.id)
        if chosen is None:
            continue
        held = settings.held(district, chosen)
        rules.append(
            {
                "district": district.name,
                "school_year": year_words(chosen),
                "minimum_days": held["minimum_days"].number,
                "minimum_source": held["minimum_days"].source,
                "prekindergarten": held["prekindergarten"].value,
                "half_day": held["half_day"].value,
                "truancy": settings.truancy_of(district, held),
                "days_of_instruction": _days(district.id, chosen),
                "enrolment_inferred": figures.place_of(actor, district, None, chosen).is_inferred,
            }
        )
        rows += _grouped(district, chosen, by)
    return {"by": by, "rule": RULE, "rules": rules, "rows": rows}


def _newest(district_id: int) -> int | None:
    statement = select(func.max(Rating.school_year)).where(Rating.district_id == district_id)
    with system("numbers about many students, without names"):
        return db.session().execute(statement).scalar()


def _days(district_id: int, year: int) -> dict[str, Any]:
    """How many days the longest enrolment counts, by what they were counted."""
    statement = (
        select(Rating.basis, func.max(Rating.enrolled))
        .where(Rating.district_id == district_id, Rating.school_year == year)
        .group_by(Rating.basis)
    )
    with system("numbers about many students, without names"):
        return {basis: halves / 2 for basis, halves in db.session().execute(statement)}


def _grouped(district: District, year: int, by: str) -> list[dict[str, Any]]:
    if by == "subgroup":
        return [
            {**row, "subgroup": name}
            for name in SUBGROUPS
            for row in _counted(district, year, getattr(Student, name), "district")
        ]
    key = {"district": Rating.district_id, "school": Rating.school_id, "grade": Rating.grade}[by]
    found = _counted(district, year, key, "school" if by == "school" else "district")
    names = _school_names() if by == "school" else {}
    for row in found:
        row["name"] = {"district": district.name, "school": names.get(row["value"], "")}.get(by, row["value"])
        if by != "grade":
            row["band"] = school_band(row["chronic"], row["students"])
    return sorted(found, key=lambda row: (grade_order(str(row["name"])), str(row["name"])))


def _counted(district: District, year: int, key: Any, level: str) -> list[dict[str, Any]]:
    """One row for each value. A student of several schools counts in each of them, and once for the district
    (EDFacts FS195 counts by school, which is why its district sums count some twice)."""
    columns = [func.sum(case((Rating.band == band, 1), else_=0)) for band in BANDS]
    has_law = settings.truancy_of(district, settings.held(district, year)) != "none"
    # Whoever is in no rate is in no number beside one, either.
    truant = case((and_(Rating.is_truant, Rating.band.in_(figures.BANDS)), 1), else_=0)
    more = [func.sum(case((Rating.is_chronic, 1), else_=0)), func.sum(truant)]
    statement = (
        select(key, *columns, *more)
        .join(Student, Student.id == Rating.student_id)
        .where(
            Rating.district_id == district.id,
            Rating.school_year == year,
            Rating.part != ("district" if level == "school" else "school"),
        )
        .group_by(key)
    )
    with system("numbers about many students, without names"):
        rows = db.session().execute(statement).all()
    found = []
    for value, *counts in rows:
        bands = dict(zip(BANDS, map(int, counts), strict=False))
        chronic, truants = (int(count or 0) for count in counts[len(BANDS) :])
        students = sum(bands[band] for band in figures.BANDS)
        found.append(
            {
                "district": district.name,
                "value": value,
                "students": students,
                "chronic": chronic,
                "percent": round(100 * chronic / students, 1) if students else None,
                "truant": truants if has_law else None,
                **bands,
            }
        )
    return found


def _school_names() -> dict[int, str]:
    with system("names of schools beside their numbers"):
        return dict(db.session().execute(select(School.id, School.name)).all())


def text_of(data: dict[str, Any]) -> str:
    """What `rate_data` gives, as lines for people."""
    lines = [data["rule"]]
    for rule in data["rules"]:
        days = ", ".join(f"{count:g} days ({basis})" for basis, count in rule["days_of_instruction"].items())
        lines.append(
            f"{rule['district']}, {rule['school_year']}: {days}; at least {rule['minimum_days']} days "
            f"enrolled "
            f"({rule['minimum_source']})."
        )
        if "weekdays" in rule["days_of_instruction"]:
            lines.append(
                f"{rule['district']}: of some schools no calendar is known, so every weekday counts as a "
                "day of school and rates are too low. Add a calendar."
            )
        if rule["enrolment_inferred"]:
            lines.append(
                f"{rule['district']}: no roster said who is enrolled, so only students who missed a day or "
                "were late are counted, each for the whole year. The rates are far too high until "
                "enrolments are imported."
            )
    of = ""
    for row in data["rows"]:
        if data["by"] in {"grade", "subgroup"} and row["district"] != of:
            of = row["district"]
            lines.append(f"{of}:")
        name = _name_of(row, data["by"])
        bands = ", ".join(f"{band.replace('_', ' ')} {row[band]}" for band in BANDS)
        percent = "" if row["percent"] is None else f" ({row['percent']} %)"
        lines.append(
            f"{name}: {row['chronic']} of {row['students']} chronic{percent}; {bands}"
            + ("" if row["truant"] is None else f"; truant {row['truant']}")
        )
    return "\n".join(
        lines if data["rows"] else [*lines, "Nothing is rated yet: import a roster and attendance."]
    )


def _name_of(row: dict[str, Any], by: str) -> str:
    """A group in words: `Grade 3`, `English learners: No`."""
    from crm_schools.views.places import grade_label, label_of

    if by == "subgroup":
        value = {True: "yes", False: "no", None: ""}.get(row["value"], row["value"])
        return f"{SUBGROUPS[row['subgroup']]}: {label_of(row['subgroup'], value)}"
    return grade_label(row["value"]) if by == "grade" else str(row["name"])


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--confirm", is_flag=True, help="Agree to what a plan asks to be confirmed.")
@json_option
@with_app
def load(folder: Path, confirm: bool, as_json: bool) -> None:
    """Bring in a FOLDER of Ed-Fi XML: roster, calendar and attendance; then say what came, what was flagged
    and why, and the rates with the rule that was used."""
    from crm.plugin_api.transfer import bring_in

    roots = {path: xml.root_of(path) for path in sorted(folder.glob("*.xml"))}
    files, options = [], dict[str, str]()
    for wanted, kind in INTERCHANGES.items():
        for path in (path for path, root in roots.items() if root == wanted):
            outcome = bring_in(kind, path, options, confirmed=confirm)
            options = options or _district_of(path)
            noticed = [{"line": line, "reason": reason} for line, reason in outcome.noticed]
            files.append(
                {"file": path.name, **outcome.counts, "notices": list(outcome.notices), "flagged": noticed}
            )
    data = {"files": files, "read": _events(), **rate_data("district", None)}
    answer(as_json, data, "\n".join([*map(_file_text, files), _events_text(data["read"]), text_of(data)]))


def _district_of(path: Path) -> dict[str, str]:
    """The option that names the one district of a file: students of the same folder are of it."""
    with path.open("rb") as file:
        found = {
            text
            for _kind, _line, record in xml.records(file, path.name, {"LocalEducationAgency"})
            for name, texts in record.items()
            if name.rpartition("/")[2] == "LocalEducationAgencyId"
            for text in texts[:1]
        }
    district = Structure().district(found.pop()) if len(found) == 1 else None
    return {} if district is None else {"district": str(district)}


INTERCHANGES: Final = {
    "InterchangeEducationOrganization": "roster",
    "InterchangeEducationOrgCalendar": "roster",
    "InterchangeStudent": "roster",
    "InterchangeStudentEnrollment": "roster",
    "InterchangeStudentAttendance": "attendance",
}
"""In the order in which they need one another."""


def _events() -> dict[str, int]:
    """Days that are known, by kind, and how many of them count."""
    with system("numbers about many students, without names"):
        ids = db.session().execute(select(Attendance.student_id).distinct()).scalars().all()
    return dict(Counter(each.kind if each.counted else "not counted" for each in settling.absences(ids)))


def _file_text(found: Mapping[str, Any]) -> str:
    counts = ", ".join(f"{found[name]} {name}" for name in ("create", "update", "unchanged", "rejected"))
    lines = [f"{found['file']}: {counts}", *(f"  {notice}" for notice in found["notices"])]
    return "\n".join([*lines, *(f"  row {each['line']}: {each['reason']}" for each in found["flagged"])])


def _events_text(read: Mapping[str, int]) -> str:
    return "Days: " + ", ".join(f"{count} {kind}" for kind, count in sorted(read.items()))
