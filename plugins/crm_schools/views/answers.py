"""What a report says in sentences above its table, true of what the table shows and of what it leaves out."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from crm.plugin_api import gettext as _
from crm.plugin_api import ngettext
from crm_schools import figures, settings, words
from crm_schools.figures import Count, Place
from crm_schools.views import places

FEWEST: Final = 10
"""In a smaller group one student decides what its rate is."""
FLAGS: Final = frozenset({"english_learner", "disability", "disadvantaged"})
"""Dimensions that are true or not of a student, and have no highest and lowest group."""
HIGH: Final = 200
"""Tenths of a percent from which the rate of a school is called high; see `bands.school_band`."""


def of_groups(place: Place, now: Mapping[str, Count], dimension: str) -> list[str]:
    """Where the rate is highest and lowest."""
    if dimension in FLAGS:
        return _of_flag(now, dimension)
    large = {value: count for value, count in now.items() if count.rated >= FEWEST and value}
    if len(large) < 2:
        return []
    high = max(large, key=lambda value: large[value].share or 0)
    low = min(large, key=lambda value: large[value].share or 0)
    values = {
        "high": places.label_of(dimension, high),
        "high_rate": places.percent(large[high].share),
        "low": places.label_of(dimension, low),
        "low_rate": places.percent(large[low].share),
    }
    among = _among(place, now)
    if not among:
        return [_("Highest: %(high)s with %(high_rate)s. Lowest: %(low)s with %(low_rate)s.", **values)]
    return [
        _(
            "%(among)s, the highest rate is %(high_rate)s (%(high)s) and the lowest %(low_rate)s (%(low)s).",
            among=among,
            **values,
        )
    ]


def _among(place: Place, now: Mapping[str, Count]) -> str:
    """Among which groups highest and lowest are sought, where these are not all that there are."""
    groups = ""
    if place.least:
        groups = _("Of those shown here")
    elif any(value and 0 < count.rated < FEWEST for value, count in now.items()):
        groups = _("Of groups of %(fewest)s students or more", fewest=FEWEST)
    if not now.get("", Count()).rated:
        return groups
    unsaid = _("Not said")
    if groups:
        return _("%(groups)s, “%(unsaid)s” aside", groups=groups, unsaid=unsaid)
    return _("“%(unsaid)s” aside", unsaid=unsaid)


def _of_flag(now: Mapping[str, Count], dimension: str) -> list[str]:
    yes, no = now.get("yes", Count()), now.get("no", Count())
    if not yes.rated or not no.rated:
        return []
    said = {"rate": places.percent(yes.share), "others": places.percent(no.share)}
    if now.get("", Count()).rated:
        return [
            _(
                "%(group)s: %(rate)s; others: %(others)s; “%(unsaid)s” aside.",
                group=words.SUBGROUPS[dimension],
                unsaid=_("Not said"),
                **said,
            )
        ]
    return [_("%(group)s: %(rate)s; others: %(others)s.", group=words.SUBGROUPS[dimension], **said)]


def caveats(place: Place, years: Collection[int]) -> list[str]:
    """What is to be said wherever these years stand beside one another."""
    return [*under_way(place, years), *_by_weekdays(place, years), *_by_other_rules(place, years)]


def _by_other_rules(place: Place, years: Collection[int]) -> list[str]:
    """Which rules changed between these years: what stands side by side is counted otherwise."""
    changes = settings.changes(place.district) if len(years) > 1 else {}
    return [
        _(
            "From %(year)s on another rule counts (%(rule)s: %(now)s; before: %(before)s), so that rates "
            "before and after are not of the same.",
            year=words.year_words(each.from_year),
            rule=settings.RULES[name].label,
            now=_said(place, name, each.from_year),
            before=settings.words_of(settings.RULES[name], each.held.value),
        )
        for name, befores in changes.items()
        for each in befores
        if min(years, default=0) < each.from_year <= max(years, default=0)
        and settings.held(place.district, each.from_year)[name].value != each.held.value
    ]


def _said(place: Place, name: str, school_year: int) -> str:
    value = settings.held(place.district, school_year)[name].value
    return str(settings.words_of(settings.RULES[name], value))


def _by_weekdays(place: Place, years: Collection[int]) -> list[str]:
    """Of years some of whose schools are counted by weekdays, where others are counted by their calendars."""
    if len(years) < 2:
        return []
    found = [year for year in sorted(years) if figures.without_calendar(place.in_year(year))]
    if not found or len(found) == len(years):
        return []
    return [
        _(
            "Of %(years)s no calendar is known of some schools: every weekday counts there, so that rates "
            "are lower than beside years with calendars.",
            years=", ".join(map(words.year_words, found)),
        )
    ]


def under_way(place: Place, years: Collection[int]) -> list[str]:
    """Said wherever the newest of these years still goes on and stands beside whole ones: what its numbers
    are of, and what can be compared already. A rate to date is not better for being lower."""
    newest = place.in_year(max(years, default=0))
    if len(years) < 2 or not figures.is_under_way(newest):
        return []
    return [
        _(
            "%(year)s still goes on: its numbers are to date and move until it ends, while those of earlier "
            "years are of whole years.",
            year=words.year_words(newest.school_year),
        ),
        *_same_month(newest),
    ]


def _same_month(place: Place) -> list[str]:
    months = figures.same_month(place)
    if months is None:
        return []
    now, before = months
    return [
        _(
            "Compared to date: at the end of %(month)s the rate was %(now)s, a year before it was "
            "%(before)s.",
            month=places.month_name(now.number),
            now=places.percent(now.share),
            before=places.percent(before.share),
        )
    ]


def over_years(place: Place, counts: Mapping[tuple[str, int], Count], values: Sequence[str]) -> list[str]:
    """In how many groups the rate is lower than the year before, of those with a rate in both years."""
    year = place.school_year
    pairs = [
        (places.tenths(counts[value, year].share), places.tenths(counts[value, year - 1].share))
        for value in values
        if (value, year) in counts and (value, year - 1) in counts
    ]
    if not pairs:
        return []
    better = sum(1 for now, before in pairs if now < before)
    said = {"year": words.year_words(year - 1), "better": better, "all": len(pairs)}
    if figures.is_under_way(place):
        return [_so_far(place, said)]
    if place.least:
        return [_("Better than %(year)s in %(better)s of %(all)s groups shown in both years.", **said)]
    return [_("Better than %(year)s in %(better)s of %(all)s groups.", **said)]


def _so_far(place: Place, said: Mapping[str, Any]) -> str:
    """The same of a year that still goes on, which is not better for being lower than a whole one."""
    if place.least:
        return _(
            "So far lower than in all of %(year)s in %(better)s of %(all)s groups shown in both years.",
            **said,
        )
    return _("So far lower than in all of %(year)s in %(better)s of %(all)s groups.", **said)


def of_schools(
    place: Place, rows: Sequence[tuple[int, str, Count]], before: Mapping[int, Count]
) -> list[str]:
    """How many schools are better, how many are high, and how many of them nobody tells this reader."""
    shown = {school_id: places.tenths(count.share) for school_id, _name, count in rows if count.rated}
    hidden = figures.hidden_schools(place)
    both = [school_id for school_id in shown if school_id in before and before[school_id].rated]
    found = []
    if both:
        better = sum(1 for each in both if shown[each] < places.tenths(before[each].share))
        is_part = bool(hidden or place.least)
        if figures.is_under_way(place):
            found.append(_lower_so_far(better, len(both), is_part))
        else:
            found.append(_better(better, len(both), is_part))
    if shown:
        found.append(_high(sum(1 for share in shown.values() if share >= HIGH), len(shown), hidden))
    return [*found, hidden_words(hidden)] if hidden else found


def _lower_so_far(lower: int, of: int, hidden: bool) -> str:
    if hidden:
        return _(
            "%(lower)s of %(all)s schools shown in both years have a lower rate so far than in the whole "
            "year before.",
            lower=lower,
            all=of,
        )
    return _(
        "%(lower)s of %(all)s schools have a lower rate so far than in the whole year before.",
        lower=lower,
        all=of,
    )


def _better(better: int, of: int, hidden: bool) -> str:
    if hidden:
        return _(
            "%(better)s of %(all)s schools shown in both years have a lower rate than the year before.",
            better=better,
            all=of,
        )
    return _("%(better)s of %(all)s schools have a lower rate than the year before.", better=better, all=of)


def _high(high: int, of: int, hidden: int) -> str:
    if hidden:
        return _("%(high)s of %(all)s schools shown have a rate of 20 %% or more.", high=high, all=of)
    return ngettext(
        "%(high)s school has a rate of 20 %% or more.",
        "%(high)s schools have a rate of 20 %% or more.",
        high,
        high=high,
    )


def hidden_words(count: int) -> str:
    """How many schools are not shown, and why: not all of them are small."""
    return ngettext(
        "%(count)s school is hidden: its numbers would tell of a few students, there or elsewhere.",
        "%(count)s schools are hidden: their numbers would tell of a few students, there or elsewhere.",
        count,
        count=count,
    )
