"""Acting for many students of a small district, in tests."""

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, Person, db, system
from crm.plugin_api.testing.application import PageClient
from crm_schools.marks import pack
from crm_schools.models import (
    Attendance,
    Guardian,
)
from crm_schools.tests.made_up import MadeUp, make, school_days
from crm_schools.tests.support import scalars

NUDGE = {"stage": "nudge", "person": "Ana Reed", "phone": "203-555-0100"}
MENTOR = {"kind": "mentor", "begins_on": "2026-01-05", "each_week": "2"}
CALL = {"on_date": "2026-01-05", "way": "text", "outcome": "message", "note": "School begins on Monday"}
EVERY = {"letters": NUDGE, "intervention": MENTOR, "contact": CALL, "point-person": {"user_id": "nobody"}}


def district_of(app: Flask) -> MadeUp:
    """Of the first school the students 0, 2, 4 …; everybody missed four days."""
    made = make(app, students=12)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for row in db.session().scalars(select(Attendance)):
            row.marks = pack([(day, 2, None) for day in school_days()[:4]])
    return made


def address(made: MadeUp, action: str) -> str:
    return f"/schools/students/bulk/{action}?school_id={made.schools[0]}&year=2026"


def post(client: PageClient, made: MadeUp, action: str, ids: Sequence[int], **form: str) -> Any:
    return client.post(address(made, action), data={"ids": ",".join(map(str, ids)), **form})


def hidden(page: str) -> dict[str, str]:
    """What the form of a page sends without anybody typing."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found if name != "csrf_token"}


def planned(client: PageClient, made: MadeUp, action: str, ids: Sequence[int], **form: str) -> Any:
    answer = post(client, made, action, ids, step="plan", **form)
    assert answer.status_code == 200, answer.text
    return answer


def applied(client: PageClient, made: MadeUp, action: str, ids: Sequence[int], **form: str) -> Any:
    """Plan it and then let it be done."""
    sent = hidden(planned(client, made, action, ids, **form).text)
    return client.post(address(made, action), data={**sent, "step": "apply"})


def the(app: Flask, statement: Any) -> list[Any]:
    with app.app_context(), system("test"):
        return scalars(statement)


def carer(student_id: int, name: str, **values: Any) -> None:
    """Inside a transaction."""
    row = Person(name=name, sort_name=name.lower(), name_key=name.lower(), custom={})
    row.language = values.pop("language", "")
    db.session().add(row)
    db.session().flush()
    db.session().add(Guardian(student_id=student_id, contact_id=row.id, **values))
    db.session().flush()


def families(app: Flask, carers: Mapping[int, Mapping[str, Any]]) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for student_id, values in carers.items():
            carer(student_id, **values)


def left_out(page: str) -> dict[str, list[str]]:
    """Whom a plan leaves out, by the reason."""
    parts = re.findall(r"<div><dt>(.*?)</dt><dd>(.*?)</dd></div>", page, re.DOTALL)
    return {html.unescape(reason): re.findall(r">(Given\d+) Family\d+<", names) for reason, names in parts}
