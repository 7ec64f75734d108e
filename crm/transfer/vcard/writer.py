"""Contact records as vCards: 3.0 (RFC 2426), which every address book reads, or 4.0 (RFC 6350)."""

from base64 import b64encode
from collections.abc import Iterable
from typing import IO, Final, Literal

from crm.contacts.words import no_mail_words
from crm.transfer import own
from crm.transfer.record import Address, ContactRecord, Email, Link, Phone
from crm.transfer.vcard.values import escape

Version = Literal["3.0", "4.0"]

_FOLD: Final = 75
_TYPES: Final = {
    "home": "HOME",
    "work": "WORK",
    "mobile": "CELL",
    "fax": "FAX",
    "home_fax": "HOME,FAX",
    "work_fax": "WORK,FAX",
    "pager": "PAGER",
}
_IMAGES: Final = ((b"\xff\xd8", "JPEG"), (b"\x89PNG", "PNG"), (b"GIF8", "GIF"), (b"RIFF", "WEBP"))


def write_cards(records: Iterable[ContactRecord], out: IO[bytes], version: Version = "3.0") -> int:
    """Write the cards one after the other as UTF-8; returns their number."""
    count = 0
    for record in records:
        out.write(card_text(record, version).encode("utf-8"))
        count += 1
    return count


def card_text(record: ContactRecord, version: Version = "3.0", *, photo: bool = True) -> str:
    """One card, lines folded at 75 octets and ended with CR LF. Without the photo it fits into a QR code."""
    return _CardWriter(record, version).text(photo=photo)


