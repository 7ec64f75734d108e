"""Somebody with a pencil who reads all pages with numbers, and tries to find out about a few children."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, Organization, bulk, db, system
from crm.plugin_api.testing import MakeUser, SignIn
from crm_schools import figures, publishing
from crm_schools.figures import guarding
from crm_schools.models import District, PublicReport, Rating, School, Student, Year
from crm_schools.rating.shapes import RATING_COLUMNS
from crm_schools.suppression import ALL, Cell, Group, Numbers, Release, Rule, attack, is_sensitive, protect
from crm_schools.tests.reading import Reader, sheets, small

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

EARLY, LATE = "K,1,2,3,4,5", "9,10,11,12"
SCHOOLS = (
    ("Alder", EARLY, 130, 0.15), ("Birch", EARLY, 160, 0.3), ("Cedar", EARLY, 12, 0.2),
    ("Dogwood", "6,7,8", 150, 0.2), ("Elm", LATE, 220, 0.25), ("Fir", LATE, 90, 0.04),
)  # fmt: skip
YEARS = (2024, 2025)
REPORTS = ("grade-years", "schools", "race", "disability", "over-time", "risks", "grade", "gender",
           "english-learner", "lunch")  # fmt: skip
OF_SCHOOL = ("grade-years", "race", "grade", "risks")
"""The others show what the overview of the school shows, too."""
Facts = dict[int, dict[Cell, Group]]


@dataclass
class Town:
    """Ids of a made-up district."""

    district: int
    contact: int
    schools: dict[str, int]
    contacts: dict[str, int]

    @property
    def reader(self) -> Reader:
        return Reader(self.schools)


def _organization(name: str) -> int:
    row = Organization(name=name, sort_name=name.lower(), name_key=name.lower(), custom={})
    db.session().add(row)
    db.session().flush()
    return row.id


def build(app: Flask, seed: int = 5) -> Town:
    """Ratings as they stand after an import; whoever moved has one of each school and one of the district."""
    dice = random.Random(seed)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        contact = _organization("Town Schools")
        district = District(name="Town Schools", contact_id=contact, state="CT", local_id="T")
        db.session().add(district)
        db.session().flush()
        town = Town(district.id, contact, {}, {})
        for name, grades, _count, _rate in SCHOOLS:
            town.contacts[name] = _organization(name)
            school = School(
                district_id=district.id,
                contact_id=town.contacts[name],
                name=name,
                local_id=name,
                grades=grades,
            )
            db.session().add(school)
            db.session().flush()
            town.schools[name] = school.id
        for year in YEARS:
            through = date(year, 6, 10)
            db.session().add(
                Year(district_id=district.id, school_year=year, begins_on=date(year - 1, 9, 1),
                     ends_on=through, through_on=through)
            )  # fmt: skip
        db.session().flush()
    # On its own: a change of a district makes all of its ratings anew.
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        _people(town, dice)
    return town


def _people(town: Town, dice: random.Random) -> None:
    students, ratings = [], []
    ids = iter(bulk.reserve(db.table(Student), sum(count for _n, _g, count, _r in SCHOOLS)))
    for name, grades, count, rate in SCHOOLS:
        for _each in range(count):
            student, grade = next(ids), dice.choice(grades.split(","))
            students.append((student, f"{student:05}", town.schools[name], grade, *_groups(dice)))
            for year in YEARS:
                parts = [("only", town.schools[name])]
                if dice.random() < 0.02:
                    other = town.schools[dice.choice([each for each in town.schools if each != name])]
                    parts = [
                        ("school", other),
                        ("school", town.schools[name]),
                        ("district", town.schools[name]),
                    ]
                absent = dice.choice([40, 80]) if dice.random() < rate else dice.choice([0, 6, 20, 30])
                truant = absent >= 40 and dice.random() < 0.3
                last = dice.random() < 0.01
                ratings += [
                    (student, town.district, school, year, part, grade, *_missed(year, absent, truant, last))
                    for part, school in parts
                ]
    moment = db.now()
    empty = dict.fromkeys(("state_id", "source_id", "given_name", "middle_name", "family_name", "suffix",
                           "preferred_name", "sort_name", "housing"), "")  # fmt: skip
    bulk.insert(
        db.table(Student),
        ("id", "local_id", "school_id", "grade", "race", "gender", "english_learner", "disability",
         "disadvantaged"),
        students,
        {"district_id": town.district, "version": 1, "created_at": moment, "updated_at": moment, **empty},
    )  # fmt: skip
    bulk.insert(db.table(Rating), RATING_COLUMNS, ratings, {"made_at": moment})


def _groups(dice: random.Random) -> tuple[str, str, bool, bool, bool]:
    race = dice.choices(("white", "hispanic", "black", "asian", "pacific"), (45, 30, 16, 8, 1))[0]
    gender = dice.choices(("female", "male", "nonbinary"), (49, 49, 2))[0]
    return race, gender, dice.random() < 0.1, dice.random() < 0.14, dice.random() < 0.5


def _missed(year: int, absent: int, truant: bool, last: bool) -> tuple[object, ...]:
    """What a rating says of so many half days of 360; `last` of whoever missed much the year before."""
    band = {40: "moderate", 80: "severe", 20: "at_risk", 30: "at_risk"}.get(absent, "satisfactory")
    tier = {"moderate": 2, "severe": 3}.get(band, 3 if last else 1)
    letter = {"satisfactory": "s", "at_risk": "a", "moderate": "m", "severe": "v"}[band]
    return (
        360, absent, absent, 0, 0, 0, 0, 0, band, absent >= 40, tier, "", truant, "", "calendar",
        date(year, 6, 10), "036" * 10 + "000000", "004" * 10 + "000000", "--" + letter * 10,
        "004" * 5 + "000000",
    )  # fmt: skip


@pytest.fixture
def town(app: Flask) -> Town:
    return build(app)


def addresses(town: Town, years: tuple[int, ...] = YEARS) -> Iterator[tuple[str, str, int]]:
    """Every page of numbers: its address, whose it is, and its year."""
    for year in years:
        whole = f"district_id={town.district}&year={year}"
        yield f"/schools/district/{town.district}?year={year}", ALL, year
        for page in ("compare", "kindergarten", "weekdays", *(f"reports/{name}" for name in REPORTS)):
            yield f"/schools/{page}?{whole}", ALL, year
        for school in town.schools.values():
            yield f"/schools/school/{school}?year={year}", str(school), year
            for page in ("kindergarten", "weekdays", *(f"reports/{name}" for name in OF_SCHOOL)):
                yield f"/schools/{page}?school_id={school}&year={year}", str(school), year


Get = Callable[[str], str]


def read(town: Town, get: Get, years: tuple[int, ...] = YEARS) -> Facts:
    """All that the pages tell of places that the public report knows; fails where two pages contradict each
    other, or one tells of a few."""
    facts: Facts = {year: {} for year in YEARS}
    for address, school, year in addresses(town, years):
        page = get(address)
        assert small(page, 6) == [], address
        for of_year, cell, group in town.reader.facts(page, school, year):
            assert facts[of_year].setdefault(cell, group) == group, (address, cell)
    return facts


def truth(app: Flask, town: Town, year: int) -> Numbers:
    with app.app_context():
        return guarding.numbers_of(town.district, year).first(1)


def reader_of(sign_in: SignIn, **kwargs: object) -> Get:
    client = sign_in(**kwargs)
    return lambda address: client.get(address).text


def recovered(numbers: Numbers, told: set[Cell]) -> list[Cell]:
    """Numbers of a few that follow from those that were told."""
    found = attack([Release(numbers, frozenset(set(numbers.groups) - told))])
    return [each.cell for each in found if is_sensitive(numbers.groups[each.cell], Rule())]


def test_an_organizer_finds_out_nothing_about_a_few(app: Flask, sign_in: SignIn, town: Town) -> None:
    facts = read(town, reader_of(sign_in, role="organizer"))
    for year in YEARS:
        numbers = truth(app, town, year)
        assert len(facts[year]) > 20
        assert {cell: numbers.groups[cell] for cell in facts[year]} == facts[year]
        assert [cell for cell, group in facts[year].items() if is_sensitive(group, Rule())] == []
        assert recovered(numbers, set(facts[year])) == []


def test_the_reading_finds_something_where_only_what_is_small_is_hidden(
    app: Flask, sign_in: SignIn, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "crm_schools.figures.guarding.protect",
        lambda *args, **kwargs: protect(*args, **kwargs, complementary=False),
    )
    year = YEARS[1]
    facts = read(town, reader_of(sign_in, role="organizer"), (year,))
    assert recovered(truth(app, town, year), set(facts[year]))


def test_pages_beside_public_reports_tell_nothing_more(app: Flask, sign_in: SignIn, town: Town) -> None:
    """Reports with several smallest counts, before and after each of which somebody reads all pages."""
    get, year = reader_of(sign_in, role="organizer"), YEARS[1]
    told = set(read(town, get, (year,))[year])
    for smallest in (6, 10):
        _publish(app, town, year, smallest)
        with app.app_context(), system("test"):
            for report in db.session().scalars(select(PublicReport)):
                told |= set(guarding.release_of(report).shown())
        told |= set(read(town, get, (year,))[year])
        assert recovered(truth(app, town, year), told) == []


def _publish(app: Flask, town: Town, year: int, smallest: int) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"):
        with system("test"):
            district = db.session().get_one(District, town.district)
        place = figures.place_of(Actor.system(), district, None, year)
        publishing.publish(place, Actor.system(), smallest)


@pytest.mark.parametrize("mine", ["Alder Cedar", "Alder Birch Cedar Fir", "Cedar"])
def test_whoever_sees_some_schools_finds_out_nothing_beside_what_is_public(
    app: Flask, sign_in: SignIn, make_user: MakeUser, town: Town, mine: str
) -> None:
    first, *others = mine.split()
    user = make_user(role="viewer", scope=town.contacts[first])
    for name in others:
        _grant(app, user.id, "viewer", town.contacts[name])
    _publish(app, town, YEARS[0], 6)
    client = sign_in(user)
    facts: Facts = {year: {} for year in YEARS}
    for address, school, year in addresses(town, YEARS[:1]):
        answer = client.get(address)
        if answer.status_code != 200:
            continue
        assert small(answer.text, 6) == [], address
        for of_year, cell, group in town.reader.facts(answer.text, school or "mine", year):
            facts[of_year][cell] = group
    with app.app_context(), system("test"):
        report = db.session().scalars(select(PublicReport)).one()
        public = set(guarding.release_of(report).shown())
    for year in YEARS[:1]:
        numbers = truth(app, town, year)
        cells = {cell for cell in facts[year] if cell.school != "mine"}
        sums = {cell: group for cell, group in facts[year].items() if cell.school == "mine"}
        assert {cell: numbers.groups[cell] for cell in cells} == {cell: facts[year][cell] for cell in cells}
        assert recovered(numbers, cells | public) == []
        ids = {str(town.schools[name]) for name in mine.split()}
        for cell, group in sums.items():
            parts = [each for each in numbers.groups if each.school in ids and each[::2] == cell[::2]]
            seen = [numbers.groups[each] for each in parts if each in cells or cell.dimension]
            # A sum is of places that are told anyway.
            assert group.students == sum(each.students for each in seen)
            assert not is_sensitive(group, Rule())


def _grant(app: Flask, user_id: int, role: str, contact: int) -> None:
    from crm.accounts import services
    from crm.accounts.models import RoleGrant

    with app.app_context(), db.transaction(Actor.system(), "test"):
        found = services.role_named(role)
        assert found is not None
        grant = RoleGrant(user_id=user_id, role_id=found.id, scope_kind="organization", scope_id=contact)
        db.session().add(grant)


def test_whoever_knows_some_schools_reads_no_bands_of_the_rest(
    app: Flask, sign_in: SignIn, make_user: MakeUser, town: Town
) -> None:
    """The bands of the district less those of one's own students are those of the other schools."""
    page = f"/schools/district/{town.district}?year={YEARS[1]}"
    assert "sch-key-severe" in sign_in(role="organizer").get(page).text
    user = make_user(role="organizer")
    for name in town.contacts:
        if name != "Dogwood":
            _grant(app, user.id, "school", town.contacts[name])
    shown = sign_in(user).get(page).text
    for told in ("sch-key-severe", "truancy-title", "tiers-title"):
        assert told not in shown, told


