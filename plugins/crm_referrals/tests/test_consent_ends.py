"""What an agency reads ends with the consent: taken back, refused or run out."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from threading import Barrier, BrokenBarrierError, Thread

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, UserError, day_here, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals import links
from crm_referrals.models import Consent, Disclosure, Need, Referral
from crm_referrals.services import consenting, needs, portal, stepping, timers
from crm_referrals.tests.made_up import MadeUp, drafted, make, referral_of, sent, values_of_consent

SECRETS = ("Wilhelmina", "Call after six", "east side of the river")


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


def write(app: Flask, what: Callable[[], object]) -> None:
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        what()


def consent_now() -> Consent:
    return db.session().scalars(select(Consent).order_by(Consent.id.desc())).first()  # type: ignore[return-value]  # One was made.


def decline(made: MadeUp, referral_id: int) -> None:
    desk = portal.Desk(frozenset(made.agencies), "Alder")
    portal.move(desk, referral_of(referral_id), "decline", {"reason": "other", "note": "Full"}, None)


def revoke() -> None:
    consenting.revoke(consent_now(), stepping.By("family", "Rosa Quartz"))


def run_out() -> None:
    consent_now().expires_on = day_here() - timedelta(days=1)


def withdrawals(app: Flask) -> int:
    with app.app_context(), system("test"):
        found = db.session().connection().exec_driver_sql("select subject from outgoing_mail")
        return sum("withdrawn" in row[0] for row in found)


@on_sqlite
@pytest.mark.parametrize("end", [revoke, run_out])
@pytest.mark.parametrize("ended", [True, False])
def test_nothing_is_left_to_read(
    app: Flask, sign_in: SignIn, made: MadeUp, end: Callable[[], None], ended: bool
) -> None:
    referral_id = sent(app, made)
    school = sign_in(role="school", scope=made.school_contact)
    wrote = {"note": "She lives on the east side of the river"}
    assert school.post(f"/referrals/{referral_id}/step/message", data=wrote).status_code == 303
    if ended:
        write(app, lambda: decline(made, referral_id))
    with app.app_context():
        link = f"/referrals/r/{links.token(links.REFERRAL, referral_id, 1)}"
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    pages = [f"/referrals/inbox/{referral_id}", f"/referrals/inbox/{referral_id}/fhir",
             "/referrals/inbox/export.csv", link]  # fmt: skip
    assert "Wilhelmina" in "".join(agency.get(path).text for path in pages)
    write(app, end)
    for path in pages:
        read = agency.get(path).text
        assert not [each for each in SECRETS if each in read], path
    told = withdrawals(app)
    assert told == (1 if end is revoke else 0)
    assert "The agency sees nothing of it any more" in school.get(f"/referrals/{referral_id}").text
    again = school.post(f"/referrals/{referral_id}/step/message", data={"note": "And more"})
    assert again.status_code == 409
    more = agency.post(f"/referrals/inbox/{referral_id}/message", data={"note": "Where?"})
    assert more.status_code == 409


@on_sqlite
def test_a_no_ends_what_was_sent_as_an_emergency_before(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    write(app, lambda: needs.send(drafted(made), Actor.system(), emergency="There is danger"))
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    assert "Wilhelmina" in agency.get("/referrals/inbox/1").text
    write(app, lambda: decline(made, 1))
    write(app, lambda: ask(made, [0]))
    assert "Wilhelmina" in agency.get("/referrals/inbox/1").text
    write(app, lambda: consenting.refuse(consent_now(), "Rosa Quartz"))
    assert "Wilhelmina" not in agency.get("/referrals/inbox/1").text
    assert withdrawals(app) == 1


def ask(made: MadeUp, numbers: list[int], **changes: object) -> Consent:
    need = db.session().get_one(Need, made.need)
    parties = [made.agencies[number] for number in numbers]
    return consenting.write(need, parties, values_of_consent(method="link", **changes), "Test")


def signed(made: MadeUp, numbers: list[int]) -> Consent:
    need = db.session().get_one(Need, made.need)
    return consenting.write(need, [made.agencies[each] for each in numbers], values_of_consent(), "Test")


@on_sqlite
@pytest.mark.parametrize("says", ["takes it back", "says no"])
def test_an_earlier_yes_does_not_outlive_a_no(app: Flask, made: MadeUp, says: str) -> None:
    write(app, lambda: signed(made, [0, 1]))
    if says == "says no":
        write(app, lambda: ask(made, [0]))
        write(app, lambda: consenting.refuse(consent_now(), "Rosa Quartz"))
    else:
        write(app, lambda: signed(made, [0]))
        write(app, revoke)
    write(app, lambda: drafted(made))
    with pytest.raises(UserError, match="Nothing is sent without a consent"):
        write(app, lambda: needs.send(referral_of(1), Actor.system()))


@on_sqlite
def test_nothing_is_sent_for_a_need_that_is_closed(app: Flask, made: MadeUp) -> None:
    write(app, lambda: (signed(made, [0]), drafted(made)))
    write(app, lambda: needs.close(db.session().get_one(Need, made.need), "withdrawn", ""))
    with pytest.raises(UserError, match="This need is closed"):
        write(app, lambda: needs.send(referral_of(1), Actor.system()))


@on_sqlite
def test_an_agency_reads_its_own_words_and_not_the_schools(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    referral_id = sent(app, made)
    desk = portal.Desk(frozenset(made.agencies), "Alder")

    def goes_on() -> None:
        referral, actor = referral_of(referral_id), Actor.system()
        portal.move(desk, referral, "ask", {"note": "Which side?"}, None)
        needs.answer(referral, actor, "Her father must not know")
        values = {"assignee": "Ines", "next_on": db.now().date()}
        portal.move(desk, referral, "accept", values, None)
        portal.move(desk, referral, "complete", {"outcome": "enrolled", "note": "Rides daily"}, None)
        stepping.acknowledge(referral, stepping.By.school(actor))
        referral.ended_at = db.now() - stepping.FOLLOWS_UP
        stepping.follow_up(referral, stepping.By.school(actor), "helped", "Better marks")

    write(app, goes_on)
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    one = f"/referrals/inbox/{referral_id}"
    before = agency.get(one).text
    assert "Rides daily" in before
    assert before.count("Her father must not know") == 1  # As a message, which goes with the consent.
    assert "is at school more" not in before
    take = stepping.By("school", "Test")
    write(app, lambda: stepping.take(referral_of(referral_id), "mistake", take, {"note": "Wrong sister"}))
    for path in (one, f"{one}/fhir"):
        read = agency.get(path).text
        for text in ("Wrong sister", "Her father", "Rides daily", "is at school more"):
            assert text not in read, (path, text)


@on_sqlite
def test_what_the_school_writes_is_in_the_record(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    referral_id = sent(app, made)
    school = sign_in(role="school", scope=made.school_contact)
    school.post(f"/referrals/{referral_id}/step/message", data={"note": "East of the river"})
    with app.app_context(), system("test"):
        rows = db.session().execute(select(Disclosure.disclosed, Disclosure.party, Disclosure.consent_id))
        assert [tuple(row) for row in rows][1] == (["message"], "Alder Rides", 1)
    assert "A message" in school.get(f"/referrals/student/{made.student}/disclosures").text


@on_sqlite
def test_an_agency_that_reads_nothing_any_more_is_not_reminded(app: Flask, made: MadeUp) -> None:
    referral_id = sent(app, made)

    def tick() -> None:
        referral = referral_of(referral_id)
        referral.due_at = db.now()
        timers.tick(referral)

    write(app, run_out)
    write(app, tick)
    with app.app_context(), system("test"):
        found = db.session().connection().exec_driver_sql("select purpose from outgoing_mail").all()
        assert [row[0] for row in found] == ["referral_new_link"]


@on_sqlite
def test_without_an_address_no_new_link_is_mailed(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    write(app, lambda: (drafted(made), ask(made, [0], email="family@example.org")))
    school = sign_in(role="school", scope=made.school_contact)
    assert school.post("/referrals/consents/1/link", data={"email": ""}).status_code == 303
    with app.app_context(), system("test"):
        assert consent_now().email == ""
        found = db.session().connection().exec_driver_sql("select recipient from outgoing_mail").all()
        assert [tuple(row) for row in found] == []


def both(app: Flask, *steps: Callable[[], object]) -> list[str]:
    """Each step in a transaction of its own, all begun at once, and none ended before the others have come
    as far as they get; what came of each."""
    barrier, taken, outcomes = Barrier(len(steps)), Barrier(len(steps)), []

    def run(step: Callable[[], object]) -> None:
        with app.test_request_context(), system("test"):
            barrier.wait()
            try:
                with db.transaction(Actor.system(), "test"):
                    step()
                    with suppress(BrokenBarrierError):
                        taken.wait(0.5)
                outcomes.append("done")
            except UserError:
                outcomes.append("refused")

    threads = [Thread(target=run, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_sending_and_taking_back_at_once_leaves_nothing_sent(app: Flask, made: MadeUp) -> None:
    write(app, lambda: (signed(made, [0]), drafted(made)))
    both(app, lambda: needs.send(referral_of(1), Actor.system()), revoke)
    with app.app_context(), system("test"):
        assert db.session().get_one(Consent, 1).status == "revoked"
        assert portal.shown(referral_of(1)) == {}
        assert referral_of(1).state in {"draft", "withdrawn"}


def accept(made: MadeUp, referral_id: int) -> None:
    desk = portal.Desk(frozenset(made.agencies), "Alder")
    values = {"assignee": "Ines", "next_on": db.now().date()}
    portal.move(desk, referral_of(referral_id), "accept", values, None)


def withdraw(referral_id: int) -> None:
    needs.withdraw(referral_of(referral_id), stepping.By("school", "Ada"), "Moved away")


def remind(referral_id: int) -> None:
    """What the clock does about one referral, in the transaction it is called in."""
    consenting.held_need(referral_of(referral_id).need_id)
    timers.tick(referral_of(referral_id))


@pytest.mark.parametrize("other", [lambda _id: revoke(), remind])
def test_an_agency_that_accepts_stands_in_nobodys_way(
    app: Flask, made: MadeUp, other: Callable[[int], None]
) -> None:
    with app.app_context():
        today = day_here()  # In the second round the yes comes after the no of the first.
    for _round in range(2):
        referral_id = sent(app, made, signed_on=today)
        outcomes = both(app, partial(accept, made, referral_id), partial(other, referral_id))
        assert len(outcomes) == 2  # Neither of them met an error of the database.
        if other is remind:
            write(app, partial(withdraw, referral_id))
            continue
        with app.app_context(), system("test"):
            assert consent_now().status == "revoked"


def test_of_yes_and_no_at_once_one_is_heard(app: Flask, made: MadeUp) -> None:
    write(app, lambda: ask(made, [0]))
    today = db.now().date()

    def yes() -> None:
        consenting.sign(consent_now(), "Rosa", "parent", today)

    def no() -> None:
        consenting.refuse(consent_now(), "Omar")

    assert sorted(both(app, yes, no)) == ["done", "refused"]


def test_two_who_choose_the_same_service_make_one_referral(app: Flask, made: MadeUp) -> None:
    assert sorted(both(app, lambda: drafted(made), lambda: drafted(made))) == ["done", "refused"]
    with app.app_context(), system("test"):
        assert len(db.session().scalars(select(Referral.id)).all()) == 1
