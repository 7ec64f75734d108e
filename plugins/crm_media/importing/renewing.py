"""A press list that comes again: what it says anew of reporters who are there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import Affiliation, Contact, day_here, db, system
from crm.plugin_api.records import DoNotContact, Email, Phone
from crm.plugin_api.transfer import Settings
from crm.plugin_api.words import clean_phone, fold
from crm_media.models import Outlet, Reporter
from crm_media.services import press

_WORDS: Final = ("beats", "areas", "languages", "hours", "channel", "kind")
_SEVERAL: Final = frozenset({"beats", "areas", "languages"})
Change = tuple[str, str, str]
YES: Final = frozenset(["yes", "y", "true", "1", "x", "si", "on"])
NO: Final = frozenset(["no", "n", "false", "0", "off", "-"])


@dataclass
class Present:
    """A reporter as they are: their row, the numbers and addresses that they have, whether they want no mail,
    where they work now and as what."""

    row: Reporter
    numbers: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    refuses: bool = False
    posts: dict[str, Affiliation] = field(default_factory=dict)


def present(reporter_ids: Iterable[int]) -> dict[int, Present]:
    """Reporters by their id, as the import finds them."""
    with system("reporters whom the importing reader sees"):
        statement = select(Reporter).where(db.among(Reporter.id, list(reporter_ids)))
        found = {each.contact_id: Present(each) for each in db.session().scalars(statement)}
        ids = list(found)
        for contact_id, number in db.session().execute(
            select(Phone.contact_id, Phone.number).where(db.among(Phone.contact_id, ids))
        ):
            found[contact_id].numbers.add(number)
        for contact_id, key in db.session().execute(
            select(Email.contact_id, Email.address_key).where(db.among(Email.contact_id, ids))
        ):
            found[contact_id].emails.add(key)
        asked = select(DoNotContact.contact_id).where(
            db.among(DoNotContact.contact_id, ids), DoNotContact.channel.in_(("email", "all"))
        )
        for contact_id in db.session().scalars(asked):
            found[contact_id].refuses = True
        at_work = (
            select(Affiliation, Contact.name)
            .join(Contact, Contact.id == Affiliation.organization_id)
            .join(Outlet, Outlet.contact_id == Contact.id)
            .where(db.among(Affiliation.person_id, ids), Affiliation.is_current)
        )
        for post, name in db.session().execute(at_work):
            found[post.person_id].posts[fold(name)] = post
    return {each.row.id: each for each in found.values()}


def numbers_of(values: Mapping[str, Any]) -> dict[str, str]:
    """The numbers of a row by label, as they are kept."""
    cleaned = {label: clean_phone(values[name], "US")[0]
               for name, label in (("phone", ""), ("mobile", "mobile")) if values.get(name)}  # fmt: skip
    return {label: each for label, each in cleaned.items() if each}


def differences(there: Present, values: Mapping[str, Any], settings: Settings) -> list[Change]:
    """What a row says that is not so here, as (field, old, new). With `fill` only what is empty here."""
    fills, row = settings.mode == "fill", there.row
    found = [
        (name, str(getattr(row, name)), str(values[name]))
        for name in _WORDS
        if values.get(name) and name not in values.get("guessed", ())
        if _plain(getattr(row, name)) != _plain(values[name]) and not (fills and getattr(row, name))
    ]
    found += [("phone", "", each) for each in numbers_of(values).values() if each not in there.numbers]
    if values.get("email") and values["email"].lower() not in there.emails:
        found.append(("email", "", values["email"]))
    if values.get("do_not_email") and not there.refuses:
        found.append(("do_not_email", "", values["do_not_email"]))
    if values.get("do_not_chase") and not row.do_not_chase:
        found.append(("do_not_chase", "", values["do_not_chase"]))
    for name in ("away_until", "verified_on"):
        day, old = values.get(name), getattr(row, name)
        if day and (old is None or day > old.isoformat()):
            found.append((name, old.isoformat() if old else "", day))
    return found + _of_post(there, values, fills)


def _plain(text: str) -> str:
    return fold(press.words(text or ""))


def _of_post(there: Present, values: Mapping[str, Any], fills: bool) -> list[Change]:
    outlet, role = values.get("outlet", ""), values.get("role", "")
    post = there.posts.get(fold(outlet)) if outlet else next(iter(there.posts.values()), None)
    if outlet and post is None and not (fills and there.posts):
        return [("outlet", ", ".join(sorted(there.posts)), outlet)]
    if role and post is not None and fold(post.role) != fold(role) and not (fills and post.role):
        return [("role", post.role, role)]
    return []


def renew(there: Present, values: Mapping[str, Any], settings: Settings) -> None:
    """Write what differs. Another outlet is a move of today: the old post ends and stays in the history."""
    row = there.row
    with system("a reporter whom the importing reader sees"):
        person = db.session().get_one(Contact, row.contact_id)
    changed = {name: new for name, _old, new in differences(there, values, settings)}
    looked = row.verified_on
    for name in _WORDS:
        if name in changed:
            setattr(row, name, press.words(changed[name]) if name in _SEVERAL else changed[name])
    add_reach(person.id, values, settings.source, there)
    if "do_not_chase" in changed:
        row.do_not_chase = True
    for name in ("away_until", "verified_on"):
        if name in changed:
            setattr(row, name, date.fromisoformat(changed[name]))
            looked = row.verified_on
    if "outlet" in changed:
        press.move(row, person, values["outlet"], values.get("role", ""), day_here(), settings.actor)
        row.verified_on = looked  # That a list says so is no look at it.
    elif "role" in changed:
        post = there.posts.get(fold(values.get("outlet", ""))) or next(iter(there.posts.values()))
        post.role = values["role"]
    db.session().flush()


def add_reach(contact_id: int, values: Mapping[str, Any], source: str, there: Present | None = None) -> None:
    """Numbers, an address and a refusal that are new of somebody, with the file that they come from."""
    known = there or Present(Reporter())
    with system("how a reporter is reached whom the importing reader sees"):
        for label, number in numbers_of(values).items():
            if number not in known.numbers:
                first = not known.numbers
                known.numbers.add(number)
                db.session().add(Phone(contact_id=contact_id, label=label, number=number, is_primary=first,
                                       source=source[:120]))  # fmt: skip
        address = values.get("email", "")
        if address and address.lower() not in known.emails:
            db.session().add(Email(contact_id=contact_id, address=address, address_key=address.lower(),
                                   is_primary=not known.emails, source=source[:120]))  # fmt: skip
        if values.get("do_not_email") and not known.refuses:
            reason = "" if fold(values["do_not_email"]) in YES else values["do_not_email"]
            db.session().add(DoNotContact(contact_id=contact_id, channel="email", since=day_here(),
                                          reason=reason[:500], source=source[:120]))  # fmt: skip
        db.session().flush()


def said(text: str) -> str:
    """What a cell of yes or no says, in its words; empty for a no."""
    return "" if fold(text) in NO else text
