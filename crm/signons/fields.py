"""Open letters, their signatures and their invitations as lists, filters and exports know them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from crm import db
from crm.access import current_actor, visible
from crm.access.actor import Actor
from crm.accounts.models import User
from crm.contacts.models import Contact
from crm.fields.filters import as_id
from crm.i18n import lazy_gettext as _
from crm.i18n import lazy_pgettext
from crm.plugin_api.types import Field, Preset, RecordType
from crm.signons.models import Letter, LetterText, Signature, SignInvitation
from crm.signons.permissions import EDIT, VIEW
from crm.signons.services.letters import organizations, to_newest_text
from crm.signons.words import APPROVED, RANKS, SIGNATURE_STATUSES, SPAM, STATUSES, UNCONFIRMED, WAITING


def letters() -> RecordType:
    signed = (
        select(organizations())
        .where(Signature.letter_id == Letter.id, Signature.status == "approved", to_newest_text())
        .correlate(Letter)
        .scalar_subquery()
    )
    waiting = (
        select(func.count(Signature.id))
        .where(Signature.letter_id == Letter.id, Signature.status == "waiting")
        .correlate(Letter)
        .scalar_subquery()
    )
    owner = select(User.name).where(User.id == Letter.owner_user_id).correlate(Letter).scalar_subquery()
    fields = (
        Field("title", lazy_pgettext("letter", "Title"), expression=Letter.title, sortable=True),
        Field("addressee", _("To whom"), expression=Letter.addressee),
        Field("status", _("Status"), "choice", Letter.status, choices=lambda: tuple(STATUSES.items())),
        Field("closes_on", _("Signatures until"), "date", Letter.closes_on),
        Field("signed", _("Organizations that signed"), "number", signed, filterable=False),
        Field("waiting", _("Signatures to approve"), "number", waiting, filterable=False),
        Field("owner", _("Looks after it"), expression=owner),
        Field("created_at", _("Created"), "datetime", Letter.created_at, sortable=True),
    )
    return RecordType(
            "signons", _("Open letters"), _("Open letter"), Letter, VIEW, Letter.title,
            "signons.show", "signons.index", fields,
            default_columns=("title", "addressee", "status", "closes_on", "signed", "waiting"),
            default_sort="-created_at",
            id_argument="letter_id", edit_permission=EDIT, icon="file-text",
            quick_filter=lambda text, _actor: Letter.title.icontains(text, autoescape=True),
        )  # fmt: skip


def _letter(model: Any) -> Field:
    """The letter that a row belongs to, to choose among those that the reader sees."""

    def clause(operator: str, values: Sequence[str]) -> ColumnElement[bool]:
        column: InstrumentedAttribute[int] = model.letter_id
        if operator in {"empty", "filled"}:  # Each belongs to one.
            return column.is_(None) if operator == "empty" else column.is_not(None)
        return column == as_id(values[0]) if operator == "is" else column != as_id(values[0])

    def choices() -> Sequence[tuple[str, Any]]:
        found = visible(Letter, current_actor()).order_by(Letter.id.desc()).limit(200)
        rows = db.session().execute(found.with_only_columns(Letter.id, Letter.title))
        return [(str(row[0]), row[1]) for row in rows]

    def titles(ids: Sequence[int]) -> Mapping[int, Any]:
        found = visible(Letter, current_actor()).join(model, model.letter_id == Letter.id)
        found = found.where(db.among(model.id, ids)).with_only_columns(model.id, Letter.title)
        return {row[0]: row[1] for row in db.session().execute(found)}

    return Field("letter", _("Open letter"), "choice", fetch=titles, filter=clause, choices=choices)


def signatures() -> RecordType:
    number = select(LetterText.number).where(LetterText.id == Signature.text_id).correlate(Signature)
    fields = (
        Field("organization", _("Organization"), expression=Signature.organization, sortable=True,
              sort_expression=Signature.name_key),
        _letter(Signature),
        Field("signer_name", _("Authorized signer"), expression=Signature.signer_name),
        Field("signer_title", lazy_pgettext("signer", "Title"), expression=Signature.signer_title),
        Field("signer_email", _("Email"), "email", Signature.signer_email, permission=EDIT),
        Field("status", _("Status"), "choice", Signature.status,
              choices=lambda: tuple(SIGNATURE_STATUSES.items())),
        Field("version", _("Version of the text"), "number", number.scalar_subquery()),
        Field("evidence", _("How you know"), "long_text", Signature.evidence),
        Field("language", _("Language"), "language", Signature.language),
        Field("created_at", _("Sent"), "datetime", Signature.created_at, sortable=True),
        Field("confirmed_at", _("Confirmed"), "datetime", Signature.confirmed_at),
        Field("withdrawn_at", _("Withdrawn"), "datetime", Signature.withdrawn_at),
    )  # fmt: skip
    states = (WAITING, APPROVED, UNCONFIRMED, SPAM)
    return RecordType(
        "signatures", _("Signatures"), _("Signature"), Signature, VIEW, Signature.organization,
        "signons.signature_of_letter", "signons.signatures", fields,
        default_columns=("organization", "letter", "signer_name", "status", "version", "created_at"),
        default_sort="organization", id_argument="signature_id", icon="signature",
        quick_filter=_found(Signature.organization, Signature.signer_name),
        presets=(
            Preset("all", _("Everything")),
            *(Preset(each, SIGNATURE_STATUSES[each], (("status", "is", each),)) for each in states),
        ),
    )  # fmt: skip


def invitations() -> RecordType:
    """Whoever sees a letter sees whom it was sent to, as on its page."""

    def named(statement: Select[Any]) -> Select[Any]:
        return statement.join(Contact, Contact.id == SignInvitation.contact_id)

    newest = select(func.max(LetterText.id)).where(LetterText.letter_id == SignInvitation.letter_id)
    answer = (
        select(Signature.status)
        .where(
            Signature.contact_id == SignInvitation.contact_id,
            Signature.text_id == newest.correlate(SignInvitation).scalar_subquery(),
            Signature.status.in_(RANKS),
        )
        .order_by(case(RANKS, value=Signature.status))
        .limit(1)
        .correlate(SignInvitation)
        .scalar_subquery()
    )
    fields = (
        Field("organization", _("Organization"), expression=Contact.name, sort_expression=Contact.sort_name,
              sortable=True),
        _letter(SignInvitation),
        Field("email", _("Email"), "email", SignInvitation.email, permission=EDIT),
        Field("answer", _("Signature"), "choice", answer, choices=lambda: tuple(SIGNATURE_STATUSES.items())),
        Field("invited_at", _("Invited"), "datetime", SignInvitation.invited_at, sortable=True),
        Field("reminded_at", _("Reminded"), "datetime", SignInvitation.reminded_at),
    )  # fmt: skip
    return RecordType(
        "sign_invitations", _("Invitations to sign"), _("Invitation to sign"), SignInvitation, VIEW,
        Contact.name, "signons.invitation_of_letter", "signons.invitations_of_letters", fields,
        default_columns=("organization", "letter", "answer", "invited_at", "reminded_at"),
        default_sort="organization", base=named, id_argument="invitation_id", icon="mail",
        quick_filter=_found(Contact.name),
        presets=(
            Preset("all", _("Everything")),
            Preset("open", _("Not yet"), (("answer", "empty", ""),)),
            Preset("signed", SIGNATURE_STATUSES[APPROVED], (("answer", "is", APPROVED),)),
        ),
    )  # fmt: skip


def _found(*columns: Any) -> Any:
    def clause(text: str, _actor: Actor) -> ColumnElement[bool]:
        return or_(*(column.icontains(text, autoescape=True) for column in columns))

    return clause
