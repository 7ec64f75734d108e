"""Giving a tag to many contacts and taking it off."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from wtforms import SelectField, StringField
from wtforms.validators import Length

from crm import db
from crm.access import current_actor
from crm.access.actor import Actor
from crm.contacts import tags
from crm.contacts.bulk.state import Arguments, State, touch_many
from crm.contacts.models import ContactTag, Tag
from crm.errors import UserError
from crm.forms import Form
from crm.i18n import lazy_gettext
from crm.transfer.cleaning.text import fold


class AddForm(Form):
    tag = StringField(
        lazy_gettext("Tag"),
        [Length(max=tags.LONGEST)],
        description=lazy_gettext("One of the tags in use, or a new word."),
        render_kw={"list": "tag-names", "autocomplete": "off", "data-autofocus": ""},
    )


class RemoveForm(Form):
    tag = SelectField(lazy_gettext("Tag"), choices=lambda: [(str(tag.id), tag.name) for tag in all_tags()])


def all_tags() -> Sequence[Tag]:
    return tags.known(current_actor())


def add_arguments(form: Any) -> Arguments:
    name = tags.checked_name(form.tag.data or "")
    known = db.session().scalars(select(Tag).where(Tag.name_key == fold(name))).first()
    return {"name": known.name if known else name, "new": known is None}


def remove_arguments(form: Any) -> Arguments:
    tag = next((tag for tag in all_tags() if str(tag.id) == form.tag.data), None)
    if tag is None:
        raise UserError(_("This tag is gone by now. Choose another one."))
    return {"name": tag.name}


def add_title(arguments: Arguments) -> str:
    return _("Add the tag “%(name)s”", name=arguments["name"])


def remove_title(arguments: Arguments) -> str:
    return _("Remove the tag “%(name)s”", name=arguments["name"])


def add_sentence(arguments: Arguments, count: int) -> str:
    return str(
        ngettext(
            "Tagged %(count)s contact “%(name)s”",
            "Tagged %(count)s contacts “%(name)s”",
            count,
            count=count,
            name=arguments["name"],
        )
    )


def remove_sentence(arguments: Arguments, count: int) -> str:
    return str(
        ngettext(
            "Took the tag “%(name)s” off %(count)s contact",
            "Took the tag “%(name)s” off %(count)s contacts",
            count,
            count=count,
            name=arguments["name"],
        )
    )


def _tagged(arguments: Arguments, ids: Sequence[int]) -> set[int]:
    statement = (
        select(ContactTag.contact_id)
        .join(Tag, Tag.id == ContactTag.tag_id)
        .where(Tag.name_key == fold(arguments["name"]), db.among(ContactTag.contact_id, ids))
    )
    return set(db.session().execute(statement).scalars())


def read_missing(arguments: Arguments, ids: Sequence[int]) -> Mapping[int, State]:
    tagged = _tagged(arguments, ids)
    return {each: State(already=each in tagged) for each in ids}


def read_present(arguments: Arguments, ids: Sequence[int]) -> Mapping[int, State]:
    tagged = _tagged(arguments, ids)
    return {each: State(already=each not in tagged) for each in ids}


def add(arguments: Arguments, ids: Sequence[int], actor: Actor) -> None:
    tags.tag_many(tags.tag_named(arguments["name"], actor), ids)
    touch_many(ids)


def remove(arguments: Arguments, ids: Sequence[int], _actor: Actor) -> None:
    tag = db.session().scalars(select(Tag).where(Tag.name_key == fold(arguments["name"]))).one()
    tags.untag_many(tag, ids)
    touch_many(ids)
