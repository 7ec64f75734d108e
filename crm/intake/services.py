"""Building forms, and what becomes of answers: confirmed by mail, recognised, looked at.

Every function that writes runs inside a transaction."""

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import or_, select

from crm import db, public_pages
from crm.access import NotAllowed, visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts import mail
from crm.accounts.models import User
from crm.accounts.tokens import address_of
from crm.campaigns.models import Supporter
from crm.coalitions.models import Coalition
from crm.coalitions.services import memberships
from crm.contacts import services as contacts
from crm.contacts.likeness import Likeness, Typed, likely
from crm.contacts.models import Contact, ContactTag
from crm.contacts.tags import tag_named
from crm.errors import Conflict, UserError
from crm.i18n import day_here
from crm.intake.models import FormAnswer, HelpRequest, PublicForm
from crm.intake.permissions import ANSWERS, EDIT, HELP
from crm.intake.words import ALWAYS, FIELDS
from crm.intake.words import HELP as HELP_KIND
from crm.runtime import runtime
from crm.transfer.cleaning.emails import clean_email
from crm.transfer.cleaning.text import squash

MODELS: tuple[Any, ...] = (FormAnswer, HelpRequest)
SURE = ("given_name", "family_name", "email")
_HOST = re.compile(r"(?:[a-z0-9-]+\.)*[a-z0-9-]+(?::\d{1,5})?")


def model_of(form: PublicForm) -> Any:
    return HelpRequest if form.kind == HELP_KIND else FormAnswer


def permission_of(model: Any) -> str:
    return HELP if model is HelpRequest else ANSWERS


def checked_sites(text: str) -> list[str]:
    """The sites that were named, as origins; UserError for what is no address of a site."""
    found = []
    for line in text.split():
        parts = urlsplit(line if "//" in line else f"https://{line}")
        if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(parts.netloc.lower()):
            raise UserError(
                _("“%(text)s” is not the address of a site. Write it as https://example.org.", text=line)
            )
        found.append(f"{parts.scheme}://{parts.netloc.lower()}")
    return list(dict.fromkeys(found))


def save(form: PublicForm | None, values: Mapping[str, Any], actor: Actor) -> PublicForm:
    """Build a form or change one out of clean values."""
    if form is None:
        form = PublicForm(kind=values["kind"], public_key=secrets.token_urlsafe(9))
        db.session().add(form)
    for name in ("name", "texts", "asked", "sites", "tags", "unknown", "coalition_id", "campaign_id",
                 "notify_user_id"):  # fmt: skip
        setattr(form, name, values[name])
    form.version = (form.version or 0) + 1
    form.updated_at = db.now()
    db.session().flush()
    theirs = visible(PublicForm, actor, EDIT).where(PublicForm.id == form.id).with_only_columns(PublicForm.id)
    if db.session().execute(theirs).first() is None:
        raise NotAllowed(_("Choose a coalition or campaign that you look after. Nothing was changed."))
    return form


def by_key(key: str) -> PublicForm | None:
    with system("somebody opens a public form"):
        return db.session().scalars(select(PublicForm).where(PublicForm.public_key == key)).first()


