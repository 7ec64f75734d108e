"""Which stored contact somebody is whom a roster names as a guardian.

The number of their system or table finds whoever came under it before, as long as they are called so: systems
give the number of one person to another. Beside that, a guardian of the same name at the same student
is that one, whatever their phone, and whether a table, an archive or people brought them; so is for a table
whoever was called so before people corrected it. Of people at different students the same name says
nothing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from sqlalchemy import select

from crm.plugin_api import Contact, db, system
from crm.plugin_api.history import rows_removed, values_let_go
from crm.plugin_api.records import Email, Phone
from crm_schools.importing.places import one_of
from crm_schools.importing.roster.records import REMOVES, folded
from crm_schools.models import Guardian

WHY: Final = "a roster says who cares for whom"


@dataclass(frozen=True, slots=True)
class Told:
    """What a line says of a guardian: the number under which their contact is known, whether that is of their
    name and phone in a table, their folded name, phone and email, and their stored students by what the line
    calls them. At those in `apart` the file names two of that name."""

    external: str
    is_table: bool
    name: str
    reach: frozenset[str]
    students: Mapping[str, int]
    apart: frozenset[str]

    @property
    def own(self) -> str:
        """The number of whoever got one that stands at somebody else's contact."""
        return f"{self.external}:{sha256(self.name.encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class Link:
    """That a contact cares for a student, and whether they must not be contacted; `row` is 0 while it is not
    written."""

    row: int
    is_prohibited: bool


def earlier_names(contacts: Collection[int]) -> dict[int, set[str]]:
    """What contacts were called before somebody corrected it here."""
    with system(WHY):
        return values_let_go("contact", contacts, {Contact.__tablename__: "name"})


def may_be(name: str, earlier: Collection[str], others: Collection[str]) -> bool:
    """Whether a contact who cares for a student, `name` folded, can be one of those whom a roster calls so
    there under their number: the given name is the same, or was `earlier`. The family name alone is that of a
    family: many systems number the first and the second contact of a student, and the mother may stand
    tomorrow where the father stood. Nor does a name that is nearly the same: she may be Mary, he Mark."""
    given = {_given(each) for each in others}
    return _given(name) in given or any(_given(folded(each)) in given for each in earlier)


def _removed(students: Collection[int]) -> set[tuple[int, str]]:
    """Students, and the folded names of guardians whom people removed from them."""
    rows = rows_removed("schools_student", students, Guardian.__tablename__, REMOVES)
    names = select(Contact.id, Contact.name).where(db.among(Contact.id, {row["contact_id"] for row in rows}))
    name_of = {row[0]: folded(row[1]) for row in db.session().execute(names)} if rows else {}
    return {(row["student_id"], name_of[row["contact_id"]]) for row in rows if row["contact_id"] in name_of}


def _given(name: str) -> str:
    return next(iter(name.split()), "")


