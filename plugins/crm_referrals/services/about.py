"""What is kept about a contact, and letting go of it: an agency's organization, a guardian who signed."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select, update

from crm.plugin_api import DataSection, UserError, db, system
from crm.plugin_api import gettext as _
from crm_referrals.models import Agency, Consent, Referral
from crm_referrals.permissions import may_route
from crm_referrals.services import directory


def move(contact_id: int, survivor_id: int | None) -> None:
    """Rows about a contact are about another one, or nobody: the law keeps a consent, not whose contact it
    was."""
    with system("a contact is merged or erased"):
        for agency in db.session().scalars(select(Agency).where(Agency.contact_id == contact_id)).all():
            _follow(agency, survivor_id)
        for consent in db.session().scalars(select(Consent).where(Consent.contact_id == contact_id)).all():
            consent.contact_id = survivor_id
            if survivor_id is None:
                consent.signer_name, consent.email, consent.strokes = "", "", []
        db.session().flush()


def _follow(agency: Agency, survivor_id: int | None) -> None:
    """Whoever answers for the survivor would find the agency's referrals, and whoever answered for the agency
    finds them no more: where there are any, only whoever may say where they go merges its organization."""
    change = db.current_change()
    sent = select(Referral.id).where(Referral.agency_id == agency.id, Referral.sent_at.is_not(None)).limit(1)
    trusted = change is None or may_route(change.actor)
    if survivor_id is not None and not trusted and db.session().scalar(sent) is not None:
        raise UserError(
            _(
                "“%(name)s” is an agency that students were referred to. Ask a coordinator over everything "
                "to merge it, since who answers for it would change.",
                name=agency.name,
            )
        )
    directory.reroute(agency, {"contact_id": survivor_id})


def let_go(ids: Sequence[int]) -> None:
    """Contacts are deleted; undo brings agencies back to theirs."""
    change = db.current_change()
    with system("contacts are deleted"):
        agencies = db.session().scalars(select(Agency.id).where(db.among(Agency.contact_id, ids))).all()
        if change is not None and agencies:
            change.update(db.table(Agency), agencies, {"contact_id": None})
        db.session().execute(update(Consent).where(db.among(Consent.contact_id, ids)).values(contact_id=None))


def held_about(contact_id: int) -> Iterable[DataSection]:
    with system("all that is kept about one contact"):
        agencies = db.session().scalars(select(Agency).where(Agency.contact_id == contact_id)).all()
        consents = db.session().scalars(select(Consent).where(Consent.contact_id == contact_id)).all()
    yield DataSection(_("Agency"), [_texts(each) for each in agencies])
    yield DataSection(_("Consents"), [_texts(each) for each in consents])


def _texts(row: Agency | Consent) -> dict[str, object]:
    return {column.name: getattr(row, column.name) for column in row.__table__.columns}


def end_links() -> None:
    """After a restore no link works that was sent before."""
    with system("links end after a restore"):
        for model in (Agency, Consent, Referral):
            db.session().execute(update(model).values(link_version=model.link_version + 1))
