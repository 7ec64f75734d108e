"""Building forms, and what becomes of answers: confirmed by mail, recognised, looked at.

Every function that writes runs inside a transaction."""

import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from crm import db, public_pages
from crm.access import NotAllowed, visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts import mail
from crm.accounts.tokens import address_of
from crm.contacts import services as contacts
from crm.contacts.likeness import Likeness, Typed, likely
from crm.contacts.models import Contact
from crm.errors import Conflict, UserError
from crm.fields.custom.values import apply_custom, differing
from crm.intake import noticing, taking_over
from crm.intake.models import FormAnswer, HelpRequest, PublicForm
from crm.intake.noticing import MODELS
from crm.intake.permissions import EDIT
from crm.intake.words import ALWAYS, ANSWER_STATUSES, CONFIRM_MAIL, FIELDS
from crm.intake.words import HELP as HELP_KIND
from crm.runtime import runtime
from crm.transfer.cleaning.emails import clean_email
from crm.transfer.cleaning.phones import clean_phone
from crm.transfer.cleaning.text import clean_note, squash

BUILT = ("name", "texts", "asked", "required", "sites", "tags", "unknown", "coalition_id", "campaign_id",
         "notify_user_id")  # fmt: skip
"""What of a form staff write."""
LONGEST_LINE: Final = 200
"""Characters of an answer of one line."""
_ANYBODY: Final = Actor.only("contacts.view")
"""Who sees contacts and no student: an answer must not tell, by being left to wait, whom schools keep."""
STEPS: Mapping[str, frozenset[str]] = {
    "add": frozenset({"waiting", "declined"}),
    "again": frozenset({"unconfirmed", "waiting"}),
    "new": frozenset({"waiting", "declined"}),
    "declined": frozenset({"unconfirmed", "waiting"}),
    "spam": frozenset({"unconfirmed", "waiting", "declined"}),
    "waiting": frozenset({"spam", "declined"}),
}
"""What staff may do with an answer, and in which states; the link goes out once more only while the address
is not confirmed."""
_HOST = re.compile(r"(?:[a-z0-9-]+\.)*[a-z0-9-]+(?::\d{1,5})?")


def model_of(form: PublicForm) -> Any:
    return HelpRequest if form.kind == HELP_KIND else FormAnswer


def checked_sites(text: str) -> list[str]:
    """The sites that were named, as origins; UserError for what is no address of a site."""
    found = []
    for line in text.split():
        try:
            parts = urlsplit(line if "//" in line else f"https://{line}")
        except ValueError:  # Such as a bracket that is not closed.
            parts = urlsplit("")
        if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(parts.netloc.lower()):
            raise UserError(
                _("“%(text)s” is not the address of a site. Write it as https://example.org.", text=line)
            )
        found.append(f"{parts.scheme}://{parts.netloc.lower()}")
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Clash:
    """Somebody else changed the form meanwhile: the values that it has now, where they differ from what was
    about to be saved, and the version to save over."""

    present: Mapping[str, Any]
    version: int


def save(form: PublicForm | None, values: Mapping[str, Any], actor: Actor) -> PublicForm:
    """Build a form or change one out of clean values."""
    if form is None:
        form = PublicForm(kind=values["kind"], public_key=secrets.token_urlsafe(9), version=0)
        db.session().add(form)
    for name in BUILT:
        setattr(form, name, values.get(name, []) if name == "required" else values[name])
    apply_custom(form, values)
    touch(form)
    db.session().flush()
    theirs = visible(PublicForm, actor, EDIT).where(PublicForm.id == form.id).with_only_columns(PublicForm.id)
    if db.session().execute(theirs).first() is None:
        raise NotAllowed(_("Choose a coalition or campaign that you look after. Nothing was changed."))
    alone = form.unknown == "create" and form.kind != HELP_KIND and not taking_over.always_joins(form)
    if alone and contacts.is_limited(actor):
        raise UserError(
            _(
                "You look after a part of the contacts, and who answers this would become one outside "
                "of it. Let people who are not here yet wait to be looked at; then you put them into your "
                "coalition."
            )
        )
    return form


def touch(form: PublicForm) -> None:
    """Say that the form changed."""
    form.version += 1
    form.updated_at = db.now()


def edit(form: PublicForm, values: Mapping[str, Any], seen: int, actor: Actor) -> Clash | None:
    """Change a form, unless it is no longer the version that was seen; then nothing is written."""
    db.session().refresh(form, with_for_update=True)
    present = {name: getattr(form, name) for name in BUILT if getattr(form, name) != values.get(name)}
    present |= differing(form, values)
    if not present:
        return None
    if form.version != seen:
        return Clash(present, form.version)
    save(form, values, actor)
    return None


