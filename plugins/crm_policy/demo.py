"""Made-up bills, legislators and values of states for the demo; nobody in them is real, and no state has
them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from crm.plugin_api import Actor, Contact, db, signons, system
from crm.plugin_api.records import Coalition, Membership, User
from crm.plugin_api.sets import Change
from crm.plugin_api.words import day_here
from crm_policy.models import Bill, Legislator, Lobbying, Point, SavedSearch
from crm_policy.services import bills, elements, letters, searching, syncing, work

STATE = "MI"
MEMBERS = (
    ("Odalys", "Brennerman", "upper", "3", "Democratic"),
    ("Quentin", "Vanterpool", "upper", "8", "Republican"),
    ("Marguerite", "Osei-Lund", "upper", "11", "Democratic"),
    ("Thaddeus", "Whitlocke", "lower", "4", "Republican"),
    ("Ines", "Calderwood", "lower", "17", "Democratic"),
    ("Barnaby", "Ruizdael", "lower", "22", "Republican"),
    ("Philippa", "Ngata", "lower", "31", "Democratic"),
    ("Cornelius", "Ashgrove", "lower", "40", "Republican"),
    ("Yolanda", "Ferncastle", "lower", "52", "Democratic"),
    ("Leopold", "Marchetta", "upper", "14", "Republican"),
)
DISTRICTS = (("3", "17"), ("8", "4"), ("11", "17"))
BILLS = (
    (
        "HB 4812",
        "Education: attendance; early warning and tiered support for chronic absence; require.",
        "lower",
        (
            "Introduced By Representative Ines Calderwood",
            "Referred To Committee On Education",
            "Reported With Recommendation",
            "Passed Roll Call # 41",
        ),
        "support",
        3,
    ),
    (
        "SB 207",
        "Education: attendance; definition of chronic absence as 10% of days; provide for.",
        "upper",
        ("Introduced By Senator Odalys Brennerman", "Referred To Committee On Education"),
        "support",
        3,
    ),
    (
        "SB 391",
        "Education: discipline; suspension for truancy; prohibit.",
        "upper",
        (
            "Introduced By Senator Marguerite Osei-lund",
            "Referred To Committee On Education",
            "Reported Favorably",
        ),
        "support",
        2,
    ),
    (
        "HB 5033",
        "Courts: truancy; fines for parents of truant pupils; increase.",
        "lower",
        ("Introduced By Representative Barnaby Ruizdael", "Referred To Committee On Judiciary"),
        "oppose",
        2,
    ),
    (
        "HB 4420",
        "Education: attendance; excused absences for mental health days; allow.",
        "lower",
        ("Introduced By Representative Philippa Ngata", "Referred To Committee On Education"),
        "watch",
        1,
    ),
    (
        "SB 512",
        "Elections: absent voters; attendance of inspectors at absent voter counting boards; revise.",
        "upper",
        ("Introduced By Senator Leopold Marchetta", "Referred To Committee On Elections"),
        "",
        0,
    ),
    (
        "HB 4999",
        "Education: reports; public report of absence by school; require.",
        "lower",
        (
            "Introduced By Representative Yolanda Ferncastle",
            "Referred To Committee On Education",
            "Reported With Recommendation",
            "Passed Roll Call # 12",
            "Presented To The Governor",
        ),
        "support",
        2,
    ),
)


def load(actor: Actor) -> None:
    """A session at work: bills, who sits, who says what, what is due."""
    today = day_here()
    with db.transaction(actor, "policy.sync", "Bills of the session from the made-up legislature") as change:
        syncing.take([*_people(), _committee()], actor, change)
        syncing.take(_bills(today), actor, change)
    with db.transaction(actor, "policy.position", "Positions of the coalition") as change:
        _positions(change, actor)
        _search(change, actor)
    with db.transaction(actor, "policy.elements", "What the states have on the books"):
        elements.begin()
        _values(today)
    with db.transaction(actor, "policy.lobbying", "Meetings about bills"):
        _meetings(today, actor)


def _people() -> list[dict[str, Any]]:
    return [
        {
            "t": "person",
            "source": "openstates",
            "name": f"{given} {family}",
            "given": given,
            "family": family,
            "email": f"{given.lower()}.{family.lower()}@legislature.example",
            "legiscan_id": None,
            "committee": False,
            "ocd_id": f"ocd-person/demo-{number}",
            "links": [],
            "terms": [[STATE, chamber, district, party, "2025-01-01", "2028-12-31"]],
            "offices": [["capitol", f"Room {100 + number}, Old Statehouse", f"(202) 555-01{number:02}", ""]],
        }
        for number, (given, family, chamber, district, party) in enumerate(MEMBERS)
    ]


def _committee() -> dict[str, Any]:
    members = [
        [f"{given} {family}", "chair" if number == 4 else "member", f"ocd-person/demo-{number}"]
        for number, (given, family, chamber, *_rest) in enumerate(MEMBERS)
        if chamber == "lower"
    ]
    return {
        "t": "committee",
        "source": "openstates",
        "state": STATE,
        "chamber": "lower",
        "name": "Education",
        "kind": "committee",
        "parent": "",
        "ocd_id": "ocd-organization/demo-1",
        "meets": "Tuesdays, 9 AM",
        "url": "",
        "members": members,
    }


def _bills(today: date) -> list[dict[str, Any]]:
    found = []
    for number, (identifier, title, chamber, actions, _position, _priority) in enumerate(BILLS):
        first = today - timedelta(days=60 - 4 * number)
        sponsor = next(index for index, each in enumerate(MEMBERS) if each[1].lower() in actions[0].lower())
        days = [first + timedelta(days=9 * place) for place in range(len(actions))]
        found.append(
            {
                "t": "bill",
                "source": "openstates",
                "state": STATE,
                "identifier": identifier,
                "title": title,
                "session": {"identifier": f"{today.year}-{today.year + 1}", "name": "", "legiscan_id": None},
                "description": "",
                "chamber": chamber,
                "kind": "bill",
                "subjects": ["Education"],
                "url": "",
                "legiscan_id": None,
                "ocd_id": f"ocd-bill/demo-{number}",
                "change_hash": "",
                "progress": [],
                "actions": [
                    [min(on, today).isoformat(), place, chamber, text, []]
                    for place, (on, text) in enumerate(zip(days, actions, strict=True))
                ],
                "sponsors": [
                    [" ".join(MEMBERS[sponsor][:2]), "primary", False, f"ocd-person/demo-{sponsor}"]
                ],
                "documents": [],
                "votes": [_vote(number, days[-1])] if len(actions) > 3 else [],
                "hearings": [],
                "relations": [["SB 207", f"{today.year}-{today.year + 1}", "companion"]]
                if number == 0
                else [],
            }
        )
    return found


def _vote(number: int, on: date) -> dict[str, Any]:
    ballots = [
        [f"ocd-person/demo-{index}", "", "no" if index == 5 else "yes"]
        for index, each in enumerate(MEMBERS)
        if each[2] == "lower"
    ]
    return {
        "key": f"demo-{number}",
        "date": on.isoformat(),
        "chamber": "lower",
        "motion": "Third reading",
        "passed": True,
        "counts": [len(ballots) - 1, 1, 0],
        "ballots": ballots,
    }


def _positions(change: Change, actor: Actor) -> None:
    with system("the demo knows its bills"):
        found = {
            each.identifier: each for each in db.session().scalars(select(Bill).where(Bill.state == STATE))
        }
        owner = db.session().execute(select(User.id).order_by(User.id).offset(1).limit(1)).scalar()
        members = (
            db.session()
            .scalars(
                select(Membership.contact_id)
                .join(Contact, Contact.id == Membership.contact_id)
                .join(Coalition, Coalition.id == Membership.coalition_id)
                .where(Membership.status == "active", Contact.kind == "organization")
                .order_by(Membership.id)
                .limit(6)
            )
            .all()
        )
    for identifier, _title, _chamber, _actions, position, priority in BILLS:
        if position:
            values = {
                "position": position,
                "priority": priority,
                "owner_user_id": owner,
                "campaign_id": None,
                "position_note": "",
                "short_title": "",
            }
            bills.set_position(found[identifier], values, change)
    for number, contact_id in enumerate(dict.fromkeys(members)):
        if number % 3 != 2:
            values = {"stance": "support", "sign_off": "signed" if number % 2 else "asked", "note": ""}
            work.set_stance(found["HB 4812"], contact_id, values)
    for contact_id, (upper, lower) in zip(dict.fromkeys(members), DISTRICTS, strict=False):
        with system("where the demo's partners lie"):
            partner = db.session().get_one(Contact, contact_id)
        places = {"state": STATE, "school": "", "upper": upper, "lower": lower}
        work.set_constituency(partner, places)
    _hearing(found["SB 391"])
    _words(found["HB 4812"])
    _letter(found["HB 4812"], list(dict.fromkeys(members))[:3], actor)


VERSIONS = (
    (
        "As introduced",
        50,
        "Sec. 1. A district shall report chronic absence once a year.\nSec. 2. Fifteen days are chronic.",
    ),
    (
        "As passed by the House",
        33,
        (
            "Sec. 1. A district shall report chronic absence once a month.\n"
            "Sec. 2. Ten percent of the days enrolled are chronic, excused or not.\n"
            "Sec. 3. A district shall call the family before it writes."
        ),
    ),
)
POINTS = (
    ("point", "A child who misses two days a month is lost by spring, whatever the reason was.", ""),
    ("point", "Help first: the bill asks districts to call before anybody is punished.", "Families"),
    ("fact", "Most states that define chronic absence count 10 percent of the days.", ""),
)


def _words(bill: Bill) -> None:
    """Two versions to compare, and what everybody of ours says."""
    for note, days, body in VERSIONS:
        dated_on = day_here() - timedelta(days=days)
        bills.add_version(bill, {"note": note, "dated_on": dated_on, "url": "", "body": body})
    for place, (kind, body, audience) in enumerate(POINTS):
        db.session().add(Point(bill_id=bill.id, kind=kind, body=body, audience=audience, position=place))
    db.session().flush()


def _letter(bill: Bill, members: Sequence[int], actor: Actor) -> None:
    """Some members signed it already, others were not asked yet."""
    text = "We ask the committee to count every missed day, excused or not, and to say so in the statute."
    words = {"title": "Count every missed day", "addressee": "House Education Committee", "body": text}
    closes_on = day_here() + timedelta(days=9)
    one = signons.create({**words, "language": "en", "closes_on": closes_on}, actor)
    letters.put_on(bill, one.id)
    with system("the demo's members sign"):
        names = db.session().scalars(select(Contact.name).where(Contact.id.in_(members))).all()
    for name in names:
        evidence = {"signer_name": "", "signer_title": "", "evidence": "Vote of the board"}
        signons.sign_for(one, {"organization": name, **evidence})


def _hearing(bill: Bill) -> None:
    from crm_policy.importing.bills import hearing_at, put_on_agenda
    from crm_policy.models import Testimony

    starts = datetime.combine(day_here() + timedelta(days=6), time(15), UTC)
    hearing = hearing_at(STATE, "Senate Education Committee", starts, "hearing")
    hearing.place = "Room 110, Old Statehouse"
    put_on_agenda(hearing, bill.id)
    testimony = Testimony(
        bill_id=bill.id,
        hearing_id=hearing.id,
        title="What keeps children in school",
        status="review",
        body="Children who are sent home for missing school miss more of it.",
        due_on=day_here() + timedelta(days=4),
    )
    db.session().add(testimony)
    db.session().flush()


def _search(change: Change, actor: Actor) -> None:
    values = {
        "name": "Chronic absence",
        "words": "attendance, absen*, truan*",
        "also": "",
        "states": "",
        "without": "elections, voter*, ballot*, absent voter, employ*, labor, open meetings",
    }
    search = SavedSearch(states=[])
    searching.save(search, values, actor)
    searching.run(search, change)


def _values(today: date) -> None:
    """Every third state has something, so that the map shows each status."""
    statuses = ("effective", "proposed", "enacted", "none", "effective")
    for place, code in enumerate(
        ("CT", "NJ", "NM", "ME", "NV", "MI", "OH", "GA", "IN", "VA", "RI", "WA", "CA", "TX", "MD")
    ):
        for number, element in enumerate(elements.all_elements()):
            if (place + number) % 3 == 0:
                choice = element.choices[(place + number) % len(element.choices)][0]
                status = statuses[(place + number) % len(statuses)]
                elements.set_value(
                    element,
                    code,
                    {
                        "value": "" if status == "none" else choice,
                        "status": status,
                        "citation": "",
                        "as_of": today - timedelta(days=30 + place),
                        "note": "Made up for the demo.",
                    },
                )


def _meetings(today: date, actor: Actor) -> None:
    with system("the demo knows its legislators"):
        people = list(
            db.session().scalars(
                select(Legislator).where(Legislator.state == STATE).order_by(Legislator.id).limit(3)
            )
        )
        bill = db.session().scalars(select(Bill).where(Bill.identifier == "SB 207")).first()
    for number, each in enumerate(people):
        entry = Lobbying()
        work.log(
            entry,
            {
                "worked_on": today - timedelta(days=5 + 3 * number),
                "form": "meeting",
                "kind": "direct",
                "minutes": 45,
                "contact_id": each.contact_id,
                "lean": (2, 0, 1)[number],
                "bill_id": bill.id if bill else None,
                "cost": "",
                "note": "Told how the pilot schools did it.",
            },
            actor,
        )
