"""What agencies and schools hear by mail: that there is something, never about whom."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from flask import render_template
from flask_babel import force_locale
from sqlalchemy import and_, or_, select

from crm.plugin_api import address_of, db, lazy_gettext, runtime, send_mail, system
from crm.plugin_api import gettext as _
from crm.plugin_api.choosing import who_may
from crm.plugin_api.outside import recall
from crm.plugin_api.records import User
from crm_referrals import links, words
from crm_referrals.models import Agency, Consent, Need, Referral
from crm_referrals.permissions import COORDINATE, VIEW
from crm_referrals.services import entries, reading
from crm_referrals.states import AT_WORK

MOST_IN_A_MAIL = 50
MUST_HEAR = frozenset({"withdrawn", "expired", "ran_out", "taken", "reach"})
"""What an agency hears at once however it chose to hear of new referrals: from now on it must not go on."""


ASKS = "referral_consent_link"
"""The purpose of the messages that ask for a consent."""


def reaches(agency: Agency) -> str:
    """The address for referrals, empty when the agency wants none or has none."""
    return "" if agency.notice == "none" else agency.notice_email


def in_language(code: str) -> AbstractContextManager[Any]:
    """Texts within are in this language, or in English where the house does not have it."""
    return force_locale(code if code in runtime().config.languages else "en")


def to_agency(referral: Referral, what: str) -> bool:
    """Tell an agency about a referral, with its link; whether a message was written. Those who chose one
    mail a day hear of new ones in it, and of a withdrawal at once."""
    agency = db.session().get_one(Agency, referral.agency_id)
    address = agency.notice_email if what in MUST_HEAR else reaches(agency)
    if not address or (agency.notice == "daily" and what in {"new", "reminder"}):
        return False
    if agency.closed_on is not None and what not in {"withdrawn", "expired"}:  # Its links lead nowhere.
        return False
    with in_language(agency.language):
        subject = {
            "new": _("A new referral for %(agency)s", agency=agency.name),
            "answered": _("Your question was answered"),
            "reminder": _("A referral still waits for %(agency)s", agency=agency.name),
            "withdrawn": _("A referral to %(agency)s was withdrawn", agency=agency.name),
            "expired": _("A referral to %(agency)s has run out", agency=agency.name),
            "ran_out": _("The consent for a referral to %(agency)s has run out", agency=agency.name),
            "renewed": _("You can go on with a referral to %(agency)s", agency=agency.name),
            "taken": _("A referral offered to %(agency)s is taken", agency=agency.name),
            "back": _("A referral to %(agency)s stands again", agency=agency.name),
            "reach": _("How to reach a family has changed"),
        }[what]
        link = _link_of(referral, agency)
        text = render_template(
            "referrals/mail/agency.txt",
            what=what,
            link=link,
            agency=agency,
            site=runtime().config.organization_name,
        )
    mail = send_mail(address, subject, text.strip() + "\n", f"referral_{what}_link")
    referral.notice_mail_id = mail.id
    return True


def _link_of(referral: Referral, agency: Agency) -> str:
    version, sent_to = agency.link_version, agency.notice_email
    return links.address(links.REFERRAL, referral.id, referral.link_version, version, sent_to)


def to_old_address(agency: Agency, address: str) -> bool:
    """Tell where referrals came in before that they now go elsewhere; whether a message was written."""
    if not address:
        return False
    with in_language(agency.language):
        subject = _("Where referrals for %(agency)s go was changed", agency=agency.name)
        text = _(
            "Links that came to this address work no more. If nobody of your agency asked for this, "
            "please tell us at once."
        )
    site = runtime().config.organization_name
    send_mail(address, subject, f"{text}\n\n-- \n{site}\n", "referral_address")
    return True


def to_chosen(agency: Agency) -> bool:
    """Tell where referrals come in that the agency hears of them differently from now on, so that nobody
    silences it unnoticed; whether a message was written."""
    if not agency.notice_email:
        return False
    with in_language(agency.language):
        subject = _("How %(agency)s hears of referrals was changed", agency=agency.name)
        chosen = _("From now on: %(notice)s.", notice=words.NOTICES[agency.notice])
        text = _("If nobody of your agency asked for this, please tell us at once.")
    site = runtime().config.organization_name
    send_mail(agency.notice_email, subject, f"{chosen}\n{text}\n\n-- \n{site}\n", "referral_choice")
    return True


def ask_for_consent(consent: Consent, address: str) -> None:
    """Send the link that asks for a consent, in the language of the family."""
    link = links.address(links.CONSENT, consent.id, consent.link_version)
    with in_language(consent.language):
        site = runtime().config.organization_name
        text = render_template("referrals/mail/consent.txt", link=link, site=site)
        subject = _("The school asks for your consent")
    # Outside, since whoever sends it is told in their own language when the address is none.
    mail = send_mail(address, subject, text.strip() + "\n", ASKS)
    consent.mail_ids = [*(consent.mail_ids or ()), mail.id]


def take_back(consent: Consent) -> None:
    """Mail that asks for a consent and still waits in the outbox goes to nobody any more."""
    if consent.mail_ids:
        recall(consent.mail_ids)
        consent.mail_ids = None


_TO_SCHOOL: Mapping[str, Any] = {
    "ask": lazy_gettext("An agency asks a question about a referral"),
    "accept": lazy_gettext("An agency accepted a referral"),
    "unaccept": lazy_gettext("An agency took its acceptance back"),
    "waitlist": lazy_gettext("A referral is on a waiting list"),
    "decline": lazy_gettext("An agency declined a referral"),
    "forward": lazy_gettext("An agency proposes another place"),
    "complete": lazy_gettext("An agency says what came of a referral"),
    "fail": lazy_gettext("A referral did not work out"),
    "end": lazy_gettext("A referral has ended"),
    "message": lazy_gettext("An agency wrote about a referral"),
    "ended": lazy_gettext("A family ended a referral"),
    "runs_out": lazy_gettext("A consent runs out soon"),
    "ran_out": lazy_gettext("A consent has run out while an agency was at work"),
    "stale": lazy_gettext("A referral still waits to be sent"),
    "lapsed": lazy_gettext("Nobody answered a referral, so it ended"),
    "escalated": lazy_gettext("An agency has not answered a referral"),
    "unanswered": lazy_gettext("An agency’s question about a referral has not been answered"),
    "follow_up": lazy_gettext("It is time to follow up a referral"),
    "emergency": lazy_gettext("Something was disclosed in an emergency and waits for your review"),
    "closed": lazy_gettext("An agency that a student was referred to has closed"),
}


TOLD = frozenset({"ask", "accept", "unaccept", "waitlist", "decline", "forward", "complete", "fail", "end"})
"""Steps of an agency that the school hears of at once."""


def to_school(referral: Referral, what: str) -> bool:
    """Tell whoever looks after the need what happened, without a name, or, where their accounts are closed,
    those who look after overdue referrals; whether a message was written."""
    return _to_owner(referral, what) or to_coordinators(referral, what)


def escalate(referral: Referral) -> None:
    """An agency, or the school to its question, does not answer: whoever looks after the need hears it, and
    coordinators too."""
    to_owner_and_coordinators(referral, "unanswered" if referral.state == "info_needed" else "escalated")


def to_owner_and_coordinators(referral: Referral, what: str) -> None:
    """Tell whoever looks after the need, and those who look after overdue referrals too."""
    _to_owner(referral, what)
    to_coordinators(referral, what)


def look_after(need_id: int, created_by: int | None = None) -> list[int]:
    """Who looks after a need, and who wrote the referral down: open accounts that may see it, first things
    first."""
    with system("who looks after the need of a referral"):
        owner = db.session().get_one(Need, need_id).owner_user_id
    known = [each for each in dict.fromkeys((owner, created_by)) if each is not None]
    may_see = {user_id for user_id, _name in who_may(Need, need_id, VIEW)} if known else set()
    return [each for each in known if each in may_see]


def _to_owner(referral: Referral, what: str) -> bool:
    told = look_after(referral.need_id, referral.created_by)
    return bool(told) and _tell(told[0], referral, what)


def to_coordinators(referral: Referral, what: str) -> bool:
    """Tell those who look after overdue referrals of this student what happened, without a name; whether a
    message was written."""
    told = look_after(referral.need_id, referral.created_by)[:1]
    others = [user_id for user_id, _name in who_may(Referral, referral.id, COORDINATE) if user_id not in told]
    return sum(_tell(each, referral, what) for each in others) > 0


def to_reviewers(referral: Referral, sender_user_id: int | None) -> None:
    """Something left without a consent, because of a danger: those who may look whether it was one hear it,
    besides whoever sent it."""
    for user_id, _name in who_may(Referral, referral.id, COORDINATE):
        if user_id != sender_user_id:
            _tell(user_id, referral, "emergency")


def _tell(user_id: int | None, referral: Referral, what: str) -> bool:
    page = address_of("referrals.show", referral_id=referral.id)

    def say() -> tuple[str, str]:
        text = _("Who it is about, and what to do now, stands on this page:")
        return str(_TO_SCHOOL[what]), f"{text}\n\n{page}"

    return to_user(user_id, say, what)


_OF_CONSENT: Mapping[str, Any] = {
    "new_link": lazy_gettext("A family asks for a new link"),
    "signed": lazy_gettext("A family signed a consent"),
    "refused": lazy_gettext("A family said no to a consent"),
    "revoked": lazy_gettext("A family took its consent back"),
    "barred": lazy_gettext("A consent asks nobody any more"),
    "reach": lazy_gettext("Agencies know no way of reaching a family any more"),
}


def about_consent(consent: Consent, what: str) -> bool:
    """Tell whoever looks after the need what a family did by its link; whether a message was written."""
    return about_need(consent.need_id, what)


def about_need(need_id: int, what: str) -> bool:
    """Tell whoever looks after a need, without a name; where their account is closed, coordinators. Whether a
    message was written."""
    page = address_of("referrals.need", need_id=need_id)

    def say() -> tuple[str, str]:
        text = _("Who it is about, and what to do now, stands on this page:")
        return str(_OF_CONSENT[what]), f"{text}\n\n{page}"

    told = look_after(need_id)[:1] or [user_id for user_id, _name in who_may(Need, need_id, COORDINATE)]
    return sum(to_user(each, say, f"consent_{what}") for each in told) > 0


def ask_to_assure(agency: Agency) -> bool:
    """Once a year: is what we say about you still right? Whether a message was written."""
    address = entries.address_of(agency)
    if not address:
        return False
    link = entries.link_of(agency)
    site = runtime().config.organization_name
    with in_language(agency.language):
        text = _("A year has passed. Please look whether what the directory says about you is still right:")
        subject = _("Is your entry in the directory still right?")
    send_mail(address, subject, f"{text}\n\n{link}\n\n-- \n{site}\n", "referral_assure_link")
    return True


def to_user(user_id: int | None, say: Callable[[], tuple[str, str]], purpose: str) -> bool:
    """A message to somebody with an account, in their language; whether it was written. `say` gives
    subject and text, which name no student."""
    with system("where somebody who looks after a need is told"):
        user = db.session().get(User, user_id) if user_id else None
    if user is None or not user.active:
        return False
    with in_language(user.language or "en"):
        subject, text = say()
    send_mail(
        user.email, subject, f"{text}\n\n-- \n{runtime().config.organization_name}\n", f"referral_{purpose}"
    )
    return True


def digest_for(agency: Agency) -> bool:
    """One mail for all that waits for an agency; whether there was anything."""
    answers = Referral.state.in_(("sent", "reviewing"))
    late = and_(Referral.state.in_(sorted(AT_WORK)), Referral.due_at <= db.now())
    with system("what waits for an agency"):
        asked = select(Referral).where(Referral.agency_id == agency.id, or_(answers, late))
        found = db.session().scalars(asked.order_by(Referral.due_at, Referral.id)).all()
    address = reaches(agency)
    if not found or not address:
        return False
    open_to_it = reading.readable(found)
    waiting = [(each.id, _link_of(each, agency)) for each in found if each.id in open_to_it]
    waiting = waiting[:MOST_IN_A_MAIL]
    if not waiting:
        return False
    link = entries.link_of(agency)
    site = runtime().config.organization_name
    with in_language(agency.language):
        subject = _("Referrals that wait for %(agency)s", agency=agency.name)
        text = render_template(
            "referrals/mail/daily.txt", waiting=waiting, link=link, agency=agency, site=site
        )
    send_mail(address, subject, text.strip() + "\n", "referral_daily_link")
    return True
