"""What whoever may see numbers, yet not the students, is shown: what a public report of today would show.

One decision for all pages of a district and year. It is the public report's own, so that what a page shows
and a report hides never tells together what both mean to hide."""

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import func, select

from crm.plugin_api import db, system
from crm_schools import settings
from crm_schools.figures.places import BANDS, WHY, Count, Place, totals
from crm_schools.figures.tally import DIMENSIONS, Tally, tally
from crm_schools.models import District, PublicReport
from crm_schools.suppression import ALL, Cell, Group, Numbers, Release, Rule, Unsafe, is_sensitive, protect

SMALLEST_COUNT: Final = 6
"""A count from 1 to below this says too much to somebody who may not see the students; see `Rule`."""
MEASURES: Final = ("chronic", "truant")
TRUANT: Final = 2
"""The place of truancy among them, from 1."""
SEEN: Final = 1
"""How many of them pages show of schools and groups: truancy stands beside the total alone."""
NONE: Final = "none"
"""The value of students of whom nobody said; they stand in the report, or the others would tell how many."""
HIDDEN: Final = "hidden"
"""Under this name a tally that was kept knows what `usual_hidden` gave."""
Hidden = tuple[tuple[int, int, int | None], frozenset[Cell]]
TOTAL: Final = Cell(ALL, ALL, ALL)


def rule_of(district: District, smallest_count: int = SMALLEST_COUNT) -> Rule:
    return Rule(settings.smallest_group(district), smallest_count)


def numbers_of(district_id: int, school_year: int) -> Numbers:
    """The true numbers of a district and year, by MEASURES.

    Each student stands once, at the school they went to last, with all days of the district: so schools add
    up to the district. (EDFacts FS195 counts a student in each school; such numbers do not add up.)"""
    counted = _whole(district_id, school_year)
    parts: dict[str, dict[tuple[str, str], Group]] = {}
    for name in DIMENSIONS:
        groups = {
            (str(school), value or NONE): Group(count.rated, (count.chronic, count.truant))
            for (school, value), count in counted.values(name).items()
        }
        # A dimension of which nobody said anything repeats the schools' totals.
        if name == "grade" or any(group.students and key[1] != NONE for key, group in groups.items()):
            parts[name] = groups
    return Numbers.from_parts(parts)


def _whole(district_id: int, school_year: int) -> Tally:
    return tally(district_id, school_year, None, once=True)


def earlier_of(district_id: int, school_year: int) -> list[PublicReport]:
    """All releases of this district and year, withdrawn ones too: what was public is known."""
    with system("earlier public reports of a district"):
        return list(
            db.session().scalars(
                select(PublicReport)
                .where(PublicReport.district_id == district_id, PublicReport.school_year == school_year)
                .order_by(PublicReport.number)
            )
        )


def release_of(report: PublicReport) -> Release:
    """What a release told of students and chronic absence, with the numbers behind it."""
    return Release(_numbers_of(report).first(SEEN), _cells(report.numbers["hidden"]))


def truancy_of(report: PublicReport) -> Release:
    """What it told of truancy, which is hidden by itself: a few truants hide no rate of chronic absence."""
    hidden = report.numbers.get("hidden_truancy", report.numbers["hidden"])
    return Release(_numbers_of(report).only(TRUANT), _cells(hidden))


def _numbers_of(report: PublicReport) -> Numbers:
    groups = {Cell(*each[:3]): Group(each[3], tuple(each[4])) for each in report.numbers["cells"]}
    return Numbers(groups, len(MEASURES))


def _cells(listed: Iterable[Iterable[str]]) -> frozenset[Cell]:
    return frozenset(Cell(*each) for each in listed)


def _inside(report: PublicReport) -> Release:
    """What the same told those who see pages, too: what these showed on that day is known."""
    made = release_of(report)
    hidden = _cells(report.numbers.get("inside", report.numbers["hidden"]))
    return Release(made.numbers, made.hidden & hidden)


def release(place: Place) -> Release:
    """The numbers of the place's district and year, and what of them is hidden from this reader."""
    found: Release = place.remembered("release", lambda: _release(place))
    return found