def test_whoever_knows_one_school_by_name_learns_nothing_of_the_others(
    app: Flask, sign_in: SignIn, make_user: MakeUser, town: Town
) -> None:
    user = make_user(role="organizer")
    _grant(app, user.id, "school", town.contacts["Birch"])
    client = sign_in(user)
    for year in YEARS[1:]:
        numbers = truth(app, town, year)
        known = {cell for cell in numbers.groups if cell.school == str(town.schools["Birch"])}
        told = set(known)
        for address, school, of_page in addresses(town):
            if school != str(town.schools["Birch"]) and of_page == year:
                facts = town.reader.facts(client.get(address).text, school, year)
                told |= {cell for of_year, cell, _group in facts if of_year == year}
        found = [cell for cell in recovered(numbers, told) if cell not in known]
        assert found == []


def test_bands_of_grades_cannot_be_worked_out(app: Flask, sign_in: SignIn, town: Town) -> None:
    page = reader_of(sign_in, role="organizer")(
        f"/schools/reports/grade?district_id={town.district}&year={YEARS[1]}"
    )
    with app.app_context(), system("test"):
        whole = guarding._whole(town.district, YEARS[1]).values("grade")
        groups: dict[str, figures.Count] = {}
        for (_school, grade), count in whole.items():
            groups.setdefault(grade, figures.Count()).put(count)
    atoms = {
        ("all", grade): Group(count.rated, tuple(count.bands[band] for band in figures.BANDS))
        for grade, count in groups.items()
    }
    numbers = Numbers.from_parts({"grade": atoms})
    names = town.reader.values["grade"]
    labels = {label: grade for label, grade in names.items() if f'row">{label}<' in page}
    told = {Cell("grade", school, grade) for grade in labels.values() for school in (ALL, "all")}
    told |= {Cell(ALL, ALL, ALL), Cell(ALL, "all", ALL)} if 'row">All<' in page else set()
    assert labels
    assert attack([Release(numbers, frozenset(set(numbers.groups) - told))]) == []


