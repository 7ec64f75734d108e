"""What an hour costs and what is spent belong to a year: the report of one that was filed stays as it was."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, text

from crm.config import Config
from crm.db import make_engine
from crm.plugin_api.testing import SignIn
from crm.plugin_api.words import day_here
from crm.plugin_host import migrations

YEARS = "/policy/lobbying/years"


def this_year(app: Flask) -> int:
    with app.app_context():
        return day_here().year


def enter(client: FlaskClient, year: int, hour: str, budget: str) -> Any:
    return client.post(f"{YEARS}/{year}", data={"hour_cost": hour, "budget": budget})


def words(client: FlaskClient, year: int) -> str:
    """The report of a year without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(f"/policy/lobbying?year={year}").text))


def test_the_report_of_a_filed_year_stays_when_the_next_is_set(app: Flask, sign_in: SignIn) -> None:
    staff, administrator = sign_in(role="policy"), sign_in(role="administrator")
    this = this_year(app)
    work = {"manner": "meeting", "kind": "direct", "minutes": "60", "cost": "0"}
    staff.post("/policy/lobbying/new", data={**work, "worked_on": f"{this - 1}-04-01"})
    assert "Nobody has entered yet what an hour costs" in words(staff, this)
    assert enter(administrator, this - 1, "42.50", "$400,000").status_code == 303
    before = words(staff, this - 1)
    assert "An hour counts $42.50." in before
    assert f"The cost of an hour and the yearly spending are those of {this - 1}." in before
    assert enter(administrator, this, "90", "900000").status_code == 303
    assert words(staff, this - 1) == before
    assert "$80,000" in before
    assert "$160,000" in words(staff, this)


def test_a_year_without_numbers_says_whose_it_uses(app: Flask, sign_in: SignIn) -> None:
    staff, administrator = sign_in(role="policy"), sign_in(role="administrator")
    this = this_year(app)
    enter(administrator, this - 1, "50", "500000")
    told = f"For {this} nobody has entered what an hour costs and what was spent"
    assert told in words(staff, this)
    assert "An administrator enters them" in words(staff, this)
    page = administrator.get(f"/policy/lobbying?year={this}").text
    assert f"Enter those of {this}" in page
    form = administrator.get(f"{YEARS}/{this}").text
    assert told in form
    assert 'value="50.00"' in form
    listed = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", administrator.get(YEARS).text))
    assert f"{this + 1} Enter {this + 1} $50.00 $500,000 As in {this - 1}" in listed
    assert f"{this - 1} Change {this - 1} $50.00 $500,000 Entered" in listed


def test_the_first_numbers_of_all_change_no_year_before_them(app: Flask, sign_in: SignIn) -> None:
    staff, administrator = sign_in(role="policy"), sign_in(role="administrator")
    this = this_year(app)
    work = {"manner": "meeting", "kind": "direct", "minutes": "60", "cost": "0"}
    staff.post("/policy/lobbying/new", data={**work, "worked_on": f"{this - 1}-04-01"})
    words(staff, this)  # The first page after it says that it is saved.
    before = words(staff, this - 1)
    enter(administrator, this, "90", "900000")
    assert words(staff, this - 1) == before
    assert "An hour counts $40.00." in before
    assert f"Nobody has entered yet what an hour costs and what is spent in {this - 1}." in before
    listed = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", administrator.get(YEARS).text))
    assert f"{this - 1} Enter {this - 1} $40.00 not set Usual" in listed


def test_who_enters_a_year_reads_which_later_ones_go_by_it(app: Flask, sign_in: SignIn) -> None:
    administrator, this = sign_in(role="administrator"), this_year(app)
    enter(administrator, this, "50", "")
    alone = f"{this - 1} has no numbers of its own and goes by these, too."
    assert alone in administrator.get(f"{YEARS}/{this - 2}").text
    many = f"{this - 3} to {this - 1} have no numbers of their own and go by these, too."
    assert many in administrator.get(f"{YEARS}/{this - 4}").text
    assert "go by these" not in administrator.get(f"{YEARS}/{this}").text
    assert "goes by these" not in administrator.get(f"{YEARS}/{this - 1}").text


def test_a_year_whose_spending_was_left_empty_says_nothing_of_it(app: Flask, sign_in: SignIn) -> None:
    administrator, this = sign_in(role="administrator"), this_year(app)
    enter(administrator, this, "50", "")
    page = words(administrator, this)
    assert f"An hour counts $50.00. The cost of an hour is that of {this}." in page
    assert "yearly spending, which is not entered yet" in page
    assert "yearly spending are those" not in page


def test_a_year_goes_by_an_earlier_one_whatever_is_entered_later(app: Flask, sign_in: SignIn) -> None:
    administrator, this = sign_in(role="administrator"), this_year(app)
    enter(administrator, this - 4, "42", "400000")
    words(administrator, this)  # The first page after it says that it is saved.
    before = words(administrator, this - 1)
    assert f"these are the numbers of {this - 4}" in before
    enter(administrator, this, "90", "900000")
    words(administrator, this)
    assert words(administrator, this - 1) == before