def _release(place: Place) -> Release:
    rule = Rule(place.least, SMALLEST_COUNT)
    published = _newest(place.district.id, place.school_year)
    whole = _whole(place.district.id, place.school_year)

    def make() -> Release:
        kept = whole.kept.get(HIDDEN)
        if kept is not None and not place.known and kept[0] == (rule.students, rule.count, published):
            return Release(numbers_of(place.district.id, place.school_year).first(SEEN), kept[1])
        return _protected(place, rule)

    found: Release = whole.remembered(("release", place.known, rule, published), make)
    return found


def _newest(district_id: int, school_year: int) -> int | None:
    statement = select(func.max(PublicReport.number)).where(
        PublicReport.district_id == district_id, PublicReport.school_year == school_year
    )
    with system(WHY):
        return db.session().execute(statement).scalar()


def usual_hidden(district_id: int, school_year: int) -> Hidden:
    """What is hidden from whoever may see no student of the district, with what decided that."""
    with system(WHY):
        district = db.session().get_one(District, district_id)
    place = Place(district, (), None, school_year, least=settings.smallest_group(district))
    key = (place.least, SMALLEST_COUNT, _newest(district_id, school_year))
    return key, _protected(place, Rule(place.least, SMALLEST_COUNT)).hidden


def _protected(place: Place, rule: Rule) -> Release:
    """Days go by, and with them numbers change a little from what was published; only a report waits for
    that (`differing`), a page would be empty for most of the year. After a change of a rule what changed is
    those whom it concerns, so that pages wait, too."""
    numbers = numbers_of(place.district.id, place.school_year).first(SEEN)
    reports = earlier_of(place.district.id, place.school_year)
    earlier = [_inside(each) for each in reports]
    now = settings.counting(place.district, place.school_year) if reports else {}
    differing = any(is_by_other_rules(each, now) for each in reports)
    known = {cell for cell in numbers.groups if cell.school and int(cell.school) in place.known}
    try:
        return protect(numbers, rule, earlier, differing=differing, known=known)
    except Unsafe:
        tells = known or differing or is_sensitive(numbers.groups[TOTAL], rule)
        total = frozenset({TOTAL}) if tells else frozenset()
        return Release(numbers, (frozenset(numbers.groups) - {TOTAL}) | total)


def shown(place: Place, cell: Cell) -> bool:
    """Whether this reader may see a number of the place's year, as the public report calls it."""
    if not place.least:
        return True
    found = release(place)
    return cell in found.numbers.groups and cell not in found.hidden


def shows_total(place: Place, count: Count) -> bool:
    """Whether the total of the whole district may be seen: its own size hides it, and what it differs by from
    one that is public."""
    is_shown = shown(place, TOTAL) if place.known else not tells_rate(place, count)
    return is_shown and not (place.least and tells_what_rules_did(place, count))


def tells_what_rules_did(place: Place, count: Count) -> bool:
    """Whether a total of the district differs by a few students from one that was published by other rules:
    that would be those whom the rule concerns, such as a class of prekindergarten."""
    found: list[Group] = place.remembered("by other rules", lambda: _kept_by_other_rules(place))
    return any(
        0 < abs(each) < SMALLEST_COUNT
        for total in found
        for each in _differences(count, total.students, total.counts[0])
    )


def _kept_by_other_rules(place: Place) -> list[Group]:
    newest = _newest(place.district.id, place.school_year)
    if newest is None:
        return []
    now = settings.counting(place.district, place.school_year)
    whole = _whole(place.district.id, place.school_year)
    key = ("by other rules", newest, *sorted(now.items()))
    found: list[Group] = whole.remembered(key, lambda: list(_by_other_rules(place, now)))
    return found


def _differences(count: Count, students: int, chronic: int) -> tuple[int, int, int]:
    more, more_chronic = count.rated - students, count.chronic - chronic
    return more, more_chronic, more - more_chronic


def _by_other_rules(place: Place, now: Mapping[str, str]) -> Iterable[Group]:
    """The totals that releases of the place's year showed by rules that were others than those of now."""
    for report in earlier_of(place.district.id, place.school_year):
        made = release_of(report)
        if is_by_other_rules(report, now) and TOTAL not in made.hidden:
            yield made.numbers.groups[TOTAL]


