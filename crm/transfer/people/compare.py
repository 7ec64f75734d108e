"""What a row changes about a contact: nothing is ever emptied, and what is there twice is written once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.contacts import names
from crm.contacts.models import has_ended
from crm.fields.custom.kinds import stored_text
from crm.i18n import day_here
from crm.transfer.cleaning import fold, match_key
from crm.transfer.models import Mode
from crm.transfer.people.state import ADDRESS_PARTS, PERSON_TEXTS, SHARED_TEXTS, Part, State, tag_key
from crm.transfer.record import ASKED, Address, ContactRecord

NAME_PARTS = ("given_name", "middle_name", "family_name")
Word = Sequence[str]
"""A change for people: field, old, new."""


@dataclass(slots=True)
class Diff:
    """What is to be written about one contact. `added` are new parts by the name of their list, `changed`
    (list, part, new values) those that are there. `kept` are [field, old, new] that were left as they are."""

    texts: dict[str, str] = field(default_factory=dict)
    custom: dict[str, str] = field(default_factory=dict)
    added: list[tuple[str, Part]] = field(default_factory=list)
    changed: list[tuple[str, Part, Part]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    parent: str = ""
    photo: bytes = b""
    words: list[Word] = field(default_factory=list)
    kept: list[Word] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.words


def compare(record: ContactRecord, state: State, mode: Mode) -> Diff:
    """What importing the record would change about the contact."""
    return _Comparison(record, state, mode).run()


class _Comparison:
    def __init__(self, record: ContactRecord, state: State, mode: Mode) -> None:
        self.record, self.state, self.mode = record, state, mode
        self.diff = Diff()

    def run(self) -> Diff:
        self._texts()
        self._parts("emails", "email", self.record.emails, same_email, ("label",))
        self._no_mail()
        self._parts("phones", "phone", self.record.phones, same_phone, ("label", "extension"))
        parts = ("label", *ADDRESS_PARTS)
        self._parts("addresses", "address", self.record.addresses, same_address, parts)
        self._parts("links", "link", self.record.links, same_link, ("label",))
        self._belonging()
        self._words()
        self._photo()
        return self.diff

    def _settle(self, name: str, old: str, new: str, *, same: bool) -> bool:
        """Whether the new value is to be written; says so, or what was kept."""
        if not new or same:
            return False
        if old and self.mode == "fill":
            self.diff.kept.append([name, old, new])
            return False
        self.diff.words.append([name, old, new])
        return True

    def _texts(self) -> None:
        for name in (*(PERSON_TEXTS if self.record.kind == "person" else ()), *SHARED_TEXTS):
            new = getattr(self.record, name)
            if new:
                old = self.state.text(name)
                if old != new and self._settle(name, old, new, same=says_the_same(name, old, new)):
                    self.diff.texts[name] = new
        if self.record.kind == "organization":
            old, new = self.state.name, self.record.name
            if self._settle("name", old, new, same=match_key(old) == match_key(new)):
                self.diff.texts["name"] = new
        for name, new in self.record.custom.items():
            old = stored_text(self.state.custom.get(name))
            if self._settle(f"custom:{name}", old, new, same=old == new):
                self.diff.custom[name] = new

    def _parts(
        self,
        group: str,
        word: str,
        items: Sequence[Any],
        is_same: Callable[[Part, Any], bool],
        columns: Sequence[str],
    ) -> None:
        free: list[Part] = list(getattr(self.state, group))
        for item in items:
            known = [part for part in free if is_same(part, item)]
            if not known:
                self.diff.added.append((group, as_part(item)))
                self.diff.words.append([word, "", shown(item)])
                continue
            part = max(known, key=lambda part, item=item: part["label"] == item.label)  # type: ignore[misc]  # mypy takes the default for an argument.
            free.remove(part)
            if values := self._changed_columns(word, part, item, columns):
                self.diff.changed.append((group, part, values))

    def _no_mail(self) -> None:
        """That nothing may be mailed to an address, whoever wins: a file ends mail and never begins it."""
        if not self.record.no_mail:
            return
        new = [part for group, part in self.diff.added if group == "emails"]
        by_key = {part["address"].lower(): part for part in (*self.state.emails, *new)}
        for address, why in self.record.no_mail.items():
            part = by_key.get(address.lower())
            before = part and part.get("no_mail_why")
            if part is None or before in {why, ASKED}:
                continue
            values = {"no_mail_why": why, "no_mail_since": part.get("no_mail_since") or day_here()}
            if any(part is each for each in new):
                part.update(values)
            else:
                self.diff.changed.append(("emails", part, values))
            self.diff.words.append(["email.no_mail", before or "", why])

    def _changed_columns(self, word: str, part: Part, item: Any, columns: Sequence[str]) -> Part:
        values = {}
        for name in columns:
            old, new = part[name] or "", getattr(item, name)
            same = old == new or (name != "label" and fold(old) == fold(new))
            same = same or (name == "postal_code" and old.startswith(new))
            if self._settle(f"{word}.{name}", old, new, same=same):
                values[name] = new
        return values

    def _belonging(self) -> None:
        name = self.record.organization_name
        if not name:
            return
        key = names.organization_name_key(name)
        if self.record.kind == "organization":
            if self._settle("parent", "", name, same=self.state.parent_key == key):
                self._set_parent(name)
            return
        known = [part for part in self.state.organizations if part["key"] == key]
        current = next((part for part in known if not has_ended(part["end_date"])), None)
        if current is not None:
            if values := self._changed_columns("organization", current, self.record, ("role", "department")):
                self.diff.changed.append(("organizations", current, values))
        elif not known:
            self._join(name, key)

    def _set_parent(self, name: str) -> None:
        if self.state.parent_key and self.mode == "fill":
            self.diff.kept.append(self.diff.words.pop())
        else:
            self.diff.parent = name

    def _join(self, name: str, key: str) -> None:
        first = all(has_ended(part["end_date"]) for part in self.state.organizations)
        part = {
            "id": None,
            "key": key,
            "name": name,
            "role": self.record.role,
            "department": self.record.department,
            "end_date": None,
            "primary": first,
        }
        self.diff.added.append(("organizations", part))
        words = ", ".join(each for each in (self.record.role, self.record.department, name) if each)
        self.diff.words.append(["organization", "", words])

    def _words(self) -> None:
        """Tags, wishes not to be contacted and notes: only ever more of them."""
        seen = set(self.state.tags)
        for tag in self.record.tags:
            if (key := tag_key(tag)) not in seen:
                seen.add(key)
                self.diff.tags.append(tag)
                self.diff.words.append(["tag", "", tag])
        for channel, wish in self.record.do_not.items():
            if wish and channel not in self.state.channels:
                self.diff.channels.append(channel)
                self.diff.words.append(["do_not", "", channel])
        for note in self.record.notes:
            if note not in self.state.notes:
                self.diff.notes.append(note)
                self.diff.words.append(["note", "", note])

    def _photo(self) -> None:
        if self.record.photo and not self.state.photo:
            self.diff.photo = self.record.photo
            self.diff.words.append(["photo", "", ""])


def says_the_same(name: str, old: str, new: str) -> bool:
    """Whether a new text says nothing that the old one does not: a name in other letters, an initial."""
    if not old:
        return False
    if name == "middle_name":
        return match_key(old).startswith(match_key(new))
    if name in NAME_PARTS:
        return match_key(old) == match_key(new)
    if name == "birth_date":
        return _is_part_of(new, old)
    return False


def _is_part_of(date: str, whole: str) -> bool:
    """Whether an incomplete date (`1976`, `--02-03`) says nothing that the whole one does not."""
    return whole.startswith(date) or (date.startswith("--") and whole.endswith(date[1:]))


def same_email(part: Part, item: Any) -> bool:
    return bool(part["address"].lower() == item.address.lower())


def same_phone(part: Part, item: Any) -> bool:
    known, new = part["extension"], item.extension
    return part["number"] == item.number and (known == new or not known or not new)


def same_link(part: Part, item: Any) -> bool:
    return bool(part["url"] == item.url)


def same_address(part: Part, item: Any) -> bool:
    """The same street and ZIP code, and the same second line where both have one; without a street, the same
    ZIP code in a city that is not another, or all that the new one says is in the old one."""
    if item.street:
        key = names.address_key(item.street, item.postal_code)
        line, other = fold(part["street2"]), fold(item.street2)
        return key == names.address_key(part["street"], part["postal_code"]) and (
            line == other or not line or not other
        )
    if item.postal_code and part["postal_code"]:
        city, other = fold(part["city"]), fold(item.city)
        same_code = match_key(part["postal_code"])[:5] == match_key(item.postal_code)[:5]
        return same_code and (city == other or not city or not other)
    return all(fold(part[name]) == fold(value) for name in ADDRESS_PARTS if (value := getattr(item, name)))


def as_part(item: Any) -> Part:
    """A record's email, phone, address or link as a part that is not stored yet."""
    return {"id": None, **{name: getattr(item, name) for name in item.__slots__}}


def shown(item: Any) -> str:
    """One line for people."""
    if isinstance(item, Address):
        return ", ".join(value for name in ADDRESS_PARTS if (value := getattr(item, name)))
    for name in ("address", "number", "url"):
        if value := getattr(item, name, ""):
            extension = getattr(item, "extension", "")
            return f"{value} x{extension}" if extension else str(value)
    return ""


def take(state: State, diff: Diff) -> None:
    """Carry a contact forward as if the difference were written."""
    state.texts.update({name: value for name, value in diff.texts.items() if name != "name"})
    state.name = diff.texts.get("name", state.name)
    state.custom.update(diff.custom)
    for group, part in diff.added:
        getattr(state, group).append(part)
    for _group, part, values in diff.changed:
        part.update(values)
    state.tags.update(map(tag_key, diff.tags))
    state.channels.update(diff.channels)
    state.notes.update(diff.notes)
    if diff.parent:
        state.parent_key = names.organization_name_key(diff.parent)
    state.photo = state.photo or bool(diff.photo)
