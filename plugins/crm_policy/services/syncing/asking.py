"""Which sessions are kept fresh, and asking for the work."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from crm.plugin_api import Actor, JobRun, UserError, db, jobs, setting, system
from crm.plugin_api import gettext as _
from crm.plugin_api.words import squash
from crm_policy.models import Source
from crm_policy.places import PLACES
from crm_policy.services.syncing.running import ACTION, URLS, unfinished


def add(values: Mapping[str, Any]) -> Source:
    """A session to be kept fresh; UserError for one that is already."""
    if values["provider"] not in URLS or values["state"] not in PLACES:
        raise UserError(_("Choose a service and a state."))
    name = squash(values["session"] or "")
    with system("whether a session is kept fresh already"):
        same = select(Source).where(
            Source.provider == values["provider"], Source.state == values["state"], Source.session == name
        )
        if db.session().scalars(same).first() is not None:
            raise UserError(_("This session is kept fresh already."))
    found = Source(
        provider=values["provider"],
        state=values["state"],
        session=name,
        bulk_url=_bulk_address(values.get("bulk_url") or "", values["provider"]),
        cursor={},
    )
    db.session().add(found)
    db.session().flush()
    return found


def ask(source: Source, actor: Actor) -> Any:
    """Ask for the work; when it is under way already, that is it. Inside a transaction."""
    if (running := unfinished(source.provider).get(source.id)) is not None:
        return running
    title = _("Bills of %(state)s from %(service)s", state=source.state, service=source.provider)
    return jobs.enqueue(ACTION, {"source_id": source.id}, title, actor)


def nightly(run: JobRun) -> bool:
    """Ask for every session that is kept fresh, where there is a key."""
    with db.transaction(run.actor, "policy.nightly"):
        with system("what is kept fresh"):
            sources = list(
                db.session().scalars(select(Source).where(Source.active.is_(True)).order_by(Source.id))
            )
        for source in sources:
            if setting(f"policy.{source.provider}_key"):
                ask(source, run.actor)
        run.finish()
    return True


def _bulk_address(text: str, provider: str) -> str:
    """The address of a session's bulk file; UserError for what is none."""
    text = text.strip()
    if not text or provider != "openstates":
        return ""
    if urlsplit(text).scheme not in ("https", "http") or not urlsplit(text).hostname:
        raise UserError(_("“%(url)s” is not an address of a service.", url=text[:200]))
    return text
