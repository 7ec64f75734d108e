"""A reminder goes where the message went, or nowhere."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from crm.plugin_api import Actor, db, now, system
from crm.plugin_api.records import Email
from crm_media.models import Recipient, Reporter
from crm_media.tests.test_outreach import begin, outbox, reporters, staff, work

__all__ = ["reporters", "staff"]


@pytest.mark.parametrize("stays", [True, False])
def test_who_has_another_main_address_by_now_is_not_reminded_there(
    app: Flask, staff: Any, reporters: list[int], stays: bool
) -> None:
    begin(staff, reporters[:1])
    staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"})
    work(app)
    with app.app_context(), db.transaction(Actor.system(), "test.new"), system("they went to a rival"):
        contact_id = db.session().get_one(Reporter, reporters[0]).contact_id
        mine = db.session().query(Email).filter_by(contact_id=contact_id).one()
        if stays:
            mine.is_primary = False
        else:
            db.session().delete(mine)
        new = "ada@rival.example"
        db.session().add(Email(contact_id=contact_id, address=new, address_key=new, is_primary=True))
        db.session().execute(update(Recipient).values(sent_at=now() - timedelta(days=5)))
    answer = staff.post("/media/releases/1/recipients/1/chase", data={"words": "Did you see it?"})
    work(app)
    assert [each[0] for each in outbox(app)] == ["ada@press.example"] * (1 + stays)
    assert stays or "not at this address any more" in answer.text
