"""What agencies and schools hear by mail: that there is something, never about whom."""

from flask import render_template
from sqlalchemy import select

from crm.plugin_api import db, runtime, send_mail, system
from crm.plugin_api import gettext as _
from crm_referrals import links
from crm_referrals.models import Agency, Consent, Referral


def reaches(agency: Agency) -> str:
    """The address for referrals, empty when the agency wants none or has none."""
    return "" if agency.notice == "none" else agency.notice_email


def to_agency(referral: Referral, what: str) -> bool:
    """Tell an agency about a referral, with its link; whether a message was written. Those who chose one
    mail a
    day hear of new ones in it, and of a withdrawal at once."""
    agency = db.session().get_one(Agency, referral.agency_id)
    address = reaches(agency)
    if not address or (agency.notice == "daily" and what in {"new", "reminder"}):
        return False
    subject = {
        "new": _("A new referral for %(agency)s", agency=agency.name),
        "answered": _("Your question was answered"),
        "reminder": _("A referral still waits for %(agency)s", agency=agency.name),
        "withdrawn": _("A referral to %(agency)s was withdrawn", agency=agency.name),
    }[what]
    link = links.address(links.REFERRAL, referral.id, referral.link_version)
    text = render_template(
        "referrals/mail/agency.txt",
        what=what,
        link=link,
        agency=agency,
        site=runtime().config.organization_name,
    )
    send_mail(address, subject, text.strip() + "\n", f"referral_{what}")
    return True


def ask_for_consent(consent: Consent, address: str) -> None:
    """Send the link that asks for a consent, in the language of the family."""
    from flask_babel import force_locale

    link = links.address(links.CONSENT, consent.id, consent.link_version)
    with force_locale(consent.language if consent.language in runtime().config.languages else "en"):
        site = runtime().config.organization_name
        text = render_template("referrals/mail/consent.txt", link=link, site=site)
        send_mail(address, _("The school asks for your consent"), text.strip() + "\n", "referral_consent")


def digest_for(agency: Agency) -> bool:
    """One mail for all that waits for an agency; whether there was anything."""
    with system("what waits for an agency"):
        waiting = (
            db.session()
            .scalars(select(Referral.id).where(Referral.agency_id == agency.id, Referral.state == "sent"))
            .all()
        )
    address = reaches(agency)
    if not waiting or not address:
        return False
    link = links.address(links.AGENCY, agency.id, agency.link_version)
    site = runtime().config.organization_name
    text = render_template(
        "referrals/mail/daily.txt", count=len(waiting), link=link, agency=agency, site=site
    )
    send_mail(
        address,
        _("Referrals that wait for %(agency)s", agency=agency.name),
        text.strip() + "\n",
        "referral_daily",
    )
    return True
