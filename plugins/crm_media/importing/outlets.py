"""`rollcall import outlets`: a list of papers, stations and newsletters."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from flask import url_for
from sqlalchemy import func

from crm.plugin_api import Contact, db, visible
from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext as lazy
from crm.plugin_api.sets import Change
from crm.plugin_api.transfer import OwnColumns, Settings
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


_NAMED: Final = ("outlet", "outletname", "publication", "medio")


def kind_of(text: str) -> str:
    """The kind of outlet that words name, `other` for none that we know."""
    said = set(fold(text).replace("/", " ").split())
    return next((key for key, each in _KINDS.items() if said & {*each.split()}), "other")


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

    def settle(self, values: dict[str, Any], problems: list[list[str]]) -> None:
        if "circulation" in values and not values.get("circulation_source"):
            problems.append(["no_source", "", str(values["circulation"])])
            values["note"] = f"{values['note']}\n{values.pop('circulation')}".strip()

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

    def label(self, record: Any) -> str:
        return str(record["values"].get("name", ""))

    def write(self, values: Mapping[str, Any], settings: Settings, change: Change) -> int:
        empty = {name: "" for name in self.targets if name != "circulation"}
        given = {**empty, "kind": "newspaper", "circulation": None, **values}
        return press.new_outlet(given, settings.actor, looked=False).id

    def record_url(self, record_id: int) -> str | None:
        return url_for("media.outlet", outlet_id=record_id)

    def summary(self, file_name: str, counts: Mapping[str, int]) -> str:
        return _("Imported outlets from “%(name)s”: %(count)s new", name=file_name, count=counts["create"])
