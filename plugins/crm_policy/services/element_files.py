"""What the states have on the books as a CSV: taken out, and read again with the same care as a form."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import UserError, db, system
from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import safe_text
from crm.plugin_api.words import day, squash
from crm_policy.models import Bill, Element, ElementValue
from crm_policy.places import PLACES, state_of
from crm_policy.reading.guarding import web
from crm_policy.services import bills
from crm_policy.services.elements import all_elements, current, set_value

COLUMNS: Final = (
    "state",
    "element",
    "value",
    "status",
    "citation",
    "source_url",
    "as_of",
    "effective_on",
    "note",
    "bill",
)
LONGEST_LINE: Final = 300


def as_csv(
    elements: Sequence[Element], values: Mapping[tuple[int, str], ElementValue], *, public: bool = False
) -> str:
    """All current values, in the columns that can be imported again; for everybody without our notes."""
    keys, names = {each.id: each.key for each in elements}, _bill_names(values.values())
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for (element_id, state), value in sorted(values.items(), key=lambda pair: (pair[0][1], pair[0][0])):
        effective = value.effective_on.isoformat() if value.effective_on else ""
        row = [
            state,
            keys.get(element_id, ""),
            value.value,
            value.status,
            value.citation,
            value.source_url,
            value.as_of.isoformat(),
            effective,
            "" if public else value.note,
            names.get(value.bill_id or 0, ""),
        ]
        writer.writerow([safe_text(cell) for cell in row])
    return out.getvalue()


def _bill_names(values: Iterable[ElementValue]) -> dict[int, str]:
    """`CT SB 12` by id; the session is not said, for the newest one is meant when it is read again."""
    ids = {each.bill_id for each in values if each.bill_id}
    with system("the bills behind what states have on the books are public facts"):
        rows = db.session().execute(
            select(Bill.id, Bill.state, Bill.identifier).where(db.among(Bill.id, ids))
        )
        return {row.id: f"{row.state} {row.identifier}" for row in rows}


def import_csv(text: str, today: date) -> tuple[int, int, list[tuple[int, str]]]:
    """Take the values of a CSV: how many changed, how many are as they were, and rejected rows with why. A
    column that the file does not have says nothing: what is there stays."""
    found = all_elements()
    by_key = {each.key: each for each in found} | {each.name.lower(): each for each in found}
    changed = same = 0
    rejected: list[tuple[int, str]] = []
    reader = _reader(text)
    present, seen = current(), dict[tuple[int, str], int]()
    for number, raw in enumerate(reader, 2):
        row = {
            (name or "").strip().lower(): _as_it_was(cell.strip())
            for name, cell in raw.items()
            if isinstance(cell, str)
        }
        try:
            element, state = _place(row, by_key)
            _once(seen, (element.id, state), number)
            before = present.get((element.id, state))
            values = _row(row, before, today)
            _not_older(values["as_of"], before)
            if set_value(element, state, values):
                changed += 1
            else:
                same += 1
        except UserError as error:
            rejected.append((number, error.message))
    return changed, same, rejected


def _not_older(as_of: date, before: ElementValue | None) -> None:
    """An older file takes nothing back."""
    if before is not None and as_of < before.as_of:
        raise UserError(_("What is here is newer: it is of %(day)s.", day=day(before.as_of)))


def _once(seen: dict[tuple[int, str], int], place: tuple[int, str], number: int) -> None:
    first = seen.setdefault(place, number)
    if first != number:
        raise UserError(_("The same state and element stand in row %(row)s already.", row=first))


def _reader(text: str) -> "csv.DictReader[str]":
    """The rows of a file with commas, semicolons (as spreadsheets in much of the world write) or tabs."""
    text = text.lstrip("\ufeff")
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=max(",;\t", key=head.count))
    if not {"state", "element", "status"} <= {
        (name or "").strip().lower() for name in reader.fieldnames or ()
    }:
        raise UserError(
            _("The file needs the columns state, element, value and status. Take the export as a pattern.")
        )
    return reader


def _as_it_was(cell: str) -> str:
    """Without the apostrophe that `safe_text` put before what begins like a formula."""
    return cell[1:] if cell[:1] == "'" and safe_text(cell[1:]) == cell else cell


def _place(row: Mapping[str, str], by_key: Mapping[str, Element]) -> tuple[Element, str]:
    state, element = state_of(row.get("state", "")), by_key.get(row.get("element", "").lower())
    if not state or state not in PLACES:
        raise UserError(_("“%(state)s” is not a state.", state=row.get("state", "")[:60]))
    if element is None:
        raise UserError(_("There is no element “%(name)s”.", name=row.get("element", "")[:60]))
    return element, state


def _row(row: Mapping[str, str], before: ElementValue | None, today: date) -> dict[str, Any]:
    """The values of a row, held to what a form asks; what the file has no column for is as before."""
    values: dict[str, Any] = {name: row[name] for name in ("value", "status", *_TEXTS) if name in row}
    for name in ("value", *_TEXTS):
        values.setdefault(name, getattr(before, name) if before is not None else "")
        if len(values[name]) > LONGEST_LINE and name != "note":
            raise UserError(
                _("“%(text)s…” is longer than %(most)s letters.", text=values[name][:40], most=LONGEST_LINE)
            )
    url = values["source_url"]
    if url and not web(url):
        raise UserError(_("“%(url)s” is no address of a web page.", url=url[:60]))
    values["as_of"] = _day(row, "as_of") or today
    if values["as_of"] > today:
        raise UserError(_("%(day)s is still to come; say of which day this is.", day=values["as_of"]))
    kept = before.effective_on if before is not None and "effective_on" not in row else None
    values["effective_on"] = _day(row, "effective_on") or kept
    values["bill_id"] = _bill(row, before)
    return values


_TEXTS: Final = ("citation", "source_url", "note")


def _day(row: Mapping[str, str], name: str) -> date | None:
    try:
        return date.fromisoformat(row[name]) if row.get(name) else None
    except ValueError as error:
        raise UserError(
            _("“%(text)s” is not a day. Days look like 2026-02-03.", text=row[name][:60])
        ) from error


def _bill(row: Mapping[str, str], before: ElementValue | None) -> int | None:
    if "bill" not in row:
        return before.bill_id if before is not None else None
    return bill_behind(row["bill"], before)


def bill_of(value: ElementValue | None) -> str:
    """The bill behind a value as people write it, `CT SB 12`; empty for none."""
    return _bill_names([value]).get(value.bill_id or 0, "") if value is not None else ""


def bill_behind(told: str, before: ElementValue | None) -> int | None:
    """The bill that somebody names behind a value. One that is named as before stays that very one, also
    where another session has the same number by now; UserError where there is none."""
    named = squash(told)
    if not named:
        return None
    if before is not None and named == bill_of(before):
        return before.bill_id
    found = bills.find(named)
    if found is None:
        raise UserError(_("There is no bill “%(name)s”. Write it like MI HB 4071.", name=named[:60]))
    return found.id
