"""`rollcall import reporters`: the press list that people keep as a spreadsheet: name, outlet, its kind,
phones, beat, who of ours knows them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final

from flask import url_for
from sqlalchemy import select

from crm.plugin_api import Affiliation, Contact, contacts, day_here, db, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext as lazy
from crm.plugin_api.records import Email
from crm.plugin_api.sets import Change
from crm.plugin_api.transfer import Line, Settings
from crm.plugin_api.words import clean_email, clean_phone, fold, person_name_key, split_full_name
from crm_media.importing import renewing
from crm_media.importing.outlets import kind_of
from crm_media.importing.tables import TableImport
from crm_media.models import Outlet, Reporter
from crm_media.reading import when
from crm_media.services import press
from crm_media.texts import among_texts

_KINDS: Final = {
    "editor": "editor editors",
    "producer": "producer booker host",
    "columnist": "columnist opinion",
    "desk": "desk newsroom assignment",
    "freelance": "freelance freelancer",
}
_CHANNELS: Final = {
    "email": "email mail correo",
    "phone": "phone call calls tel telephone telefono",
    "text": "text sms texts mensaje whatsapp signal",
    "social": "social twitter x bluesky linkedin dm dms",
}
_WITHOUT: Final = dict.fromkeys(("given_name", "family_name", "email", "phone", "outlet", "role"), "")
_DETAIL: Final = ("beats", "areas", "languages", "hours", "note", "kind")


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
        "languages": lazy("Languages"),
        "hours": lazy("Hours"),
        "channel": lazy("Best reached by"),
        "do_not_email": lazy("Do not email"),
        "do_not_chase": lazy("Do not chase"),
        "away_until": lazy("Away until"),
        "verified_on": lazy("Verified on"),
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
        "languages": "languages language idioma idiomas lengua",
        "hours": "hours deadline besttime",
        "channel": "channel preferredchannel bestreachedby preferredcontact preferredmethod canal",
        "do_not_email": "donotemail emailoptout optoutemail unsubscribed optedout optout hasoptedoutofemail "
        "noemail nomail donotcontact nocontactar",
        "do_not_chase": "donotchase nofollowup nofollowups donotfollowup",
        "away_until": "awayuntil outofoffice outofofficeuntil onleaveuntil",
        "verified_on": "verifiedon verified lastverified updatedon lastupdated updated checkedon",
        "note": "note notes comments comment internalcontact relationship knownby",
    }

    def read(self, target: str, text: str) -> tuple[Any, str]:
        reader = _READERS.get(target)
        return reader(text) if reader is not None else (text[:200], "")

    def settle(self, values: dict[str, Any], problems: list[list[str]], said: Mapping[str, str]) -> None:
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
            values["guessed"] = ["kind"]

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

    def compare(self, lines: Sequence[Line], settings: Settings) -> None:
        there = renewing.present(line.record_id for line in lines if line.record_id)
        for line in lines:
            found = there.get(line.record_id or 0)
            changes = renewing.differences(found, line.record["values"], settings) if found else []
            if changes:
                line.action, line.changes, line.reasons = "update", list(changes), line.record["problems"]

    def renew(self, line: Line, settings: Settings) -> None:
        there = renewing.present([line.record_id or 0]).get(line.record_id or 0)
        if there is None:
            line.skip("gone", "", self.label(line.record))
            return
        self._outlet(line.record["values"], settings)
        renewing.renew(there, line.record["values"], settings)

    def write(self, values: Mapping[str, Any], settings: Settings, change: Change) -> int:
        """Somebody new. That a list names them is no look at whether it is still so: they are to be verified,
        unless the list says since when it is."""
        actor = settings.actor
        self._outlet(values, settings)
        detail = {"channel": "email", **{name: values.get(name, "") for name in _DETAIL}}
        detail |= {"channel": values["channel"]} if values.get("channel") else {}
        there = self._person(values, settings)
        if there is not None:
            row: Reporter = press.keep(Reporter, there, detail, looked=False)
            if values.get("outlet"):
                press.take_post(there, values["outlet"], values.get("role", ""), None, actor)
        else:
            about = {**_WITHOUT, **{name: values[name] for name in _WITHOUT if values.get(name)}, **detail}
            row = press.new_reporter({**about, "email": "", "phone": ""}, actor, looked=False)
        renewing.renew(renewing.present([row.id])[row.id], values, settings)
        return row.id

    def _outlet(self, values: Mapping[str, Any], settings: Settings) -> None:
        """The outlet of the row, of the kind that the row says, where it is new."""
        name, kind = values.get("outlet"), values.get("outlet_kind")
        if not name or not kind:
            return
        there = contacts.find_organization(name, settings.actor)
        if there is None or press.detail_of(Outlet, there.id) is None:
            press.new_outlet({"name": name, "kind": kind}, settings.actor, looked=False)

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
        return _(
            "Imported reporters from “%(name)s”: %(count)s new, %(changed)s changed",
            name=file_name, count=counts["create"], changed=counts.get("update", 0),
        )  # fmt: skip


def _full(values: Mapping[str, Any]) -> str:
    return f"{values.get('given_name', '')} {values.get('family_name', '')}".strip()


def _name_key(values: Mapping[str, Any]) -> str:
    return person_name_key(values.get("given_name", ""), values.get("family_name", ""), _full(values))


def _reporter_kind(text: str) -> str:
    said = set(fold(text).replace("/", " ").split())
    return next((key for key, each in _KINDS.items() if said & {*each.split()}), "")


def _email(text: str) -> tuple[Any, str]:
    address, problem = clean_email(text)
    return (address, "") if address and not problem else (None, "no_email")


def _number(text: str) -> tuple[Any, str]:
    number, _extension, problem = clean_phone(text, "US")
    return (text[:80], "") if number and problem != "phone_invalid" else (None, "no_phone")


def _channel(text: str) -> tuple[Any, str]:
    said = set(fold(text).replace("/", " ").replace("-", "").split())
    found = next((key for key, each in _CHANNELS.items() if said & {*each.split()}), None)
    return found, "" if found else "no_channel"


def _day(text: str) -> tuple[Any, str]:
    found = when.day(text)
    return (found.isoformat(), "") if found else (None, "no_day")


def _past_day(text: str) -> tuple[Any, str]:
    found = when.day(text)
    return (None, "future") if found and found > day_here() else _day(text)


def _wish(text: str) -> tuple[Any, str]:
    return renewing.said(text)[:200], ""


_READERS: Final[dict[str, Callable[[str], tuple[Any, str]]]] = {
    "email": _email,
    "phone": _number,
    "mobile": _number,
    "outlet_kind": lambda text: (kind_of(text), ""),
    "kind": lambda text: (_reporter_kind(text) or "reporter", ""),
    "do_not_email": _wish,
    "do_not_chase": _wish,
    "channel": _channel,
    "away_until": _day,
    "verified_on": _past_day,
}


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