def test_a_school_stands_beside_its_district_unless_the_rest_is_few(sign_in: SignIn, town: Town) -> None:
    page = sign_in(role="school", scope=town.contacts["Alder"]).get(
        f"/schools/reports/over-time?school_id={town.schools['Alder']}&year={YEARS[1]}"
    )
    cells = re.findall(r"<td>([\d.]+)%</td><td>([\d.]+)%</td>", page.text)
    assert cells
    assert all(mine != district for mine, district in cells)


def test_a_few_truants_hide_no_rate_of_chronic_absence(app: Flask, town: Town) -> None:
    """One truant in the whole district: nobody may read how many, and all the rest is there as before."""
    with app.app_context():
        with db.transaction(Actor.system(), "test"), system("test"):
            ratings = db.table(Rating)
            db.session().execute(ratings.update().values(is_truant=False))
            one = select(Rating.student_id).where(Rating.school_year == YEARS[1], Rating.band == "moderate")
            student = db.session().execute(one.order_by(Rating.id).limit(1)).scalar_one()
            db.session().execute(
                ratings.update().where(ratings.c.student_id == student).values(is_truant=True)
            )
            district = db.session().get_one(District, town.district)
        place = figures.place_of(Actor.system(), district, None, YEARS[1])
        made = publishing.prepared(place)
        content = publishing.content_of(place, made)
    assert made.found == []
    shown = [each for each in content["cells"] if each[3] is not None]
    assert len(shown) > 40
    assert all(truant is None for *_place, _students, (_chronic, truant) in shown)


def test_months_that_differ_little_are_not_shown_side_by_side(
    app: Flask, sign_in: SignIn, town: Town
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        ratings = db.table(Rating)
        chronic = select(Rating.id).where(Rating.school_year == YEARS[1], Rating.band == "moderate")
        two = db.session().execute(chronic.order_by(Rating.id).limit(2)).scalars().all()
        # Two students pass the line in March.
        letters = "--" + "a" * 6 + "m" * 4
        db.session().execute(ratings.update().where(ratings.c.id.in_(two)).values(months_band=letters))
    page = reader_of(sign_in, role="organizer")(f"/schools/district/{town.district}?year={YEARS[1]}")
    months = [row[0] for sheet in sheets(page) if "end of each month" in sheet.caption for row in sheet.rows]
    assert months == ["March", "April", "May", "June"]
