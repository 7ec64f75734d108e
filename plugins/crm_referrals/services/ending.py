"""Ending what was sent before its time: a mistake is taken back, links that leaked work no more."""

from crm.plugin_api import gettext as _
from crm_referrals.models import Referral
from crm_referrals.services import notices, stepping


def end_links(referral: Referral, by: stepping.By) -> None:
    """The links of one referral, the agency's and the family's, lead nowhere any more. The next message to
    the agency brings a new one."""
    if referral.sent_at is None:
        raise stepping.Refused(_("It has not been sent yet, so no link to it is out."))
    referral.link_version += 1
    stepping.write_down(referral, "end_links", by, "")


def mistake(referral: Referral, by: stepping.By, note: str, version: int | None = None) -> None:
    """It should never have been made: what was sent is locked, and the agency is told at once."""
    stepping.take(referral, "mistake", by, {"note": note}, version)
    referral.link_version += 1
    if referral.sent_at is not None:
        notices.to_agency(referral, "withdrawn")


def expire(referral: Referral) -> None:
    """Nobody did anything for too long."""
    stepping.take(referral, "expire", stepping.SYSTEM_BY, {})
    referral.link_version += 1
    notices.to_school(referral, "lapsed")
