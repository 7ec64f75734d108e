"""Schools, students and years that files name, found among those that we know."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, Text, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import JSON

from crm.plugin_api import db, system
from crm_schools.models import District, School, Student, Year
from crm_schools.words import fold


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
            self.districts: dict[int, str] = {
                row[0]: row[1] for row in run(select(District.id, District.name))
            }
            schools = run(
                select(
                    School.id,
                    School.district_id,
                    School.local_id,
                    School.state_id,
                    School.nces_id,
                    School.name,
                )
            ).all()
            years = run(select(*db.table(Year).c)).all()
        schools = [row for row in schools if district_id in {None, row.district_id}]
        years = [each for each in years if district_id in {None, each.district_id}]
        self.district_of = {row.id: row.district_id for row in schools}
        self.name_of = {row.id: row.name for row in schools}
        self.years: Mapping[tuple[int, int], Any] = {
            (each.district_id, each.school_year): each for each in years
        }
        words: dict[str, set[int]] = defaultdict(set)
        for row in schools:
            for word in (row.local_id, row.state_id, row.nces_id, row.name):
                if word:
                    words[fold(word)].add(row.id)
                    words[fold(word).lstrip("0")].add(row.id)
        self._schools = words

    def school(self, word: str) -> int | None:
        """The one school that is called so."""
        found = self._schools.get(fold(word)) or self._schools.get(fold(word).lstrip("0")) or ()
        return next(iter(found)) if len(found) == 1 else None

    @property
    def only_district(self) -> int | None:
        """The district, where there is but one or one was named."""
        if self._only in self.districts:
            return self._only
        return next(iter(self.districts)) if len(self.districts) == 1 else None


def students(district_id: int, keys: Sequence[str]) -> tuple[dict[str, int], set[str]]:
    """The students of a district whom local or state ids name, and those ids among them that only fit when
    leading zeros are left aside: spreadsheets lose them. An id that fits several so finds nobody."""
    with system("an import looks up whom its rows mean"):
        run = db.session().execute
        by_local = select(Student.local_id, Student.id).where(
            Student.district_id == district_id, one_of(Student.local_id, keys)
        )
        found: dict[str, int] = {row[0]: row[1] for row in run(by_local)}
        if missing := [key for key in keys if key not in found]:
            by_state = select(Student.state_id, Student.id).where(
                Student.district_id == district_id, one_of(Student.state_id, missing), Student.state_id != ""
            )
            found |= {row[0]: row[1] for row in run(by_state)}
        missing = [key for key in missing if key not in found] if missing else []
        return found, _without_zeros(district_id, missing, found)


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
