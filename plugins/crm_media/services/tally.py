"""How far a release is: every recipient counts in exactly one number, so that they add up at each moment."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import func, select

from crm.plugin_api import current_actor, db, ngettext, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.outside import delivery
from crm_media.models import Recipient, Release
from crm_media.services.outreach import UNDER_WAY, Line

_WORDS: Final[dict[str, Callable[[int], Any]]] = {
    "left": lambda n: ngettext("%(num)s has left", "%(num)s have left", n),
    "outbox": lambda n: ngettext("%(num)s is in the outbox", "%(num)s are in the outbox", n),
    "next": lambda n: ngettext("%(num)s is still to go", "%(num)s are still to go", n),
    "waits": lambda n: ngettext("%(num)s waits for its moment", "%(num)s wait for their moment", n),
    "stopped": lambda n: ngettext("%(num)s cannot get it", "%(num)s cannot get it", n),
    "left_out": lambda n: ngettext("%(num)s was left out", "%(num)s were left out", n),
    "bounced": lambda n: ngettext("%(num)s came back", "%(num)s came back", n),
    "failed": lambda n: ngettext("%(num)s did not leave", "%(num)s did not leave", n),
    "unclear": lambda n: ngettext("%(num)s is unclear", "%(num)s are unclear", n),
    "others": lambda n: ngettext("%(num)s is not shown", "%(num)s are not shown", n),
}
"""What is said of each place where a recipient can be, in the order in which it is said."""


def standing(line: Line) -> str:
    """Where a recipient is: one of the keys above."""
    state = line.mail.partition(" ")[0]
    if line.row.status == "chosen":
        return "waits" if line.waits else "stopped" if line.stops else "next"
    if line.row.status in {"left_out", "bounced"}:
        return line.row.status
    if state in UNDER_WAY:
        return "outbox"
    return state if state in {"failed", "unclear"} else "left"


def count(release: Release, lines: Iterable[Line]) -> Counter[str]:
    """How many are where. `others` are no press contacts any more, or not the reader's to see."""
    found = Counter(standing(each) for each in lines)
    with system("how many get a release that was loaded for the reader"):
        every = select(func.count(Recipient.id)).where(Recipient.release_id == release.id)
        found["others"] = (db.session().scalar(every) or 0) - found.total()
    return +found


def moves(found: Counter[str], *, sending: bool) -> bool:
    """Whether numbers change by themselves in a moment."""
    return bool(found["outbox"] or (sending and found["next"]))


def sentence(found: Counter[str]) -> str:
    """Such as “Of 12: 7 have left · 2 are in the outbox · 3 are still to go”."""
    parts = " · ".join(said(found[name]) for name, said in _WORDS.items() if found[name])
    return _("Of %(all)s: %(parts)s", all=found.total(), parts=parts)


def left_of(ids: Sequence[int]) -> Mapping[int, int]:
    """For a list: to how many each release has left and did not come back, as its own page counts."""
    got = visible(Recipient, current_actor()).where(
        db.among(Recipient.release_id, ids),
        Recipient.sent_at.is_not(None),
        Recipient.status.in_(("sent", "replied", "covered", "declined", "silent")),
    )
    counted = got.group_by(Recipient.release_id).with_only_columns(
        Recipient.release_id, func.count(Recipient.id)
    )
    found = {row[0]: row[1] for row in db.session().execute(counted)}
    rows = (
        db.session()
        .execute(
            got.where(Recipient.status == "sent").with_only_columns(Recipient.release_id, Recipient.mail_id)
        )
        .all()
    )
    states = delivery([row[1] for row in rows if row[1]])
    for release_id, mail_id in rows:
        found[release_id] -= states.get(mail_id or 0, ("", ""))[0] in {*UNDER_WAY, "failed", "unclear"}
    return found
