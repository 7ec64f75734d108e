"""Which address somebody of the press is written to: one that wants no mail is passed over, the others go
on."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from crm.plugin_api import Contact, UserError, db, system
from crm.plugin_api import gettext as _
from crm.plugin_api.outside import ASKED, BOUNCED, begin_mail, end_mail
from crm.plugin_api.records import DoNotContact, Email
from crm.plugin_api.words import clean_email
from crm_media.texts import among_texts

_NO_MAIL = ("email", "all")


@dataclass
class Addresses:
    """The addresses of somebody, the main one first; `silent` says of those that get no mail why not, by the
    address in small letters, `asked` at which of them somebody asked for none. `refuses` is somebody who
    wants none at all."""

    listed: list[str] = field(default_factory=list)
    silent: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    refuses: bool = False

    def best(self) -> str:
        """The main one, or the next where mail came back from it; where none takes mail the main one, for the
        page to show."""
        return next(iter(self.open()), next(iter(self.listed), ""))

    def open(self) -> list[str]:
        """Those that mail may go to. Who asked for none at the main one is written to nowhere: another
        address is no way around that, until staff make it the main one."""
        if self.listed and self.listed[0].lower() in self.asked:
            return []
        return [each for each in self.listed if each.lower() not in self.silent]

    def stops(self) -> str:
        """Why nothing goes to them; empty when something may."""
        if self.refuses:
            return _("They do not want mail.")
        if not self.listed:
            return _("They have no email address.")
        return "" if self.open() else self.silent[self.listed[0].lower()]

    def passed_over(self) -> list[str]:
        """What to say of addresses that would have come before the one that is used."""
        before = self.listed[: self.listed.index(self.best())]
        return [f"{each}: {self.silent[each.lower()]}" for each in before]


def of(contact_ids: Iterable[int]) -> dict[int, Addresses]:
    """The addresses of these contacts."""
    ids = list(contact_ids)
    found: defaultdict[int, Addresses] = defaultdict(Addresses)
    with system("how recipients are reached who were loaded for the actor"):
        mails = (
            select(Email.contact_id, Email.address)
            .where(db.among(Email.contact_id, ids), Email.address != "")
            .order_by(Email.is_primary.desc(), Email.id)
        )
        for contact_id, address in db.session().execute(mails):
            found[contact_id].listed.append(address)
        asked = select(DoNotContact.contact_id).where(
            db.among(DoNotContact.contact_id, ids), DoNotContact.channel.in_(_NO_MAIL)
        )
        for contact_id in db.session().scalars(asked):
            found[contact_id].refuses = True
        silent = _silent({each.lower() for one in found.values() for each in one.listed})
    for one in found.values():
        one.silent = {each.lower(): silent[each.lower()] for each in one.listed if each.lower() in silent}
        one.asked = {each for each, why in one.silent.items() if why == _refused()}
    return found


def _refused() -> str:
    return _("They want no mail at this address.")


def rows_of(contact: Contact) -> Sequence[Email]:
    """The addresses of a contact, the main one first."""
    with system("the addresses of a contact that was loaded for the reader"):
        statement = select(Email).where(Email.contact_id == contact.id, Email.address != "")
        return db.session().scalars(statement.order_by(Email.is_primary.desc(), Email.id)).all()


def set_mail(contact: Contact, email_id: int, *, wanted: bool) -> None:
    """End or begin mail to one address of a contact; the others stay as they are."""
    row = next((each for each in rows_of(contact) if each.id == email_id), None)
    if row is None:
        raise UserError(_("They do not have this address any more. Reload the page."))
    if wanted:
        begin_mail(row)
    else:
        end_mail([row], ASKED)
    db.session().flush()


def become_main(contact: Contact, address: str) -> None:
    """Somebody is written to there from now on; their other addresses stay, where they were found."""
    cleaned, problem = clean_email(address)
    if problem or not cleaned:
        raise UserError(_("“%(value)s” is not an email address.", value=address[:80]))
    rows = rows_of(contact)
    mine = next((each for each in rows if each.address_key == cleaned.lower()), None)
    if mine is None:
        mine = Email(contact_id=contact.id, address=cleaned, address_key=cleaned.lower())
        db.session().add(mine)
    for each in rows:
        each.is_primary = False
    mine.is_primary = True
    db.session().flush()


def found_to_work(contact_id: int) -> bool:
    """Somebody looked and all is still so: an address from which mail came back counts again. Whether there
    was one."""
    with system("the addresses of somebody whom the reader verified"):
        statement = select(Email).where(Email.contact_id == contact_id, Email.no_mail_why == BOUNCED)
        rows = db.session().scalars(statement).all()
    for each in rows:
        begin_mail(each)
    db.session().flush()
    return bool(rows)


def _silent(keys: set[str]) -> dict[str, str]:
    """Why these get no mail: somebody who has the address asked for none there, or for none at all, or mail
    came back from it."""
    theirs = select(Email.address_key, Email.no_mail_why).where(among_texts(Email.address_key, keys))
    refused, came_back = _refused(), _("Mail to this address came back.")
    found = {
        row.address_key: refused if row.no_mail_why == ASKED else came_back
        for row in db.session().execute(theirs.where(Email.no_mail_since.is_not(None)).order_by(Email.id))
    }
    shared = select(DoNotContact.id).where(
        DoNotContact.contact_id == Email.contact_id, DoNotContact.channel.in_(_NO_MAIL)
    )
    others = theirs.with_only_columns(Email.address_key).where(shared.exists())
    return found | dict.fromkeys(db.session().scalars(others), refused)
