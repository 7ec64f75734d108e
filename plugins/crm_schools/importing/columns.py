"""What the columns of a table hold: as their headers say, as a district's people said the last time, or as
somebody chooses now."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import UserError, db, system
from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext as _l
from crm.plugin_api.transfer import UNSAID, Notice, Question
from crm_schools.importing import families, orders
from crm_schools.importing import headers as names
from crm_schools.importing.places import Places
from crm_schools.models import ColumnChoice, District
from crm_schools.words import fold

IGNORE: Final = "ignore"
ANY: Final = "any"
"""The answer that names no district."""

_GUARDIAN: Final = {
    "name": _l("Guardian’s name"),
    "given": _l("Guardian’s given name"),
    "family": _l("Guardian’s family name"),
    "relation": _l("Relation to the student"),
    "phone": _l("Guardian’s phone"),
    "email": _l("Guardian’s email"),
    "language": _l("Language of the family"),
    "prohibited": _l("Must not be contacted (yes or no)"),
}
_ATTENDANCE: Final = (
    (_l("Student"), ("student", "state_id")),
    (_l("Where and when"), ("school", "day")),
    (_l("What happened"), ("code", "days", "reason", "absence", "excused", "tardy", "dismissed")),
)
_SUMMARY: Final = (
    (_l("Student"), ("student", "state_id", "grade")),
    (_l("Where and when"), ("school", "school_year", "through")),
    (_l("Days"), ("enrolled", "absent", "absent_excused", "absent_unexcused")),
)
_ROSTER: Final = (
    (
        _l("Student"),
        (
            "student", "state_id", "name", "given", "middle", "family", "suffix", "preferred", "birth_date",
        ),
    ),
    (_l("Enrolment"), ("school", "grade", "school_year", "entry", "exit")),
    (
        _l("Subgroups"),
        ("race", "gender", "english_learner", "disability", "disadvantaged", "housing"),
    ),
    *(
        (
            label,
            tuple(
                f"guardian{number}_{part}"
                for part in _GUARDIAN
            ),
        )
        for number, label in (("1", _l("First guardian")), ("2", _l("Second guardian")))
    ),
    (_l("Every guardian"), (orders.EVERYBODY,)),
)  # fmt: skip
GROUPS: Final[Mapping[str, Sequence[tuple[Any, Sequence[str]]]]] = {
    "attendance": _ATTENDANCE,
    "attendance-summary": _SUMMARY,
    "roster": _ROSTER,
}
"""By kind of import, what a column can hold, in the order of the page."""

LABELS: Final[Mapping[str, Any]] = {
    "student": _l("Student’s number"),
    "state_id": _l("Student’s state number"),
    "name": _l("Whole name"),
    "given": _l("Given name"),
    "middle": _l("Middle name"),
    "family": _l("Family name"),
    "suffix": _l("Suffix"),
    "preferred": _l("Preferred name"),
    "birth_date": _l("Birth date"),
    "school": _l("School (number or name)"),
    "grade": _l("Grade"),
    "school_year": _l("School year"),
    "entry": _l("First day at the school"),
    "exit": _l("Last day at the school"),
    "race": _l("Race and ethnicity"),
    "gender": _l("Gender"),
    "english_learner": _l("English learner"),
    "disability": _l("Disability"),
    "disadvantaged": _l("Economically disadvantaged"),
    "housing": _l("Housing"),
    "day": _l("Day"),
    "code": _l("Attendance code"),
    "days": _l("Part of the day missed"),
    "reason": _l("Reason"),
    "absence": _l("Absent (yes or no)"),
    "excused": _l("Whether it was excused"),
    "tardy": _l("Tardy (yes or no)"),
    "dismissed": _l("Left early (yes or no)"),
    "enrolled": _l("Days enrolled"),
    "absent": _l("Days absent"),
    "absent_excused": _l("Days absent, excused"),
    "absent_unexcused": _l("Days absent, unexcused"),
    "through": _l("Last day counted"),
    **{f"guardian{number}_{part}": label for number in ("1", "2") for part, label in _GUARDIAN.items()},
    orders.EVERYBODY: _l("Must not be contacted (every guardian of the row)"),
}


class Columns:
    """The columns of one file. `found` is the column of each thing but orders, `mapping` what each column
    holds, and `orders` the columns of each of `orders.TARGETS`. `doubtful` are those of which people must say
    whether they are orders."""

    def __init__(self, kind: str, file: str, headers: Sequence[str], options: Mapping[str, Any]) -> None:
        self.kind, self.file, self.headers = kind, file, headers
        self._answers: Mapping[str, str] | None = None
        self.known = tuple(name for _label, group in GROUPS[kind] for name in group)
        self.district = district_of(options)
        self.disagree = False
        chosen = said = options.get("columns")
        is_own = True
        if said is None:
            chosen, is_own, self.disagree = _recalled(kind, headers, self.district)
        elif UNSAID in said.values():
            chosen = _completed(kind, headers, self.district, said)
        self.is_chosen = chosen is not None
        """Whether anybody said what the columns hold, or an earlier look at the file did."""
        self.found = self._chosen(chosen) if chosen is not None else self._by_headers()
        self.mapping = dict.fromkeys(range(len(headers)), IGNORE)
        self.mapping |= {index: name for name, index in self.found.items()}
        self.doubtful: list[int] = []
        if orders.EVERYBODY in self.known:
            self._find_orders(chosen or {}, said or {}, is_own=is_own)
        self.twice = [
            name
            for name in self.known
            if name not in orders.TARGETS
            and sum(1 for target in (chosen or {}).values() if target == name) > 1
        ]

    def was_said(self, target: str, index: int) -> bool:
        """Whether people chose for such files of the district that a column holds this, `IGNORE` for
        nothing. What an earlier look at the file made out was said by nobody."""
        if self._answers is None:
            known, is_own, _differ = _recalled(self.kind, self.headers, self.district)
            self._answers = known if known is not None and is_own else {}
        return self._answers.get(self.headers[index]) == target

    def take(self, name: str, index: int) -> None:
        """A column that its cells show to hold something, where nobody said what it holds."""
        self.found[name], self.mapping[index] = index, name

    def _by_headers(self) -> dict[str, int]:
        """By how districts' systems call them, else by the words of this page itself."""
        found = names.find(self.headers, self.known)
        ours = {names.plain(str(LABELS[name])): name for name in self.known if name in LABELS}
        for index, header in enumerate(self.headers):
            name = ours.get(names.plain(header))
            if name is not None and index not in found.values():
                found.setdefault(name, index)
        return found

    def _chosen(self, chosen: Mapping[str, str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for index, header in enumerate(self.headers):
            target = chosen.get(header, IGNORE)
            if target in self.known and target not in orders.TARGETS:
                found.setdefault(target, index)
        return found

    def _find_orders(self, chosen: Mapping[str, str], said: Mapping[str, str], *, is_own: bool) -> None:
        """Those that were chosen, and whatever is plainly one of which nobody said for this very file what it
        holds: it may have been left out of earlier files because nothing could be said of it then. What only
        looks like one may be something else in each district, whose system they share."""
        names = {
            which: self.headers[index]
            for which in orders.OF_ONE
            if (index := families.naming_column(self.found, which)) is not None
        }
        plain, doubtful = orders.find(self.headers, names)
        for index, header in enumerate(self.headers):
            target = chosen.get(header) if is_own else None
            is_asked = index in doubtful or chosen.get(header) in orders.TARGETS
            if target in orders.TARGETS:
                self.mapping[index] = str(target)
            elif index in plain and self.mapping[index] == IGNORE and not said.get(header):
                self.mapping[index] = plain[index]
            elif is_asked and self.mapping[index] == IGNORE and not target:
                self.doubtful.append(index)
        self.mapping |= dict.fromkeys(self.doubtful, UNSAID)

    @property
    def orders(self) -> dict[str, list[int]]:
        """By each of `orders.TARGETS` that the file has, its columns."""
        found: dict[str, list[int]] = {}
        for index, target in self.mapping.items():
            if target in orders.TARGETS:
                found.setdefault(target, []).append(index)
        return found

    def lacks(self, wanted: Sequence[tuple[str, ...]]) -> list[str]:
        """What must be chosen before there can be a plan, in sentences."""
        said = names.lacking(self.found, wanted, self.file)
        said += [
            _("Two columns are said to hold “%(what)s”. Leave one of them out.", what=LABELS[name])
            for name in self.twice
        ]
        if self.doubtful:
            said.append(
                _(
                    "Perhaps these columns say whom nobody may contact: %(columns)s. Choose of each whom it "
                    "is about, or leave it out. Orders are found by themselves in columns called “Do not "
                    "contact” (about every guardian of the row) or “Guardian 2 do not contact”.",
                    columns=", ".join(f"“{self.headers[index]}”" for index in self.doubtful),
                )
            )
        if self.disagree:
            said.append(_("Districts write such files in different ways. Say whose file this is."))
        return said

    @property
    def notices(self) -> list[Notice]:
        """Which orders are about everybody, and what of the file is not used."""
        names_some = any(families.naming_column(self.found, which) is not None for which in orders.OF_ONE)
        ordered = [
            Notice("schools_order_of_rows", {"column": self.headers[index]})
            for index in self.orders.get(orders.EVERYBODY, ())
            if names_some
        ]
        unused = [self.headers[index] for index, name in self.mapping.items() if name == IGNORE]
        overlooked = [
            Notice("schools_order_unused", {"column": header})
            for header in unused
            if orders.EVERYBODY in self.known and orders.looks_like_one(header)
        ]
        rest = [Notice("schools_unused_columns", {"columns": ", ".join(unused[:20])})] if unused else []
        return [*ordered, *overlooked, *rest]


def district_of(options: Mapping[str, Any]) -> int | None:
    """The district that somebody named for the whole file."""
    said = str(options.get("district", "")).strip()
    if not said or said == ANY:
        return None
    with system("files are of any district"):
        rows = (
            db.session()
            .execute(
                select(District.id, District.name, District.local_id, District.nces_id).order_by(District.id)
            )
            .all()
        )
    for row in rows:
        if said == str(row[0]):
            return int(row[0])
    fitting = [row[0] for row in rows if fold(said) in {fold(each) for each in row[1:] if each}]
    if len(fitting) != 1:
        names = ", ".join(row[1] for row in rows[:20])
        raise UserError(_("No one district is called “%(said)s”. Known: %(names)s.", said=said, names=names))
    return int(fitting[0])


def whose(words: Iterable[str] | None, name: str, options: Mapping[str, Any]) -> list[str]:
    """What is to be said where schools of several districts may be meant; `words` are those that the first
    rows use for schools, None where the file names none."""
    if district_of(options) is not None:
        return []
    places = Places()
    if len(places.districts) < 2:
        return []
    if words is None:
        return [
            _(
                "“%(name)s” names no school, and there are several districts. Say whose file this is.",
                name=name,
            )
        ]
    shared = sorted(word for word in set(words) if word and places.is_shared(word))
    return [shared_words(shared)] if shared else []


def shared_words(shared: Sequence[str]) -> str:
    """That several districts have schools that are called so."""
    return _(
        "Several districts have a school “%(schools)s”. Say whose file this is.",
        schools="”, “".join(shared[:5]),
    )


def choices(kind: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a column can hold, in groups."""
    return [(str(heading), [(name, str(LABELS[name])) for name in group]) for heading, group in GROUPS[kind]]


def label(kind: str, target: str) -> str:
    """A target in words; UserError where this kind has none like it."""
    if not any(target in group for _heading, group in GROUPS[kind]):
        raise UserError(_("A column of such a file cannot hold “%(target)s”.", target=target))
    return str(LABELS[target])


def questions(options: Mapping[str, Any]) -> list[Question]:
    """Whose file it is, where there are several districts."""
    with system("files are of any district"):
        rows = db.session().execute(select(District.id, District.name).order_by(District.name)).all()
    if len(rows) < 2:
        return []
    listed = [(ANY, _("As each row’s school says")), *((str(row[0]), row[1]) for row in rows)]
    return [
        Question(
            "district",
            _("Whose file is this?"),
            _("Schools and students are looked for in this district alone, and its columns are remembered."),
            listed,
            str(district_of(options) or ANY),
        )
    ]


def keep(kind: str, headers: Sequence[str], options: Mapping[str, Any]) -> None:
    """Remember for the district what people chose. Inside a transaction."""
    if not headers:
        return  # An archive: there is nothing to remember.
    mark = signature(headers)
    with system("what columns hold is the district's to say"):
        district = district_of(options) or _only()
        statement = select(ColumnChoice).where(
            ColumnChoice.kind == kind,
            ColumnChoice.signature == mark,
            ColumnChoice.district_id.is_(None) if district is None else ColumnChoice.district_id == district,
        )
        row = db.session().scalars(statement).one_or_none()
        if row is None:
            row = ColumnChoice(kind=kind, signature=mark, district_id=district)
            db.session().add(row)
        row.mapping, row.used_at = dict(options.get("columns") or {}), db.now()
        db.session().flush()


def _only() -> int | None:
    ids = db.session().scalars(select(District.id).limit(2)).all()
    return ids[0] if len(ids) == 1 else None


def _recalled(
    kind: str, headers: Sequence[str], district: int | None
) -> tuple[Mapping[str, str] | None, bool, bool]:
    """What was chosen for such headers, of the district if one is named, else for the files of all; whether
    it was chosen for one of these; and whether districts differ."""
    statement = select(ColumnChoice.mapping, ColumnChoice.district_id).where(
        ColumnChoice.kind == kind, ColumnChoice.signature == signature(headers)
    )
    with system("what columns hold is the district's to say"):
        rows = db.session().execute(statement.order_by(ColumnChoice.used_at.desc())).all()
        whose = district or _only()
    exact = [row for row in rows if row.district_id == whose]
    general = [row for row in rows if row.district_id is None]
    found = exact or general or rows
    if not found:
        return None, True, False
    is_own = bool(exact or general)
    differ = not is_own and any(row.mapping != found[0].mapping for row in found)
    return found[0].mapping, is_own, differ


def _completed(
    kind: str, headers: Sequence[str], district: int | None, said: Mapping[str, str]
) -> Mapping[str, str]:
    """What was said, and of what was left open what the district that is named now has answered before."""
    known, is_own, _differ = _recalled(kind, headers, district)
    answers = known if known is not None and is_own else {}
    return {header: target or answers.get(header, UNSAID) for header, target in said.items()}


def signature(headers: Sequence[str]) -> str:
    """The same for files that have the same columns in any order."""
    keys = "|".join(sorted(names.plain(header) for header in headers))
    return sha256(keys.encode("utf-8", "replace")).hexdigest()
