"""Contacts as a kind of import."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from crm import db
from crm.access import current_actor, visible
from crm.contacts.models import Contact
from crm.errors import UserError
from crm.transfer import mapping as columns
from crm.transfer import own
from crm.transfer.kinds import Cleaner, Line, Settings
from crm.transfer.messages import Problem
from crm.transfer.people import alike, along, applying, deciding, keys, words
from crm.transfer.people.together import Together
from crm.transfer.record import ContactRecord, dumps, loads

if TYPE_CHECKING:
    from crm.journal.recorder import Change


class ContactImport:
    """People and organizations from tables and vCards; see `ImportHandler`."""

    match_keys: Mapping[str, Any] = words.MATCH_KEYS
    cards = True
    tags_everybody = True

    def suggest(
        self,
        headers: Sequence[str],
        sample: Sequence[Sequence[str]],
        known: Mapping[str, str],
        *,
        keep_unmapped: bool,
    ) -> dict[int, str]:
        found = columns.suggest_mapping(headers, sample, known=known, keep_unmapped=keep_unmapped)
        return own.resolved(found, headers, known)

    def choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        return columns.target_choices()

    def target_label(self, target: str) -> str:
        return columns.target_label(target)

    def unique_columns(self, mapping: Mapping[int, str]) -> list[int]:
        return [index for index, target in mapping.items() if target == "external_id"]

    def cleaner(self, headers: Sequence[str], mapping: Mapping[int, str], region: str) -> Cleaner:
        clean = columns.compile_mapping(mapping, headers, region=region)

        def cleaned(cells: Sequence[str]) -> tuple[ContactRecord, list[Problem]]:
            record, problems = clean(cells)
            if record.role or record.department:
                self._settle_role(record)
            own.settle(record, problems)
            return record, problems

        return cleaned

    def settle_card(self, record: ContactRecord, problems: list[Problem]) -> None:
        """What a card needs before it is planned: its photo made safe, its role placed."""
        from crm.contacts.files import pictures

        self._settle_role(record)
        own.settle(record, problems, headers=True)
        if record.photo:
            try:
                record.photo = pictures.photo(record.photo, self.label(record))
            except UserError:
                record.photo = b""
                problems.append(Problem("photo_unreadable"))

    def _settle_role(self, record: ContactRecord) -> None:
        """A role and a department are somebody's in an organization; without one they are kept elsewhere."""
        if record.organization_name and record.kind == "person":
            return
        if record.role and not record.job_title:
            record.job_title, record.role = record.role, ""
        for name, field in (("role", "Role"), ("department", "Department")):
            if value := getattr(record, name):
                record.custom.setdefault(field, value)
                setattr(record, name, "")

    def dump(self, record: ContactRecord) -> str:
        return dumps(record).decode()

    def load(self, text: str) -> ContactRecord:
        return loads(text)

    def label(self, record: ContactRecord) -> str:
        return record.full_name or keys.named(record).name

    def record_url(self, record_id: int) -> str | None:
        return url_for("contacts.show", contact_id=record_id)

    def describe(self, record: ContactRecord) -> list[tuple[str, str]]:
        return words.describe(record)

    def sentence(self, code: str, column: str, value: str) -> str:
        return words.sentence(code, column, value)

    def change_words(self, name: str, old: str, new: str) -> tuple[str, str, str]:
        return words.field_label(name), words.value_words(name, old), words.value_words(name, new)

    def plan(self, lines: Sequence[Line], settings: Settings) -> None:
        alike.mark(deciding.plan(lines, settings), settings.actor)

    def together(self, settings: Settings) -> Callable[[Sequence[tuple[int, Line]]], Sequence[Line]]:
        return Together(settings)

    def names(self, record_ids: Sequence[int]) -> Mapping[int, str]:
        wanted = visible(Contact, current_actor()).with_only_columns(Contact.id, Contact.name)
        found = db.session().execute(wanted.where(db.among(Contact.id, record_ids)))
        return {row[0]: row[1] for row in found}

    def along(self, run_id: int) -> list[dict[str, Any]]:
        return along.along(run_id)

    def say_same(self, line: Line) -> None:
        alike.say_same(line)

    def say_other(self, line: Line) -> None:
        alike.say_other(line)

    def apply(self, lines: Sequence[Line], settings: Settings, change: "Change") -> Sequence[int]:
        return applying.apply(lines, settings, change)

    def summary(self, file_name: str, counts: Mapping[str, int]) -> str:
        added, changed = counts.get("create", 0), counts.get("update", 0)
        parts = []
        if added or not changed:
            parts.append(ngettext("%(num)s contact added", "%(num)s contacts added", added))
        if changed:
            parts.append(ngettext("%(num)s contact changed", "%(num)s contacts changed", changed))
        return _("Imported “%(file)s”: %(what)s", file=file_name, what=", ".join(parts))
