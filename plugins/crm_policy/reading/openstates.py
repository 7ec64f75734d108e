"""What Open States gives out: replies of API v3, bulk JSON, the scrapers' JSON, people and committees."""

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final

from crm_policy.places import PLACES, state_of, zone_of
from crm_policy.reading.neutral import (
    Record,
    Unreadable,
    chamber_by_number,
    chamber_of,
    day_or_none,
    identifier,
    in_utc,
    kind_of,
    listed,
    moment_or_none,
    text_of,
    whole,
)

_OFFICE_WORDS: Final = ("capitol", "district", "primary", "home")


def bill(found: Mapping[str, Any], state: str = "") -> Record:
    """A bill, in any of the shapes that Open States has for one; Unreadable without state or number."""
    state = state_of(_name(found.get("jurisdiction")) or _name(found.get("jurisdiction_name"))) or state
    number = identifier(found.get("identifier") or found.get("bill_id") or "")
    if state not in PLACES:
        raise Unreadable("no_state", _name(found.get("jurisdiction")))
    if not number:
        raise Unreadable("no_number")
    session = text_of(found.get("session") or found.get("legislative_session"), 100)
    if not session:
        raise Unreadable("no_session", number)
    chamber = chamber_of(_class(found.get("from_organization")) or found.get("chamber"))
    return {
        "t": "bill",
        "source": "openstates",
        "state": state,
        "session": {
            "identifier": session,
            "name": "",
            "legiscan_id": None,
            "starts": None,
            "ends": None,
            "assumed": True,
        },
        "identifier": number,
        "title": text_of(found.get("title")) or number,
        "description": _abstract(found),
        "chamber": chamber or chamber_by_number(number, unicameral=PLACES[state].unicameral),
        "kind": kind_of(number, listed(found.get("classification"))),
        "subjects": [text_of(each, 100) for each in listed(found.get("subject"))],
        "url": _url(found),
        "legiscan_id": None,
        "ocd_id": _ocd(found, "ocd-bill/"),
        "change_hash": "",
        "as_of": in_utc(found.get("updated_at")),
        "progress": [],
        "actions": _actions(found),
        "sponsors": _sponsors(found),
        "documents": _documents(found),
        "votes": [vote(each) for each in listed(found.get("votes"))] if "votes" in found else None,
        "relations": _relations(found),
        "hearings": None,
    }


def _name(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("id") or value.get("name") or "")
    return str(value or "")


def _class(value: Any) -> str:
    """The classification of an organization, also of a scraper's pseudo-id `~{"classification":"lower"}`."""
    if isinstance(value, Mapping):
        return str(value.get("classification") or value.get("name") or "")
    text = str(value or "")
    if text.startswith("~"):
        try:
            found = json.loads(text[1:])
        except ValueError:
            return ""
        return str(found.get("classification") or found.get("name") or "") if isinstance(found, dict) else ""
    return text


def _ocd(found: Mapping[str, Any], prefix: str) -> str | None:
    text = str(found.get("id") or found.get("_id") or "")
    return text[:60] if text.startswith(prefix) else None


def _url(found: Mapping[str, Any]) -> str:
    for source in listed(found.get("sources")):
        if isinstance(source, Mapping) and source.get("url"):
            return str(source["url"])[:1000]
    return str(found.get("openstates_url") or "")[:1000]


def _abstract(found: Mapping[str, Any]) -> str:
    first = next(iter(listed(found.get("abstracts"))), None)
    return text_of(first.get("abstract"), 8000) if isinstance(first, Mapping) else ""


def _actions(found: Mapping[str, Any]) -> list[list[Any]] | None:
    if "actions" not in found:
        return None
    made = []
    for number, each in enumerate(listed(found.get("actions"))):
        on, text = day_or_none(each.get("date")), text_of(each.get("description"))
        if on and text:
            order = whole(each.get("order"))
            chamber = _class(each.get("organization") or each.get("organization_id"))
            chamber = chamber or str(each.get("organization__name") or "")
            classes = sorted({str(one) for one in listed(each.get("classification")) if one})
            made.append([on, number if order is None else order, chamber_of(chamber), text, classes])
    return made


def _sponsors(found: Mapping[str, Any]) -> list[list[Any]] | None:
    if not {"sponsorships", "sponsors"} & {*found}:
        return None
    made = []
    for each in listed(found.get("sponsorships") or found.get("sponsors")):
        name = text_of(each.get("name"), 200)
        if name:
            primary = each.get("primary") in (True, "True", "true") or each.get("classification") == "primary"
            committee = each.get("entity_type") == "organization"
            made.append([name, "primary" if primary else "cosponsor", committee, _person(each)])
    return made


