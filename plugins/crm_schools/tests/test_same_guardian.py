"""Who of those who care for a student a roster means: a new phone, a table beside an archive and another
system make nobody anew, and nobody is taken for somebody else."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm.jobs.inline import run_waiting
from crm.journal.models import ChangeSet
from crm.journal.undo import undo
from crm.plugin_api import Actor, Contact, Person, db, system
from crm.plugin_api.records import Email, Phone
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.models import Guardian, Student
from crm_schools.tests.support import roster_zip, scalars

HEAD = (
    "student_id,first name,last name,school,Guardian 1,Guardian 1 Phone,Guardian 1 Email,"
    "Guardian 2,Guardian 2 Phone,Guardian 1 Do Not Contact\n"
)
ANA, BEN = "0001,Ana,Ibáñez,E1", "0002,Ben,Oak,E1"
OLD, NEW = "202-555-0100", "202-555-0199"


@pytest.fixture
def table(app: Flask, tmp_path: Path) -> Callable[..., Outcome]:
    """Imports rows of a table."""

    def done(*rows: str) -> Outcome:
        path = tmp_path / "roster.csv"
        path.write_text(HEAD + "".join(f"{row}\n" for row in rows))
        with app.app_context():
            return bring_in("roster", path, {})

    return done


@pytest.fixture
def archive(app: Flask, tmp_path: Path) -> Callable[..., Outcome]:
    """Imports an archive with these guardians: number, given and family name, phone, students."""

    def done(*rows: str) -> Outcome:
        def change(files: dict[str, str]) -> None:
            for row in rows:
                number, given, family, phone, students = row.split(",", 4)
                files["users.csv"] += (
                    f'{number},,,true,e,guardian,{number},,{given},{family},,,,,{phone},"{students}",,\n'
                )

        with app.app_context():
            return bring_in("roster", roster_zip(tmp_path / "roster.zip", change), {})

    return done


def caring(app: Flask) -> list[tuple[str, str, bool, tuple[str, ...]]]:
    """Name, student, whether barred, and the ends of their phones, of each who cares for somebody."""
    with app.app_context(), system("a test looks"):
        statement = (
            select(Contact.id, Contact.name, Student.local_id, Guardian.contact_prohibited)
            .join(Guardian, Guardian.contact_id == Contact.id)
            .join(Student, Student.id == Guardian.student_id)
            .order_by(Contact.name, Student.local_id, Contact.id)
        )
        phones: dict[int, list[str]] = {}
        for row in db.session().execute(
            select(Phone.contact_id, Phone.number).order_by(Phone.is_primary.desc(), Phone.id)
        ):
            phones.setdefault(row[0], []).append(row[1][-4:])
        found = db.session().execute(statement).all()
        return [(row[1], row[2], row[3], tuple(phones.get(row[0], ()))) for row in found]


def contacts(app: Flask) -> int:
    with app.app_context(), system("a test looks"):
        return len(scalars(select(Person.id)))


def test_a_guardian_with_a_new_phone_is_the_one_who_was_there(
    app: Flask, archive: Callable[..., Outcome], table: Callable[..., Outcome]
) -> None:
    archive()
    table(f"{ANA},Rex Oak,{OLD},,,,yes")
    assert caring(app) == [("Rex Oak", "0001", True, ("0100",))]
    assert table(f"{ANA},Rex Oak,{NEW},rex@example.org,,,").counts["update"] == 1
    assert caring(app) == [("Rex Oak", "0001", True, ("0100", "0199"))]
    with app.app_context(), system("a test looks"):
        assert scalars(select(Email.address)) == ["rex@example.org"]
    again = table(f"{ANA},Rex Oak,{NEW},rex@example.org,,,")
    assert (again.counts["update"], again.counts["create"]) == (0, 0)


@on_sqlite
def test_a_phone_that_people_took_away_comes_back_by_no_table(
    app: Flask, archive: Callable[..., Outcome], table: Callable[..., Outcome]
) -> None:
    archive()
    table(f"{ANA},Rex Oak,{OLD},,,,")
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().delete(scalars(select(Phone))[0])
    assert table(f"{ANA},Rex Oak,{OLD},,,,").counts["update"] == 0
    assert caring(app) == [("Rex Oak", "0001", False, ())]


@pytest.mark.parametrize("corrected", [False, True])
def test_a_phone_that_people_took_away_or_corrected_comes_back_by_no_archive(
    app: Flask, archive: Callable[..., Outcome], table: Callable[..., Outcome], corrected: bool
) -> None:
    archive(f"g1,Rex,Oak,{OLD},u1")
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        (phone,) = scalars(select(Phone))
        if corrected:
            phone.number = "+12025550177"
        else:
            db.session().delete(phone)
    left = ("0177",) if corrected else ()
    assert archive(f"g1,Rex,Oak,{OLD},u1").counts["update"] == 0
    table(f"{ANA},Rex Oak,{OLD},,,,")
    assert caring(app) == [("Rex Oak", "0001", False, left)]
    archive(f"g1,Rex,Oak,{NEW},u1")
    assert caring(app) == [("Rex Oak", "0001", False, (*left, "0199"))], "another one is news"


def test_one_guardian_in_a_table_and_in_an_archive_is_one(
    app: Flask, archive: Callable[..., Outcome], table: Callable[..., Outcome]
) -> None:
    archive()
    table(f"{ANA},Rex Oak,{OLD},,,,yes")
    for _night in range(2):
        outcome = archive(f"g1,Rex,Oak,{OLD},u1", f"g2,Ida,Oak,{NEW},u1")
        assert caring(app) == [("Ida Oak", "0001", False, ("0199",)), ("Rex Oak", "0001", True, ("0100",))]
    assert outcome.counts["create"] == outcome.counts["update"] == 0
    table(f"{ANA},Ida Oak,{NEW},,Rex Oak,{NEW},")
    assert caring(app) == [
        ("Ida Oak", "0001", False, ("0199",)), ("Rex Oak", "0001", True, ("0100", "0199")),
    ]  # fmt: skip


@on_sqlite
def test_of_an_archive_a_new_phone_is_added(app: Flask, archive: Callable[..., Outcome]) -> None:
    archive(f"g1,Rex,Oak,{OLD},u1")
    assert archive(f"g1,Rex,Oak,{NEW},u1").counts["update"] == 1
    assert caring(app) == [("Rex Oak", "0001", False, ("0100", "0199"))]
    assert archive(f"g1,Rex,Oak,{NEW},u1").counts["update"] == 0


def test_two_of_one_name_at_different_students_stay_two(
    app: Flask, archive: Callable[..., Outcome], table: Callable[..., Outcome]
) -> None:
    archive()
    table(f"{ANA},Rex Oak,{OLD},,,,yes")
    table(f"{BEN},Rex Oak,{NEW},,,,")
    both = [("Rex Oak", "0001", True, ("0100",)), ("Rex Oak", "0002", False, ("0199",))]
    assert caring(app) == both
    archive(f"g1,Rex,Oak,{OLD},u1", f"g2,Rex,Oak,{NEW},u2")
    assert caring(app) == both


@on_sqlite
def test_father_and_grandfather_of_one_name_stay_two(
    app: Flask, archive: Callable[..., Outcome], table: Callable[..., Outcome]
) -> None:
    archive()
    two = [("Rex Oak", "0001", False, ("0100",)), ("Rex Oak", "0001", False, ("0199",))]
    for _night in range(2):
        table(f"{ANA},Rex Oak,{OLD},,Rex Oak,{NEW},")
        assert caring(app) == two
    # Which of them an archive means by which of its own two nobody knows.
    for _night in range(2):
        archive(f"g1,Rex,Oak,{OLD},u1", f"g2,Rex,Oak,{NEW},u1")
    assert len(caring(app)) == 4


@on_sqlite
def test_one_guardian_of_two_students_is_each_time_the_one_who_is_there(
    app: Flask, archive: Callable[..., Outcome], table: Callable[..., Outcome]
) -> None:
    archive()
    table(f"{ANA},Rex Oak,{OLD},,,,")
    table(f"{ANA},Rex Oak,{NEW},,,,", f"{BEN},Rex Oak,{NEW},,,,")
    assert contacts(app) == 1
    assert [row[1] for row in caring(app)] == ["0001", "0002"]


def test_whoever_has_another_persons_number_is_not_that_one(
    app: Flask, archive: Callable[..., Outcome]
) -> None:
    """Another system counts anew: g1 was Rex Oak and is Sue Ash."""
    archive(f"g1,Rex,Oak,{OLD},u1")
    for _night in range(2):
        outcome = archive(f"g1,Sue,Ash,{NEW},u3")
        assert caring(app) == [("Sue Ash", "0003", False, ("0199",))]
    assert outcome.counts["update"] == 0
    archive(f'g1,Sue,Ash,{NEW},"u3,u4"'.replace('"', ""), f"g9,Rex,Oak,{OLD},u1")
    assert caring(app) == [
        ("Rex Oak", "0001", False, ("0100",)), ("Sue Ash", "0003", False, ("0199",)),
        ("Sue Ash", "0004", False, ("0199",)),
    ]  # fmt: skip
    assert contacts(app) == 3


@on_sqlite
def test_guardians_who_exchange_their_numbers_stay_who_they_are(
    app: Flask, archive: Callable[..., Outcome]
) -> None:
    archive(f"g1,Rex,Oak,{OLD},u1", f"g2,Ida,Oak,{NEW},u1")
    before = caring(app)
    outcome = archive(f"g2,Rex,Oak,{OLD},u1", f"g1,Ida,Oak,{NEW},u1")
    assert (caring(app), outcome.counts["update"], outcome.counts["create"]) == (before, 0, 0)


def test_whoever_gets_another_number_stays_and_ends_for_nobody(
    app: Flask, archive: Callable[..., Outcome]
) -> None:
    archive(f"g1,Rex,Oak,{OLD},u1,u2", f"g2,Ida,Oak,{NEW},u1")
    before = caring(app)
    for _night in range(2):
        outcome = archive(f"g8,Rex,Oak,{OLD},u1,u2", f"g9,Ida,Oak,{NEW},u1")
        assert (caring(app), outcome.counts["update"], outcome.counts["create"]) == (before, 0, 0)
    assert contacts(app) == 2


@on_sqlite
def test_undoing_the_import_takes_the_new_phone_away(
    app: Flask, archive: Callable[..., Outcome], table: Callable[..., Outcome]
) -> None:
    archive()
    table(f"{ANA},Rex Oak,{OLD},,,,")
    table(f"{ANA},Rex Oak,{NEW},,,,")
    with app.app_context():
        with system("a test looks"):
            newest = scalars(select(func.max(ChangeSet.id)))[0]
        undo(newest, Actor.system())
        run_waiting(app)
    assert caring(app) == [("Rex Oak", "0001", False, ("0100",))]
    table(f"{ANA},Rex Oak,{NEW},,,,")
    assert caring(app) == [("Rex Oak", "0001", False, ("0100", "0199"))], "nobody took it away for good"


@on_sqlite
def test_who_marries_stays_the_one_they_are(app: Flask, archive: Callable[..., Outcome]) -> None:
    archive(f"g1,Sue,Ash,{OLD},u1")
    archive(f"g1,Sue,Oak,{OLD},u1,u2")
    assert caring(app) == [("Sue Ash", "0001", False, ("0100",)), ("Sue Ash", "0002", False, ("0100",))]


@on_sqlite
def test_an_order_stays_with_the_number_at_the_student_whom_it_protects(
    app: Flask, archive: Callable[..., Outcome]
) -> None:
    archive(f"g1,Liz,Ash,{OLD},u1")
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        scalars(select(Guardian))[0].contact_prohibited = True
    for _night in range(2):
        outcome = archive(f"g1,Elizabeth,Oak,{NEW},u1,u2")
        assert caring(app) == [
            ("Elizabeth Oak", "0002", False, ("0199",)),
            ("Liz Ash", "0001", True, ("0100",)),
        ]
    assert "“Elizabeth Oak” has the number of somebody else who must not be contacted" in str(outcome.noticed)


@on_sqlite
def test_an_email_that_is_none_stops_no_import(
    app: Flask, archive: Callable[..., Outcome], table: Callable[..., Outcome]
) -> None:
    archive()
    table(f"{ANA},Rex Oak,none given,no email,,,")
    assert caring(app) == [("Rex Oak", "0001", False, ())]


def test_several_new_phones_of_one_file_are_all_kept(
    app: Flask, archive: Callable[..., Outcome], table: Callable[..., Outcome]
) -> None:
    """Of somebody who came before, and of somebody who comes with the file."""
    archive()
    table(f"{ANA},Rosa Ibáñez,{OLD},,,,")
    outcome = table(f"{ANA},Rosa Ibáñez,{NEW},,,,", f"{ANA},Rosa Ibáñez,202-555-0188,,Leo Oak,202-555-0177,")
    assert caring(app) == [
        ("Leo Oak", "0001", False, ("0177",)),
        ("Rosa Ibáñez", "0001", False, ("0100", "0199", "0188")),
    ]
    assert outcome.counts["create"] == 1
    table(f"{BEN},Mia Oak,{OLD},,,,", f"{BEN},Mia Oak,{NEW},,,,")
    assert ("Mia Oak", "0002", False, ("0100", "0199")) in caring(app)
    with app.app_context(), system("a test looks"):
        leading = select(func.count()).select_from(Phone).where(Phone.is_primary).group_by(Phone.contact_id)
        assert set(db.session().scalars(leading)) == {1}


def test_an_order_reaches_whoever_comes_with_the_same_file(
    app: Flask, archive: Callable[..., Outcome], table: Callable[..., Outcome]
) -> None:
    """The same name with another phone in two rows of one student: the order holds for both."""
    archive()
    table(f"{ANA},Rex Oak,{OLD},,,,", f"{ANA},Rex Oak,{NEW},,,,Yes")
    assert {barred for _name, _student, barred, _phones in caring(app)} == {True}
