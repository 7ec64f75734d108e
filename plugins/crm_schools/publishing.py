"""The public report: made from ratings, small numbers taken out, attacked before it is published, kept."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from crm.plugin_api import Actor, JobRun, UserError, db, jobs, visible
from crm.plugin_api import gettext as _
from crm_schools import figures, first_days, settings
from crm_schools.figures import Place, guarding
from crm_schools.figures.guarding import SMALLEST_COUNT
from crm_schools.models import District, PublicReport
from crm_schools.permissions import REPORT
from crm_schools.suppression import (
    ALL,
    Cell,
    Elsewhere,
    Finding,
    Numbers,
    Release,
    Rule,
    Unsafe,
    attack,
    is_sensitive,
    protect,
)
from crm_schools.words import grade_order

DIMENSIONS: Final = tuple(figures.DIMENSIONS)
TOTAL: Final = Cell(ALL, ALL, ALL)


@dataclass(frozen=True)
class Prepared:
    """The next release: `chronic` is what it tells of students and chronic absence, `truancy` what it tells
    of truants, each hidden by itself. `found` is what an attack on it and all earlier ones finds: nothing, or
    it must not be published. `names` are the schools'."""

    chronic: Release
    truancy: Release
    names: Mapping[str, str]
    found: Sequence[Finding]


def prepared(place: Place, smallest_count: int = SMALLEST_COUNT) -> Prepared:
    """The next release. UserError where there is nothing to report or nothing can protect it."""
    if not place.whole or place.school is not None:
        raise UserError(
            _("A public report is of a whole district. Your role does not reach over all of its schools.")
        )
    numbers = guarding.numbers_of(place.district.id, place.school_year)
    names = {str(id_): name for id_, name in place.schools}
    if not numbers.groups[TOTAL].students:
        raise UserError(_nothing_yet(place))
    if place.is_inferred:
        raise UserError(
            _(
                "No roster said who is enrolled, so only students who missed days are counted and a rate "
                "would mislead. Import enrolments first."
            )
        )
    if jobs.is_waiting("schools.rate", {"district_id": place.district.id}):
        raise UserError(
            _(
                "The district is being counted anew at this moment. Wait until that is done, or the report "
                "would be by other rules than it says."
            )
        )
    before, rule = guarding.earlier_of(place.district.id, place.school_year), rule_of(place, smallest_count)
    chronic, found = _chronic(place, numbers.first(guarding.SEEN), before, rule)
    truancy, more = _truancy(place, numbers.only(guarding.TRUANT), before, rule)
    return Prepared(chronic, truancy, names, [*found, *more])


def _nothing_yet(place: Place) -> str:
    """Why there is no number to report."""
    if first_days.is_now(place):
        return first_days.words_of(place)
    return _("There are no ratings in this year yet, so there is nothing to report.")


def _chronic(
    place: Place, numbers: Numbers, before: Sequence[PublicReport], rule: Rule
) -> tuple[Release, list[Finding]]:
    """What the release tells of chronic absence beside what pages show of it, and what an attack finds."""
    earlier, inside = [guarding.release_of(each) for each in before], _inside(place)
    of_pages = Rule(rule.students, SMALLEST_COUNT)
    seen = Elsewhere(frozenset(inside.shown()), guarding.SEEN, of_pages)
    try:
        release = protect(numbers, rule, earlier, elsewhere=seen)
    except Unsafe as error:
        release = Release(numbers, frozenset(numbers.groups) - {TOTAL})
        if is_sensitive(numbers.groups[TOTAL], rule) or attack([*earlier, release], rule):
            raise UserError(_unsafe(earlier)) from error
    public, known = [*earlier, release], _same(numbers, earlier)
    together = Release(inside.numbers, inside.hidden - known - set(release.shown()))
    return release, [*attack(public, rule), *attack([together], of_pages, known | seen.cells)]


def _same(numbers: Numbers, releases: Iterable[Release]) -> set[Cell]:
    """The places that releases show with these numbers."""
    shown = (pair for each in releases for pair in each.shown().items())
    return {cell for cell, group in shown if numbers.groups.get(cell) == group}


def _unsafe(earlier: Sequence[Release]) -> str:
    if not earlier:
        return _("The district is so small that any number would tell of single students.")
    return _(
        "What earlier reports of this year show would tell small groups of this one. Wait until more "
        "students or days have come, or publish at the end of the year."
    )


def _truancy(
    place: Place, numbers: Numbers, before: Sequence[PublicReport], rule: Rule
) -> tuple[Release, list[Finding]]:
    """The same of truants. Where they cannot be protected none are told, beside the district's at most."""
    nothing = Release(numbers, frozenset(numbers.groups))
    if settings.truancy_of(place.district, settings.held(place.district, place.school_year)) == "none":
        return nothing, []
    earlier = [guarding.truancy_of(each) for each in before]
    choices: list[Release] = []
    with suppress(Unsafe):
        choices.append(protect(numbers, rule, earlier))
    if not is_sensitive(numbers.groups[TOTAL], rule):
        choices.append(Release(numbers, nothing.hidden - {TOTAL}))
    for release in choices:
        if not attack([*earlier, release], rule):
            return release, []
    return nothing, attack([*earlier, nothing], rule)


