"""A mapping made into one fast function from rows to records."""

from collections.abc import Callable, Mapping, Sequence

from crm.transfer.mapping import reach, steps
from crm.transfer.mapping.reach import AddressColumns
from crm.transfer.mapping.steps import Column, Step
from crm.transfer.mapping.targets import Target, parse_target
from crm.transfer.messages import Problem
from crm.transfer.record import ContactRecord
from crm.transfer.tocheck import limit_lengths

RowMapper = Callable[[Sequence[str]], tuple[ContactRecord, list[Problem]]]

_TEXTS = (
    "external_id",
    "prefix",
    "given_name",
    "middle_name",
    "family_name",
    "suffix",
    "nickname",
    "name",
    "pronouns",
    "job_title",
    "role",
    "department",
    "organization_name",
)


def compile_mapping(mapping: Mapping[int, str], headers: Sequence[str], *, region: str = "US") -> RowMapper:
    """The function that makes a record and its problems of a row's cells; raises BadFile for a bad target.

    A row that is not to be imported has a problem that is `fatal`: it names nobody, or has more cells
    than there are headers. Everything else that could not be used is a warning, and the value is kept,
    where it stands or in a custom field “… to check”. `region` is the ISO country of phone numbers
    without a prefix.
    """
    width = len(headers)
    targets = {i: parse_target(text) for i, text in mapping.items() if 0 <= i < width}
    todo = _Compiler(targets, headers, region).steps()

    def map_row(row: Sequence[str]) -> tuple[ContactRecord, list[Problem]]:
        record = ContactRecord()
        problems: list[Problem] = []
        if len(row) != width:
            row = [*row, *[""] * (width - len(row))]
            if len(row) > width:
                counts = f"{len(row)} > {width}"
                problems.append(Problem("too_many_cells", value=counts, fatal=True))
        for step in todo:
            step(row, record, problems)
        _finish(record, problems)
        return record, problems

    return map_row


def _finish(record: ContactRecord, problems: list[Problem]) -> None:
    if record.name:
        record.kind = "organization"
    elif record.kind == "organization" or _is_company(record):
        _name_organization(record)
    if len(record.emails) > 1 or len(record.phones) > 1 or len(record.addresses) > 1 or record.tags:
        record.settle()
    limit_lengths(record, problems)
    if record.is_nobody:
        problems.append(Problem("nobody", fatal=True))


def _is_company(record: ContactRecord) -> bool:
    """A row with an organization and no person's name is about the organization."""
    named = record.given_name or record.family_name or record.middle_name or record.nickname
    return bool(record.organization_name) and not named


def _name_organization(record: ContactRecord) -> None:
    record.kind = "organization"
    parts = (record.given_name, record.middle_name, record.family_name)
    own = " ".join(part for part in parts if part)
    if own:
        record.name = own
    else:
        record.name, record.organization_name = record.organization_name, ""
    record.given_name = record.middle_name = record.family_name = ""


class _Compiler:
    """Groups the columns that belong together and makes the steps, in the order in which they build on
    each other: the parts of a name before a full name, the kind before both."""

    def __init__(self, targets: Mapping[int, Target], headers: Sequence[str], region: str) -> None:
        self.targets = dict(sorted(targets.items()))
        self.headers = headers
        self.region = region

    def steps(self) -> list[Step]:
        found = [steps.kind(self._column(i)) for i in self._all("kind")]
        if pairs := [(i, target.group) for i, target in self.targets.items() if target.group in _TEXTS]:
            found.append(steps.texts(pairs))
        found += [steps.full_name(i) for i in self._all("full_name")]
        found += self._birth_steps()
        for i, target in self.targets.items():
            if step := self._step(i, target):
                found.append(step)
        found += [self._address_step(key) for key in self._keys("addresses")]
        found += [self._pair_step(key) for key in self._keys("pairs")]
        return found

    def _step(self, i: int, target: Target) -> Step | None:
        """The step of a column that needs no other column to be placed."""
        if target.part:
            return None
        column = self._column(i)
        made: dict[str, Callable[[], Step]] = {
            "emails": lambda: reach.email(column),
            "phones": lambda: reach.phone(column, self.region),
            "links": lambda: reach.link(column),
            "do_not": lambda: steps.do_not(column, target.key),
            "opt_in": lambda: steps.opt_in(column, target.key),
            "custom": lambda: steps.custom(i, target.key),
            "sector": lambda: steps.sector(column),
            "tags": lambda: steps.tags(i),
            "note": lambda: steps.note(i),
            "description": lambda: steps.description(i),
            "language": lambda: steps.language(i),
        }
        return made[target.group]() if target.group in made else None

    def _column(self, i: int) -> Column:
        target = self.targets[i]
        return Column(
            i,
            self.headers[i],
            target.label,
            self._index(target.group, target.key, "label"),
            self._index(target.group, target.key, "extension"),
            self._index(target.group, target.key, "no_mail"),
        )

    def _all(self, group: str) -> list[int]:
        return [i for i, target in self.targets.items() if target.group == group]

    def _keys(self, group: str) -> list[str]:
        return list(dict.fromkeys(target.key for target in self.targets.values() if target.group == group))

    def _indexes(self, group: str, key: str, part: str) -> list[int]:
        wanted = Target(group, key, part)
        return [i for i, target in self.targets.items() if target == wanted]

    def _index(self, group: str, key: str, part: str) -> int:
        return next(iter(self._indexes(group, key, part)), -1)

    def _birth_steps(self) -> list[Step]:
        found: list[Step] = []
        for i in self._all("birth_date"):
            part = self.targets[i].part
            if part in {"", "dmy"}:
                found.append(steps.birth_date(self._column(i), "dmy" if part else "mdy"))
        year, month, day = (self._index("birth_date", "", part) for part in ("year", "month", "day"))
        if max(year, month, day) >= 0:
            names = [self.headers[i] for i in (year, month, day) if i >= 0]
            found.append(steps.birth_parts(year, month, day, " / ".join(names)))
        return found

    def _address_step(self, key: str) -> Step:
        def index(part: str) -> int:
            return self._index("addresses", key, part)

        def indexes(part: str) -> list[int]:
            return self._indexes("addresses", key, part)

        return reach.address(
            AddressColumns(
                label=Target("addresses", key).label,
                label_index=index("label"),
                street=(*indexes("number"), *indexes("street")),
                street2=(*indexes("street2"), *indexes("po_box")),
                city=index("city"),
                region=index("region"),
                postal_code=index("postal_code"),
                country=index("country"),
                full=index("full"),
                country_header=self.headers[index("country")],
                postal_code_header=self.headers[index("postal_code")],
            )
        )

    def _pair_step(self, key: str) -> Step:
        label, value = (self._index("pairs", key, part) for part in ("label", "value"))
        if value < 0:
            return steps.pair(-1, label, self.headers[label])
        return steps.pair(label, value, self.headers[value])
