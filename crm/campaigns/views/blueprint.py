"""The blueprint, and what its views share: finding records, dialogs that save a part."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectField

from crm import db, htmx
from crm.access import current_actor, load, visible
from crm.campaigns import names, parts
from crm.campaigns.forms import PartForm, choices_of, keep_choice
from crm.campaigns.models import Campaign
from crm.campaigns.money import MoneyField, money
from crm.campaigns.permissions import EDIT
from crm.contacts import choosing
from crm.contacts.choosing import ContactField, UserField
from crm.errors import Conflict, UserError
from crm.fields.custom.kinds import words_of
from crm.fields.filters import as_id
from crm.forms import Form
from crm.i18n import day
from crm.pages import say

blueprint = Blueprint("campaigns", __name__, url_prefix="/campaigns")
blueprint.add_app_template_filter(money)


def campaign_or_404(campaign_id: int, permission: str | None = None) -> Campaign:
    """The campaign; 404 for outsiders, 403 without the permission."""
    found: Campaign = load(Campaign, campaign_id, permission)
    return found


def part_or_404(model: Any, campaign_id: int, part_id: int, permission: str | None = None) -> Any:
    """A part of this very campaign."""
    found = load(model, part_id, permission)
    return found if found.campaign_id == campaign_id else abort(404)


def may_edit(campaign: Campaign, permission: str = EDIT) -> bool:
    """Whether the reader may do this to the campaign."""
    actor = current_actor()
    if not actor.can(permission):
        return False
    statement = visible(Campaign, actor, permission).where(Campaign.id == campaign.id)
    return db.session().execute(statement.with_only_columns(Campaign.id)).first() is not None


def id_argument(name: str) -> int | None:
    """The id that an address names; None for what is none."""
    return as_id(request.args.get(name, "")) or None


def choices(model: Any, permission: str | None = None) -> list[tuple[int, str]]:
    """Records to choose from in a form, by name."""
    statement = visible(model, current_actor(), permission).order_by(model.sort_name, model.id).limit(1000)
    rows = db.session().execute(statement.with_only_columns(model.id, model.name))
    return [(row[0], row[1]) for row in rows]


def dialog(template: str, status: int = 200, **values: Any) -> Response:
    """A form as a dialog for htmx, as a page of its own without script."""
    return htmx.render("campaigns/dialog_page.html", template, status, part=template, **values)


def differences(form: Form, present: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a record says now, where that is not what was typed: (label, words)."""
    return [
        (str(form[name].label.text), _words(form[name], value) or _("(empty)"))
        for name, value in present.items()
        if name in form and _or_none(form[name].data) != _or_none(value)
    ]


def _or_none(value: Any) -> Any:
    return None if value == "" else value


def _words(field: Any, value: Any) -> str:
    if hasattr(field, "definition"):
        return words_of(field.definition, value)
    if isinstance(field, ContactField):
        return choosing.label_of(value) if value is not None else ""
    if isinstance(field, SelectField | RadioField):
        return next((str(label) for key, label in choices_of(field) if str(key) == str(value)), "")
    if isinstance(field, MoneyField):
        return money(value)
    return day(value) if isinstance(value, date) else str(value or "")


def keep_owner(form: Form, part: Any) -> None:
    """Whoever owns something stays its owner, even when their account is no longer in use."""
    for field in form:
        if isinstance(field, UserField):
            value = getattr(part, field.name, None)
            keep_choice(field, value, names.users([value]).get(value or 0, ""))


def save_part(
    form: PartForm,
    part: Any,
    write: Callable[[], None],
    action: str,
    sentence: str,
    back: str,
    *,
    template: str = "campaigns/_part_form.html",
    **values: Any,
) -> Response:
    """The dialog of a part: shown, or saved when it came back in order. When somebody else changed the part
    meanwhile, nothing is written: the dialog says what it says now, and saving once more is the choice."""
    new, status, clash = part.id is None, form.status, []
    keep_owner(form, part)
    if form.sent():
        try:
            with db.transaction(current_actor(), action, sentence) as change:
                if not new:
                    parts.hold(part, form.seen.data or "")
                write()
                db.session().add(part)
                db.session().flush()
        except Conflict as error:
            db.session().refresh(part)
            form.seen.data, status = parts.fingerprint(part), 409
            clash = differences(form, {name: getattr(part, name) for name in parts.SEEN[type(part)]})
            if not clash:
                form.form_errors.append(error.message)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(sentence, change)
            return htmx.go(back)
    elif not form.is_submitted() and not new:  # type: ignore[no-untyped-call]  # Flask-WTF has no annotations.
        form.seen.data = parts.fingerprint(part)
    return dialog(template, status, form=form, back=back, clash=clash, new=new, **values)


def delete_part(part: Any, action: str, sentence: str, back: str) -> Response:
    """Take a part away; the message offers undo."""
    with db.transaction(current_actor(), action, sentence) as change:
        db.session().delete(part)
    say(sentence, change)
    return htmx.go(back)


def page_of(campaign_id: int, anchor: str = "") -> str:
    """The report, at one of its parts. Not for htmx: a browser that is on that page would only scroll."""
    part = None if htmx.wants_fragment() else anchor or None
    return url_for("campaigns.show", campaign_id=campaign_id, _anchor=part)