def _person(each: Mapping[str, Any]) -> str:
    person = each.get("person") or each.get("voter")
    text = str(person.get("id") if isinstance(person, Mapping) else each.get("person_id") or "")
    return text[:60] if text.startswith("ocd-person/") else ""


def _documents(found: Mapping[str, Any]) -> list[Record] | None:
    if not {"versions", "documents", "raw_text_url"} & {*found}:
        return None
    made = [
        _document(kind, each, link)
        for kind, name in (("version", "versions"), ("document", "documents"))
        for each in listed(found.get(name))
        for link in (listed(each.get("links")) or [{}])[:1]
    ]
    if not made and found.get("raw_text_url"):
        made.append(_document("version", {}, {"url": found["raw_text_url"]}))
    return made


def _document(kind: str, each: Mapping[str, Any], link: Mapping[str, Any]) -> Record:
    classification = str(each.get("classification") or "")
    sort = "amendment" if classification == "amendment" else kind
    url = str(link.get("url") or "")[:1000]
    return {
        "kind": sort,
        "note": text_of(each.get("note"), 300),
        "date": day_or_none(each.get("date")),
        "url": url,
        "media_type": str(link.get("media_type") or "")[:80],
        "adopted": None,
        "key": f"{sort}:{text_of(each.get('note'), 60)}:{day_or_none(each.get('date')) or ''}:{url}"[:120],
        "classification": classification[:40],
    }


def vote(each: Mapping[str, Any]) -> Record:
    """A vote of a bill, or a scraper's vote event."""
    counts = {str(one.get("option")): whole(one.get("value")) or 0 for one in listed(each.get("counts"))}
    ballots = [
        [
            _person(one),
            text_of(one.get("voter_name") or one.get("note"), 200),
            str(one.get("option") or "other")[:12],
        ]
        for one in listed(each.get("votes"))
    ]
    on = day_or_none(each.get("start_date"))
    motion = text_of(each.get("motion_text"), 500)
    return {
        "key": (str(each.get("id") or "") or f"{on}:{each.get('identifier') or motion}")[:80],
        "date": on,
        "chamber": chamber_of(_class(each.get("organization") or each.get("organization_id"))),
        "motion": motion,
        "passed": {"pass": True, "fail": False}.get(str(each.get("result") or "")),
        "counts": [
            counts.get("yes", sum(1 for one in ballots if one[2] == "yes")),
            counts.get("no", sum(1 for one in ballots if one[2] == "no")),
            sum(value for name, value in counts.items() if name not in ("yes", "no")),
        ],
        "ballots": ballots,
    }


def _relations(found: Mapping[str, Any]) -> list[list[str]] | None:
    if "related_bills" not in found:
        return None
    return [
        [
            identifier(each.get("identifier") or ""),
            text_of(each.get("legislative_session"), 100),
            str(each.get("relation_type") or "related")[:16],
        ]
        for each in listed(found.get("related_bills"))
        if each.get("identifier")
    ]


def person(found: Mapping[str, Any]) -> Record:
    """A person of the people files, or of API v3's `/people`."""
    name = text_of(found.get("name"), 200)
    if not name:
        raise Unreadable("no_name")
    given, family = text_of(found.get("given_name"), 100), text_of(found.get("family_name"), 100)
    return {
        "t": "person",
        "source": "openstates",
        "name": name,
        "given": given or name.split()[0],
        "family": family or name.split()[-1],
        "email": text_of(found.get("email"), 200),
        "ocd_id": _ocd(found, "ocd-person/"),
        "legiscan_id": None,
        "committee": False,
        "terms": _terms(found),
        "offices": _offices(found),
        "links": [str(each.get("url"))[:500] for each in listed(found.get("links")) if each.get("url")][:5],
    }


def _terms(found: Mapping[str, Any]) -> list[list[Any]]:
    party = next((text_of(_named(each), 60) for each in listed(found.get("party"))), "")
    made = []
    for role in listed(found.get("roles")) or _current_role(found):
        state = state_of(str(role.get("jurisdiction") or ""))
        chamber = chamber_of(role.get("type")) or str(role.get("type") or "")[:12]
        if state:
            days = (day_or_none(role.get("start_date")), day_or_none(role.get("end_date")))
            made.append([state, chamber, text_of(role.get("district"), 60), party, *days])
    if not made:
        raise Unreadable("no_role", text_of(found.get("name"), 200))
    return sorted(made, key=lambda term: (term[4] or "", term[5] or "9999"))


