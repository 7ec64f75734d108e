"""What somebody wrote is still there when something was wrong with it, in the reader's language."""

import io

import pytest
from flask import Flask
from sqlalchemy import select

from crm.accounts.sessions import actor_for
from crm.plugin_api import Actor, db, system
from crm.plugin_api.records import User
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals import links, offers, words
from crm_referrals.models import Agency, Consent, Service, Unmet
from crm_referrals.services import needs
from crm_referrals.tests.made_up import MadeUp, drafted, make, sent, ticked, values_of_consent
from crm_referrals.tests.test_renewals import write
from crm_referrals.tests.test_who_hears import move

pytestmark = on_sqlite


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"method": "screen", "strokes": "[[1, 2, 30, 40]]"}, "The person has to say that they have read"),
        ({"method": "paper", "signed_on": ""}, "Write the day that stands on the paper"),
    ],
)
def test_a_consent_that_lacks_something_is_not_written_anew(
    app: Flask, sign_in: SignIn, made: MadeUp, changes: dict[str, str], sentence: str
) -> None:
    write(app, lambda: drafted(made))
    school = sign_in(role="school", scope=made.school_contact)
    values = values_of_consent(signer_name="Rosa M. Quartz") | ticked(made, 0) | changes
    answered = school.post(f"/referrals/needs/{made.need}/consent", data=values)
    assert answered.status_code == 422
    assert sentence in answered.text
    assert 'value="Rosa M. Quartz"' in answered.text
    assert changes.get("strokes", "") in answered.text
    more = {"shown_approval": "y"} if changes["method"] == "screen" else {"signed_on": "2026-11-20"}
    assert school.post(f"/referrals/needs/{made.need}/consent", data=values | more).status_code == 303


