"""To whom reporters answer: what stands before somebody sends, and as Reply-To in each mail.

`Release.answers_to` is empty for whoever sends it, `house` for the address that mail of this installation
comes from, `user:5` for an account, `speaker:3` for a spokesperson."""

from dataclasses import dataclass
from email.utils import parseaddr
from typing import Final

from sqlalchemy import select

from crm.plugin_api import Actor, Contact, UserError, db, runtime, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.choosing import who_may
from crm.plugin_api.records import User
from crm_media.models import Release, Spokesperson
from crm_media.permissions import OUTREACH
from crm_media.services import addresses
from crm_media.services.turns import lock

SENDER: Final = ""
HOUSE: Final = "house"


@dataclass(frozen=True)
class Answering:
    """Who gets the answers. `gone` is the case where somebody else was chosen who cannot get them any more:
    they go to the house then."""

    name: str
    address: str
    gone: bool = False

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


def of(release: Release, sender_id: int | None = None) -> Answering:
    """Who gets the answers when `sender_id` sends it, or whoever began to send it."""
    kind, _colon, number = release.answers_to.partition(":")
    sender = sender_id or release.sender_id
    if kind == HOUSE or (kind == SENDER and sender is None):
        return house()
    found = _speaker(int(number)) if kind == "speaker" else _user(int(number or sender or 0))
    return found or Answering(*parseaddr(runtime().config.mail_from), gone=True)


def house() -> Answering:
    return Answering(*parseaddr(runtime().config.mail_from))


def _user(user_id: int) -> Answering | None:
    with system("whoever sends a release, or was chosen to get the answers to it"):
        found = db.session().execute(
            select(User.name, User.email).where(User.id == user_id, User.active.is_(True))
        )
        row = found.first()
    return Answering(row[0], row[1]) if row is not None else None


def _speaker(spokesperson_id: int) -> Answering | None:
    with system("the spokesperson who was chosen to get the answers to a release"):
        statement = select(Contact.id, Contact.name).join(Spokesperson, Spokesperson.contact_id == Contact.id)
        row = db.session().execute(statement.where(Spokesperson.id == spokesperson_id)).first()
    address = addresses.of([row[0]])[row[0]].best() if row is not None else ""
    return Answering(row[1], address) if row is not None and address else None


def choices(release: Release, actor: Actor) -> list[tuple[str, str]]:
    """Whom one may choose: whoever sends it, the house, those who work on releases, and spokespeople with an
    address."""
    return [
        (SENDER, _("Whoever sends it")),
        (HOUSE, _("All of us: %(address)s", address=house().address)),
        *((f"user:{number}", name) for number, name in who_may(Release, release.id, OUTREACH)),
        *((f"speaker:{number}", _("%(name)s, who speaks for us", name=name))
          for number, name in _speakers(actor)),
    ]  # fmt: skip


def _speakers(actor: Actor) -> list[tuple[int, str]]:
    statement = (
        visible(Spokesperson, actor)
        .join(Contact, Contact.id == Spokesperson.contact_id)
        .order_by(Contact.sort_name, Contact.id)
        .with_only_columns(Spokesperson.id, Contact.name, Contact.id)
        .limit(500)
    )
    found = db.session().execute(statement).all()
    reached = addresses.of([each[2] for each in found])
    return [(each[0], each[1]) for each in found if reached[each[2]].best()]


def give(release: Release, user_id: int) -> None:
    """Answers that somebody got who leaves go to an heir. UserError where they may not see the release."""
    lock(release)
    if user_id not in {number for number, _name in who_may(Release, release.id, OUTREACH)}:
        raise UserError(
            _(
                "Answers to “%(name)s” go to somebody who works on releases. Choose another heir.",
                name=release.name,
            )
        )
    if release.answers_to == SENDER:
        release.sender_id = user_id
    else:
        release.answers_to = f"user:{user_id}"
    db.session().flush()


def choose(release: Release, key: str, actor: Actor) -> None:
    """From now on answers go there; those to what has left go where it said."""
    lock(release)
    if key != release.answers_to and key not in dict(choices(release, actor)):
        raise UserError(_("They cannot get answers any more. Choose somebody else."))
    release.answers_to = key
    db.session().flush()
