"""Whoever leaves hands over all that they answer for in policy."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, Heirs, db, system
from crm.plugin_api.testing import MakeUser
from crm_policy import handing_over, models
from crm_policy.models import Bill, Legislator, SavedSearch

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ME = Actor.system()


@pytest.fixture(autouse=True)
def inside(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


def owners() -> list[int | None]:
    """Of two bills, a legislator, a draft, what was given, and a search."""
    with system("the test looks"):
        db.session().expire_all()
        return [
            *db.session().scalars(select(Bill.owner_user_id).order_by(Bill.id)),
            *db.session().scalars(select(Legislator.relationship_user_id).order_by(Legislator.id)),
            *db.session().scalars(select(models.Testimony.author_user_id).order_by(models.Testimony.id)),
            *db.session().scalars(select(SavedSearch.user_id)),
        ]


def test_bills_legislators_drafts_and_searches_go_to_the_heir(
    bills: dict[str, int], make_user: MakeUser
) -> None:
    leaving, heir = make_user(role="policy").id, make_user(role="policy", email="heir@example.org").id
    with db.transaction(ME, "policy.test"), system("the test writes"):
        for number, disposition in (("HB 1", "live"), ("HB 2", "carried_over"), ("HB 3", "vetoed")):
            bill = db.session().get_one(Bill, bills[number])
            bill.owner_user_id, bill.disposition = leaving, disposition
        db.session().scalars(select(Legislator).where(Legislator.name == "Ada Lane")).one()
        lane = db.session().scalars(select(Legislator).order_by(Legislator.id)).first()
        assert lane is not None
        lane.relationship_user_id = leaving
        told = {"bill_id": bills["HB 1"], "author_user_id": leaving, "body": "Count every day."}
        db.session().add(models.Testimony(title="Draft", **told))
        db.session().flush()
        db.session().add(models.Testimony(title="Given", status="given", **told))
        db.session().add(SavedSearch(name="Truancy", words="truan*", states=[], user_id=leaving))
    items = list(handing_over.responsibilities(leaving, None, ME))
    assert [each.title for each in items] == ["MI HB 1", "MI HB 2", lane.name, "Draft", "Truancy"]
    assert all(each.url for each in items)
    with db.transaction(ME, "policy.test"):
        handing_over.hand_over(items, Heirs(None, heir))
    assert owners() == [heir, heir, leaving, heir, None, heir, leaving, heir]