def cleaned(form: PublicForm, given: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What somebody typed, tidied, and what is wrong by field."""
    names = (*ALWAYS, *(each for each in FIELDS if each in form.asked))
    values = {name: (given.get(name) or "").replace("\x00", "") for name in names}
    values = {name: text.strip() if name == "message" else squash(text) for name, text in values.items()}
    wrong = {}
    for name in ("given_name", "family_name"):
        if not values[name]:
            wrong[name] = _("Please write your name.")
    address, problem = clean_email(values["email"])
    if problem or "@" not in address:
        wrong["email"] = _("Please write an email address, such as ana@example.org.")
    values["email"] = address or values["email"]
    return values, wrong


def answer(form: PublicForm, values: Mapping[str, str], language: str, key: str, *, robot: bool) -> None:
    """Keep an answer and mail the link that confirms it. The same one-time key twice is one answer. What a
    robot sent goes to the spam, and no mail goes out."""
    model = model_of(form)
    if db.session().scalar(select(model.id).where(model.submission_key == key)) is not None:
        return
    consent = (form.texts.get(language) or {}).get("consent", "")
    row = model(
        form_id=form.id,
        submission_key=key,
        language=language,
        consent=consent,
        status="spam" if robot else "unconfirmed",
        **values,
    )
    db.session().add(row)
    db.session().flush()
    if not robot:
        link = address_of("intake.confirm", token=token_of(row))
        texts = form.texts.get(language) or {}
        with force_locale(language):
            text = render_template(
                "intake/mail/confirm.txt", title=texts.get("title", form.name), link=link,
                site=runtime().config.organization_name,
            )  # fmt: skip
        subject, _blank, body = text.strip().partition("\n")
        mail.send(row.email, subject, body.strip() + "\n", "form_confirm")


def token_of(row: Any) -> str:
    return public_pages.sign("answer", MODELS.index(type(row)), row.id)


def of_token(token: str) -> tuple[Any, PublicForm] | None:
    """The answer and form of a link; None when the link is none of ours or its answer is gone."""
    told = public_pages.read("answer", token)
    if told is None or len(told) != 2 or not 0 <= told[0] < len(MODELS):
        return None
    with system("somebody opens the link that confirms their answer"):
        row = db.session().get(MODELS[told[0]], told[1])
        return None if row is None else (row, db.session().get_one(PublicForm, row.form_id))


def confirm(row: Any, form: PublicForm) -> None:
    """The email address is theirs. Somebody unknown becomes a contact where the form says so; whoever may be
    here already, and every request for help, waits for somebody to look. Confirmed twice is once."""
    db.session().refresh(row, with_for_update=True)
    if row.status != "unconfirmed":
        return
    row.confirmed_at = db.now()
    row.status = "waiting"
    # Whose it is, somebody decides: what is tied to a contact goes into their export and their erasure.
    known = candidates(row, Actor.system())
    if not known and form.unknown == "create" and form.kind != HELP_KIND:
        _make_contact(row, form, Actor.system())
    db.session().flush()
    _notify(row, form)


def candidates(row: Any, actor: Actor) -> Sequence[Likeness]:
    """Contacts who may be the one who answered."""
    return likely(Typed(row.given_name, row.family_name, "", row.email, row.phone), actor)


def _notify(row: Any, form: PublicForm) -> None:
    user = form.notify_user_id and db.session().get(User, form.notify_user_id)
    if not user:
        return
    link = address_of("intake.answer", kind=MODELS.index(type(row)), answer_id=row.id)
    with force_locale(user.language or "en"):
        subject = _("New answer to “%(name)s”", name=form.name)
        mail.send(user.email, subject, f"{link}\n", "form_notice")


def _make_contact(row: Any, form: PublicForm, actor: Actor) -> Contact:
    values = {
        "kind": "person", "given_name": row.given_name, "family_name": row.family_name,
        "language": row.language, "emails": [{"address": row.email}],
        "phones": [{"number": row.phone}] if row.phone else [],
        "organization": row.organization, "role": row.role,
    }  # fmt: skip
    made = contacts.create(values, actor)
    _take_over(row, form, made, actor)
    return made


def _take_over(row: Any, form: PublicForm, contact: Contact, actor: Actor) -> None:
    """Put somebody where the form says: coalition, campaign, tags. What they are in already stays."""
    row.contact_id, row.status, row.decided_at = contact.id, "accepted", db.now()
    row.decided_by_user_id = actor.user_id
    with system("an answer puts somebody where its form says"):
        if form.coalition_id is not None and form.kind == "join":
            coalition = db.session().get_one(Coalition, form.coalition_id)
            values = {"status": "prospect", "start_date": None, "end_date": None}
            memberships.add_many(coalition, [contact.id], values)
        if form.campaign_id is not None:
            _support(form.campaign_id, contact.id)
        for name in form.tags:
            tag = tag_named(name, actor)
            known = select(ContactTag.id).where(
                ContactTag.contact_id == contact.id, ContactTag.tag_id == tag.id
            )
            if db.session().scalar(known) is None:
                db.session().add(ContactTag(contact_id=contact.id, tag_id=tag.id))
        db.session().flush()


def _support(campaign_id: int, contact_id: int) -> None:
    known = select(Supporter.id).where(
        Supporter.campaign_id == campaign_id, Supporter.contact_id == contact_id
    )
    if db.session().scalar(known) is None:
        db.session().add(Supporter(campaign_id=campaign_id, contact_id=contact_id, rung=2, since=day_here()))


def decide(row: Any, form: PublicForm, what: str, contact: Contact | None, actor: Actor) -> None:
    """Somebody looked at an answer: `add` it to a contact who is here (what is known of them stays as it
    is), make a `new` one, `decline` it, call it `spam`, or say it is none (`waiting`)."""
    with system("the answer was loaded for this actor"):
        db.session().refresh(row, with_for_update=True)
    if row.status == "accepted":
        raise Conflict(_("This answer has been taken over already."))
    if what == "add" and contact is not None:
        values = {"emails": [{"address": row.email}], "phones": [{"number": row.phone}] if row.phone else []}
        contacts.carry_over(contact, values, actor)
        _take_over(row, form, contact, actor)
    elif what == "new":
        _make_contact(row, form, actor)
    elif what in {"declined", "spam", "waiting"}:
        row.status, row.decided_at, row.decided_by_user_id = what, db.now(), actor.user_id
    else:
        raise UserError(_("Choose whom this answer belongs to."))
    db.session().flush()


def of_contact(contact_id: int) -> Iterable[Any]:
    for model in MODELS:
        yield from db.session().scalars(select(model).where(model.contact_id == contact_id)).all()


def let_go(ids: Sequence[int]) -> None:
    """Contacts are deleted: their answers stay, and belong to nobody."""
    change = db.current_change()
    assert change is not None
    with system("deleting contacts with all that hangs on them"):
        for model in MODELS:
            table = db.table(model)
            rows = db.session().execute(select(table.c.id).where(db.among(table.c.contact_id, ids))).scalars()
            change.update(table, rows, {"contact_id": None})


def erase(contact: Contact) -> None:
    """Somebody is forgotten: their answers go, those by their email address too, with their history."""
    from sqlalchemy import delete

    from crm.contacts.models import Email
    from crm.journal.recorder import ENTRIES

    change = db.current_change()
    assert change is not None
    with system("erasing all there is about one contact"):
        db.session().flush()
        change.flush_created()
        addresses = select(Email.address).where(Email.contact_id == contact.id)
        for model in MODELS:
            table = db.table(model)
            theirs = or_(table.c.contact_id == contact.id, table.c.email.in_(addresses))
            rows = list(db.session().execute(select(table.c.id).where(theirs)).scalars())
            history = (ENTRIES.c.table_name == table.name) & db.among(ENTRIES.c.row_id, rows)
            db.session().execute(delete(ENTRIES).where(history))
            db.session().execute(delete(table).where(db.among(table.c.id, rows)))
