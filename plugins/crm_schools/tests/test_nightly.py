"""The same district, night after night, in each format: whoever moves, leaves and comes back, what people
write meanwhile, and nights in which nothing happens, which change nothing and ask nothing."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask

from crm_schools.tests.nights import FIRST, TODAY, Clock, Nights, changes

MOVED, WROTE = date(2026, 11, 16), date(2026, 11, 13)
DAY = timedelta(1)
BEFORE = [("Dune", FIRST, MOVED - DAY), ("Pier", MOVED, None)]
AS_PEOPLE_WROTE = [("Dune", FIRST, WROTE - DAY), ("Pier", WROTE, None)]


@pytest.fixture
def nights(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nights:
    monkeypatch.setattr("crm.i18n.datetime", Clock)
    found = Nights(app, tmp_path)
    found.begin()
    return found


def people_write_when_it_was(nights: Nights) -> None:
    nights.write("0100", FIRST, "Dune", FIRST, WROTE - DAY)
    nights.write("0100", MOVED, "Pier", WROTE, None)


def guardian(number: int, phone: str) -> str:
    return f"g{number},,,true,e,parent,Pat{number},Family{number},,p{number}@example.org,{phone},,"


def test_archives(nights: Nights) -> None:
    users = {
        n: f"u{n},,,true,{'ew'[n % 2]},student,Given{n},Family{n // 2},010{n},,,g{n // 2},03"
        for n in range(8)
    }
    carers = {n: guardian(n, f"203-555-010{n}") for n in range(4)}
    classes = {n: f"c{n},,,a,{'ew'[n % 2]},u{n},student,{FIRST},2027-06-11" for n in range(8)}

    def night() -> int:
        return changes(nights.archive([*users.values(), *carers.values()], list(classes.values())))

    assert night() > 0
    assert night() == 0
    nights.attend("0100,1,10/1/2026", "0100,1,10/2/2026")
    classes[0] = f"c90,,,a,w,u0,student,{MOVED},2027-06-11"
    assert (night(), night()) == (1, 0)
    assert nights.stays("0100") == BEFORE
    people_write_when_it_was(nights)
    assert [night() for _night in range(3)] == [0, 0, 0]
    assert nights.stays("0100") == AS_PEOPLE_WROTE
    classes[0] = f"c90,,,a,w,u0,student,{WROTE},2027-06-11"
    night()
    assert (night(), nights.stays("0100")) == (0, AS_PEOPLE_WROTE)
    left = users.pop(2), classes.pop(2)
    assert (night(), night()) == (1, 0)
    assert nights.stays("0102") == [("Dune", FIRST, TODAY - DAY)]
    users[2], classes[2] = left[0], f"c92,,,a,e,u2,student,{TODAY},2027-06-11"
    assert (night(), night()) == (1, 0)
    assert nights.stays("0102")[-1][2] is None
    carers[3] = guardian(3, "203-555-0177")
    assert (night(), night()) == (1, 0)


@pytest.mark.parametrize("entry", [FIRST, MOVED])
def test_tables(nights: Nights, entry: date) -> None:
    """A day of entry that moves with the student, and one that is the year's for everybody."""
    head = (
        "Student_Number,Last_Name,First_Name,SchoolID,EntryDate,ExitDate,DOB,Guardian 1 Name,Guardian 1 Phone"
    )
    tail = "5/4/2017,Pat Oak,203-555-0100"
    rows = {n: f"010{n},Family{n},Given{n},{1 + n % 2},{FIRST},,{tail}" for n in range(8)}

    def night() -> int:
        return changes(nights.table(head, list(rows.values())))

    assert night() > 0
    assert night() == 0
    nights.attend("0100,1,10/1/2026", "0100,1,10/2/2026")
    rows[0] = f"0100,Family0,Given0,2,{entry},,{tail}"
    assert (night(), night()) == (1, 0)
    [(_dune, first, left), (_pier, came, last)] = nights.stays("0100")
    assert (first, last) == (FIRST, None)
    assert left is not None
    nights.write("0100", FIRST, "Dune", FIRST, WROTE - DAY)
    nights.write("0100", came, "Pier", WROTE, None)
    assert [night() for _night in range(3)] == [0, 0, 0]
    assert nights.stays("0100") == AS_PEOPLE_WROTE
    rows[2] = f"0102,Family2,Given2,1,{FIRST},11/20/2026,{tail}"
    assert (night(), night()) == (1, 0)
    rows[2] = f"0102,Family2,Given2,1,{TODAY},,{tail}"
    assert (night(), night()) == (1, 0)
    assert nights.stays("0102") == [("Dune", FIRST, date(2026, 11, 20)), ("Dune", TODAY, None)]
    rows[4] = rows[4].replace("Given4", "Gina").replace("0100", "0177")
    assert (night() > 0, night()) == (True, 0)


