"""`rollcall import coverage`: trackers such as the one that the Institute for Nonprofit News gives its
members, the columns of GDELT, or one's own."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar, Final

from flask import url_for

from crm.plugin_api import UserError, db, now, visible
from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext as lazy
from crm.plugin_api.sets import Change
from crm.plugin_api.transfer import OwnColumns, Settings
from crm.plugin_api.words import day, fold
from crm_media.importing.tables import TableImport, number
from crm_media.models import Clip
from crm_media.permissions import EDIT
from crm_media.reading import urls, when
from crm_media.services import coverage
from crm_media.texts import among_texts
from crm_media.words import MEDIUMS, PIECES, TONES_SHORT

_MEDIUMS: Final = {
    "online": "online web website internet digital blog",
    "print": "print newspaper paper magazine",
    "radio": "radio audio",
    "tv": "tv television broadcast video",
    "podcast": "podcast",
    "newsletter": "newsletter email",
    "social": "social twitter facebook",
}
_PIECES: Final = {
    "news": "news article story full",
    "feature": "feature",
    "brief": "brief condensed excerpt",
    "interview": "interview",
    "editorial": "editorial",
    "oped": "oped op-ed column opinion commentary",
    "letter": "letter lte",
}
_TONES: Final = {
    "ours": "ours favorable supportive positive pro",
    "fair": "fair balanced mixed",
    "plain": "plain neutral factual",
    "blame": "blame blames",
    "against": "against negative critical unfavorable con",
}

_SPOKEN: Final[Mapping[str, Mapping[str, Any]]] = {
    "medium": MEDIUMS, "piece": PIECES, "tone": TONES_SHORT,
}  # fmt: skip


class CoverageImport(TableImport):
    own = OwnColumns("media_clip")
    targets: ClassVar[Mapping[str, Any]] = {
        "title": lazy("Headline"),
        "url": lazy("Web address"),
        "outlet_name": lazy("Outlet"),
        "published_on": lazy("Published on"),
        "author": lazy("Author"),
        "medium": lazy("Medium"),
        "piece": lazy("Kind of piece"),
        "tone": lazy("Tone"),
        "place": lazy("Page, program or time"),
        "quote": lazy("Best quote"),
        "text": lazy("Text"),
        "reach": lazy("Reach"),
        "reach_source": lazy("Source of the reach"),
        "bill": lazy("Bill"),
        "note": lazy("Note"),
    }
    aliases: ClassVar[Mapping[str, str]] = {
        "title": "headline title headlines story articletitle titular",
        "url": "url link links webaddress address hyperlink enlace",
        "outlet_name": "outlet outletname publication source media medio newsoutlet domain sourcename paper",
        "published_on": "date publicationdate publisheddate published publishedon datepublished pubdate "
        "seendate airdate fecha",
        "author": "author reporter byline journalist autor by",
        "medium": "medium mediatype printwebradiotv printweb printonline channel format platform",
        "piece": "kind kindofpiece type fullcondensedcolumneditorial articletype storytype",
        "tone": "tone sentiment tono",
        "place": "page program pageprogramortime section",
        "quote": "quote quotes bestquote",
        "text": "text fulltext body",
        "reach": "reach circulation audience impressions uvm uniquevisitors",
        "reach_source": "reachsource sourceofthereach circulationsource",
        "bill": "bill legislation",
        "note": "note notes comments comment mentioned",
    }

    def read(self, target: str, text: str) -> tuple[Any, str]:
        if target == "published_on":
            found_day = when.day(text)
            if found_day is None:
                return None, "no_day"
            return (None, "future") if found_day > now().date() else (found_day, "")
        if target == "url":
            found = urls.clean(text if "://" in text else f"https://{text}") if "." in text else ""
            return (found, "") if found else (None, "no_link")
        if target == "reach":
            value = number(text)
            return (value, "") if value is not None else (None, "no_number")
        for name, words in (("medium", _MEDIUMS), ("piece", _PIECES), ("tone", _TONES)):
            if target == name:
                said = set(fold(text).replace("/", " ").split())
                key = next((key for key, each in words.items() if said & {*each.split()}), None)
                return key, "" if key else "no_word"
        return text[:20_000], ""

    def spoken(self, name: str, value: Any) -> str:
        if name == "published_on":
            return day(_as_day(value))
        return str(_SPOKEN.get(name, {}).get(value, value))

    def settle(self, values: dict[str, Any], problems: list[list[str]], said: Mapping[str, str]) -> None:
        if "reach" in values and not values.get("reach_source"):
            del values["reach"]
            problems.append(["no_source", "", said["reach"]])
            values["note"] = f"{values['note']}\n{said['reach']}".strip()

    def refused(self, values: Mapping[str, Any]) -> str:
        return "" if values.get("title") or values.get("url") else "no_title"

    def key(self, values: Mapping[str, Any]) -> str:
        if values.get("url"):
            return urls.key(values["url"])
        parts = (values.get("title"), values.get("outlet_name"), _day(values.get("published_on")))
        return fold(" ".join(str(each or "") for each in parts))

    def stored(self, rows: Sequence[Mapping[str, Any]], settings: Settings) -> Mapping[str, int]:
        keys = {urls.key(row["url"]) for row in rows if row.get("url")}
        titles = {
            coverage.title_key(row["title"], row.get("outlet_name", "")) for row in rows if row.get("title")
        }
        found: dict[str, int] = {}
        statement = visible(Clip, settings.actor).with_only_columns(
            Clip.id, Clip.url_key, Clip.title, Clip.outlet_name, Clip.published_on
        )
        for row in db.session().execute(statement.where(among_texts(Clip.url_key, keys))):
            found[row.url_key] = row.id
        for row in db.session().execute(statement.where(among_texts(Clip.title_key, titles))):
            same = {"title": row.title, "outlet_name": row.outlet_name, "published_on": row.published_on}
            found.setdefault(self.key(same), row.id)
        return found

    def label(self, record: Any) -> str:
        return str(record["values"].get("title") or record["values"].get("url") or "")

    def write(self, values: Mapping[str, Any], settings: Settings, change: Change) -> int:
        if not settings.actor.can_everywhere(EDIT):  # As on its page: coverage is everybody's.
            raise UserError(_("You may not add coverage with a role over one organization."))
        given = {"outlet_name": "", **{name: value for name, value in values.items() if name in self.targets}}
        given["title"] = values.get("title") or values["url"]
        given["published_on"] = _as_day(values.get("published_on"))
        given["messages"] = None
        clip = Clip(custom=dict(values.get("custom", {})))
        return coverage.save(clip, given, settings.actor, change).id

    def record_url(self, record_id: int) -> str | None:
        return url_for("media.clip", clip_id=record_id)

    def summary(self, file_name: str, counts: Mapping[str, int]) -> str:
        return _("Imported coverage from “%(name)s”: %(count)s new", name=file_name, count=counts["create"])


def _day(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")


def _as_day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) and value else value or None