def test_the_log_as_a_file_says_what_an_hour_costs(app: Flask, sign_in: SignIn) -> None:
    staff, this = sign_in(role="policy"), this_year(app)
    enter(sign_in(role="administrator"), this - 2, "50", "")
    work = {"manner": "meeting", "kind": "direct", "minutes": "60", "cost": "0"}
    staff.post("/policy/lobbying/new", data={**work, "worked_on": f"{this - 1}-04-01"})
    lines = staff.get(f"/policy/lobbying.csv?year={this - 1}").text.splitlines()
    assert lines[0].endswith("An hour costs,Entered for")
    assert lines[1].endswith(f"50.00,{this - 2}")


def test_an_administrator_corrects_a_year_and_takes_it_back(app: Flask, sign_in: SignIn) -> None:
    administrator, this = sign_in(role="administrator"), this_year(app)
    enter(administrator, this, "50", "500000")
    done = administrator.post(
        f"{YEARS}/{this}", data={"hour_cost": "60", "budget": "500000"}, follow_redirects=True
    ).text
    assert "An hour counts $60.00." in words(administrator, this)
    undo(administrator, done)
    assert "An hour counts $50.00." in words(administrator, this)
    done = administrator.post(f"{YEARS}/{this}/forget", follow_redirects=True).text
    assert "Nobody has entered yet what an hour costs" in words(administrator, this)
    undo(administrator, done)
    assert "An hour counts $50.00." in words(administrator, this)


def undo(client: FlaskClient, page: str) -> None:
    newest = max(int(each) for each in re.findall(r"/changes/(\d+)/undo", page))
    assert client.post(f"/changes/{newest}/undo").status_code in {200, 303}


@pytest.mark.parametrize("hour, budget", [("", ""), ("many", ""), ("50", "half"), ("99999", "")])
def test_what_is_no_amount_is_refused(app: Flask, sign_in: SignIn, hour: str, budget: str) -> None:
    assert enter(sign_in(role="administrator"), this_year(app), hour, budget).status_code == 422


def test_who_works_on_policy_alone_changes_no_year(app: Flask, sign_in: SignIn) -> None:
    staff, this = sign_in(role="policy"), this_year(app)
    assert staff.get(YEARS).status_code == 403
    assert enter(staff, this, "50", "1").status_code == 403
    assert staff.post(f"{YEARS}/{this}/forget").status_code == 403
    assert YEARS not in staff.get("/policy/lobbying").text
    administrator = sign_in(role="administrator")
    assert administrator.get(f"{YEARS}/1776").status_code == 404
    assert administrator.get(f"{YEARS}/{this + 2}").status_code == 404


@contextmanager
def database_before(url: str, data: Path, revision: str) -> Iterator[tuple[Connection, Callable[[], object]]]:
    """A database as it was at a revision, with work logged in 2023, and what brings it up to date."""
    config = Config.for_testing(url, data)
    engine = make_engine(config)
    migrations.upgrade(config, engine)
    branch = next(each for each in migrations.branches(config) if each.name == "policy")
    with migrations.writing(engine) as connection:
        command.downgrade(migrations._settings(branch, connection), revision)
        connection.execute(
            text(
                "INSERT INTO policy_lobbying (worked_on, minutes, cost_cents, kind, form, note, created_at) "
                "VALUES ('2023-05-01', 60, 0, 'direct', 'meeting', '', '2023-05-01 00:00:00')"
            )
        )
        yield connection, lambda: migrations.upgrade_branch(branch, connection)
    engine.dispose()


YEARS_KEPT = text("SELECT year, hour_cost_cents, budget_dollars FROM policy_lobbying_year ORDER BY year")


def test_what_was_set_before_is_that_of_this_year_and_of_each_with_a_log(
    empty_database_url: str, tmp_path: Path
) -> None:
    with database_before(empty_database_url, tmp_path / "before", "policy_0006") as (connection, upgrade):
        for name, value in (("policy.hour_cost", ""), ("policy.budget", "400000")):
            connection.execute(
                text(
                    "INSERT INTO setting_value (name, value, changed_by, changed_at) "
                    "VALUES (:name, :value, '', '2026-01-01 00:00:00')"
                ),
                {"name": name, "value": value},
            )
        upgrade()
        rows = connection.execute(YEARS_KEPT).all()
        assert rows == [(2023, 4000, 400_000), (datetime.now(UTC).year, 4000, 400_000)]
        left = connection.execute(text("SELECT name FROM setting_value WHERE name LIKE 'policy.%'"))
        assert left.all() == []


def test_years_with_a_log_keep_the_later_numbers_that_they_went_by(
    empty_database_url: str, tmp_path: Path
) -> None:
    with database_before(empty_database_url, tmp_path / "before", "policy_0007") as (connection, upgrade):
        connection.execute(
            text(
                "INSERT INTO policy_lobbying_year (year, hour_cost_cents, budget_dollars) "
                "VALUES (2025, 5000, 300000), (2026, 6000, 600000)"
            )
        )
        upgrade()
        assert connection.execute(YEARS_KEPT).all() == [
            (2023, 5000, 300_000), (2025, 5000, 300_000), (2026, 6000, 600_000)]  # fmt: skip
