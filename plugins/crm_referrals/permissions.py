"""Who may see and do what.

The directory is everybody's. Needs and referrals are seen by the school of the student and by
coordinators; an agency never sees these tables, only what `crm_referrals.services.portal` hands out: the
packets sent to it.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, select

from crm.plugin_api import Actor, DefaultRole, Permission, Scopes, Visibility
from crm.plugin_api import lazy_gettext as _
from crm_referrals.models import (
    Agency,
    Consent,
    Disclosure,
    Event,
    FormerGuardian,
    Message,
    Need,
    Offer,
    Referral,
    Reminder,
)
from crm_schools.public import students_in

DIRECTORY = "referrals.directory"
EDIT = "referrals.edit"
VIEW = "referrals.view"
REFER = "referrals.refer"
COORDINATE = "referrals.coordinate"
ANSWER = "referrals.answer"
LEDGER = "referrals.ledger"


def permissions() -> Iterable[Permission]:
    return (
        Permission(
            DIRECTORY,
            _("See the directory of services"),
            roles=("organizer", "policy", "media", "school", "agency", "viewer", "coordinator"),
        ),
        Permission(EDIT, _("Change the directory of services"), roles=("organizer", "coordinator")),
        Permission(
            VIEW,
            _("See referrals of students by name"),
            _("Give it over a school or a district; every look is written down."),
            roles=("school", "coordinator"),
        ),
        Permission(REFER, _("Refer students and ask for consent"), roles=("school", "coordinator")),
        Permission(
            COORDINATE,
            _("Look after overdue referrals, answer for agencies by phone, review emergencies"),
            roles=("coordinator",),
        ),
        Permission(
            ANSWER,
            _("Answer the referrals that an agency was sent"),
            _("Give it over the agency’s organization."),
            roles=("agency",),
        ),
        Permission(
            LEDGER,
            _("See which needs are not met, without names"),
            roles=("organizer", "policy", "coordinator", "viewer"),
        ),
    )


def roles() -> Iterable[DefaultRole]:
    return (
        DefaultRole(
            "coordinator",
            _("Referral coordinator"),
            _("Sees to it that every referral gets an answer, and keeps the directory."),
            permissions=("journal.undo_own",),
        ),
    )


def may_route(actor: Actor) -> bool:
    """Whether somebody says where an agency's referrals go, and whether it is open: they are about students
    of every district, so it takes a coordinator over everything."""
    return actor.can_everywhere(COORDINATE)


def may_edit(actor: Actor, agency: Agency) -> bool:
    """Whether somebody keeps the entries of this agency: of all of them, or of its organization."""
    own = actor.scopes(EDIT).ids.get("organization", frozenset())
    return actor.can_everywhere(EDIT) or agency.contact_id in own


def _of_student(model: Any) -> Visibility:
    def rule(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
        found: ColumnElement[bool] = model.student_id.in_(students_in(scopes))
        return found

    return Visibility(model, VIEW, rule)


def _of_referral(model: Any) -> Visibility:
    def rule(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
        seen = select(Referral.id).where(Referral.student_id.in_(students_in(scopes)))
        found: ColumnElement[bool] = model.referral_id.in_(seen)
        return found

    return Visibility(model, VIEW, rule)


def offer_rule(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    return Offer.need_id.in_(select(Need.id).where(Need.student_id.in_(students_in(scopes))))


def visibility() -> Iterable[Visibility]:
    yield from (_of_student(model) for model in (Need, Consent, Referral, Disclosure, FormerGuardian))
    yield from (_of_referral(model) for model in (Event, Message, Reminder))
    yield Visibility(Offer, VIEW, offer_rule)
