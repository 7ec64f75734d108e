"""Who is here already, and who of them a source may mean."""

from collections.abc import Sequence

from sqlalchemy import or_, select

from crm.plugin_api import db, system
from crm.plugin_api.words import fold
from crm_policy.importing.people.names import family_key, overlap, reference_of, share_a_word
from crm_policy.models import Legislator, Term, Unmatched
from crm_policy.reading.neutral import Record


class Known:
    """The legislators that some records may mean."""

    def __init__(self, records: Sequence[Record]) -> None:
        states = {term[0] for record in records for term in record["terms"]}
        ocd = [record["ocd_id"] for record in records if record["ocd_id"]]
        numbers = [record["legiscan_id"] for record in records if record["legiscan_id"]]
        with system("matching legislators of an import"):
            statement = select(Legislator).where(
                or_(
                    Legislator.state.in_(states),
                    Legislator.ocd_id.in_(ocd),
                    Legislator.legiscan_id.in_(numbers),
                )
            )
            self.all = list(db.session().scalars(statement))
            references = [reference_of(record) for record in records]
            queue = select(Unmatched.reference).where(Unmatched.reference.in_(references))
            self._waiting = set(db.session().scalars(queue))
            terms = list(db.session().scalars(select(Term).where(Term.state.in_(states))))
        self._by_ocd = {each.ocd_id: each for each in self.all if each.ocd_id}
        self._by_number = {each.legiscan_id: each for each in self.all if each.legiscan_id}
        self._by_id = {each.id: each for each in self.all}
        self._terms: dict[tuple[str, str, str], list[Term]] = {}
        for term in terms:
            self._terms.setdefault((term.state, term.chamber, term.district), []).append(term)

    def waiting(self, record: Record) -> bool:
        return reference_of(record) in self._waiting

    def ask(self, record: Record) -> None:
        """Somebody waits for a person's word now."""
        self._waiting.add(reference_of(record))

    def match(self, record: Record) -> tuple[Legislator | None, list[int]]:
        """Who it certainly is, or the ids of those whom it may be."""
        found = self._by_ocd.get(record["ocd_id"]) or self._by_number.get(record["legiscan_id"])
        if found is not None:
            return found, []
        surname = family_key(record["family"] or record["name"].split()[-1])
        certain, maybe = set(), set()
        for legislator in self._neighbours(record):
            if legislator.family_key == surname:
                certain.add(legislator.id)
            elif share_a_word(legislator.name, record["name"]):
                maybe.add(legislator.id)
        if len(certain) == 1:
            return self._by_id[certain.pop()], []
        return None, sorted(certain | maybe | self._namesakes(record))

    def _neighbours(self, record: Record) -> list[Legislator]:
        """Who sat for the same district at the same time, and is not known to this source yet."""
        found = []
        for state, chamber, district, _party, start, end in record["terms"]:
            for term in self._terms.get((state, chamber, district), ()):
                legislator = self._by_id.get(term.legislator_id)
                if legislator and overlap(term, start, end) and self._is_new_to(record["source"], legislator):
                    found.append(legislator)
        return found

    @staticmethod
    def _is_new_to(source: str, legislator: Legislator) -> bool:
        return (legislator.legiscan_id if source == "legiscan" else legislator.ocd_id) is None

    def _namesakes(self, record: Record) -> set[int]:
        """Those of the same state with the same name, whose district or time does not agree."""
        key = fold(record["name"])
        states = {term[0] for term in record["terms"]}
        return {
            each.id
            for each in self.all
            if each.state in states and fold(each.name) == key and self._is_new_to(record["source"], each)
        }


def legislators_by_reference(references: set[str]) -> dict[str, int]:
    """The ids of legislators by `ls:…` and `ocd-person/…`."""
    numbers = [int(each[3:]) for each in references if each.startswith("ls:") and each[3:].isdecimal()]
    ocd = [each for each in references if each.startswith("ocd-person/")]
    found: dict[str, int] = {}
    with system("who put their name to bills"):
        for some in db.chunks(numbers):
            rows = select(Legislator.legiscan_id, Legislator.id).where(db.among(Legislator.legiscan_id, some))
            found.update({f"ls:{row[0]}": row[1] for row in db.session().execute(rows)})
        for start in range(0, len(ocd), 500):
            more = select(Legislator.ocd_id, Legislator.id).where(
                Legislator.ocd_id.in_(ocd[start : start + 500])
            )
            found.update({str(row[0]): row[1] for row in db.session().execute(more)})
    return found
