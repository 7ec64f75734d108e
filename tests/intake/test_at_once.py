"""Two answers of one person at the same moment."""

import re
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm.accounts.models import OutgoingMail
from crm.contacts.models import Person
from crm.intake import taking_over
from crm.intake.models import FormAnswer
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_postgresql
from tests.infrastructure.waiting import until_somebody_waits
from tests.intake.test_public_forms import Build, _slow_writer, build, rows, send

__all__ = ["_slow_writer", "build"]


@on_postgresql
def test_who_answered_twice_and_confirms_both_at_once_becomes_one_contact(
    app: Flask, client: PageClient, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite has one writer at a time anyway."""
    _id, key = build()
    for _time in range(2):
        send(app, client, key)
    mails = rows(app, select(OutgoingMail.body).where(OutgoingMail.purpose == "form_confirm_link"))
    links = [match[0] for each in mails if (match := re.search(r"/forms/confirm/\S+", each))]
    make, second = taking_over.make_contact, Thread(target=lambda: app.test_client().post(links[1]))

    def meanwhile(*given: Any) -> Any:
        if second.ident is None:
            second.start()
            until_somebody_waits(app)
        return make(*given)

    monkeypatch.setattr(taking_over, "make_contact", meanwhile)
    assert client.post(links[0]).status_code == 200
    second.join()
    assert rows(app, select(func.count(Person.id))) == [1]
    assert sorted(rows(app, select(FormAnswer.status))) == ["accepted", "waiting"]