def is_by_other_rules(report: PublicReport, now: Mapping[str, str]) -> bool:
    """Whether a release was counted by rules that are others than those of now."""
    # Before rules were kept with a release, prekindergarten counted.
    usual = {"prekindergarten": "counts", "minimum_days": str(report.content.get("minimum_days", ""))}
    then = report.content.get("rules", usual)
    return any(now.get(name, value) != value for name, value in then.items())


def shows_school(place: Place, school_id: int) -> bool:
    return shown(place, Cell(ALL, str(school_id), ALL))


def shows_value(place: Place, dimension: str, value: str, schools: Iterable[int] | None = None) -> bool:
    """Whether a group may be seen: of the district by itself, of some `schools` where each of theirs may."""
    cells = [ALL] if schools is None else [str(school) for school in schools]
    return all(shown(place, Cell(dimension, school, value or NONE)) for school in cells)


# Parts of the total, which no public report has: bands, months, tiers.


def tells(place: Place, students: int, *counts: int) -> bool:
    """Whether these numbers would tell this reader of single students: of a small group, of a few among
    many, or of nearly everybody."""
    if not place.least or not students:
        return False
    return is_sensitive(Group(students, counts), Rule(place.least, SMALLEST_COUNT))


def differs_little(place: Place, students: int, chronic: int) -> bool:
    """Whether what two numbers of one place differ by tells this reader of a few students."""
    rest = students - chronic
    return bool(place.least) and any(0 < abs(each) < SMALLEST_COUNT for each in (students, chronic, rest))


def tells_days(place: Place, halves: int) -> bool:
    """Whether so few half days missed tell this reader of a few students: each of them missed one at most."""
    return bool(place.least) and 0 < halves < 2 * SMALLEST_COUNT


def tells_rate(place: Place, count: Count) -> bool:
    """The same of a rate of chronic absence."""
    return tells(place, count.rated, count.chronic)


def tells_no_parts(place: Place) -> bool:
    """Whether months, bands, tiers and the like are kept from this reader, since those of some schools, taken
    from those of their district, would tell of the other schools. Whoever sees the students of some schools
    can count these parts there, too."""
    return bool(place.least) and (place.school is not None or not place.whole or bool(place.known))


def _few(place: Place, *counts: int) -> bool:
    return bool(place.least) and any(0 < abs(count) < SMALLEST_COUNT for count in counts)


def tells_bands(place: Place, count: Count) -> bool:
    """The same of the students in each band."""
    return (
        tells_no_parts(place)
        or tells_rate(place, count)
        or _few(place, *(count.bands[band] for band in BANDS))
    )


def tells_truancy(place: Place, count: Count) -> bool:
    """The same of truancy beside chronic absence."""
    parts = (count.both, count.chronic - count.both, count.truant - count.both)
    return (
        tells_no_parts(place) or tells(place, count.rated, count.chronic, count.truant) or _few(place, *parts)
    )


def tells_tiers(place: Place, count: Count) -> bool:
    """The same of the students of each tier. Tier 3 holds whoever is severe and those who were last year:
    beside the bands it would tell how few the latter are."""
    tiers = count.tiers
    last_year = tiers.get(3, 0) - count.bands["severe"], tiers.get(2, 0) - count.bands["moderate"]
    helped = count.rated - tiers.get(1, 0)
    return (
        tells_no_parts(place) or tells(place, count.rated, helped) or _few(place, *tiers.values(), *last_year)
    )


def safe_bands(place: Place, groups: Mapping[str, Count], hidden: Iterable[str]) -> dict[str, Count]:
    """The groups whose bands this reader may see, of some that add up to a number that they see: without
    those that are `hidden` anyway, those that tell of single students, and as many others as it takes so
    that what is hidden tells nothing together either.

    Source: NCES SLDS Technical Brief 3 (2011-603): the smallest reportable group, and complementary
    suppression of a second one."""
    if not place.least:
        return dict(groups)
    out = set(hidden) | {key for key, count in groups.items() if tells_bands(place, count)}
    left = sorted((count.rated, key) for key, count in groups.items() if key not in out)
    while left and out and (len(out) < 2 or tells_bands(place, totals(groups[each] for each in out))):
        out.add(left.pop(0)[1])
    return {key: count for key, count in groups.items() if key not in out and count.rated}


def harmless(place: Place, count: Count) -> Count:
    """A number as this reader gets it."""
    return count.without_unrated() if place.least else count