def test_deltas(nights: Nights) -> None:
    """The first archive is whole; then come those whom something happened to."""
    users = [f"u{n},,,true,e,student,Given{n},Family{n},010{n},,,,03" for n in range(3)]
    nights.archive(users, [f"c{n},,,a,e,u{n},student,{FIRST}," for n in range(3)])

    def night(*classes: str) -> int:
        return changes(nights.archive(users[:1], classes, kind="delta"))

    moved = f"c0,,,a,e,u0,student,{FIRST},{MOVED - DAY}", f"c90,,,a,w,u0,student,{MOVED},"
    assert (night(*moved), night(*moved)) == (1, 0)
    people_write_when_it_was(nights)
    assert (night(*moved), night(*moved)) == (0, 0)
    assert nights.stays("0100") == AS_PEOPLE_WROTE
    left = f"c90,,,a,w,u0,student,{MOVED},2026-11-20"
    assert (night(left), night(left)) == (1, 0)
    assert nights.stays("0100")[-1] == ("Pier", WROTE, date(2026, 11, 20))
    back = f"c91,,,a,w,u0,student,{TODAY},"
    assert (night(back), night(back)) == (1, 0)
    assert nights.stays("0100")[-1] == ("Pier", TODAY, None)


def test_ed_fi(nights: Nights) -> None:
    students = [("0100", "Ana", "Oak"), ("0101", "Ben", "Elm")]
    ben = ("0101", "2", str(FIRST), "")

    def night(*stays: tuple[str, ...]) -> int:
        return changes(nights.ed_fi(students, [*stays, ben]))

    dune = ("0100", "1", str(FIRST), "")
    assert (night(dune) > 0, night(dune)) == (True, 0)
    moved = ("0100", "1", str(FIRST), str(MOVED)), ("0100", "2", str(MOVED), "")
    assert (night(*moved), night(*moved)) == (1, 0)
    assert nights.stays("0100") == BEFORE
    people_write_when_it_was(nights)
    assert (night(*moved), night(*moved)) == (0, 0)
    corrected = ("0100", "1", str(FIRST), str(WROTE)), ("0100", "2", str(WROTE), "")
    night(*corrected)
    assert (night(*corrected), nights.stays("0100")) == (0, AS_PEOPLE_WROTE)
    left = corrected[0], ("0100", "2", str(WROTE), "2026-11-21")
    assert (night(*left), night(*left)) == (1, 0)
    back = *left, ("0100", "2", str(TODAY), "")
    assert (night(*back), night(*back)) == (1, 0)
    assert nights.stays("0100")[-1] == ("Pier", TODAY, None)


def test_a_class_that_was_dropped_in_august_takes_no_autumn_away(nights: Nights) -> None:
    """From the second term on the archive has the classes of today, and that one still."""
    users = [f"u{n},,,true,e,student,Given{n},Family{n},010{n},,,,03" for n in range(3)]
    others = [f"c{n},,,a,e,u{n},student,{FIRST},2027-06-11" for n in (1, 2)]
    dropped = f"c9,,,a,e,u0,student,{FIRST},2026-08-28"
    second = f"c8,,,a,e,u0,student,{MOVED},2027-06-11"
    nights.archive(users, [dropped, f"c0,,,a,e,u0,student,{FIRST},{MOVED - DAY}", second, *others])
    for _night in range(2):
        nights.archive(users, [dropped, second, *others])
        assert nights.stays("0100") == [("Dune", FIRST, None)]
