"""Schools, students and years that files name, found among those that we know."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, SQLColumnExpression, Text, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import JSON

from crm.plugin_api import db, system
from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import BadFile
from crm_schools.models import District, School, Student, Year
from crm_schools.words import fold

LOOKED_UP: Final = 4000
NCES_DIGITS: Final = 12
AGENCY_DIGITS: Final = 7


def one_of(column: SQLColumnExpression[Any], texts: Iterable[str]) -> ColumnElement[bool]:
    """`column IN texts` with one bound value."""
    values = list(texts)
    if db.dialect() == "postgresql":
        return column == any_(bindparam(None, values, type_=ARRAY(Text), unique=True))
    listed = func.json_each(bindparam(None, values, type_=JSON(), unique=True)).table_valued("value")
    return column.in_(select(listed.c.value))


class Places:
    """All schools and districts, by whatever a file may call them; a word that several schools share finds
    none."""

    def __init__(self, district_id: int | None = None) -> None:
        """`district_id` is the only one that is looked into."""
        self._only = district_id
        with system("files name schools of any district"):
            run = db.session().execute
            districts = run(select(District.id, District.name, District.nces_id, District.local_id)).all()
            self.districts: dict[int, str] = {row.id: row.name for row in districts}
            schools = run(
                select(
                    School.id,
                    School.district_id,
                    School.local_id,
                    School.state_id,
                    School.nces_id,
                    School.name,
                    School.source_id,
                )
            ).all()
            years = run(select(*db.table(Year).c)).all()
        schools = [row for row in schools if district_id in {None, row.district_id}]
        years = [each for each in years if district_id in {None, each.district_id}]
        self.district_of = {row.id: row.district_id for row in schools}
        self.name_of = {row.id: row.name for row in schools}
        self.local_of = {row.id: row.local_id for row in schools}
        self.source_of = {row.id: row.source_id for row in schools}
        self.numbers_of = {row.id: (row.local_id, row.state_id, row.nces_id) for row in schools}
        sources: dict[str, set[int]] = defaultdict(set)
        self.years: Mapping[tuple[int, int], Any] = {
            (each.district_id, each.school_year): each for each in years
        }
        words: dict[str, set[int]] = defaultdict(set)
        names: dict[str, set[int]] = defaultdict(set)
        # In one district a number is one school's, whatever another is called elsewhere.
        self._numbers: dict[str, int] = {row.local_id: row.id for row in schools if district_id is not None}
        for row in schools:
            if row.source_id:
                sources[row.source_id].add(row.id)
            names[fold(row.name)].add(row.id)
            for word in (row.local_id, row.state_id, row.nces_id, row.name):
                if word:
                    words[fold(word)].add(row.id)
                    words[fold(word).lstrip("0")].add(row.id)
        self._agencies = {row.id: {row.nces_id, row.local_id} for row in districts}
        self._schools, self._sources, self._names = words, sources, names

    def require_district(self) -> None:
        """BadFile where nobody has added a district yet, so that nothing in a file can be known."""
        if not self.districts:
            raise BadFile(
                _(
                    "There is no school district yet. Import a roster first, or add the district and its "
                    "schools."
                )
            )

    def school(self, word: str) -> int | None:
        """The one school that is called so."""
        if word in self._numbers:
            return self._numbers[word]
        found = self._schools.get(fold(word)) or self._schools.get(fold(word).lstrip("0")) or ()
        return next(iter(found)) if len(found) == 1 else None

    def named(self, name: str) -> int | None:
        """The one school of that name."""
        found = self._names.get(fold(name), ())
        return next(iter(found)) if len(found) == 1 else None

    def is_nces(self, number: str, district_id: int) -> bool:
        """Whether a school's number is of the National Center for Education Statistics: twelve digits, the
        first seven those of its district. Some states have numbers of twelve digits, too."""
        of = self._agencies.get(district_id, set())
        return number.isdecimal() and len(number) == NCES_DIGITS and number[:AGENCY_DIGITS] in of

    def is_shared(self, word: str) -> bool:
        """Whether schools of several districts are called so."""
        found = self._schools.get(fold(word)) or self._schools.get(fold(word).lstrip("0")) or ()
        return len({self.district_of[each] for each in found}) > 1

    def is_shared_source(self, source: str) -> bool:
        """Whether the systems of several districts call a school so."""
        return len(self._sources.get(source, ())) > 1

    def by_source(self, source: str) -> int | None:
        """The one school that the system of its rosters calls so: those of two districts may both count from
        1."""
        found = self._sources.get(source, ())
        return next(iter(found)) if len(found) == 1 else None

    @property
    def only_district(self) -> int | None:
        """The district, where there is but one or one was named."""
        if self._only in self.districts:
            return self._only
        return next(iter(self.districts)) if len(self.districts) == 1 else None


class Found(NamedTuple):
    """Students by the ids that a file has; `zeros` are those ids among them that only fit when leading zeros
    are left aside, which spreadsheets lose, `states` those that are the state's and not the district's."""

    ids: dict[str, int]
    zeros: set[str]
    states: set[str]


def students(district_id: int, keys: Sequence[str]) -> Found:
    """The students of a district whom local or state ids name. An id that fits several finds nobody."""
    known = db.table(Student).c
    with system("an import looks up whom its rows mean"):
        run = db.session().connection().execute
        by_local = select(known.local_id, known.id).where(
            known.district_id == district_id, one_of(known.local_id, keys)
        )
        found: dict[str, int] = dict(run(by_local).all())
        if missing := [key for key in keys if key not in found]:
            by_state = select(known.state_id, known.id).where(
                known.district_id == district_id, one_of(known.state_id, missing), known.state_id != ""
            )
            several: dict[str, list[int]] = defaultdict(list)
            for state_id, student_id in run(by_state):
                several[state_id].append(student_id)
            found |= {state_id: ids[0] for state_id, ids in several.items() if len(ids) == 1}
            states = several.keys() & found.keys()
            missing = [key for key in missing if key not in several]
        else:
            states = set()
        return Found(found, _without_zeros(district_id, missing, found), states)


def by_source(sources: Iterable[str], district_id: int | None) -> dict[str, int]:
    """The students whom the system of rosters calls so, in a district or, for None, in all; what several are
    called finds nobody."""
    wanted = [each for each in sources if each]
    if not wanted:
        return {}
    statement = select(Student.source_id, Student.id).where(one_of(Student.source_id, wanted))
    if district_id is not None:
        statement = statement.where(Student.district_id == district_id)
    found: dict[str, list[int]] = defaultdict(list)
    with system("a roster names students as its system does"):
        for source, student_id in db.session().execute(statement):
            found[source].append(student_id)
    return {source: ids[0] for source, ids in found.items() if len(ids) == 1}


def several_ways(district_id: int, written: Callable[[], Iterator[str]]) -> tuple[dict[str, str], set[str]]:
    """Which of the ids that a file writes mean a student whom another of them means, too, with the one that
    stands for both; and those that lost their leading zeros. `written` gives all ids, each time anew."""
    others, bare = dict[str, int](), set[str]()
    keys = written()
    while batch := list(islice(keys, LOOKED_UP)):
        with system("an import looks up whom its rows mean"):
            by_local = select(Student.local_id).where(
                Student.district_id == district_id, one_of(Student.local_id, batch)
            )
            exact = set(db.session().connection().execute(by_local).scalars())
        found, lost, _states = students(district_id, [key for key in batch if key not in exact])
        others |= found
        bare |= lost
    return _joined(others, written) if others else {}, bare


def _joined(others: Mapping[str, int], written: Callable[[], Iterator[str]]) -> dict[str, str]:
    ways: dict[int, list[str]] = defaultdict(list)
    for key, student_id in others.items():
        ways[student_id].append(key)
    with system("an import looks up whom its rows mean"):
        statement = select(Student.id, Student.local_id).where(db.among(Student.id, set(ways)))
        local_of: dict[int, str] = {row[0]: row[1] for row in db.session().execute(statement)}
    usual = set(local_of.values())
    usual &= {key for key in written() if key in usual}
    joined: dict[str, str] = {}
    for student_id, keys in ways.items():
        first = local_of[student_id] if local_of[student_id] in usual else min(keys)
        joined |= {key: first for key in keys if key != first}
    return joined


def _without_zeros(district_id: int, missing: Sequence[str], found: dict[str, int]) -> set[str]:
    bare = {key.lstrip("0") for key in missing if key.isdecimal()}
    if not bare:
        return set()
    short = func.ltrim(Student.local_id, "0")
    statement = select(short, Student.id).where(Student.district_id == district_id, one_of(short, bare))
    matches: dict[str, list[int]] = defaultdict(list)
    for key, student_id in db.session().execute(statement):
        matches[key].append(student_id)
    flagged = set()
    for key in missing:
        if len(ids := matches.get(key.lstrip("0"), [])) == 1:
            found[key] = ids[0]
            flagged.add(key)
    return flagged
