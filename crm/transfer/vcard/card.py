"""One card as a contact record."""

import re
from base64 import b64decode
from collections.abc import Sequence
from typing import Final

from crm.transfer.cleaning import (
    clean_country,
    clean_date,
    clean_email,
    clean_label,
    clean_language,
    clean_note,
    clean_phone,
    clean_postal_code,
    clean_region,
    clean_url,
    split_full_name,
    squash,
)
from crm.transfer.messages import Problem
from crm.transfer.readers.limits import Limits
from crm.transfer.record import ASKED, BOUNCED, CHANNELS, Address, ContactRecord, Email, Link, Phone
from crm.transfer.tocheck import keep_for_checking, limit_lengths
from crm.transfer.vcard.lines import Card, Property
from crm.transfer.vcard.values import components, split, unescape
from crm.transfer.vcard.words import CUSTOM, IGNORED_TYPES, TECHNICAL

_NOT_BASE64: Final = re.compile(r"[^A-Za-z0-9+/]+")
_IMAGE_MARKS: Final = (b"\xff\xd8", b"\x89PNG", b"GIF8", b"RIFF")
_LABELED_TYPES: Final = ("mobile", "pager", "work", "home", "main", "other", "school", "mailing", "billing")


def read_card(
    card: Card, region: str = "US", limits: Limits | None = None
) -> tuple[ContactRecord, list[Problem]]:
    """One card as a record, with what could not be used of it."""
    return _CardReader(card, region, limits or Limits()).read()


