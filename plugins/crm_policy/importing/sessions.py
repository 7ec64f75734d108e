"""The session that a record means: found, or made when it is new."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import func, select

from crm.plugin_api import db, system
from crm.plugin_api.words import day_here
from crm_policy.models import Bill, Session
from crm_policy.services import assessing

SEVERAL: Final = 2


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


class Sessions:
    """All sessions, which are few, by the ways in which sources name them."""

    def __init__(self) -> None:
        with system("matching sessions of an import"):
            self.all = list(db.session().scalars(select(Session)))
        self.longer: set[int] = set()
        """Sessions that go on longer than we had assumed: what we took for dead there may live."""
        self.told_over: dict[int, bool] = {}
        """Of sessions whose source says whether they adjourned."""

    def find(self, state: str, told: Mapping[str, Any]) -> Session | None:
        """By LegiScan's number, else by its identifier or name, else by the same years where only one has
        them: LegiScan says "2021-2022", Open States "2021-2022" or "101st"."""
        here = [each for each in self.all if each.state == state]
        number = told.get("legiscan_id")
        for each in here:
            if number and each.legiscan_id == number:
                return each
        words = {str(told["identifier"]).lower(), str(told.get("name") or "").lower()} - {""}
        for each in here:
            if _names(each) & words and not (number and each.legiscan_id):
                return each
        return self._of_years(here, told) or self._of_number(here, told)

    @staticmethod
    def _of_years(here: Sequence[Session], told: Mapping[str, Any]) -> Session | None:
        """The one session of the same years, where both are regular ones: California is "2025-2026" to the
        one and "20252026" to the other. Special sessions have names of their own and are never joined."""
        years = years_of(told["identifier"])
        if years[0] is None:
            return None
        same = [each for each in here if years_of(each.identifier) == years]
        number = told.get("legiscan_id")
        found = same[0] if len(same) == 1 else None
        return None if found is None or (number and found.legiscan_id) else found

    @staticmethod
    def _of_number(here: Sequence[Session], told: Mapping[str, Any]) -> Session | None:
        """The one regular session of the same number, where one source says it by years: `103rd` is what
        LegiScan calls `2025-2026`, `103rd General Assembly`. A number that several sessions have says
        nothing."""
        number = _ordinal(told["identifier"]) or _ordinal(str(told.get("name") or ""))
        same = [
            each for each in here if number and number in (_ordinal(each.identifier), _ordinal(each.name))
        ]
        if len(same) != 1 or (told.get("legiscan_id") and same[0].legiscan_id):
            return None
        by_years = years_of(told["identifier"])[0], years_of(same[0].identifier)[0]
        return same[0] if sum(each is not None for each in by_years) == 1 else None

    def find_or_make(self, state: str, told: Mapping[str, Any]) -> Session:
        found = self.find(state, told)
        if found is None:
            found = Session(
                state=state, identifier=self._free(state, told["identifier"]), name=told.get("name") or ""
            )
            db.session().add(found)
            self.all.append(found)
        found.legiscan_id = found.legiscan_id or told.get("legiscan_id")
        found.starts_on = found.starts_on or _day(told.get("starts")) or years_of(told["identifier"])[0]
        ends = _day(told.get("ends")) or years_of(told["identifier"])[1]
        if found.ends_on is None and not found.open_ended:
            found.ends_on, found.assumed_end = ends, ends is not None
        db.session().flush()
        if told.get("over") is not None:
            self.told_over[found.id] = bool(told["over"])
        if ends is not None and not found.adjourned:
            self._goes_on_until(found, ends)
        return found

    def adjourn(self, session: Session, *, over: bool) -> bool:
        """What its source says: that a session adjourned, or that it was called back. An end that staff gave
        stays; an assumed one is the day of what happened last. Returns whether bills may stand otherwise
        now."""
        if session.adjourned == over:
            return False
        session.adjourned = over
        before = session.ends_on
        unknown = before is None and not session.open_ended
        if over and (unknown or (session.assumed_end and before is not None and before >= day_here())):
            session.ends_on, session.assumed_end = self._last_day(session), True
        elif not over and session.assumed_end:
            session.ends_on = years_of(session.identifier)[1] or (before and before.replace(month=12, day=31))
        db.session().flush()
        return session.ends_on != before

    @staticmethod
    def _last_day(session: Session) -> date:
        with system("what happened last in a session"):
            newest = db.session().scalar(
                select(func.max(Bill.last_action_on)).where(Bill.session_id == session.id)
            )
        yesterday = day_here() - timedelta(days=1)
        return min(newest or yesterday, yesterday)

    def acted(self, session: Session, newest: date) -> None:
        """Look again at a session whose end we assume when something happened after it. It goes on for
        another year when several bills were on their way then: one late line or one wrong year is no session,
        and what the executive does follows afterwards anyway."""
        if not session.assumed_end or session.ends_on is None or newest <= session.ends_on:
            return
        if session.adjourned:
            session.ends_on = min(newest, day_here() - timedelta(days=1))
            return
        ends_on = session.ends_on.replace(year=session.ends_on.year + 1, month=12, day=31)
        if assessing.bills_on_their_way(session.id, session.ends_on, min(ends_on, day_here())) >= SEVERAL:
            self._goes_on_until(session, ends_on)

    def _goes_on_until(self, session: Session, ends: date) -> None:
        """Take a later end where ours is an assumption; what staff wrote stays."""
        if session.assumed_end and session.ends_on is not None and ends > session.ends_on:
            session.ends_on = ends
            self.longer.add(session.id)
            db.session().flush()

    def _free(self, state: str, identifier: str) -> str:
        taken = {each.identifier for each in self.all if each.state == state}
        number, name = 2, identifier
        while name in taken:
            name, number = f"{identifier} ({number})", number + 1
        return name


def _names(session: Session) -> set[str]:
    return {str(each).lower() for each in (session.identifier, session.name, *session.aliases)}


_ORDINAL: Final = re.compile(r"(\d{2,3})(?:st|nd|rd|th|r)(?:\s+[a-z][a-z ]*)?", re.IGNORECASE)
_PARTIAL: Final = re.compile(r"special|extra|called|veto|organi[sz]ation", re.IGNORECASE)


def _ordinal(name: str) -> str:
    """The number of a regular session: `103rd General Assembly`, `89R`; nothing where the name says that it
    is only a part of it, or another one."""
    found = _ORDINAL.fullmatch(name.strip())
    return found[1] if found and not _PARTIAL.search(name) else ""


def years_of(identifier: str) -> tuple[date | None, date | None]:
    """`2021-2022` and `2023` say their years; `20212022` too; other names do not."""
    found = re.match(r"^(19\d\d|20\d\d)(?:[-–/ ]?((?:19|20)\d\d))?$", identifier.strip())
    if not found:
        return None, None
    return date(int(found[1]), 1, 1), date(int(found[2] or found[1]), 12, 31)
