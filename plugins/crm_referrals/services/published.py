"""What may be told of needs that nobody met, for papers of others."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select

from crm.plugin_api import PublicFigure, day_here, db, system
from crm.plugin_api import gettext as _
from crm_referrals.models import Need, Unmet
from crm_referrals.services.ledger import LEAST
from crm_referrals.words import CATEGORIES
from crm_schools.public import District

STEP: Final = 10
"""Counts are told in whole tens, so that two papers of two months do not give one family away."""


YEAR: Final = timedelta(days=365)
OF_FAMILY: Final = frozenset({"family_declined", "not_needed", "moved", "no_contact", "no_show"})
"""Reasons that are the family's: of those nobody says that no help was to be had."""


def is_again(need: Need) -> bool:
    """Whether a need of the same kind and student was counted in the year before this one is closed: what is
    published counts each family once. The ledger keeps a day by its month, so a month more is looked at."""
    closed_at = need.closed_at or db.now()
    earlier = select(Need.id).where(
        Need.student_id == need.student_id,
        Need.category == need.category,
        Need.id != need.id,
        Need.status == "unmet",
        Need.close_reason.not_in(sorted(OF_FAMILY)),
        Need.closed_at > closed_at - YEAR - timedelta(days=31),
        Need.closed_at <= closed_at,
    )
    with system("other needs of the student of a need that is closed"):
        return db.session().execute(earlier.limit(1)).first() is not None


def figures(state: str, contact_ids: Sequence[int] | None) -> Iterable[PublicFigure]:
    """Of each district of the state, or of those among these organizations: what families waited for in vain
    in the last twelve months."""
    counts = _counts()
    for name, contact_id in _districts(state, contact_ids):
        for category, count in counts.get(name, ()):
            yield PublicFigure(
                "need",
                name,
                _(
                    "%(what)s: at least %(count)s needs could not be met",
                    what=CATEGORIES.get(category, category),
                    count=count // STEP * STEP,
                ),
                _("Referrals of the last twelve months"),
                day_here(),
                contact_id=contact_id,
            )


def _counts() -> dict[str, list[tuple[str, int]]]:
    number = func.count()
    statement = (
        select(Unmet.district, Unmet.category, number)
        .where(
            Unmet.district != "",
            Unmet.closed_on > day_here() - YEAR,
            Unmet.reason.not_in(sorted(OF_FAMILY)),
            Unmet.was_partly.is_(False),
            Unmet.is_again.is_(False),
        )
        .group_by(Unmet.district, Unmet.category)
        .having(number >= LEAST)
        .order_by(number.desc(), Unmet.category)
    )
    found: dict[str, list[tuple[str, int]]] = {}
    for district, category, count in db.session().execute(statement):
        found.setdefault(district, []).append((category, count))
    return found


def _districts(state: str, contact_ids: Sequence[int] | None) -> list[tuple[str, int | None]]:
    """Name and organization of each district there. Unmet needs know a district by its name alone, so of two
    that share it nothing is told."""
    with system("what is published names districts only"):
        rows = (
            db.session()
            .execute(
                select(func.min(District.name), func.min(District.contact_id), func.min(District.state))
                .group_by(District.name)
                .having(func.count() == 1)
                .order_by(District.name)
            )
            .all()
        )
    chosen = [(name, contact_id) for name, contact_id, where in rows if where == state]
    return [each for each in chosen if contact_ids is None or each[1] in contact_ids]
