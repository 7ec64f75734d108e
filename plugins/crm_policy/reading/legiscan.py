"""Replies of LegiScan: `getBill`, `getPerson`, `getRollCall`, as files and from the live service."""

from collections.abc import Mapping
from typing import Any, Final

from crm_policy.places import PLACES
from crm_policy.reading.neutral import (
    Record,
    Unreadable,
    chamber_by_number,
    chamber_of,
    day_or_none,
    identifier,
    kind_of,
    listed,
    text_of,
    whole,
)

_SPONSOR: Final = {1: "primary", 3: "joint", 0: "sponsor", 2: "cosponsor"}
_OPTION: Final = {1: "yes", 2: "no", 3: "not voting", 4: "absent"}
_SAST: Final = {
    1: "companion",
    2: "similar",
    3: "replaced-by",
    4: "replaces",
    5: "companion",
    8: "related",
    9: "carry-over",
}
_TYPES: Final = {
    "B": "bill",
    "R": "resolution",
    "CR": "concurrent resolution",
    "JR": "joint resolution",
    "JRCA": "joint resolution",
    "EO": "executive order",
    "CA": "constitutional amendment",
    "M": "memorial",
    "CL": "claim",
    "C": "commendation",
    "JM": "joint memorial",
    "P": "proclamation",
}


def session_of(found: Mapping[str, Any], session_id: Any) -> dict[str, Any]:
    """A session as LegiScan tells it; its end is known to the year only."""
    start, end = whole(found.get("year_start")), whole(found.get("year_end"))
    name = text_of(found.get("session_title") or found.get("session_name"), 200)
    years = f"{start}-{end}" if start and end and start != end else str(start or "")
    plain = name.lower().endswith(("regular session", "legislature", "assembly")) or not name
    return {
        "identifier": (years if plain and years else name or years or f"LegiScan {session_id}")[:100],
        "name": name,
        "legiscan_id": whole(session_id),
        "starts": f"{start:04}-01-01" if start else None,
        "ends": f"{end:04}-12-31" if end else None,
        "assumed": True,
        "over": _is_over(found),
    }


def _is_over(found: Mapping[str, Any]) -> bool | None:
    """Whether the session adjourned for good; None where nothing says so."""
    said = [whole(found[name]) for name in ("sine_die", "prior") if name in found]
    return any(said) if said else None


def bill(found: Mapping[str, Any]) -> Record:
    """A bill of `getBill`, its votes without ballots; Unreadable without a state or a number."""
    state = str(found.get("state") or "").upper()
    number = identifier(found.get("bill_number") or found.get("number") or "")
    if state not in PLACES:
        raise Unreadable("no_state", str(found.get("state") or ""))
    if not number:
        raise Unreadable("no_number")
    session = found.get("session") if isinstance(found.get("session"), Mapping) else {}
    chamber = chamber_of(found.get("body")) or chamber_by_number(number, unicameral=PLACES[state].unicameral)
    return {
        "t": "bill",
        "source": "legiscan",
        "state": state,
        "session": session_of(session or {}, found.get("session_id")),
        "identifier": number,
        "title": text_of(found.get("title")) or number,
        "description": _unless_same(found.get("description"), found.get("title")),
        "chamber": chamber,
        "kind": _TYPES.get(str(found.get("bill_type") or ""), "") or kind_of(number),
        "subjects": [text_of(each.get("subject_name"), 100) for each in listed(found.get("subjects"))],
        "url": str(found.get("state_link") or found.get("url") or "")[:1000],
        "legiscan_id": whole(found.get("bill_id")),
        "ocd_id": None,
        "change_hash": str(found.get("change_hash") or "")[:64],
        "progress": _progress(found),
        "actions": _actions(found),
        "sponsors": _sponsors(found),
        "documents": _documents(found),
        "votes": [_vote(each) for each in listed(found.get("votes"))] if "votes" in found else None,
        "relations": _relations(found),
        "hearings": _hearings(found),
    }


def _unless_same(description: Any, title: Any) -> str:
    text = text_of(description, 8000)
    return "" if text == text_of(title, 8000) else text


def _progress(found: Mapping[str, Any]) -> list[list[Any]]:
    events = [
        [day_or_none(each.get("date")), whole(each.get("event"))] for each in listed(found.get("progress"))
    ]
    events.append([day_or_none(found.get("status_date")), whole(found.get("status")) or None])
    return sorted([list(each) for each in {(on, event) for on, event in events if on and event is not None}])


def _actions(found: Mapping[str, Any]) -> list[list[Any]] | None:
    if "history" not in found:
        return None
    rows = listed(found.get("history"))
    return [
        [on, number, chamber_of(each.get("chamber")), text_of(each.get("action")), []]
        for number, each in enumerate(rows)
        if (on := day_or_none(each.get("date"))) and text_of(each.get("action"))
    ]


