"""Codes that mean present: what becomes of their days, and what happens when they come to mean absent."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm.jobs.inline import run_waiting
from crm.journal.models import ChangeSet
from crm.journal.undo import undo
from crm.plugin_api import Actor, UserError, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.transfer import bring_in
from crm_schools import codes
from crm_schools.models import Attendance, Code, District, LeftOut
from crm_schools.tests.support import roster_zip, scalars
from crm_schools.tests.test_importing import attend, rating_of

SAID = {"codes": "A,unexcused\nFT,present\nP,present\n"}
HEAD = "student,school,date,code\n"
EACH_DAY = HEAD + "".join(f"{number},E1,2024-09-{day:02d},P\n" for number in (1, 2) for day in (3, 4, 5, 6))


@pytest.fixture
def district(app: Flask, tmp_path: Path) -> Any:
    """Two schools and four students."""
    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "roster.zip"), {})
        yield app


def decide(code: str, word: str) -> None:
    with db.transaction(Actor.system(), "schools.codes"), system("a test decides"):
        codes.decide(db.session().scalars(select(Code).where(Code.code == code)).one(), word, "the board")


def test_a_field_trip_that_comes_to_mean_excused_counts_with_the_days_that_came_before(
    district: Flask, tmp_path: Path
) -> None:
    attend(tmp_path, EACH_DAY + "1,E1,2024-09-09,FT\n2,E1,2024-09-09,A\n", SAID)
    assert (rating_of("0001").absent, rating_of("0002").absent) == (0, 2)
    decide("FT", "excused")
    assert (rating_of("0001").absent, rating_of("0001").excused) == (2, 2)
    decide("FT", "present")
    assert rating_of("0001").absent == 0


def test_the_ordinary_code_takes_back_an_absence_and_means_nothing_else_while_its_days_are_not_kept(
    district: Flask, tmp_path: Path
) -> None:
    attend(tmp_path, HEAD + "1,E1,2024-09-03,A\n", SAID)
    attend(tmp_path, EACH_DAY, SAID)
    assert rating_of("0001").absent == 0
    with system("a test looks"):
        assert set(scalars(select(Attendance.marks))) == {""}
    with pytest.raises(UserError, match="ordinary code for present, and 1 import did not keep its days"):
        decide("P", "excused")
    with system("a test looks"):
        newest = scalars(select(func.max(ChangeSet.id)))[0]
    undo(newest, Actor.system())
    run_waiting(district)
    db.session().rollback()
    decide("P", "excused")
    attend(tmp_path, EACH_DAY, {})
    assert (rating_of("0001").excused, rating_of("0002").excused) == (8, 8)


def test_the_page_of_codes_says_why_a_code_cannot_be_changed(
    district: Flask, sign_in: SignIn, tmp_path: Path
) -> None:
    attend(tmp_path, EACH_DAY, SAID)
    with system("a test looks"):
        district_id, noted = scalars(select(District.id))[0], scalars(select(func.count(LeftOut.id)))
        code_id = scalars(select(Code.id).where(Code.code == "P"))[0]
    assert noted == [1]
    client = sign_in(role="organizer")
    assert "1 import did not keep its days" in client.get(f"/schools/district/{district_id}/settings").text
    sent = client.post(f"/schools/district/{district_id}/codes", data={f"code-{code_id}": "excused"})
    assert "Undo that import" in sent.text
    with system("a test looks"):
        assert scalars(select(Code.kind).where(Code.code == "P")) == ["present"]
