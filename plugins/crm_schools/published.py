"""What is published, for papers of others: rates of districts and schools out of their newest public reports.

Nothing is counted here: a number that no public report shows is not given, and a hidden one stays hidden."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from flask import url_for
from sqlalchemy import select

from crm.plugin_api import PublicFigure, db, system
from crm.plugin_api import gettext as _
from crm_schools.models import District, PublicReport, School
from crm_schools.suppression import ALL
from crm_schools.words import year_words

MOST: Final = 200
TOPIC: Final = "attendance"


def figures(state: str, contact_ids: Sequence[int] | None) -> Iterable[PublicFigure]:
    """Of each district of the state, or of these organizations: districts and schools."""
    for report, district in _newest(state):
        shown = {(each[0], each[1], each[2]): each for each in report.content["cells"]}
        if contact_ids is None or district.contact_id in contact_ids:
            yield from _figure(report, district.name, district.contact_id, shown.get((ALL, ALL, ALL)))
        if contact_ids:
            for school in _schools(district, contact_ids):
                cell = shown.get((ALL, str(school.id), ALL))
                yield from _figure(report, school.name, school.contact_id, cell)


def _newest(state: str) -> list[tuple[PublicReport, District]]:
    """The newest published report of each district, the district with the lowest name first."""
    with system("what is published is everybody's"):
        rows = db.session().execute(
            select(PublicReport, District)
            .join(District, District.id == PublicReport.district_id)
            .where(PublicReport.status == "published", District.state == state)
            .order_by(PublicReport.school_year, PublicReport.number)
        )
        newest: Mapping[int, Any] = {row[1].id: (row[0], row[1]) for row in rows}
    return sorted(newest.values(), key=lambda pair: pair[1].name)[:MOST]


def _schools(district: District, contact_ids: Sequence[int]) -> Sequence[School]:
    with system("what is published is everybody's"):
        chosen = select(School).where(
            School.district_id == district.id, db.among(School.contact_id, contact_ids)
        )
        return db.session().scalars(chosen.order_by(School.name)).all()


def _figure(
    report: PublicReport, place: str, contact_id: int | None, cell: Sequence[Any] | None
) -> Iterable[PublicFigure]:
    if cell is None or not cell[3]:
        return
    students, chronic = int(cell[3]), int(cell[4][0])
    through: date | None = report.through_on
    yield PublicFigure(
        TOPIC,
        place,
        _(
            "%(rate)s%% of %(students)s students were chronically absent in %(year)s",
            rate=f"{100 * chronic / students:.1f}",
            students=f"{students:,}",
            year=year_words(report.school_year),
        ),
        _("Public report of %(district)s", district=report.content["district"]),
        through,
        url_for("schools.public_report", report_id=report.id),
        contact_id,
    )
