"""Fields of forms that choose contacts and accounts: one types a name and takes an offer, script or not.

What is typed is offered as “Name · what tells them apart · #12”; the number decides. A name alone is enough
where just one visible contact has it."""

import re
from collections.abc import Sequence
from typing import Any, Final

from flask_babel import gettext as _
from sqlalchemy import select
from wtforms import Field, SelectField, StringField, ValidationError

from crm import db
from crm.access import current_actor, visible
from crm.access.guard import system
from crm.contacts.models import Affiliation, Contact, Email
from crm.fields.filters import as_id
from crm.forms import options
from crm.transfer.cleaning.text import fold, squash

_NUMBER: Final = re.compile(r"#(\d{1,18})\s*$")
_LIST: Final = re.compile(r"#L(\d{1,18})\s*$")
OFFERED: Final = 12
MOST_OF_A_LIST: Final = 5000
_MOST_NAMESAKES: Final = 200


class ContactField(StringField):
    """Chooses one contact that the reader may see; `data` is its id or None. `kinds` limits what fits."""

    def __init__(
        self,
        label: Any = None,
        validators: Sequence[Any] = (),
        *,
        kinds: tuple[str, ...] = ("person", "organization"),
        required: bool = False,
        **values: Any,
    ) -> None:
        super().__init__(label, list(validators), **values)
        self.kinds, self.needed, self.typed = kinds, required, ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        if not valuelist:
            return
        self.typed, self.data = squash(str(valuelist[0])), None
        if self.typed:
            self.data: Any = find(self.typed, self.kinds)
        elif self.needed:
            raise ValidationError(_("Choose somebody."))

    def _value(self) -> str:
        if self.typed or self.data is None:
            return self.typed
        return label_of(int(self.data))


class ContactsField(Field):
    """Chooses several contacts; `data` is a list of ids. Drawn by the macro `contacts_field`. A line may name
    a saved list instead, by its number: then everybody in it is chosen."""

    def __init__(
        self,
        label: Any = None,
        validators: Sequence[Any] = (),
        *,
        kinds: tuple[str, ...] = ("person", "organization"),
        **values: Any,
    ) -> None:
        super().__init__(label, list(validators), **values)
        self.kinds = kinds
        self.typed: list[str] = []

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Every line counts; all mistakes are said at once."""
        self.typed = [text for each in valuelist if (text := squash(str(each)))]
        self.data, wrong = [], []
        for text in self.typed:
            try:
                found = of_list(text, self.kinds) if is_list(text) else [find(text, self.kinds)]
                self.data += [each for each in found if each not in set(self.data)]
            except ValidationError as error:
                wrong.append(str(error))
        if wrong:
            raise ValidationError(" ".join(wrong))

    @property
    def lines(self) -> list[str]:
        """What stands in the inputs, an empty one last."""
        chosen = self.typed or [text for _id, text in described(self.data or [])]
        return [*chosen, ""]


def find(typed: str, kinds: Sequence[str]) -> int:
    """The id of the contact that was typed; ValidationError with a sentence when nobody or several fit."""
    found = _numbered(int(number[1]), kinds) if (number := _NUMBER.search(typed)) else _named(typed, kinds)
    if not found:
        raise ValidationError(
            _("Nobody is called “%(name)s”. Choose from what is offered while you type.", name=typed)
        )
    if len(found) > 1:
        raise ValidationError(
            _("Several are called “%(name)s”. Choose from what is offered while you type.", name=typed)
        )
    return found[0]


def _numbered(contact_id: int, kinds: Sequence[str]) -> list[int]:
    statement = visible(Contact, current_actor()).where(Contact.kind.in_(kinds), Contact.id == contact_id)
    return list(db.session().execute(statement.with_only_columns(Contact.id)).scalars())


def _named(typed: str, kinds: Sequence[str]) -> list[int]:
    key = fold(typed)
    rows = _fitting(typed, kinds, _MOST_NAMESAKES)
    return [row[0] for row in rows if fold(row[1]) == key]


def _fitting(text: str, kinds: Sequence[str], limit: int) -> Sequence[Any]:
    """(id, name) of visible contacts that have every word of the text."""
    from crm.search.services import matching_ids_clause

    statement = (
        visible(Contact, current_actor())
        .where(Contact.id.in_(matching_ids_clause(text, "contact")), Contact.kind.in_(kinds))
        .order_by(Contact.sort_name, Contact.id)
        .limit(limit)
        .with_only_columns(Contact.id, Contact.name)
    )
    return db.session().execute(statement).all()


def label_of(contact_id: int) -> str:
    """A contact as a field offers and keeps it."""
    return next((text for found, text in described([contact_id]) if found == contact_id), f"#{contact_id}")


def is_list(typed: str) -> bool:
    """Whether a line names a saved list and no contact."""
    return _LIST.search(typed) is not None


def of_list(typed: str, kinds: Sequence[str]) -> list[int]:
    """The ids of everybody in a saved list of contacts that the reader may use. ValidationError, with a
    sentence, when there is none, when nobody is in it, or when it holds too many for a form."""
    # Imported here because lists read the fields of contacts.
    from crm.fields.listing import Listing
    from crm.fields.lists import find as find_list
    from crm.fields.lists import state_of

    number = _LIST.search(typed)
    saved = find_list(int(number[1]), current_actor()) if number else None
    if saved is None or saved.record_type != "contacts":
        raise ValidationError(_("There is no list “%(name)s” any more. Choose another one.", name=typed))
    listing = Listing(state_of(saved), current_actor())
    statement = listing.ids().order_by(None).where(Contact.kind.in_(kinds)).order_by(Contact.id)
    found = list(db.session().execute(statement.limit(MOST_OF_A_LIST + 1)).scalars())
    if listing.warnings:
        said = f"{saved.name}: {listing.warnings[0]}"
        raise ValidationError(said)
    if not found:
        raise ValidationError(_("Nobody who fits is in the list “%(name)s”.", name=saved.name))
    if len(found) > MOST_OF_A_LIST:
        raise ValidationError(
            _(
                "The list “%(name)s” holds more than %(most)s. Open it, choose all, and take what you want "
                "to do from the bar below.",
                name=saved.name,
                most=MOST_OF_A_LIST,
            )
        )
    return found


def offered_lists(text: str) -> list[str]:
    """The saved lists of contacts whose names have what is typed: “Principals · list #L12”."""
    from crm.fields.lists import saved_lists

    wanted = fold(text)
    found = [each for each in saved_lists("contacts", current_actor()) if wanted in fold(each.name)]
    return [_("%(name)s · list #L%(number)s", name=each.name, number=each.id) for each in found[:6]]


