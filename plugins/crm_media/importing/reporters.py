"""`rollcall import reporters`: the press list that people keep as a spreadsheet: name, outlet, its kind,
phones, beat, who of ours knows them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final

from flask import url_for
from sqlalchemy import select

from crm.plugin_api import Affiliation, Contact, contacts, db, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext as lazy
from crm.plugin_api.records import Email, Phone
from crm.plugin_api.sets import Change
from crm.plugin_api.transfer import Settings
from crm.plugin_api.words import clean_email, clean_phone, fold, person_name_key, split_full_name
from crm_media.importing.outlets import kind_of
from crm_media.importing.tables import TableImport
from crm_media.models import Outlet, Reporter
from crm_media.services import press
from crm_media.texts import among_texts

_KINDS: Final = {
    "editor": "editor editors",
    "producer": "producer booker host",
    "columnist": "columnist opinion",
    "desk": "desk newsroom assignment",
    "freelance": "freelance freelancer",
}
_WITHOUT: Final = dict.fromkeys(("given_name", "family_name", "email", "phone", "outlet", "role"), "")
_DETAIL: Final = ("beats", "areas", "hours", "note", "kind")


class ReporterImport(TableImport):
    targets: ClassVar[Mapping[str, Any]] = {
        "name": lazy("Name"),
        "given_name": lazy("Given name"),
        "family_name": lazy("Family name, or the name of a desk"),
        "email": lazy("Email"),
        "phone": lazy("Phone"),
        "mobile": lazy("Mobile phone"),
        "outlet": lazy("Outlet"),
        "outlet_kind": lazy("Kind of outlet"),
        "role": lazy("Role there"),
        "kind": lazy("Kind"),
        "beats": lazy("Beats"),
        "areas": lazy("Areas"),
        "hours": lazy("Hours"),
        "note": lazy("Note"),
    }
    aliases: ClassVar[Mapping[str, str]] = {
        "name": "name reporter journalist fullname reportername contact contactname nombre periodista",
        "given_name": "firstname givenname first",
        "family_name": "lastname familyname surname last",
        "email": "email emailaddress mail correo",
        "phone": "phone officephone workphone phonenumber telephone tel telefono",
        "mobile": "mobile cell cellphone mobilephone",
        "outlet": "outlet outletname publication media medio newsoutlet station paper organization company",
        "outlet_kind": "type mediatype outlettype medium kindofoutlet",
        "role": "role title jobtitle position",
        "kind": "kind",
        "beats": "beat beats topic topics coverage covers",
        "areas": "area areas city market region state",
        "hours": "hours deadline besttime",
        "note": "note notes comments comment internalcontact relationship knownby",
    }

    def read(self, target: str, text: str) -> tuple[Any, str]:
        if target == "email":
            address, problem = clean_email(text)
            return (address, "") if address and not problem else (None, "no_email")
        if target in {"phone", "mobile"}:
            number, _extension, problem = clean_phone(text, "US")
            return (text[:80], "") if number and problem != "phone_invalid" else (None, "no_phone")
        if target == "outlet_kind":
            return kind_of(text), ""
        if target == "kind":
            return _reporter_kind(text) or "reporter", ""
        return text[:200], ""

    def settle(self, values: dict[str, Any], problems: list[list[str]]) -> None:
        """The name in its parts; a desk that has an address but no name is called after its outlet."""
        whole = values.pop("name", "")
        if whole and not values.get("family_name"):
            parts = split_full_name(whole)
            given = " ".join(filter(None, (parts.given_name, parts.middle_name)))
            values["given_name"], values["family_name"] = (
                (given, parts.family_name) if parts.family_name else ("", given or whole)
            )
        if not _full(values) and values.get("outlet") and (values.get("email") or values.get("phone")):
            values["family_name"] = _("Desk of %(outlet)s", outlet=values["outlet"])[:200]
            values["kind"] = "desk"
        if "kind" not in values:
            values["kind"] = _reporter_kind(values.get("role", "")) or "reporter"

    def refused(self, values: Mapping[str, Any]) -> str:
        return "" if _full(values) else "no_person"

    def key(self, values: Mapping[str, Any]) -> str:
        where = values.get("email") or values.get("outlet") or ""
        return f"{fold(_full(values))}|{fold(where)}" if _full(values) else ""

    def stored(self, rows: Sequence[Mapping[str, Any]], settings: Settings) -> Mapping[str, int]:
        """Somebody of the same name with the same address, or, where one of both has none, at the same
        outlet: the address alone proves nothing."""
        known = _known([row for row in rows if _full(row)], settings)
        found: dict[str, int] = {}
        for row in rows:
            for reporter_id, _contact_id, emails, outlets in known.get(_name_key(row), ()):
                if reporter_id and _same(row, emails, outlets):
                    found[self.key(row)] = reporter_id
        return found

    def label(self, record: Any) -> str:
        return _full(record["values"])

    def write(self, values: Mapping[str, Any], settings: Settings, change: Change) -> int:
        actor = settings.actor
        self._outlet(values, settings)
        detail = {"channel": "email", **{name: values.get(name, "") for name in _DETAIL}}
        there = self._person(values, settings)
        if there is not None:
            row: Reporter = press.keep(Reporter, there, detail)
            if values.get("outlet"):
                press.take_post(there, values["outlet"], values.get("role", ""), None, actor)
            return row.id
        about = {**_WITHOUT, **{name: values[name] for name in _WITHOUT if values.get(name)}, **detail}
        row = press.new_reporter({**about, "phone": values.get("phone") or values.get("mobile", "")}, actor)
        _note_source(row.contact_id, values, settings.source)
        return row.id

    def _outlet(self, values: Mapping[str, Any], settings: Settings) -> None:
        """The outlet of the row, of the kind that the row says, where it is new."""
        name, kind = values.get("outlet"), values.get("outlet_kind")
        if not name or not kind:
            return
        there = contacts.find_organization(name, settings.actor)
        if there is None or press.detail_of(Outlet, there.id) is None:
            press.new_outlet({"name": name, "kind": kind}, settings.actor)

    def _person(self, values: Mapping[str, Any], settings: Settings) -> Contact | None:
        """Somebody who is among the people, but not among the reporters: the same name and address."""
        for reporter_id, contact_id, emails, _outlets in _known([values], settings).get(
            _name_key(values), ()
        ):
            if not reporter_id and values.get("email") and values["email"].lower() in emails:
                with system("somebody whom the importing reader sees"):
                    return db.session().get(Contact, contact_id)
        return None

    def record_url(self, record_id: int) -> str | None:
        return url_for("media.reporter", reporter_id=record_id)

    def summary(self, file_name: str, counts: Mapping[str, int]) -> str:
        return _("Imported reporters from “%(name)s”: %(count)s new", name=file_name, count=counts["create"])


def _full(values: Mapping[str, Any]) -> str:
    return f"{values.get('given_name', '')} {values.get('family_name', '')}".strip()


def _name_key(values: Mapping[str, Any]) -> str:
    return person_name_key(values.get("given_name", ""), values.get("family_name", ""), _full(values))


def _reporter_kind(text: str) -> str:
    said = set(fold(text).replace("/", " ").split())
    return next((key for key, each in _KINDS.items() if said & {*each.split()}), "")


def _same(row: Mapping[str, Any], emails: set[str], outlets: set[str]) -> bool:
    address = (row.get("email") or "").lower()
    if address and emails:
        return address in emails
    return not row.get("outlet") or fold(row["outlet"]) in outlets


def _known(
    rows: Sequence[Mapping[str, Any]], settings: Settings
) -> Mapping[str, list[tuple[int | None, int, set[str], set[str]]]]:
    """By the key of their name: the reporter's and the contact's id, addresses, present outlets."""
    names = {_name_key(row) for row in rows}
    if not names:
        return {}
    statement = (
        visible(Contact, settings.actor)
        .outerjoin(Reporter, Reporter.contact_id == Contact.id)
        .where(Contact.kind == "person", among_texts(Contact.name_key, names))
        .with_only_columns(Reporter.id, Contact.id, Contact.name_key)
    )
    people = db.session().execute(statement).all()
    ids = [row[1] for row in people]
    emails, outlets = _emails(ids), _outlets(ids)
    found: dict[str, list[tuple[int | None, int, set[str], set[str]]]] = {}
    for reporter_id, contact_id, name in people:
        one = (reporter_id, contact_id, emails.get(contact_id, set()), outlets.get(contact_id, set()))
        found.setdefault(name, []).append(one)
    return found


def _emails(ids: Sequence[int]) -> Mapping[int, set[str]]:
    with system("the addresses of people whom the importing reader sees"):
        statement = select(Email.contact_id, Email.address).where(db.among(Email.contact_id, ids))
        return _sets((row[0], row[1].lower()) for row in db.session().execute(statement))


def _outlets(ids: Sequence[int]) -> Mapping[int, set[str]]:
    with system("where people work whom the importing reader sees"):
        statement = (
            select(Affiliation.person_id, Contact.name)
            .join(Contact, Contact.id == Affiliation.organization_id)
            .where(db.among(Affiliation.person_id, ids), Affiliation.is_current)
        )
        return _sets((row[0], fold(row[1])) for row in db.session().execute(statement))


def _sets(pairs: Iterable[tuple[int, str]]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for number, text in pairs:
        found.setdefault(number, set()).add(text)
    return found


def _note_source(contact_id: int, values: Mapping[str, Any], source: str) -> None:
    """From where we have an address and a number, and the second number."""
    if values.get("phone") and values.get("mobile"):
        number, extension, _problem = clean_phone(values["mobile"], "US")
        db.session().add(Phone(contact_id=contact_id, label="mobile", number=number, extension=extension))
        db.session().flush()
    with system("what was just kept of a reporter"):
        for model in (Email, Phone):
            for row in db.session().scalars(select(model).where(model.contact_id == contact_id)):
                row.source = source[:120]
    db.session().flush()