def _sponsors(found: Mapping[str, Any]) -> list[list[Any]] | None:
    if "sponsors" not in found:
        return None
    return [
        [
            text_of(each.get("name"), 200),
            _SPONSOR.get(whole(each.get("sponsor_type_id")) or 0, "cosponsor"),
            bool(whole(each.get("committee_sponsor"))),
            f"ls:{each['people_id']}" if whole(each.get("people_id")) else "",
        ]
        for each in listed(found.get("sponsors"))
        if text_of(each.get("name"))
    ]


def _documents(found: Mapping[str, Any]) -> list[Record] | None:
    if not {"texts", "amendments", "supplements"} & {*found}:
        return None
    made = []
    for kind, name, key in (
        ("version", "texts", "doc_id"),
        ("amendment", "amendments", "amendment_id"),
        ("document", "supplements", "supplement_id"),
    ):
        for each in listed(found.get(name)):
            adopted = each.get("adopted")
            made.append(
                {
                    "kind": kind,
                    "note": text_of(each.get("type") or each.get("title") or each.get("description"), 300),
                    "date": day_or_none(each.get("date")),
                    "url": str(each.get("state_link") or each.get("url") or "")[:1000],
                    "media_type": str(each.get("mime") or "")[:80],
                    "adopted": bool(whole(adopted)) if adopted is not None and kind == "amendment" else None,
                    "key": f"ls:{kind}:{each.get(key) or each.get('url') or ''}"[:120],
                    "classification": "",
                }
            )
    return made


def _vote(each: Mapping[str, Any]) -> Record:
    passed = each.get("passed")
    return {
        "key": f"ls:{each.get('roll_call_id')}",
        "date": day_or_none(each.get("date")),
        "chamber": chamber_of(each.get("chamber")),
        "motion": text_of(each.get("desc") or each.get("description"), 500),
        "passed": bool(whole(passed)) if passed is not None else None,
        "counts": [
            whole(each.get("yea")) or 0,
            whole(each.get("nay")) or 0,
            (whole(each.get("nv")) or 0) + (whole(each.get("absent")) or 0),
        ],
        "ballots": [
            [f"ls:{one['people_id']}", "", _OPTION.get(whole(one.get("vote_id")) or 0, "other")]
            for one in listed(each.get("votes"))
            if whole(one.get("people_id"))
        ],
    }


def roll_call(found: Mapping[str, Any]) -> tuple[int, Record]:
    """The bill's LegiScan id, and the vote with its ballots."""
    bill_id = whole(found.get("bill_id"))
    if bill_id is None:
        raise Unreadable("no_bill")
    return bill_id, _vote(found)


def _relations(found: Mapping[str, Any]) -> list[list[str]] | None:
    if "sasts" not in found:
        return None
    return [
        [
            identifier(each.get("sast_bill_number") or ""),
            f"ls:{each.get('sast_bill_id') or ''}",
            _SAST.get(whole(each.get("type_id")) or 0, "related"),
        ]
        for each in listed(found.get("sasts"))
        if each.get("sast_bill_number")
    ]


def _hearings(found: Mapping[str, Any]) -> list[Record] | None:
    if "calendar" not in found:
        return None
    return [
        {
            "committee": text_of(each.get("description") or each.get("type"), 300),
            "kind": text_of(each.get("type"), 40).lower() or "hearing",
            "date": day_or_none(each.get("date")),
            "time": text_of(each.get("time"), 20),
            "place": text_of(each.get("location"), 300),
            "status": "confirmed",
        }
        for each in listed(found.get("calendar"))
        if day_or_none(each.get("date"))
    ]


def person(
    found: Mapping[str, Any], state: str = "", years: tuple[str | None, str | None] = (None, None)
) -> Record:
    """A person of `getPerson` or of a dataset; the term is the session that they came with."""
    number = whole(found.get("people_id"))
    name = text_of(found.get("name"), 200)
    if number is None or not name:
        raise Unreadable("no_name")
    state = str(found.get("state") or state or "").upper()
    chamber, district = _seat(found)
    return {
        "t": "person",
        "source": "legiscan",
        "name": name,
        "given": text_of(found.get("first_name"), 100),
        "family": text_of(found.get("last_name"), 100),
        "email": "",
        "ocd_id": None,
        "legiscan_id": number,
        "committee": bool(whole(found.get("committee_id")) or whole(found.get("committee_sponsor"))),
        "terms": [[state, chamber, district, _party(found.get("party")), *years]],
        "offices": None,
        "links": [],
    }


def _seat(found: Mapping[str, Any]) -> tuple[str, str]:
    """`SD-032` → upper, 32."""
    text = str(found.get("district") or "").strip()
    prefix, _dash, rest = text.partition("-")
    chamber = {"SD": "upper", "HD": "lower", "CD": "lower"}.get(prefix.upper(), chamber_of(found.get("role")))
    return chamber, (rest or text).lstrip("0") or ""


def _party(code: Any) -> str:
    names = {"D": "Democratic", "R": "Republican", "I": "Independent", "N": "Nonpartisan", "L": "Libertarian"}
    text = str(code or "").strip()
    return names.get(text, text)[:60]