class _CardReader:
    """Turns the properties of one card into a record. A method per property, found by its name."""

    def __init__(self, card: Card, region: str, limits: Limits) -> None:
        self.card, self.region, self.limits = card, region, limits
        self.record = ContactRecord()
        self.problems: list[Problem] = []
        self.unused: list[str] = []
        self.full_name = ""
        self.is_company = False
        self.labels = {
            prop.group: prop.value for prop in card.properties if prop.name == "X-ABLABEL" and prop.group
        }
        self.preferences: dict[str, list[tuple[int, int]]] = {}

    def read(self) -> tuple[ContactRecord, list[Problem]]:
        for prop in self.card.properties:
            if prop.value.strip():
                self._use(prop)
        self._settle_name()
        self._settle_primary()
        self.record.settle()
        limit_lengths(self.record, self.problems)
        if self.unused:
            self.problems.append(Problem("not_imported", value=", ".join(dict.fromkeys(self.unused))))
        if self.record.is_nobody and not any(problem.fatal for problem in self.problems):
            self.problems.append(Problem("nobody", fatal=True))
        return self.record, self.problems

    def _use(self, prop: Property) -> None:
        name = prop.name.replace("-", "_").lower()
        method = getattr(self, f"_use_{name}", None)
        if method is not None:
            method(prop)
        elif prop.name in CUSTOM:
            self._custom(prop)
        elif prop.name not in TECHNICAL:
            self.unused.append(prop.name)

    def _text(self, prop: Property) -> str:
        return unescape(prop.value, old=self.card.is_old)

    def _line(self, prop: Property) -> str:
        return squash(self._text(prop))

    def _parts(self, prop: Property, count: int) -> list[list[str]]:
        return components(prop.value, count, old=self.card.is_old)

    # Who it is

    def _use_n(self, prop: Property) -> None:
        record = self.record
        parts = self._parts(prop, 5)
        joined = [squash(" ".join(part)) for part in parts[:4]]
        record.family_name, record.given_name, record.middle_name, record.prefix = joined
        record.suffix = squash(", ".join(parts[4]))

    def _use_fn(self, prop: Property) -> None:
        self.full_name = self.full_name or self._line(prop)

    def _use_nickname(self, prop: Property) -> None:
        names = [squash(unescape(part, old=self.card.is_old)) for part in split(prop.value, ",")]
        self.record.nickname = self.record.nickname or ", ".join(name for name in names if name)

    def _use_org(self, prop: Property) -> None:
        # Of an organization's units the first is the organization; a comma in its name is no separator.
        parts = [squash(unescape(part, old=self.card.is_old)) for part in split(prop.value, ";")]
        department = " / ".join(part for part in parts[1:] if part)
        if not self.record.organization_name:
            self.record.organization_name = parts[0]
            self.record.department = self.record.department or department
        elif parts[0] != self.record.organization_name:
            self._add_custom("Other organization", " / ".join(part for part in parts if part))

    def _use_title(self, prop: Property) -> None:
        if self.record.job_title:
            self._add_custom("Other job title", self._line(prop))
        else:
            self.record.job_title = self._line(prop)

    def _use_role(self, prop: Property) -> None:
        if self.record.role:
            self._add_custom("Other role", self._line(prop))
        else:
            self.record.role = self._line(prop)

    def _use_bday(self, prop: Property) -> None:
        raw = self._text(prop)
        omitted = (prop.parameters.get("X-APPLE-OMIT-YEAR") or [""])[0]
        if omitted and raw.startswith(omitted):
            raw = "-" + raw[len(omitted) :] if raw[4:5] == "-" else "--" + raw[4:]
        if len(raw) > 8 and raw[8] == "T" and raw[:8].isdigit():
            raw = raw[:8]
        value, code = clean_date(raw)
        if code:
            keep_for_checking(self.record, self.problems, code, "BDAY", raw)
        self.record.birth_date = self.record.birth_date or value

    def _use_uid(self, prop: Property) -> None:
        self.record.external_id = self._line(prop)

    def _use_kind(self, prop: Property) -> None:
        kind = prop.value.strip().lower()
        self.is_company = self.is_company or kind in {"org", "organization"}
        if kind == "group":
            self.problems.append(Problem("card_is_group", fatal=True))

    def _use_x_addressbookserver_kind(self, prop: Property) -> None:
        self._use_kind(prop)

    def _use_x_abshowas(self, prop: Property) -> None:
        self.is_company = self.is_company or prop.value.strip().upper() == "COMPANY"

    def _use_lang(self, prop: Property) -> None:
        self.record.language = self.record.language or clean_language(self._line(prop))

    _use_x_lang = _use_lang

    def _use_pronouns(self, prop: Property) -> None:
        self.record.pronouns = self.record.pronouns or self._line(prop)

    _use_x_pronouns = _use_pronouns

    # How to reach it

    def _use_email(self, prop: Property) -> None:
        raw = self._text(prop)
        address, code = clean_email(raw)
        if code:
            keep_for_checking(self.record, self.problems, code, "EMAIL", raw)
        elif address:
            self._prefer("email", prop, len(self.record.emails))
            self.record.emails.append(Email(self._label(prop), address))

    def _use_tel(self, prop: Property) -> None:
        raw = self._text(prop).strip()
        raw, _semicolon, options = raw.partition(";")
        extension = next((part[4:] for part in options.split(";") if part.lower().startswith("ext=")), "")
        if raw.lower().startswith("tel:"):
            raw = raw[4:]
        number, found, code = clean_phone(raw, self.region)
        if code == "phone_invalid":
            keep_for_checking(self.record, self.problems, code, "TEL", self._text(prop))
            return
        if code:
            self.problems.append(Problem(code, "TEL", raw))
        if number:
            self._prefer("phone", prop, len(self.record.phones))
            self.record.phones.append(Phone(self._label(prop), number, extension or found))

    def _use_adr(self, prop: Property) -> None:
        box, extended, street, city, region, postal_code, country = (
            [part.strip(" ,") for part in parts] for parts in self._parts(prop, 7)[:7]
        )
        lines = [squash(line) for part in street for line in part.split("\n") if line.strip()]
        first = lines[0] if lines else ""
        more = [*lines[1:], *extended, *box]
        if not first and more:
            first, more = more[0], more[1:]
        code, problem = clean_country(" ".join(country))
        if problem:
            self.problems.append(Problem(problem, "ADR", " ".join(country)))
        address = Address(
            self._label(prop),
            squash(first),
            squash(", ".join(more)),
            squash(", ".join(city)),
            clean_region(", ".join(region), code),
            clean_postal_code(" ".join(postal_code), code)[0],
            code,
        )
        if any((address.street, address.city, address.region, address.postal_code, address.country)):
            self._prefer("address", prop, len(self.record.addresses))
            self.record.addresses.append(address)

    def _use_url(self, prop: Property) -> None:
        raw = self._text(prop)
        url, code = clean_url(raw)
        if code:
            keep_for_checking(self.record, self.problems, code, "URL", raw)
        elif url:
            self.record.links.append(Link(self._label(prop), url))

    def _use_x_socialprofile(self, prop: Property) -> None:
        url, code = clean_url(self._text(prop))
        network = next(iter(prop.types - IGNORED_TYPES), "social")
        if code:
            self._add_custom(network.capitalize(), self._line(prop))
        elif url:
            self.record.links.append(Link(network, url))

    _use_socialprofile = _use_x_socialprofile

    # All else

    def _use_note(self, prop: Property) -> None:
        if "X-ROLLCALL" in prop.parameters:
            return  # Our own words for people, about what another line says for programs.
        if note := clean_note(self._text(prop)):
            self.record.notes.append(note)

    def _use_categories(self, prop: Property) -> None:
        for part in split(prop.value, ","):
            if tag := squash(unescape(part, old=self.card.is_old)):
                self.record.tags.append(tag)

    def _use_photo(self, prop: Property) -> None:
        if self.record.photo:
            return
        value = prop.value.strip()
        if value.lower().startswith("data:"):
            value = value.partition(",")[2]
        elif "://" in value[:12]:
            self._add_custom("Photo", value)
            return
        self._set_photo(value)

    _use_logo = _use_photo

    def _set_photo(self, value: str) -> None:
        if len(value) > self.limits.photo_bytes * 4 // 3:
            self.problems.append(Problem("photo_too_large"))
            return
        # Cards cut short by their program still hold most of the picture; whoever stores it looks at it.
        digits = _NOT_BASE64.sub("", value)
        digits = digits[: len(digits) - (len(digits) % 4 == 1)]
        photo = b64decode(digits + "=" * (-len(digits) % 4))
        if photo.startswith(_IMAGE_MARKS):
            self.record.photo = photo
        else:
            self.problems.append(Problem("photo_unreadable"))

    def _use_x_rollcall_do_not(self, prop: Property) -> None:
        for channel in split(prop.value, ","):
            if channel in CHANNELS:
                self.record.do_not[channel] = True

    def _use_x_rollcall_no_mail(self, prop: Property) -> None:
        why, *rest = split(prop.value, ";")
        address, _code = clean_email(unescape(";".join(rest), old=self.card.is_old))
        if address and why in {ASKED, BOUNCED}:
            self.record.end_mail(address, why)

    def _use_x_rollcall_field(self, prop: Property) -> None:
        if label := squash(unescape(self.labels.get(prop.group, ""), old=False)):
            self._add_custom(label, clean_note(self._text(prop)))

    def _use_x_rollcall_sector(self, prop: Property) -> None:
        self.record.sector = self._line(prop)

    def _use_x_rollcall_about(self, prop: Property) -> None:
        self.record.description = clean_note(self._text(prop))

    def _use_x_rollcall_parent(self, prop: Property) -> None:
        self.record.organization_name = self._line(prop)

    def _custom(self, prop: Property) -> None:
        label = self._own_label(prop) if prop.name in {"X-ABRELATEDNAMES", "X-ABDATE"} else ""
        value = self._line(prop)
        if "ANNIVERSARY" in prop.name or prop.name in {"X-ABDATE", "DEATHDATE"}:
            value = clean_date(value.partition("T")[0])[0] or value
        self._add_custom(label or CUSTOM[prop.name], value)

    def _add_custom(self, name: str, value: str) -> None:
        custom = self.record.custom
        if name not in custom:
            custom[name] = value
        elif value not in custom[name].split("; "):
            custom[name] = f"{custom[name]}; {value}"

    def _own_label(self, prop: Property) -> str:
        return clean_label(unescape(self.labels.get(prop.group, ""), old=False)) if prop.group else ""

    def _label(self, prop: Property) -> str:
        if own := self._own_label(prop):
            return own
        types = {clean_label(name) for name in prop.types}
        if "fax" in types or types & {"home_fax", "work_fax"}:
            place = "work_" if "work" in types else "home_" if "home" in types else ""
            return f"{place}fax"
        for label in _LABELED_TYPES:
            if label in types:
                return label
        own_types = sorted(types - IGNORED_TYPES)
        return own_types[0].removeprefix("x-") if own_types else ""

    def _prefer(self, group: str, prop: Property, index: int) -> None:
        """Remember how much the card prefers this one: PREF=1 of 4.0, else TYPE=pref."""
        given = (prop.parameters.get("PREF") or [""])[0]
        if given.isdecimal():
            self.preferences.setdefault(group, []).append((int(given), index))
        elif "pref" in prop.types:
            self.preferences.setdefault(group, []).append((50, index))

    def _settle_primary(self) -> None:
        record = self.record
        groups: dict[str, Sequence[Email | Phone | Address]] = {
            "email": record.emails,
            "phone": record.phones,
            "address": record.addresses,
        }
        for name, preferred in self.preferences.items():
            groups[name][min(preferred)[1]].primary = True

    def _settle_name(self) -> None:
        record = self.record
        parts = (record.given_name, record.family_name, record.middle_name)
        named = any(parts)
        is_company = self.is_company or (
            bool(record.organization_name) and not named and self.full_name in {"", record.organization_name}
        )
        if is_company:
            self._settle_organization()
        elif not named and self.full_name and self.full_name not in {e.address for e in record.emails}:
            found = split_full_name(self.full_name)
            record.prefix = record.prefix or found.prefix
            record.given_name, record.middle_name = found.given_name, found.middle_name
            record.family_name = found.family_name
            record.suffix = record.suffix or found.suffix
            record.nickname = record.nickname or found.nickname

    def _settle_organization(self) -> None:
        record = self.record
        record.kind = "organization"
        name = self.full_name or record.organization_name or record.full_name
        parent = any(prop.name == "X-ROLLCALL-PARENT" for prop in self.card.properties)
        if not parent:
            record.organization_name = ""
        record.name = name
        record.prefix = record.given_name = record.middle_name = record.family_name = record.suffix = ""
