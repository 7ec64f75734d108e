"""Import and rate the attendance of a large district, and print what it took.

    python plugins/crm_schools/tests/scale/bench.py --students 100000 [--database postgresql+psycopg://…]

Made-up students with 12.6 absences each, in the order of days as an export has them; prints seconds, rows a
second and how much memory came on top of the idle process. Nothing here is run by the tests.
"""

import argparse
import csv
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event, func, select, text

from crm import create_app
from crm.config import Config
from crm.plugin_api import Actor, bulk, db, system
from crm.plugin_api.testing.people import make_user_in, sign_in_client
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
    parser.add_argument("--rounds", type=int, default=5, help="How often each page is asked for.")
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
        for line in look_at_pages(app, arguments.rounds):
            print(line)  # noqa: T201


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
        empty = dict.fromkeys(
            ("state_id", "source_id", "given_name", "middle_name", "family_name", "suffix", "preferred_name",
             "housing"), "",
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
        rows = [(i, f"{n:07d}", f"{n}", places[n], str(n % 12 + 1), *subgroups(n)) for n, i in enumerate(ids)]
        bulk.insert(db.table(Student), STUDENT_COLUMNS, rows, constants)
        spans = [(i, places[n], str(n % 12 + 1)) for n, i in enumerate(ids)]
        constants = {"school_year": 2025, "begins_on": days[0], "source": "roster"}
        bulk.insert(db.table(Enrolment), ("student_id", "school_id", "grade"), spans, constants)
    if db.dialect() == "postgresql":
        db.session().execute(text("ANALYZE"))
    return days


STUDENT_COLUMNS = (
    "id", "local_id", "sort_name", "school_id", "grade", "gender", "race", "english_learner", "disability",
    "disadvantaged",
)  # fmt: skip


def subgroups(number: int) -> tuple[str, str, bool, bool, bool]:
    """The subgroups of a student, of every size."""
    dice = random.Random(number)
    race = dice.choices(("white", "hispanic", "black", "asian", "pacific"), (45, 30, 16, 8, 1))[0]
    gender = dice.choices(("female", "male", "nonbinary"), (49, 49, 2))[0]
    return gender, race, dice.random() < 0.12, dice.random() < 0.14, dice.random() < 0.5


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


PAGES = (
    ("district", "/schools/district/{district}"),
    ("school", "/schools/school/{school}"),
    ("weekdays", "/schools/weekdays?district_id={district}"),
    ("compare", "/schools/compare?district_id={district}"),
    ("kindergarten", "/schools/kindergarten?district_id={district}"),
    ("report grade by year", "/schools/reports/grade-years?district_id={district}"),
    ("report of bands", "/schools/reports/grade?district_id={district}"),
    ("report of races", "/schools/reports/race?district_id={district}"),
    ("report of schools", "/schools/reports/schools?district_id={district}"),
    ("report of risks", "/schools/reports/risks?school_id={school}"),
    ("card", "/schools/card"),
    ("public report", "/schools/public-report?district_id={district}"),
    ("students", "/schools/students?district_id={district}&band=chronic"),
    ("student", "/schools/student/{student}"),
    ("why", "/schools/student/{student}/why"),
    ("meetings", "/schools/meetings?school_id={school}"),
)


def look_at_pages(app: Flask, rounds: int) -> Iterator[str]:
    """Milliseconds of each page, the median, and its statements: for who sees students and who does not."""
    with app.app_context(), system("the bench looks for addresses"):
        run = db.session().execute
        ids = {
            "district": run(select(District.id)).scalar_one(),
            "school": run(select(func.min(School.id))).scalar_one(),
            "student": run(select(func.min(Rating.student_id)).where(Rating.is_chronic)).scalar_one(),
        }
    for role in ("administrator", "organizer"):
        client = sign_in_client(app, make_user_in(app, role))
        for name, address in PAGES:
            path = address.format(**ids)
            if client.get(path).status_code != 200:
                continue
            times, statements = [], 0
            for _round in range(rounds):
                began = time.perf_counter()
                with counted(app) as asked:
                    client.get(path)
                times.append(time.perf_counter() - began)
                statements = len(asked)
            took = statistics.median(times) * 1000
            yield f"{role:14} {name:22} {took:7.0f} ms, {statements} statements"


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.append(statement)

    engine = app.extensions["crm"].engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


if __name__ == "__main__":
    main()