def _named(value: Any) -> str:
    return str(value.get("name") or "") if isinstance(value, Mapping) else str(value or "")


def _current_role(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    role = found.get("current_role")
    if not isinstance(role, Mapping):
        return []
    return [
        {
            "type": role.get("org_classification"),
            "district": role.get("district"),
            "jurisdiction": _name(found.get("jurisdiction")),
        }
    ]


def _offices(found: Mapping[str, Any]) -> list[list[str]]:
    """The files say `offices`; older ones `contact_details`, as their schema still does."""
    made = []
    for each in listed(found.get("offices") or found.get("contact_details")):
        kind = str(each.get("classification") or each.get("note") or "capitol").lower()
        kind = next((word for word in _OFFICE_WORDS if word in kind), kind)[:30]
        row = [
            kind,
            text_of(each.get("address"), 500),
            text_of(each.get("voice"), 60),
            text_of(each.get("fax"), 60),
        ]
        if any(row[1:]):
            made.append(row)
    return made


def committee(found: Mapping[str, Any]) -> Record:
    """A committee of the people files."""
    state = state_of(_name(found.get("jurisdiction")))
    name = text_of(found.get("name"), 300)
    if not state:
        raise Unreadable("no_state", name)
    if not name:
        raise Unreadable("no_name")
    extras = found.get("extras") if isinstance(found.get("extras"), Mapping) else {}
    meets = ", ".join(
        text_of((extras or {}).get(key), 300)
        for key in ("meeting time", "meeting location")
        if (extras or {}).get(key)
    )
    return {
        "t": "committee",
        "source": "openstates",
        "state": state,
        "chamber": chamber_of(found.get("chamber")),
        "name": name,
        "kind": str(found.get("classification") or "committee")[:20],
        "parent": text_of(found.get("parent"), 200),
        "ocd_id": _ocd(found, "ocd-organization/"),
        "meets": meets,
        "url": next((str(each.get("url")) for each in listed(found.get("links")) if each.get("url")), "")[
            :1000
        ],
        "members": [
            [
                text_of(each.get("name"), 200),
                text_of(each.get("role"), 60) or "member",
                str(each.get("person_id") or each.get("id") or "")[:60],
            ]
            for each in listed(found.get("members"))
            if text_of(each.get("name"))
        ],
    }


def event(found: Mapping[str, Any]) -> Record:
    """An event of API v3 as a hearing with the bills on its agenda."""
    state = state_of(_name(found.get("jurisdiction")) or _name(found.get("jurisdiction_id")))
    starts = _begin_of(found, state)
    if not state or not starts:
        raise Unreadable("no_date", text_of(found.get("name"), 200))
    bills = [
        identifier(str((entity.get("bill") or {}).get("identifier") or entity.get("name") or ""))
        for item in listed(found.get("agenda"))
        for entity in listed(item.get("related_entities"))
        if entity.get("entity_type") == "bill" or entity.get("bill")
    ]
    location = found.get("location")
    status = str(found.get("status") or "confirmed")
    return {
        "t": "hearing",
        "source": "openstates",
        "state": state,
        "committee": text_of(found.get("name"), 300),
        "kind": text_of(found.get("classification"), 40) or "hearing",
        "starts": starts,
        "all_day": bool(found.get("all_day")),
        "place": text_of(_named(location), 300),
        "status": "cancelled"
        if found.get("deleted")
        else status
        if status in ("tentative", "confirmed", "passed", "cancelled")
        else "confirmed",
        "bills": bills,
        "url": _url(found),
        "key": (_ocd(found, "ocd-event/") or text_of(found.get("upstream_id"), 120)),
    }


def _begin_of(found: Mapping[str, Any], state: str) -> str | None:
    """When an event begins. A whole day is told as a midnight, and is that day where it is held; an hour
    without a zone is that of the place."""
    if found.get("all_day"):
        on, zone = day_or_none(found.get("start_date")), zone_of(state)
        return datetime.combine(date.fromisoformat(on), time(), zone).isoformat() if on else None
    return moment_or_none(found.get("start_date"), str(zone_of(state)))