def test_a_paper_is_scanned_later(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    sent(app, made)
    school = sign_in(role="school", scope=made.school_contact)
    need = f"/referrals/needs/{made.need}"
    assert "No scan of the paper is kept yet" in school.get(need).text
    pdf = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
    kept = school.post("/referrals/consents/1/scan", data={"scan": (io.BytesIO(pdf), "signed.pdf")})
    assert kept.status_code == 303
    page = school.get(need).text
    assert "The signed paper" in page
    assert "No scan of the paper" not in page
    again = school.post("/referrals/consents/1/scan", data={"scan": (io.BytesIO(pdf), "other.pdf")})
    assert again.status_code == 422


@pytest.mark.parametrize("by", ["signed in", "link"])
def test_a_step_that_was_refused_keeps_what_was_written(
    app: Flask, sign_in: SignIn, made: MadeUp, by: str
) -> None:
    referral_id = sent(app, made)
    with app.app_context():
        token = links.token(links.REFERRAL, referral_id, 1, 1, "a@example.org")
    where = f"/referrals/r/{token}" if by == "link" else f"/referrals/inbox/{referral_id}"
    agency = sign_in() if by == "link" else sign_in(role="agency", scope=made.agency_contacts[0])
    answered = agency.post(f"{where}/decline", data={"note": "The van is in repair until May"})
    assert answered.status_code == 422
    assert "Choose a reason." in answered.text
    assert "The van is in repair until May</textarea>" in answered.text
    assert '<details class="mb-2" open>' in answered.text


def test_links_speak_the_language_that_is_known_or_chosen(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    referral_id = sent(app, made)  # The family's need is written down in Spanish.
    write(app, lambda: setattr(db.session().get_one(Agency, made.agencies[0]), "language", "es"))
    with app.app_context():
        family = f"/referrals/family/{links.token(links.FAMILY, referral_id, 1)}"
        agency = f"/referrals/r/{links.token(links.REFERRAL, referral_id, 1, 1, 'a@example.org')}"
    reader, english = sign_in(), {"Accept-Language": "en"}
    for page in (family, agency):
        assert 'lang="es"' in reader.get(page, headers=english).text.split("<head>")[0]
        assert 'lang="en"' in reader.get(f"{page}?language=en").text.split("<head>")[0]
    ended = reader.post(f"{family}/end?language=en", data={"sure": "1"})
    assert ended.location.endswith("?language=en")


def test_a_file_of_what_one_holds_reads_like_a_page(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    sent(app, made)
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    text = agency.get("/referrals/inbox/export.csv").text
    assert str(words.LANGUAGES["es"]) in text
    assert "+00:00" not in text


def test_an_emergency_says_so_in_what_happened(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    write(app, lambda: needs.send(drafted(made), Actor.system(), emergency="There is danger"))
    page = sign_in(role="school", scope=made.school_contact).get("/referrals/1").text
    assert "Without a consent, as an emergency" in page
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    assert "as an emergency" not in agency.get("/referrals/inbox/1").text


def test_what_has_ended_has_no_next_day(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    referral_id = sent(app, made)
    move(app, made, referral_id, "accept")
    school = sign_in(role="school", scope=made.school_contact)
    assert "next on" in school.get(f"/referrals/{referral_id}").text
    move(app, made, referral_id, "complete", outcome="enrolled")
    assert "next on" not in school.get(f"/referrals/{referral_id}").text


def test_a_need_closed_by_mistake_is_opened_again(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    referral_id = sent(app, made)
    move(app, made, referral_id, "decline", reason="no_capacity")
    school = sign_in(role="school", scope=made.school_contact)
    need, page = f"/referrals/needs/{made.need}", f"/referrals/{referral_id}"
    assert "Refer to another place" in school.get(page).text
    lacking = school.post(f"{need}/close", data={"status": "unmet", "reason": ""})
    assert lacking.status_code == 422
    assert "Say why the need was not met" in lacking.text
    assert school.post(f"{need}/close", data={"status": "unmet", "reason": "no_capacity"}).status_code == 303
    assert "Refer to another place" not in school.get(page).text
    assert f'{page}"' not in school.get("/referrals/?view=answered").text
    assert school.get(f"{need}/match").status_code == 303
    with app.app_context():
        assert db.session().scalars(select(Unmet.attempts)).all() == [1]
    assert "Open it again" in school.get(need).text
    assert school.post(f"{need}/reopen").status_code == 303
    with app.app_context():
        assert db.session().scalars(select(Unmet)).all() == []
    assert "Open it again" not in school.get(need).text
    assert school.post(f"{need}/reopen").status_code == 409


def test_proposed_changes_are_found(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    assert "to review" not in sign_in(role="organizer").get("/referrals/directory").text
    wish = {"name": "Rides at dawn", "status": "active", "by_name": "Ines"}
    assert agency.post(f"/referrals/inbox/entries/{made.services[0]}", data=wish).status_code == 303
    organizer = sign_in(role="organizer")
    assert "1 change to review" in organizer.get("/referrals/directory").text
    assert f"/referrals/directory/{made.services[0]}" in organizer.get("/referrals/proposals").text
    other = sign_in(role="organizer", scope=made.agency_contacts[1])
    assert "Nothing to review" in other.get("/referrals/proposals").text
    with app.test_request_context():
        user = db.session().scalars(select(User).where(User.name.like("Organizer%")).limit(1)).one()
        titles = [each.title for each in offers.digest_items(actor_for(user), db.now().date())]
    assert "1 agency’s change to review" in titles


def test_a_family_is_asked_whether_it_is_sure(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    sent(app, made)
    with app.app_context():
        link = f"/referrals/consent/{links.token(links.CONSENT, 1, 1)}"
    family = sign_in()
    unsure = family.post(f"{link}/revoke?language=en")
    assert unsure.status_code == 422
    assert "Tick that you are sure" in unsure.text
    with app.app_context(), system("test"):
        assert db.session().get_one(Consent, 1).status == "signed"


def test_an_agency_says_that_all_is_right_or_what_else_is_wrong(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    agency, service = sign_in(role="agency", scope=made.agency_contacts[0]), made.services[0]
    assert agency.post(f"/referrals/inbox/entries/{service}/right").status_code == 303
    with app.app_context():
        token = links.token(links.AGENCY, made.agencies[0], 1, sent_to="a@example.org")
        assert db.session().get_one(Service, service).assured_on is not None
        name = db.session().get_one(Service, service).name
    assert sign_in().post(f"/referrals/for-agencies/{token}/{service}/right").status_code == 303
    other = sign_in(role="agency", scope=made.agency_contacts[1])
    assert other.post(f"/referrals/inbox/entries/{service}/right").status_code == 404
    wish = {"name": name, "status": "active", "by_name": "Ines", "other": "We moved to 5 Oak Street"}
    assert agency.post(f"/referrals/inbox/entries/{service}", data=wish).status_code == 303
    organizer = sign_in(role="organizer")
    assert "We moved to 5 Oak Street" in organizer.get(f"/referrals/directory/{service}").text
    assert organizer.post("/referrals/proposals/1", data={"take": "1"}).status_code == 303


def test_who_closed_is_said_where_one_waits_for_it(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    referral_id = sent(app, made)
    coordinator = sign_in(role="coordinator")
    assert "1 referral is open there" in coordinator.get(f"/referrals/agencies/{made.agencies[0]}").text
    assert coordinator.post(f"/referrals/agencies/{made.agencies[0]}/close").status_code == 303
    school = sign_in(role="school", scope=made.school_contact)
    assert "Alder Rides has closed, so nobody answers" in school.get(f"/referrals/{referral_id}").text