def earlier_of(place: Place) -> list[PublicReport]:
    """All releases of the place's district and year."""
    return guarding.earlier_of(place.district.id, place.school_year)


def rule_of(place: Place, smallest_count: int = SMALLEST_COUNT) -> Rule:
    return guarding.rule_of(place.district, smallest_count)


def _inside(place: Place) -> Release:
    """What pages show of the same to whoever may see numbers and no students."""
    return guarding.release(replace(place, least=rule_of(place).students, known=frozenset()))


def content_of(place: Place, made: Prepared) -> dict[str, Any]:
    """All that the public page shows. A hidden place is there, without numbers. Its truants are told where
    nothing keeps them secret: beside hidden numbers they would follow from others all the same."""
    through = figures.year_row(place)
    rules = settings.held(place.district, place.school_year)
    shown, truants, names = made.chronic.shown(), made.truancy.shown(), made.names

    def numbers(cell: Cell) -> list[Any]:
        truant = truants[cell].counts[0] if cell in truants else None
        if cell not in shown:
            return [None, [None, truant]]
        return [shown[cell].students, [shown[cell].counts[0], truant]]

    return {
        "district": place.district.name,
        "state": place.district.state,
        "year": place.school_year,
        "through": str(through.through_on) if through and through.through_on else "",
        "law": settings.truancy_of(place.district, rules),
        "rules": settings.counting(place.district, place.school_year),
        "minimum_days": rules["minimum_days"].number,
        "prekindergarten": rules["prekindergarten"].value,
        "by_weekdays": bool(place.without_calendar),
        "schools": sorted(
            ([id_, names.get(id_, "")] for id_ in made.chronic.numbers.schools), key=lambda each: each[1]
        ),
        "cells": [[*cell, *numbers(cell)] for cell in sorted(made.chronic.numbers.groups, key=_in_order)],
    }


def _in_order(cell: Cell) -> tuple[str, str, int, str]:
    """Grades as they follow one another, other values by their names."""
    place = grade_order(cell.value) if cell.dimension == "grade" else 0
    return cell.dimension, cell.school, place, cell.value


def publish(place: Place, actor: Actor, smallest_count: int = SMALLEST_COUNT) -> PublicReport:
    """Make and keep the next release; inside a transaction. UserError where the audit finds anything."""
    made = prepared(place, smallest_count)
    if made.found:
        raise UserError(
            _(
                "The audit could work out hidden numbers, so nothing was published. Choose a larger "
                "smallest count."
            )
        )
    year = figures.year_row(place)
    rule = rule_of(place, smallest_count)
    report = PublicReport(
        district_id=place.district.id,
        school_year=place.school_year,
        number=max((each.number for each in earlier_of(place)), default=0) + 1,
        smallest_group=rule.students,
        smallest_count=rule.count,
        through_on=year.through_on if year else None,
        content=content_of(place, made),
        numbers={
            "cells": [
                [*cell, group.students, [*group.counts, *made.truancy.numbers.groups[cell].counts]]
                for cell, group in made.chronic.numbers.groups.items()
            ],
            "hidden": sorted(list(cell) for cell in made.chronic.hidden),
            "hidden_truancy": sorted(list(cell) for cell in made.truancy.hidden),
            "inside": sorted(list(cell) for cell in _inside(place).hidden),
        },
        user_id=actor.user_id,
    )
    db.session().add(report)
    db.session().flush()
    return report


def ask(place: Place, actor: Actor, smallest_count: int) -> int:
    """Ask for the next release as background work; returns the id of the job. Inside a transaction."""
    title = _("Public report of %(name)s", name=place.district.name)
    args = {"district_id": place.district.id, "year": place.school_year, "count": smallest_count}
    return jobs.enqueue("schools.publish", args, title, actor).id


def work(run: JobRun) -> bool:
    """The step of `schools.publish`: all of it, so that nothing is half published."""
    actor: Actor = run.actor
    with db.transaction(actor, "schools.publish", _("Published a report")):
        found = visible(District, actor, REPORT).where(District.id == run.args["district_id"])
        district = db.session().scalars(found).one_or_none()
        if district is None:
            raise UserError(_("You may not make public reports of this district any more."))
        place = figures.place_of(actor, district, None, run.args["year"])
        report = publish(place, actor, run.args["count"])
        run.result["summary"] = _("The report is public. The audit found nothing that could be worked out.")
        run.result["link"] = {"report_id": report.id}
        run.finish()
    return True


def table(content: Mapping[str, Any]) -> dict[tuple[str, str, str], tuple[int | None, list[int | None]]]:
    """The published numbers by place: students, and how many of them are chronically absent and truant; None
    for each that is hidden."""
    return {(each[0], each[1], each[2]): (each[3], each[4] or [None, None]) for each in content["cells"]}


def lines(content: Mapping[str, Any]) -> Iterable[list[Any]]:
    """The rows of the CSV: school, dimension, value, students, chronically absent, rate, truant."""
    names = dict(content["schools"])
    for (dimension, school, value), (students, counts) in table(content).items():
        hidden = students is None
        yield [
            names.get(school, "") if school else "",
            dimension,
            value,
            "*" if hidden else students,
            "*" if hidden else counts[0],
            "*" if not students or counts[0] is None else f"{100 * counts[0] / students:.1f}",
            ("*" if counts[1] is None else counts[1]) if content["law"] != "none" else "",
        ]
