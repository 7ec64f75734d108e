"""`rollcall import outlets`: a list of papers, stations and newsletters."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final

from flask import url_for
from sqlalchemy import func, select

from crm.plugin_api import Contact, db, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext as lazy
from crm.plugin_api.sets import Change
from crm.plugin_api.transfer import Line, OwnColumns, Settings
from crm.plugin_api.words import fold
from crm_media.importing.tables import TableImport, number
from crm_media.models import Outlet
from crm_media.services import press
from crm_media.texts import among_texts

_KINDS: Final = {
    "newspaper": "newspaper paper print daily weekly",
    "online": "online web website digital blog",
    "radio": "radio",
    "tv": "tv television broadcast",
    "magazine": "magazine",
    "wire": "wire agency",
    "podcast": "podcast",
    "newsletter": "newsletter",
}


_RENEWED: Final = ("kind", "audience", "areas", "languages", "owner", "circulation", "circulation_source")
_NAMED: Final = ("outlet", "outletname", "publication", "medio")


def kind_of(text: str) -> str:
    """The kind of outlet that words name, `other` for none that we know."""
    said = set(fold(text).replace("/", " ").split())
    return next((key for key, each in _KINDS.items() if said & {*each.split()}), "other")


def differences(outlet: Outlet, values: Mapping[str, Any], settings: Settings) -> list[tuple[str, str, str]]:
    """What a row says of an outlet that is not so here, as (field, old, new). With `fill` only what is empty
    here; a kind that we do not know says nothing."""
    said = {**values, "kind": "" if values.get("kind") == "other" else values.get("kind", "")}
    found = []
    for name in _RENEWED:
        old, new = getattr(outlet, name), said.get(name)
        if new and _plain(old) != _plain(new) and not (settings.mode == "fill" and old):
            found.append((name, "" if old is None else str(old), str(new)))
    return found


def _plain(value: Any) -> str:
    return fold(press.words("" if value is None else str(value)))


def _outlets(ids: Iterable[int | None]) -> dict[int, Outlet]:
    """Outlets by their id, as the import found them."""
    with system("outlets whom the importing reader sees"):
        statement = select(Outlet).where(db.among(Outlet.id, [each for each in ids if each]))
        return {each.id: each for each in db.session().scalars(statement)}


class OutletImport(TableImport):
    own = OwnColumns("media_outlet")
    targets: ClassVar[Mapping[str, Any]] = {
        "name": lazy("Name"),
        "kind": lazy("Kind"),
        "audience": lazy("Audience"),
        "areas": lazy("Areas"),
        "languages": lazy("Languages"),
        "owner": lazy("Owned by"),
        "circulation": lazy("Circulation"),
        "circulation_source": lazy("Source of the circulation"),
        "note": lazy("Note"),
    }
    aliases: ClassVar[Mapping[str, str]] = {
        "name": "name outlet outletname publication medio",
        "kind": "kind type mediatype outlettype",
        "audience": "audience readers",
        "areas": "area areas city market region coverage",
        "languages": "language languages idioma",
        "owner": "owner ownedby publisher",
        "circulation": "circulation reach uvm",
        "circulation_source": "circulationsource sourceofthecirculation source",
        "note": "note notes comments comment",
    }

    def suggest(
        self,
        headers: Sequence[str],
        sample: Sequence[Sequence[str]],
        known: Mapping[str, str],
        *,
        keep_unmapped: bool,
    ) -> dict[int, str]:
        """In a list of reporters the name is theirs, and the outlet stands beside it."""
        found = super().suggest(headers, sample, known, keep_unmapped=keep_unmapped)
        plain = ["".join(each for each in fold(header) if each.isalnum()) for header in headers]
        if "name" in plain and (beside := next((each for each in _NAMED if each in plain), "")):
            found[plain.index("name")] = "note" if keep_unmapped else "ignore"
            found[plain.index(beside)] = "name"
        return found

    def read(self, target: str, text: str) -> tuple[Any, str]:
        if target == "circulation":
            value = number(text)
            return (value, "") if value is not None else (None, "no_number")
        if target == "kind":
            return kind_of(text), ""
        return text[:200], ""

    def settle(self, values: dict[str, Any], problems: list[list[str]], said: Mapping[str, str]) -> None:
        if "circulation" in values and not values.get("circulation_source"):
            del values["circulation"]
            problems.append(["no_source", "", said["circulation"]])
            values["note"] = f"{values['note']}\n{said['circulation']}".strip()

    def refused(self, values: Mapping[str, Any]) -> str:
        return "" if values.get("name") else "no_name"

    def key(self, values: Mapping[str, Any]) -> str:
        return fold(values.get("name", ""))

    def stored(self, rows: Sequence[Mapping[str, Any]], settings: Settings) -> Mapping[str, int]:
        names = {str(row["name"]).lower() for row in rows if row.get("name")}
        statement = (
            visible(Outlet, settings.actor)
            .join(Contact, Contact.id == Outlet.contact_id)
            .where(among_texts(func.lower(Contact.name), names))
            .with_only_columns(Outlet.id, Contact.name)
        )
        return {fold(row[1]): row[0] for row in db.session().execute(statement)}

    def compare(self, lines: Sequence[Line], settings: Settings) -> None:
        there = _outlets(line.record_id for line in lines)
        for line in lines:
            found = there.get(line.record_id or 0)
            changes = differences(found, line.record["values"], settings) if found else []
            if changes:
                line.action, line.changes, line.reasons = "update", list(changes), line.record["problems"]

    def renew(self, line: Line, settings: Settings) -> None:
        found = _outlets([line.record_id]).get(line.record_id or 0)
        if found is None:
            line.skip("gone", "", self.label(line.record))
            return
        for name, _old, new in differences(found, line.record["values"], settings):
            setattr(found, name, int(new) if name == "circulation" else new)

    def label(self, record: Any) -> str:
        return str(record["values"].get("name", ""))

    def write(self, values: Mapping[str, Any], settings: Settings, change: Change) -> int:
        empty = {name: "" for name in self.targets if name != "circulation"}
        given = {**empty, "kind": "newspaper", "circulation": None, **values}
        return press.new_outlet(given, settings.actor, looked=False).id

    def record_url(self, record_id: int) -> str | None:
        return url_for("media.outlet", outlet_id=record_id)

    def summary(self, file_name: str, counts: Mapping[str, int]) -> str:
        return _(
            "Imported outlets from “%(name)s”: %(count)s new, %(changed)s changed",
            name=file_name, count=counts["create"], changed=counts.get("update", 0),
        )  # fmt: skip
