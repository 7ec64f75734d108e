"""Many signatures are decided about at once: what will happen is shown, then exactly that."""

import re

from flask import Flask
from sqlalchemy import func, select

from crm import db
from crm.journal.models import ChangeSet
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.people import SignIn
from crm.signons import services
from crm.signons.models import Letter, Signature
from tests.signons.conftest import act, approve, rows, send

NAMED = select(Signature.organization, Signature.status).order_by(Signature.id)


def test_the_chosen_signatures_are_approved_but_those_that_a_person_must_look_at(
    app: Flask, client: PageClient, letter: tuple[int, str], sign_in: SignIn
) -> None:
    names = ("Harbor", "Pier", "Depot", "Twice", "Twice", "Silent")
    for number, name in enumerate(names):
        send(app, client, letter[1], organization=name, signer_email=f"n{number}@example.org")

    def confirmed() -> None:
        found = db.session().get_one(Letter, letter[0])
        for row in db.session().scalars(select(Signature).where(Signature.organization != "Silent")).all():
            services.confirm(row, found)

    act(app, confirmed)
    staff = sign_in(role="organizer")
    chosen = {"whole_list": "1", "query": "sort=organization"}
    assert "Approve" in staff.get("/signons/signatures").text
    page = staff.post("/signons/signatures/decide/approved", data=chosen).text
    assert "3 signatures will be" in page
    assert page.count("in this organization’s name, too") == 2
    going = re.findall(r'name="ids" value="(\d+)"', page)
    assert len(going) == 3
    approve_one = int(going[0])
    act(app, lambda: services.decide(
        db.session().get_one(Signature, approve_one), db.session().get_one(Letter, letter[0]), "refused"
    ))  # fmt: skip
    act(app, lambda: services.decide(
        db.session().get_one(Signature, approve_one), db.session().get_one(Letter, letter[0]), "spam"
    ))  # fmt: skip
    data = {"ids": going, "do": "apply"}
    assert staff.post("/signons/signatures/decide/approved", data=data).status_code == 303
    states = rows(app, NAMED)
    assert sorted(status for _name, status in states) == [
        "approved", "approved", "spam", "unconfirmed", "waiting", "waiting",
    ]  # fmt: skip
    last = rows(app, select(func.max(ChangeSet.id)))[0]
    staff.post(f"/changes/{last}/undo")
    assert sorted(status for _name, status in rows(app, NAMED)).count("waiting") == 4


def test_who_only_reads_decides_about_none(
    app: Flask, client: PageClient, letter: tuple[int, str], sign_in: SignIn
) -> None:
    send(app, client, letter[1])
    for role, status in (("viewer", 403), (None, 403)):
        data = {"ids": ["1"], "do": "apply"}
        assert sign_in(role=role).post("/signons/signatures/decide/approved", data=data).status_code == status
    approve(app, 1)
    page = sign_in(role="organizer").post("/signons/signatures/decide/approved", data={"ids": ["1"]}).text
    assert "Nothing is changed" in page
