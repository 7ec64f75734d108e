"""The rules by which a district counts, each with where it comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select

from crm.plugin_api import UserError, db, gettext, system
from crm.plugin_api import lazy_gettext as _
from crm_schools.models import District, Setting


@dataclass(frozen=True)
class Rule:
    """One rule: what holds where nobody decided, its source, and from when that is. `choices` are value and
    words; without any it is a whole number from `least` to `most`."""

    name: str
    label: Any
    help: Any
    value: str
    source: str
    dated_on: date | None
    choices: tuple[tuple[str, Any], ...] = ()
    least: int = 0
    most: int = 0


@dataclass(frozen=True)
class Held:
    """A rule as it holds for a district or a school: `level` says who decided, `default`, `state`,
    `district` or `school`."""

    value: str
    source: str
    dated_on: date | None
    level: str

    @property
    def number(self) -> int:
        return int(self.value)


RULES: Final[Mapping[str, Rule]] = {
    rule.name: rule
    for rule in (
        Rule(
            "minimum_days",
            _("Fewest days enrolled"),
            _(
                "Whoever was enrolled for fewer days is in no band. States differ: 10 in Maine, more than "
                "30 in "
                "California, 90 in Rhode Island to grade 3."
            ),
            "10",
            "Maine Department of Education: at least 10 days enrolled",
            date(2018, 7, 1),
            least=1,
            most=180,
        ),
        Rule(
            "prekindergarten",
            _("Prekindergarten"),
            _(
                "Chronic absence is measured from kindergarten on. Children in prekindergarten have their "
                "days and early help all the same."
            ),
            "apart",
            "U.S. Department of Education, EDFacts FS195: kindergarten to grade 12",
            None,
            choices=(
                ("apart", _("stands in no rate")),
                ("counts", _("counts like every other grade")),
            ),
        ),
        Rule(
            "half_day",
            _("Exactly half a day missed"),
            _("Laws contradict each other about exactly half a day, so choose what yours says."),
            "half",
            "RosarioSIS and openSIS keep 1, ½ and 0; Connecticut: present for half is in attendance",
            date(2016, 7, 1),
            choices=(
                ("half", _("counts as half a day")),
                ("absent", _("counts as a whole day absent")),
                ("present", _("counts as present")),
            ),
        ),
        Rule(
            "truancy",
            _("Who is truant"),
            _("Truancy counts unexcused days alone, by the law of the state. Chronic absence counts all."),
            "state",
            "No truancy law of this state is known here",
            None,
            choices=(
                ("state", _("as the district’s state says, where we know it")),
                ("ct", _("4 unexcused days in a month or 10 in a year (Connecticut, ages 5 to 18)")),
                ("ca", _("3 unexcused days or long tardies (California)")),
                ("sc", _("3 unexcused days in a row or 5 in all (South Carolina)")),
                ("none", _("nobody is called truant")),
            ),
        ),
        Rule(
            "suppression",
            _("Smallest group that a public report shows"),
            _("Groups of fewer students are hidden, and others with them, so that nobody can work them out."),
            "10",
            "NCES, ED514095: 5 to 30, most often 10 (39 states)",
            date(2010, 12, 1),
            least=3,
            most=100,
        ),
    )
}
OF_STATE: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("minimum_days", "CA"): ("31", "California: more than 30 expected days"),
    ("minimum_days", "ME"): ("10", "Maine Department of Education: at least 10 days enrolled"),
    ("suppression", "CA"): ("11", "California: nothing is shown of 10 students or fewer"),
    ("suppression", "DE"): ("16", "Delaware: nothing is shown of 15 students or fewer"),
    ("truancy", "CA"): ("state", "California Education Code §48260"),
    ("truancy", "CT"): ("state", "Connecticut General Statutes §10-198a"),
    ("truancy", "SC"): ("state", "South Carolina Code of Regulations 43-274"),
}
"""By rule and state, what its department of education does and where that is said. It holds where nobody of
the district decided otherwise; states that do less than the default are not here."""
OF_EVERY_YEAR: Final = frozenset({"suppression"})
"""Rules that hold whatever the school year is: the numbers of all years stand beside each other."""
OF_RATES: Final = ("minimum_days", "prekindergarten", "half_day")
"""Rules by which rates of chronic absence count."""
OF_SCHOOL: Final = frozenset({"half_day", "truancy"})
"""Rules by which a school's own days count as the school decided; see `rating.rater`. How few days are too
few to say anything is the district's for all of its schools."""
TRUANCY_OF_STATE: Final = {"CT": "ct", "CA": "ca", "SC": "sc"}


def decided(district: District) -> Sequence[Setting]:
    """What the district and its schools decided, what holds for later years behind what holds before."""
    statement = select(Setting).where(Setting.district_id == district.id)
    in_order = statement.order_by(func.coalesce(Setting.from_year, 0), Setting.id)
    with system("rules bind everybody"):
        return db.session().scalars(in_order).all()


