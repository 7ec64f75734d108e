"""A district that was brought in by mistake goes away again, by what the pages say is to be undone first."""

import re
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from crm.jobs.inline import run_waiting
from crm.journal.models import ChangeSet
from crm.plugin_api import system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.transfer import bring_in
from crm_schools import tiers
from crm_schools.models import Code, District, School, Student, Year
from crm_schools.tests.support import roster_zip, scalars
from crm_schools.tests.test_importing import attend

DAYS = "student,school,date,code\n1,E1,2024-09-03,A\n2,E1,2024-09-04,A\n"
FIRST = re.compile(r'undo first what came after it.*?href="/changes/(\d+)">([^<]+)<', re.DOTALL)


def undo_all(app: Flask, client: PageClient, change_set_id: int) -> list[str]:
    """Undo a change and whatever the pages name as to be undone before it; the titles of those, in order."""
    titles: list[str] = []
    while named := FIRST.search(client.get(f"/changes/{change_set_id}/undo").text):
        assert named[2] not in titles
        titles += [*undo_all(app, client, int(named[1])), named[2]]
    client.post(f"/changes/{change_set_id}/undo", data={"seen": "yes"})
    run_waiting(app)
    return titles


def test_an_undo_that_something_newer_stops_names_what_to_undo_first(
    app: Flask, sign_in: SignIn, tmp_path: Path
) -> None:
    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "roster.zip"), {})
        with system("a test looks"):
            roster = scalars(select(func.max(ChangeSet.id)))[0]
        attend(tmp_path, DAYS, {"codes": "A,unexcused\n"})
    titles = undo_all(app, sign_in(role="administrator"), roster)
    assert titles == ["Attendance of 2 students from “days.csv”", "Attendance codes of a file"]
    with app.app_context(), system("a test looks"):
        left = [scalars(select(func.count(each.id)))[0] for each in (District, School, Student, Year, Code)]
    assert left == [0, 0, 0, 0, 0]


def test_a_tier_without_days_is_no_sign_that_all_is_well() -> None:
    assert "No day of this year is counted yet" in str(tiers.reason("", 0))
    assert "No sign of trouble" in str(tiers.reason("", 60))
    assert "10 % or more of last year" in str(tiers.reason("last_10", 0))
