"""Import and rate the attendance of a large district, and print what it took.

    python plugins/crm_schools/tests/scale/bench.py --students 100000 [--database postgresql+psycopg://…]

Made-up students with 12.6 absences each, in the order of days as an export has them; prints seconds, rows a
second and how much memory came on top of the idle process. Nothing here is run by the tests.
"""

import argparse
import csv
import random
import resource
import tempfile
import time
from datetime import date
from pathlib import Path

from sqlalchemy import func, select, text

from crm import create_app
from crm.config import Config
from crm.plugin_api import Actor, bulk, db, system
from crm.plugin_api.transfer import bring_in
from crm.plugin_host import migrations
from crm_schools.importing.roster.structure import organization
from crm_schools.models import Calendar, Code, Day, District, Enrolment, Rating, School, Student, Year
from crm_schools.terms import weekdays

SCHOOLS = 120
PER_STUDENT = 12.6
CODES = {
    "A": ("unexcused", 2),
    "E": ("excused", 2),
    "S": ("suspension", 2),
    "H": ("excused", 1),
    "T": ("tardy", 0),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=100_000)
    parser.add_argument("--database", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = arguments.database or f"sqlite:///{folder}/bench.db"
        config = Config.for_testing(url, Path(folder))
        app = create_app(config)
        with app.app_context():
            with system("the bench makes its tables"):
                migrations.upgrade(config, app.extensions["crm"].engine)
            days = settle_district(arguments.students)
            path = Path(folder) / "attendance.csv"
            rows = write_file(path, arguments.students, days)
            idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            measure(path, rows, idle)


def settle_district(students: int) -> list[date]:
    """A district with its schools, calendar and students; not what is measured. Returns the school days."""
    days = weekdays(date(2024, 8, 19), date(2025, 5, 9))[:180]
    with db.transaction(Actor.system(), "bench.make"):
        district = District(name="Bench", local_id="1", state="CT")
        district.contact_id = organization("Bench", "district", None)
        db.session().add(district)
        db.session().flush()
        year = Year(district_id=district.id, school_year=2025, begins_on=days[0], ends_on=days[-1])
        calendar = Calendar(district_id=district.id, school_year=2025)
        schools = [
            School(district_id=district.id, local_id=str(n), name=f"School {n}") for n in range(SCHOOLS)
        ]
        codes = [
            Code(district_id=district.id, code=code, code_key=code.casefold(), kind=kind, halves=halves)
            for code, (kind, halves) in CODES.items()
        ]
        db.session().add_all([year, calendar, *schools, *codes])
        db.session().flush()
        db.session().add_all(Day(calendar_id=calendar.id, on_date=day) for day in days)
        of_school = [school.id for school in schools]
        district_id = district.id
    with db.transaction(Actor.system(), "bench.make"):
        moment = db.now()
        named = ("id", "local_id", "sort_name", "school_id", "grade")
        empty = dict.fromkeys(
            ("state_id", "source_id", "given_name", "middle_name", "family_name", "suffix", "preferred_name",
             "gender", "race", "housing"), "",
        )  # fmt: skip
        constants = {
            "district_id": district_id,
            "version": 1,
            "created_at": moment,
            "updated_at": moment,
            **empty,
        }
        ids = bulk.reserve(db.table(Student), students)
        places = [of_school[n % SCHOOLS] for n in range(students)]
        rows = [(i, f"{n:07d}", f"{n}", places[n], str(n % 12 + 1)) for n, i in enumerate(ids)]
        bulk.insert(db.table(Student), named, rows, constants)
        spans = [(i, places[n], str(n % 12 + 1)) for n, i in enumerate(ids)]
        constants = {"school_year": 2025, "begins_on": days[0], "source": "roster"}
        bulk.insert(db.table(Enrolment), ("student_id", "school_id", "grade"), spans, constants)
    if db.dialect() == "postgresql":
        db.session().execute(text("ANALYZE"))
    return days


def write_file(path: Path, students: int, days: list[date]) -> int:
    """Daily absences as an export writes them: day after day; returns how many."""
    source = random.Random(7)
    per_day = round(students * PER_STUDENT / len(days))
    rows = 0
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["School_ID", "Student_Number", "Att_Date", "Att_Code", "Comment"])
        for day in days:
            for student in source.sample(range(students), per_day):
                code = source.choices("AESHT", (30, 50, 2, 8, 10))[0]
                writer.writerow([student % SCHOOLS, f"{student:07d}", f"{day:%m/%d/%Y}", code, ""])
                rows += 1
    return rows


def measure(path: Path, rows: int, idle: int) -> None:
    began, worked = time.perf_counter(), time.process_time()
    outcome = bring_in("attendance", path, {})
    took, used = time.perf_counter() - began, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{db.dialect()}: {rows:,} absences, {outcome.counts}")  # noqa: T201
    print(f"import and rating: {took:.1f} s ({used:.1f} s of processor), {rows / took:,.0f} rows/s")  # noqa: T201
    print(f"memory over idle: {(peak - idle) / 1024:.0f} MB")  # noqa: T201
    began = time.perf_counter()
    with system("the bench counts bands"):
        statement = select(Rating.school_id, Rating.band, func.count()).where(Rating.part != "district")
        found = db.session().execute(statement.group_by(Rating.school_id, Rating.band)).all()
    print(f"bands of all schools: {(time.perf_counter() - began) * 1000:.0f} ms, {len(found)} cells")  # noqa: T201


if __name__ == "__main__":
    main()
