"""Messages about letters: to signers, to those who are invited, to whoever looks after a letter."""

from typing import Any

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from crm import db, public_pages
from crm.access import visible
from crm.accounts import mail
from crm.accounts.models import User
from crm.accounts.sessions import actor_for
from crm.accounts.tokens import address_of
from crm.runtime import runtime
from crm.signons.models import Letter, Signature
from crm.signons.words import SIGNER_MAIL


def token_of(row: Signature) -> str:
    return public_pages.sign("signature", row.id, row.link_version)


def send_to_signer(row: Signature, letter: Letter, what: str, **values: Any) -> None:
    """Mail the signer one of the messages, with the link of their signature."""
    link = address_of("signons.signature", token=token_of(row))
    values["days_kept"] = public_pages.days_left(row.created_at)
    send(row.language, row.signer_email, what, letter, link=link, organization=row.organization, **values)
    row.link_mailed_at = db.now()


def send(
    language: str, to: str, what: str, letter: Letter, contact_id: int | None = None, **values: Any
) -> None:
    """Mail one of the messages about a letter, in a language."""
    with force_locale(language):
        text = render_template("signons/mail/message.txt", what=what, letter=letter,
                               site=runtime().config.organization_name,
                               **{"days_kept": public_pages.UNCONFIRMED_KEPT.days, **values})  # fmt: skip
    subject, _blank, body = text.strip().partition("\n")
    mail.send(to, subject, body.strip() + "\n", SIGNER_MAIL, contact_id=contact_id)


def tell_owner(row: Signature, letter: Letter, *, withdrawn: bool = False) -> None:
    """Say to whoever looks after the letter that a signature waits, or was withdrawn."""
    user = letter.owner_user_id and db.session().get(User, letter.owner_user_id)
    if not user or not user.active:
        return
    theirs = visible(Letter, actor_for(user)).where(Letter.id == letter.id).with_only_columns(Letter.id)
    if db.session().execute(theirs).first() is None:  # Their role over it was taken.
        return
    link = address_of("signons.show", letter_id=letter.id)
    with force_locale(user.language or "en"):
        subject = (
            _("A signature was withdrawn: %(organization)s", organization=row.organization)
            if withdrawn
            else _("A signature waits: %(organization)s", organization=row.organization)
        )
        mail.send(user.email, subject, f"{_told(row, letter, withdrawn)}\n\n{link}\n", "sign_on_notice")


def _told(row: Signature, letter: Letter, withdrawn: bool) -> str:
    """Who signed, for whom, what, and what is to be done."""
    who = ", ".join(filter(None, (row.signer_name, row.signer_title)))
    about = {"who": who, "organization": row.organization, "title": letter.title}
    if withdrawn:
        return _(
            "%(who)s withdrew the signature of %(organization)s to the letter “%(title)s”. It is not "
            "published any more. There is nothing that you must do.",
            **about,
        )
    return _(
        "%(who)s signed the letter “%(title)s” for %(organization)s and confirmed their email address. Open "
        "the page of the letter and approve the signature, or refuse it; until then it is not published.",
        **about,
    )
