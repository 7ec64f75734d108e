"""Noting for many contacts that they are not to be contacted by a channel."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from wtforms import SelectField, StringField
from wtforms.validators import Length

from crm import db
from crm.access.actor import Actor
from crm.contacts.bulk.state import Arguments, State, touch_many
from crm.contacts.models import DoNotContact
from crm.contacts.words import CHANNELS
from crm.errors import UserError
from crm.forms import Form
from crm.i18n import day_here, lazy_gettext
from crm.transfer.cleaning.text import squash


class WishForm(Form):
    channel = SelectField(
        lazy_gettext("Not by"), choices=lambda: list(CHANNELS.items()), render_kw={"data-autofocus": ""}
    )
    reason = StringField(
        lazy_gettext("Why"),
        [Length(max=500)],
        description=lazy_gettext("For example: asked for it at the meeting in May."),
    )


def arguments(form: Any) -> Arguments:
    reason = squash(form.reason.data or "")
    if not reason:
        raise UserError(_("Write down why, so that the next person knows."))
    return {"channel": form.channel.data, "reason": reason}


def title(arguments: Arguments) -> str:
    return _("Do not contact: %(channel)s", channel=CHANNELS[arguments["channel"]])


def sentence(arguments: Arguments, count: int) -> str:
    return str(
        ngettext(
            "%(count)s contact does not want: %(channel)s",
            "%(count)s contacts do not want: %(channel)s",
            count,
            count=count,
            channel=CHANNELS[arguments["channel"]],
        )
    )


def read(arguments: Arguments, ids: Sequence[int]) -> Mapping[int, State]:
    statement = select(DoNotContact.contact_id).where(
        DoNotContact.channel == arguments["channel"], db.among(DoNotContact.contact_id, ids)
    )
    noted = set(db.session().execute(statement).scalars())
    return {each: State(already=each in noted) for each in ids}


def write(arguments: Arguments, ids: Sequence[int], _actor: Actor) -> None:
    change = db.current_change()
    assert change is not None
    table, now = db.table(DoNotContact), db.now()
    values = {
        "channel": arguments["channel"],
        "reason": arguments["reason"],
        "since": day_here(),
        "source": "",
        "created_at": now,
    }
    rows = [{**values, "contact_id": each} for each in ids]
    made = db.session().execute(table.insert().returning(table.c.id), rows).scalars().all()
    change.created(table, made)
    touch_many(ids)