def offers(text: str, kinds: Sequence[str]) -> list[str]:
    """The labels of visible contacts that fit what is being typed."""
    rows = _fitting(text, kinds, OFFERED) if squash(text) else ()
    return [label for _id, label in described([row[0] for row in rows])]


def described(ids: Sequence[int]) -> list[tuple[int, str]]:
    """“María Jackson · Families of Wren Hollow · #100” for each, in the order of their names."""
    organization = db.table(Contact).alias("organization")
    place = (
        select(organization.c.name)
        .join(Affiliation, Affiliation.organization_id == organization.c.id)
        .where(Affiliation.person_id == Contact.id, Affiliation.is_current)
        .order_by(Affiliation.is_primary.desc(), Affiliation.id)
        .limit(1)
        .scalar_subquery()
    )
    email = (
        select(Email.address)
        .where(Email.contact_id == Contact.id)
        .order_by(Email.is_primary.desc(), Email.id)
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        visible(Contact, current_actor())
        .where(db.among(Contact.id, ids))
        .order_by(Contact.sort_name, Contact.id)
        .with_only_columns(Contact.id, Contact.name, place, email)
    )
    return [
        (row[0], " · ".join(part for part in (row[1], row[2] or row[3], f"#{row[0]}") if part))
        for row in db.session().execute(statement)
    ]


class UserField(SelectField):
    """Chooses one of those who can sign in; `data` is an id or None."""

    def __init__(self, label: Any = None, validators: Sequence[Any] = (), *, required: bool = False,
                 **values: Any) -> None:  # fmt: skip
        super().__init__(label, list(validators), coerce=_as_id, choices=lambda: users(required), **values)
        if required:
            self.flags.required = True


def _as_id(value: Any) -> int | None:
    return as_id(str(value or "")) or None


def users(required: bool) -> list[Any]:
    """Accounts in use, by name; an empty choice where one may be left out."""
    from crm.accounts.models import User

    with system("whom something can be given to"):
        statement = select(User.id, User.name).where(User.active.is_(True)).order_by(User.name, User.id)
        rows = db.session().execute(statement).all()
    return options([*([] if required else [("", "")]), *((row[0], row[1]) for row in rows)])