class Carers:
    """Contacts that the lines may mean. `links` are by student and contact, `reach` the phones and emails by
    contact, `let_go` those that somebody removed or corrected."""

    def __init__(self, told: Sequence[Told]) -> None:
        self.links: dict[tuple[int, int], Link] = {}
        self.reach: dict[int, set[str]] = {}
        self.let_go: dict[int, set[str]] = {}
        self._earlier: dict[int, set[str]] = {}
        self._called_before: dict[tuple[int, str], list[int]] = {}
        self._names: dict[int, str] = {}
        self._by_external: dict[str, int] = {}
        self._at: dict[tuple[int, str], list[int]] = {}
        numbers = [number for each in told for number in (each.external, each.own)]
        with system(WHY):
            rows = db.session().execute(
                select(Contact.external_id, Contact.id, Contact.name).where(
                    one_of(Contact.external_id, numbers)
                )
            )
            for external, contact_id, name in rows:
                self.add(contact_id, str(external), folded(name))
            students = {student for each in told for student in each.students.values()}
            self._read_links(students)
            self._read_reach()
            self._removed = _removed(students)

    def add(self, contact_id: int, external: str, name: str) -> None:
        """A contact that a line may mean; `external` is empty where they have no number."""
        self._names[contact_id] = name
        if external:
            self._by_external[external] = contact_id

    def link(self, student_id: int, contact_id: int, link: Link) -> None:
        self.links[student_id, contact_id] = link
        same = self._at.setdefault((student_id, self._names[contact_id]), [])
        if contact_id not in same:
            same.append(contact_id)

    def is_free(self, external: str) -> bool:
        """Whether nobody's contact has a number."""
        return external not in self._by_external

    def is_called(self, contact_id: int, name: str) -> bool:
        return self._names[contact_id] == name

    def namesakes(self, student_id: int, name: str) -> Sequence[int]:
        """Whoever is called so and cares for a student."""
        return self._at.get((student_id, name), ())

    def of(self, told: Told) -> tuple[dict[str, int], int | None]:
        """The contact that a guardian is at each student where that is known, and the one that they are at
        the others; None where they are nobody yet."""
        known = self._by_number(told)
        at = {key: self._there(told, key, known) for key in told.students}
        found = {key: contact_id for key, contact_id in at.items() if contact_id is not None}
        # In a table the number is of the name, so whoever is found otherwise is or was called so.
        mine = {each for each in found.values() if told.is_table or self.is_called(each, told.name)}
        return found, known if known is not None or len(mine) != 1 else mine.pop()

    def taken_off(self, told: Told) -> frozenset[str]:
        """At which of their students people removed somebody of that name, and nobody else is called so."""
        return frozenset(
            key
            for key, of in told.students.items()
            if (of, told.name) in self._removed and not self.namesakes(of, told.name)
        )

    def _by_number(self, told: Told) -> int | None:
        for external in (told.own, told.external):
            contact_id = self._by_external.get(external)
            if contact_id is not None and (told.is_table or self.is_called_alike(told, contact_id)):
                return contact_id
        return None

    def is_called_alike(self, told: Told, contact_id: int) -> bool:
        """Whether the name is the same, or of the guardian of the same student has another family name. By an
        earlier name they are known, too: people may have corrected it here."""
        if self.is_called(contact_id, told.name):
            return True
        if not any((each, contact_id) in self.links for each in told.students.values()):
            return False
        return may_be(self._names[contact_id], self._earlier.get(contact_id, ()), {told.name})

    def _there(self, told: Told, key: str, known: int | None) -> int | None:
        student_id = told.students[key]
        if known is not None and (student_id, known) in self.links and self.is_called(known, told.name):
            return known
        same = () if key in told.apart else self.namesakes(student_id, told.name)
        if told.is_table and not same:
            # Nor does a list know that people corrected the name here.
            same = self._called_before.get((student_id, told.name), ())
        fitting = (
            same if len(same) == 1 else [each for each in same if self.reach.get(each, set()) & told.reach]
        )
        if len(fitting) == 1:
            return fitting[0]
        # An order about this student stays with the number, however the person is called there now.
        holder = self._by_external.get(told.external)
        link = self.links.get((student_id, holder)) if holder is not None else None
        return holder if link is not None and link.is_prohibited else None

    def _read_links(self, students: Iterable[int]) -> None:
        statement = (
            select(
                Guardian.student_id,
                Guardian.contact_id,
                Guardian.id,
                Guardian.contact_prohibited,
                Contact.name,
            )
            .join(Contact, Contact.id == Guardian.contact_id)
            .order_by(Guardian.id)
        )
        for student_id, contact_id, row_id, is_prohibited, name in db.session().execute(
            statement.where(db.among(Guardian.student_id, set(students)))
        ):
            self._names[contact_id] = folded(name)
            self.link(student_id, contact_id, Link(row_id, is_prohibited))

    def _read_reach(self) -> None:
        for column, of in ((Phone.number, Phone.contact_id), (Email.address_key, Email.contact_id)):
            rows = db.session().execute(select(of, column).where(db.among(of, set(self._names))))
            for contact_id, text in rows:
                self.reach.setdefault(contact_id, set()).add(text)
        columns = {"contact_phone": "number", "contact_email": "address_key"}
        self.let_go = values_let_go("contact", self._names, columns)
        self._earlier = earlier_names(self._names)
        for student_id, contact_id in self.links:
            for name in {folded(each) for each in self._earlier.get(contact_id, ())}:
                self._called_before.setdefault((student_id, name), []).append(contact_id)
