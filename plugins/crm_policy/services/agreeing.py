"""What we say of a bill that was here twice: the words of both, and where only one can hold the other's in
the note."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import UserError, current_actor, db, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.records import Campaign, User
from crm_policy.models import Mark, Stance
from crm_policy.services.kinship import WORK
from crm_policy.words import LEANS, POSITIONS

_FIRST: Final = (
    *WORK, "short_title", "description", "url", "legiscan_id", "ocd_id", "change_hash", "status_events",
    "subjects", "introduced_on", "later_until", "group_id",
)  # fmt: skip
"""Columns of which the first that says anything counts."""
_OVERRULING: Final = (
    "stage_override", "disposition_override", "override_reason", "override_by", "overruled_stage",
    "overruled_disposition",
)  # fmt: skip
_TRIAGE: Final = ("tracked", "later", "inbox", "ignored", "")
"""Of two the one that is worth more attention."""
_SIGN_OFFS: Final = ("", "asked", "declined", "signed")


@dataclass(frozen=True)
class Pair:
    """One bill that is here twice: what stays and what goes."""

    stays: Any
    goes: Any


def check(pairs: Iterable[Pair]) -> None:
    """Where we said two things of one bill, somebody must say first which one holds."""
    two_words = [
        pair.stays.identifier
        for pair in pairs
        for names in (("position",), ("stage_override", "disposition_override"))
        if _both_differ(pair, names)
    ]
    if two_words:
        raise UserError(
            _(
                "Of these bills we say different things in the two sessions: %(numbers)s. Make our position "
                "and our word on where they stand the same first.",
                numbers=", ".join(dict.fromkeys(two_words[:10])),
            )
        )


def _both_differ(pair: Pair, names: Sequence[str]) -> bool:
    one, two = ([getattr(bill, name) for name in names] for bill in (pair.stays, pair.goes))
    said = [any(each not in ("", None) for each in some) for some in (one, two)]
    return all(said) and one != two


def values_of(pairs: Sequence[Pair], session_id: int, sessions: Mapping[int, str]) -> list[dict[str, Any]]:
    """The columns of each bill that stays; `sessions` are the names of both by their ids."""
    names = _Names(pairs)
    return [_values(pair, session_id, names.left_out(pair, sessions)) for pair in pairs]


def _values(pair: Pair, session_id: int, left_out: str) -> dict[str, Any]:
    stays, goes = pair.stays, pair.goes
    first = {name: getattr(stays, name) or getattr(goes, name) for name in _FIRST}
    ours = goes if goes.override_reason and not stays.override_reason else stays
    return {
        "id": stays.id,
        "session_id": session_id,
        **first,
        "position_note": joined(stays.position_note, goes.position_note, left_out),
        "priority": max(stays.priority, goes.priority),
        **{name: getattr(ours, name) for name in _OVERRULING},
        "triage": min(stays.triage, goes.triage, key=_TRIAGE.index),
        "hashes": {**(goes.hashes or {}), **(stays.hashes or {})},
        "former_identifiers": list(dict.fromkeys([*stays.former_identifiers, *goes.former_identifiers])),
        "custom": {**(goes.custom or {}), **(stays.custom or {})},
        "missing_since": None,
    }


class _Names:
    """Owners and campaigns of some bills, in words. A campaign that the reader may not see has none."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        bills = [bill for pair in pairs for bill in (pair.stays, pair.goes)]
        owners = {bill.owner_user_id for bill in bills} - {None}
        campaigns = {bill.campaign_id for bill in bills} - {None}
        with system("who answered for a bill that was here twice"):
            rows = select(User.id, User.name).where(db.among(User.id, sorted(owners)))
            self._owners = {row[0]: row[1] for row in db.session().execute(rows)}
        seen = visible(Campaign, current_actor()).where(db.among(Campaign.id, sorted(campaigns)))
        rows = seen.with_only_columns(Campaign.id, Campaign.name)
        self._campaigns = {row[0]: row[1] for row in db.session().execute(rows)}

    def left_out(self, pair: Pair, sessions: Mapping[int, str]) -> str:
        """What the bill that goes says otherwise where only one word can hold, as a sentence of the note."""
        said = [
            sentence(getattr(pair.goes, name)) for name, sentence in self._sentences() if _differ(pair, name)
        ]
        if not said:
            return ""
        return _(
            "In “%(session)s” it had: %(words)s",
            session=sessions[pair.goes.session_id],
            words="; ".join(said),
        )

    def _sentences(self) -> Iterable[tuple[str, Callable[[Any], str]]]:
        yield "owner_user_id", lambda number: _("owner: %(name)s", name=self._owners.get(number, "?"))
        hidden = _("one that you may not see")
        yield "campaign_id", lambda number: _("campaign: %(name)s", name=self._campaigns.get(number, hidden))
        yield "short_title", lambda text: _("short title: %(name)s", name=text)
        yield "override_reason", lambda text: _("why we say where it stands: %(name)s", name=text)


def _differ(pair: Pair, name: str) -> bool:
    one, two = getattr(pair.stays, name), getattr(pair.goes, name)
    return bool(one) and bool(two) and one != two


def joined(*texts: str) -> str:
    """Texts under each other, each once."""
    return "\n\n".join(dict.fromkeys(filter(None, texts)))


def _stance_of_both(mine: Any, theirs: Any) -> dict[str, Any]:
    """Of what a member said twice the later answer, and whether it signed, with both notes."""
    answered = [each for each in (mine, theirs) if each.stance]
    newest = max(answered or [mine], key=lambda each: (each.answered_on or date.min, each.id == mine.id))
    further = max(mine, theirs, key=lambda each: _SIGN_OFFS.index(each.sign_off))
    before = {each.stance for each in answered} - {newest.stance}
    return {
        "id": mine.id,
        "stance": newest.stance,
        "sign_off": further.sign_off,
        "asked_on": further.asked_on or mine.asked_on or theirs.asked_on,
        "answered_on": further.answered_on or newest.answered_on,
        "note": joined(mine.note, theirs.note, *(_before(POSITIONS[each]) for each in before)),
    }


def _mark_of_both(mine: Any, theirs: Any) -> dict[str, Any]:
    """Of what was noted of a legislator twice the later, with what both said."""
    newest = max(mine, theirs, key=lambda each: (each.noted_on, each.id == mine.id))
    before = {mine.lean, theirs.lean} - {newest.lean}
    columns = {name: getattr(newest, name) for name in ("lean", "noted_on", "user_id")}
    said = joined(mine.said, theirs.said, *(_before(LEANS[each]) for each in before))
    return {"id": mine.id, **columns, "said": said}


def _before(word: Any) -> str:
    return _("Said before: %(word)s", word=word)


OF_BOTH: Final[Mapping[Any, Callable[[Any, Any], dict[str, Any]]]] = {
    Stance: _stance_of_both,
    Mark: _mark_of_both,
}
"""How one row comes of two that say the same thing of one bill."""