def held(
    district: District,
    school_year: int,
    school_id: int | None = None,
    known: Sequence[Setting] | None = None,
) -> dict[str, Held]:
    """Every rule as it holds in a school year (0 for the latest) for the district, or for one of its schools;
    `known` is what `decided` gave."""
    found = {name: Held(rule.value, rule.source, rule.dated_on, "default") for name, rule in RULES.items()}
    for (name, state), (value, source) in OF_STATE.items():
        if state == district.state:
            found[name] = Held(value, source, None, "state")
    rows = decided(district) if known is None else known
    for level, wanted in (("district", None), ("school", school_id)):
        for row in rows:
            mine = row.school_id == wanted and row.name in found and (level == "district" or school_id)
            if mine and (not school_year or (row.from_year or 0) <= school_year):
                found[row.name] = Held(row.value, row.source, row.dated_on, level)
    return found


def counting(district: District, school_year: int) -> dict[str, str]:
    """By rule how a district counts in a school year who is chronically absent, and of whom: what makes
    numbers of other rules others."""
    found = held(district, school_year)
    return {name: found[name].value for name in OF_RATES}


def smallest_group(district: District) -> int:
    """From how many students on a group is shown to whoever may not see them: the largest number that the
    district or any of its schools decided, since their numbers stand beside each other."""
    rows = decided(district)
    schools = {None, *(row.school_id for row in rows)}
    return max(held(district, 0, school_id, rows)["suppression"].number for school_id in schools)


def truancy_of(district: District, rules: Mapping[str, Held]) -> str:
    """Which law of truancy holds: `ct`, `ca`, `sc` or `none`."""
    chosen = rules["truancy"].value
    return TRUANCY_OF_STATE.get(district.state, "none") if chosen == "state" else chosen


def check(name: str, value: str) -> str:
    """The value as it is kept; UserError with a sentence where it is none of the rule's."""
    rule = RULES.get(name)
    if rule is None:
        raise UserError(gettext("There is no rule called “%(name)s”.", name=name))
    value = value.strip()
    if rule.choices:
        if value not in {choice for choice, _words in rule.choices}:
            raise UserError(gettext("Choose one of the answers for “%(rule)s”.", rule=rule.label))
        return value
    if not value.isdecimal() or not rule.least <= int(value) <= rule.most:
        raise UserError(
            gettext(
                "“%(rule)s” is a whole number from %(least)s to %(most)s.",
                rule=rule.label,
                least=rule.least,
                most=rule.most,
            )
        )
    return str(int(value))


def decide(
    district: District,
    name: str,
    value: str,
    *,
    source: str,
    dated_on: date | None,
    school_id: int | None = None,
    from_year: int | None = None,
) -> Setting:
    """Let a rule be so for the district, or for one school of it, with where that comes from: for every
    school year, or from one on. Inside a transaction; ratings follow by themselves."""
    value = check(name, value)
    if not source.strip():
        raise UserError(gettext("Say which law, manual or decision the rule follows."))
    first = None if name in OF_EVERY_YEAR else from_year
    row = _row_from(district, name, school_id, first)
    row.value, row.source, row.dated_on = value, source.strip(), dated_on
    db.session().flush()
    return row


def _row_from(district: District, name: str, school_id: int | None, first: int | None) -> Setting:
    """The row that holds from a school year on, without those that held later ones otherwise."""
    school = Setting.school_id.is_(None) if school_id is None else Setting.school_id == school_id
    statement = select(Setting).where(Setting.district_id == district.id, Setting.name == name, school)
    with system("the rule that is changed"):
        rows = db.session().scalars(statement.order_by(Setting.id)).all()
    for each in rows:
        if (each.from_year or 0) > (first or 0):
            db.session().delete(each)
    row = next((each for each in rows if each.from_year == first), None)
    if row is None:
        row = Setting(district_id=district.id, school_id=school_id, name=name, from_year=first)
        db.session().add(row)
    return row


def words_of(rule: Rule, value: str) -> Any:
    """A value of a rule as people read it."""
    return dict[str, Any](rule.choices).get(value, value)


@dataclass(frozen=True)
class Before:
    """How a rule held in the school years before `from_year`."""

    from_year: int
    held: Held


def changes(district: District) -> dict[str, list[Before]]:
    """By rule, how it held for the district before each school year in which it changed, the latest first."""
    known = decided(district)
    found: dict[str, list[Before]] = {}
    for row in reversed(known):
        if row.from_year and row.school_id is None:
            before = held(district, row.from_year - 1, None, known).get(row.name)
            found.setdefault(row.name, []).extend([Before(row.from_year, before)] if before else [])
    return found


def listed(district: District, school_year: int, school_id: int | None = None) -> Sequence[tuple[Rule, Held]]:
    """Rules and how the numbers of the district, or of one of its schools, count by them in a school year (0
    for the latest), in the order of the page."""
    known = decided(district)
    general, own = held(district, school_year, None, known), held(district, school_year, school_id, known)
    return [(rule, (own if name in OF_SCHOOL else general)[name]) for name, rule in RULES.items()]