class _CardWriter:
    """Collects the lines of one card."""

    def __init__(self, record: ContactRecord, version: Version) -> None:
        self.record, self.version = record, version
        self.new = version == "4.0"
        self.lines: list[str] = ["BEGIN:VCARD", f"VERSION:{version}"]
        self.items = 0

    def text(self, *, photo: bool) -> str:
        self._identity()
        for email in self.record.emails:
            self._labeled("EMAIL", email, email.address, internet=True)
        for phone in self.record.phones:
            self._phone(phone)
        for address in self.record.addresses:
            self._address(address)
        for link in self.record.links:
            # A web address is a URI: nothing in it is escaped.
            self._labeled("URL", link, link.url)
        self._rest()
        if photo and self.record.photo:
            self._photo(self.record.photo)
        self.lines.append("END:VCARD")
        return "".join(fold(line) + "\r\n" for line in self.lines)

    def _add(self, name: str, value: str) -> None:
        if value:
            self.lines.append(f"{name}:{escape(value)}")

    def _identity(self) -> None:
        record = self.record
        self._add("UID", record.external_id)
        name = record.full_name or record.nickname or next((e.address for e in record.emails), "")
        if record.kind == "organization":
            self._organization()
        else:
            parts = (
                record.family_name,
                record.given_name,
                record.middle_name,
                record.prefix,
                record.suffix,
            )
            self.lines.append("N:" + ";".join(map(escape, parts)))
            if record.organization_name or record.department:
                self.lines.append(f"ORG:{escape(record.organization_name)};{escape(record.department)}")
        self.lines.append(f"FN:{escape(name)}")
        self._add("NICKNAME", record.nickname)
        self._add("TITLE", record.job_title)
        self._add("ROLE", record.role)
        self._birth_date(record.birth_date)
        self._add("PRONOUNS" if self.new else "X-PRONOUNS", record.pronouns)
        self._add("LANG" if self.new else "X-LANG", record.language)

    def _organization(self) -> None:
        self.lines.append("KIND:org" if self.new else "X-ABSHOWAS:COMPANY")
        self.lines.append(f"N:{escape(self.record.name)};;;;")
        self.lines.append(f"ORG:{escape(self.record.name)};{escape(self.record.department)}")
        self._add("X-ROLLCALL-PARENT", self.record.organization_name)

    def _birth_date(self, value: str) -> None:
        if not value:
            return
        if value.startswith("--"):
            # Address books read the year 1604 as none; 3.0 has no other way to say so.
            compact = value.replace("-", "")
            self.lines.append(
                f"BDAY:--{compact}" if self.new else f"BDAY;X-APPLE-OMIT-YEAR=1604:1604{value[1:]}"
            )
            return
        self.lines.append(f"BDAY:{value.replace('-', '') if self.new and len(value) == 10 else value}")

    def _phone(self, phone: Phone) -> None:
        if self.new and phone.number.startswith("+") and phone.number[1:].isdigit():
            extension = f";ext={phone.extension}" if phone.extension else ""
            self._labeled("TEL;VALUE=uri", phone, f"tel:{phone.number}{extension}")
            return
        extension = f" x{phone.extension}" if phone.extension else ""
        self._labeled("TEL", phone, escape(phone.number + extension))

    def _address(self, address: Address) -> None:
        parts = (
            "",
            address.street2,
            address.street,
            address.city,
            address.region,
            address.postal_code,
            address.country,
        )
        self._labeled("ADR", address, ";".join(map(escape, parts)))

    def _rest(self) -> None:
        record = self.record
        for note in record.notes:
            self._add("NOTE", note)
        if record.tags:
            self.lines.append("CATEGORIES:" + ",".join(map(escape, record.tags)))
        self._add("X-ROLLCALL-SECTOR", record.sector)
        self._add("X-ROLLCALL-ABOUT", record.description)
        if record.do_not:
            self.lines.append("X-ROLLCALL-DO-NOT:" + ",".join(sorted(record.do_not)))
        for address, why in record.no_mail.items():
            self.lines.append(f"X-ROLLCALL-NO-MAIL:{why};{escape(address)}")
            # Address books show notes and nothing that they do not know.
            self.lines.append(f"NOTE;X-ROLLCALL=no-mail:{escape(f'{no_mail_words(why)}: {address}')}")
        for name, value in record.custom.items():
            group = self._item(own.label(name))
            self.lines.append(f"{group}X-ROLLCALL-FIELD:{escape(value)}")

    def _labeled(
        self, name: str, part: Email | Phone | Address | Link, value: str, *, internet: bool = False
    ) -> None:
        types = ["INTERNET"] if internet and not self.new else []
        known = _TYPES.get(part.label, "")
        group = self._item(part.label) if part.label and not known else ""
        if known:
            types += known.split(",")
        preferred = not isinstance(part, Link) and part.primary
        if preferred and not self.new:
            types.append("PREF")
        parameters = "".join(f";TYPE={kind}" for kind in types)
        if preferred and self.new:
            parameters += ";PREF=1"
        self.lines.append(f"{group}{name}{parameters}:{value}")

    def _item(self, label: str) -> str:
        """A group that carries a label of somebody's own, as Apple's address books do."""
        self.items += 1
        self.lines.append(f"item{self.items}.X-ABLabel:{escape(label)}")
        return f"item{self.items}."

    def _photo(self, photo: bytes) -> None:
        kind = next((name for mark, name in _IMAGES if photo.startswith(mark)), "JPEG")
        data = b64encode(photo).decode("ascii")
        if self.new:
            self.lines.append(f"PHOTO:data:image/{kind.lower()};base64,{data}")
        else:
            self.lines.append(f"PHOTO;ENCODING=b;TYPE={kind}:{data}")


def fold(line: str) -> str:
    """The line in pieces of at most 75 octets, no character cut in two (RFC 6350, 3.2)."""
    data = line.encode("utf-8")
    if len(data) <= _FOLD:
        return line
    pieces: list[str] = []
    start, room = 0, _FOLD
    while start < len(data):
        end = min(start + room, len(data))
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(data[start:end].decode("utf-8"))
        start, room = end, _FOLD - 1
    return "\r\n ".join(pieces)