def set_status(form: PublicForm, status: str) -> None:
    """Open or close a form; pressed twice is once."""
    db.session().refresh(form, with_for_update=True)
    if form.status != status:
        form.status = status
        touch(form)
        db.session().flush()


def remove(form: PublicForm) -> None:
    """A form that is not open and that nobody answered goes; undo brings it back. What people agreed to when
    they answered must be there to be looked at, so a form with answers stays."""
    db.session().refresh(form, with_for_update=True)
    if form.status == "open":
        raise UserError(_("Close the form first. Then it can be removed."))
    model = model_of(form)
    with system("whether anybody answered a form that was loaded for this actor"):
        if (
            db.session().scalars(select(model.id).where(model.form_id == form.id).limit(1)).first()
            is not None
        ):
            raise UserError(
                _(
                    "There are answers to this form, so it stays: it says what people agreed to. While it is "
                    "closed, nobody can fill it in."
                )
            )
    db.session().delete(form)
    db.session().flush()


def by_key(key: str) -> PublicForm | None:
    with system("somebody opens a public form"):
        return db.session().scalars(select(PublicForm).where(PublicForm.public_key == key)).first()


def cleaned(form: PublicForm, given: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What somebody typed, tidied, and what is wrong by field."""
    names = (*ALWAYS, *(each for each in FIELDS if each in form.asked))
    values = {name: (given.get(name) or "").replace("\x00", "") for name in names}
    values = {name: clean_note(text) if name == "message" else squash(text) for name, text in values.items()}
    wrong = {}
    for name in names:
        if name != "message" and len(values[name]) > LONGEST_LINE:
            wrong[name] = _("At most %(most)s characters, please.", most=LONGEST_LINE)
        elif not values[name] and name in form.required:
            wrong[name] = _("Please fill this in.")
    for name in ("given_name", "family_name"):
        if not values[name]:
            wrong[name] = _("Please write your name.")
    wrong |= _unreachable(form, values)
    return values, wrong


def _unreachable(form: PublicForm, values: dict[str, str]) -> dict[str, str]:
    """What is wrong with the ways to answer somebody, by field; the address is put in order."""
    wrong = {}
    address, problem = clean_email(values["email"])
    if not values["email"] and may_lack_email(form):
        if not values["phone"]:
            wrong["email"] = _("Please write an email address or a phone number, so that we can answer.")
    elif problem or "@" not in address:
        wrong["email"] = _("Please write an email address, such as ana@example.org.")
    values["email"] = address or values["email"]
    _number, _extension, problem = clean_phone(values.get("phone", ""), runtime().config.default_region)
    if problem == "phone_invalid":
        wrong["phone"] = _("Please write a phone number, such as 212 555 0123.")
    return wrong


def may_lack_email(form: PublicForm) -> bool:
    """Whoever asks for help may have a phone only; what they write waits for somebody to look at once."""
    return form.kind == HELP_KIND and "phone" in form.asked


def is_sent(form: PublicForm, key: str) -> bool:
    """Whether a page with this one-time key was sent before."""
    model = model_of(form)
    with system("a page that comes back twice is one answer"):
        return db.session().scalar(select(model.id).where(model.submission_key == key)) is not None


def answer(
    form: PublicForm, values: Mapping[str, str], language: str, key: str, *, robot: bool, mails: bool = True
) -> None:
    """Keep an answer and mail the link that confirms it. The same one-time key twice is one answer. What a
    robot sent goes to the spam, and no mail goes out; nor does the link without `mails`, when too much went
    to this address: staff can send it from the answer's page. Whoever asks for help is heard at once: not
    everybody in need opens a mail."""
    if is_sent(form, key):
        return
    consent = (form.texts.get(language) or {}).get("consent", "")
    row = model_of(form)(
        form_id=form.id,
        submission_key=key,
        language=language,
        consent=consent,
        status="spam" if robot else _first_status(form),
        **values,
    )
    db.session().add(row)
    db.session().flush()
    if row.status == "spam":
        return
    if row.email and mails:
        _ask_to_confirm(row, form)
    if row.status == "waiting":
        noticing.notify(row, form)


def _first_status(form: PublicForm) -> str:
    return "waiting" if form.kind == HELP_KIND else "unconfirmed"


def _ask_to_confirm(row: Any, form: PublicForm) -> None:
    link = address_of("intake.confirm", token=token_of(row))
    texts = form.texts.get(row.language) or {}
    with force_locale(row.language):
        text = render_template(
            "intake/mail/confirm.txt", title=texts.get("title", form.name), link=link,
            waits=form.kind == HELP_KIND, site=runtime().config.organization_name,
            days_kept=public_pages.days_left(row.created_at),
        )  # fmt: skip
    subject, _blank, body = text.strip().partition("\n")
    mail.send(row.email, subject, body.strip() + "\n", CONFIRM_MAIL)
    row.link_mailed_at = db.now()


def _ask_again(row: Any, form: PublicForm) -> None:
    if not row.email:
        raise UserError(_("There is no email address that a link could go to."))
    if mail.on_its_way(row.email, CONFIRM_MAIL):
        raise UserError(_("A link is on its way to this address already. Wait until it was sent."))
    _ask_to_confirm(row, form)


def token_of(row: Any) -> str:
    return public_pages.sign("answer", MODELS.index(type(row)), row.id, row.link_version)


def of_token(token: str) -> tuple[Any, PublicForm] | None:
    """The answer and form of a link; None when the link is none of ours, was ended, or its answer is gone."""
    told = public_pages.read("answer", token)
    if told is None or len(told) != 3 or not 0 <= told[0] < len(MODELS):
        return None
    with system("somebody opens the link that confirms their answer"):
        row = db.session().get(MODELS[told[0]], told[1])
        if row is None or row.link_version != told[2]:
            return None
        return row, db.session().get_one(PublicForm, row.form_id)


def confirm(row: Any, form: PublicForm) -> None:
    """The email address is theirs. Somebody unknown becomes a contact where the form says so; whoever may be
    here already waits for somebody to look. What waits already stays where it is, and staff are told of it
    where they were not when it came. Confirmed twice is once."""
    db.session().refresh(row, with_for_update=True)
    if is_settled(row):
        return
    row.confirmed_at = db.now()
    if row.status == "unconfirmed":
        row.status = "waiting"
        # Whose it is, somebody decides: what is tied to a contact goes into their export and their erasure.
        creates = form.unknown == "create" and form.kind != HELP_KIND
        if creates and not candidates(row, _ANYBODY):
            taking_over.make_contact(row, form, taking_over.offered(row), Actor.system())
        db.session().flush()
    if row.status in {"waiting", "accepted"}:
        noticing.notify(row, form)


def is_settled(row: Any) -> bool:
    """Whether the link of an answer has nothing left to confirm."""
    if row.confirmed_at is not None or row.status == "spam":
        return True
    return not isinstance(row, HelpRequest) and row.status not in {"unconfirmed", "waiting"}


def candidates(row: Any, actor: Actor) -> Sequence[Likeness]:
    """Contacts who may be the one who answered."""
    return likely(Typed(row.given_name, row.family_name, "", row.email, row.phone), actor)


def decide(
    row: Any, form: PublicForm, what: str, contact: Contact | None, take: Collection[str], actor: Actor
) -> None:
    """Somebody looked at an answer: `add` it to a contact who is here, make a `new` one, `decline` it, call
    it `spam`, have it looked at again (`waiting`), or mail the link `again` that confirms it. `take` names
    what of it goes to the contact; what is known of them stays as it is. Conflict for any step that does not
    lead on from where the answer is."""
    with system("the answer was loaded for this actor"):
        db.session().refresh(row, with_for_update=True)
    if what not in STEPS or (what == "add" and contact is None):
        raise UserError(_("Choose whom this answer belongs to."))
    if row.status not in STEPS[what] or (what == "again" and row.confirmed_at is not None):
        state = ANSWER_STATUSES[row.status]
        raise Conflict(
            _("This answer is now: %(state)s. Nothing was changed; look at it again.", state=state)
        )  # fmt: skip
    chosen = set(take) & set(taking_over.offered(row))
    joins = "coalition" in take and not taking_over.always_joins(form)
    if joins and taking_over.joinable(form, actor) is None:
        raise NotAllowed(
            _("You may not change the members of this coalition. Go back and take the tick away there.")
        )
    if what == "add" and contact is not None:
        taking_over.add_to(contact, row, form, chosen, actor, joins=joins)
    elif what == "new":
        taking_over.make_contact(row, form, chosen, actor, joins=joins)
    elif what == "again":
        _ask_again(row, form)
    elif what == "waiting" and row.status == "spam" and row.confirmed_at is None and row.email:
        row.status, row.decided_at, row.decided_by_user_id = _first_status(form), None, None
        _ask_to_confirm(row, form)
    else:
        row.status, row.decided_at, row.decided_by_user_id = what, db.now(), actor.user_id
    db.session().flush()
