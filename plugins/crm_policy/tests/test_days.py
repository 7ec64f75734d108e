"""Days of policy are those of the coalition and of the place of a hearing, not those of UTC."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from crm.config import Config
from crm.plugin_api import Actor, db, system
from crm.plugin_api.signons import Signature
from crm.plugin_api.testing import SignIn
from crm_policy.models import Committee, Hearing
from crm_policy.tests.test_pages import member_of_ours

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
EVENING = datetime(2025, 11, 27, 2, 0, tzinfo=UTC)


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Config:
    """A coalition in California."""
    return Config.for_testing(database_url, tmp_path / "data", time_zone="America/Los_Angeles")


def test_the_board_says_on_which_day_a_member_signed(
    app: Flask, sign_in: SignIn, bills: dict[str, int]
) -> None:
    client, here = sign_in(role="policy"), f"/policy/bills/{bills['HB 1']}"
    member_of_ours(app, bills["HB 1"])
    client.post(f"{here}/letters/new", data={"title": "Define it", "body": "Please.", "language": "en"})
    client.post("/signons/1/sign-for", data={"organization": "Garden Club", "evidence": "By phone"})
    with app.app_context(), system("test"), db.transaction(Actor.system(), "test"):
        db.session().execute(update(db.table(Signature)).values(created_at=EVENING))
    assert "Nov 26, 2025" in client.get(f"{here}/board").text


def test_the_page_of_a_committee_says_the_day_of_a_hearing_at_its_place(
    app: Flask, sign_in: SignIn, bills: dict[str, int]
) -> None:
    with app.app_context(), system("test"), db.transaction(Actor.system(), "test"):
        committee = Committee(state="MI", name="Education", name_key="education")
        db.session().add(committee)
        db.session().flush()
        db.session().add(
            Hearing(state="MI", committee_id=committee.id, committee_name="Education",
                    committee_key="education", starts_at=EVENING, time_zone="America/Detroit")
        )  # fmt: skip
        committee_id = committee.id
    assert "Nov 26, 2025" in sign_in(role="policy").get(f"/policy/committees/{committee_id}").text
