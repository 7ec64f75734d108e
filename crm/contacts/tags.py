"""Tags: one name, a description, an owner, a use count; renamed and merged without losing a contact."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext
from rapidfuzz import fuzz
from sqlalchemy import ColumnElement, exists, func, or_, select, true

from crm import db
from crm.access import SCOPED, visible, visible_clause
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import User
from crm.accounts.turns import take_turn
from crm.contacts.models import Contact, ContactTag, Tag
from crm.contacts.permissions import VIEW
from crm.errors import UserError
from crm.transfer.cleaning.text import fold, squash

LONGEST = 60


def tag_named(name: str, actor: Actor) -> Tag:
    """The tag of this name, made if it is new. Raises UserError for an empty or a very long name."""
    name = checked_name(name)
    named = select(Tag).where(Tag.name_key == fold(name))
    tag = db.session().scalars(named).first()
    if tag is None:
        take_turn("tags")  # Somebody else may be about to make the same one.
        tag = db.session().scalars(named).first()
    if tag is None:
        tag = Tag(name=name, name_key=fold(name), owner_user_id=actor.user_id)
        db.session().add(tag)
        db.session().flush()
    return tag


def checked_name(name: str) -> str:
    name = squash(name)
    if not name:
        raise UserError(_("A tag needs a name."))
    if len(name) > LONGEST:
        raise UserError(_("A tag's name has at most %(most)s characters; describe it below.", most=LONGEST))
    return name


def set_tags(contact: Contact, names: Iterable[str], actor: Actor) -> list[str]:
    """Make the contact's tags be these; returns those that are new to everybody."""
    names = [name for name in names if squash(name)]
    made = new_among(names)
    wanted = {tag.id for name in names for tag in [tag_named(name, actor)]}
    present = db.session().scalars(select(ContactTag).where(ContactTag.contact_id == contact.id)).all()
    for row in present:
        if row.tag_id not in wanted:
            db.session().delete(row)
    for tag_id in wanted - {row.tag_id for row in present}:
        db.session().add(ContactTag(contact_id=contact.id, tag_id=tag_id))
    db.session().flush()
    return made


def new_among(names: Iterable[str]) -> list[str]:
    """Those of the names that no tag has yet, as they would be written."""
    wanted = {fold(name): squash(name) for name in names if squash(name)}
    if not wanted:
        return []
    statement = select(Tag.name_key).where(Tag.name_key.in_(list(wanted)))
    present = set(db.session().execute(statement).scalars())
    return [name for key, name in wanted.items() if key not in present]


def offers(begun: str, words: Iterable[str], most: int = 8) -> Sequence[str]:
    """Tags that a word which was begun may become, without those that stand there already."""
    key = fold(begun)
    if not key:
        return ()
    taken = {fold(word) for word in words}
    statement = select(Tag.name, Tag.name_key).where(Tag.name_key.contains(key, autoescape=True))
    found = db.session().execute(statement.order_by(Tag.name_key).limit(most + len(taken))).all()
    return [name for name, name_key in found if name_key not in taken][:most]


def made_words(names: Sequence[str]) -> str:
    """What to add to a message when tags were made by writing them; a misspelled one is seen at once."""
    if not names:
        return ""
    return " " + ngettext("New tag: %(names)s.", "New tags: %(names)s.", len(names), names=", ".join(names))


def tag_many(tag: Tag, ids: Sequence[int]) -> int:
    """Give contacts a tag; returns how many did not have it yet."""
    change = db.current_change()
    assert change is not None
    table = db.table(ContactTag)
    has = select(table.c.contact_id).where(table.c.tag_id == tag.id, db.among(table.c.contact_id, ids))
    missing = sorted(set(ids) - set(db.session().execute(has).scalars()))
    for part in db.chunks(missing, 1000):
        rows = [{"contact_id": each, "tag_id": tag.id, "created_at": db.now()} for each in part]
        made = db.session().execute(table.insert().returning(table.c.id), rows).scalars().all()
        change.created(table, made)
    return len(missing)


def untag_many(tag: Tag, ids: Sequence[int]) -> int:
    """Take a tag off contacts; returns how many had it."""
    change = db.current_change()
    assert change is not None
    table = db.table(ContactTag)
    rows = select(table.c.id).where(table.c.tag_id == tag.id, db.among(table.c.contact_id, ids))
    return change.delete(table, db.session().execute(rows).scalars())


def change(tag: Tag, name: str, description: str, owner_user_id: int | None) -> None:
    """Give a tag another name, description or owner; raises UserError when the name is another tag's."""
    name = checked_name(name)
    other = db.session().scalars(select(Tag).where(Tag.name_key == fold(name), Tag.id != tag.id)).first()
    if other is not None:
        raise UserError(_("There is a tag “%(name)s” already. Merge the two instead.", name=other.name))
    tag.name, tag.name_key, tag.description = name, fold(name), squash(description)
    tag.owner_user_id = owner_user_id
    db.session().flush()


def create(name: str, description: str, owner_user_id: int | None, actor: Actor) -> Tag:
    """A new tag; raises UserError when there is one of this name."""
    if db.session().scalars(select(Tag).where(Tag.name_key == fold(checked_name(name)))).first():
        raise UserError(_("There is a tag of this name already. Change that one instead."))
    tag = tag_named(name, actor)
    change(tag, name, description, owner_user_id)
    return tag


def merge(survivor: Tag, loser: Tag) -> int:
    """Give everybody with `loser` the tag `survivor` and remove `loser`, in saved lists too; returns how
    many had it."""
    if survivor.id == loser.id:
        raise UserError(_("A tag cannot be merged with itself. Choose another one."))
    ids = tagged(loser)
    tag_many(survivor, ids)
    untag_many(loser, ids)
    # Imported here because the fields of contacts, which lists read, import this module.
    from crm.fields.lists import follow_value

    follow_value("contacts", "tags", str(loser.id), str(survivor.id))
    db.session().delete(loser)
    db.session().flush()
    return len(ids)


def tagged(tag: Tag) -> list[int]:
    """The ids of all who have a tag."""
    statement = select(ContactTag.contact_id).where(ContactTag.tag_id == tag.id)
    return list(db.session().execute(statement).scalars())


def remove(tag: Tag) -> int:
    """Take a tag off everybody and remove it; returns how many had it."""
    ids = tagged(tag)
    untag_many(tag, ids)
    db.session().delete(tag)
    db.session().flush()
    return len(ids)


@dataclass(frozen=True)
class Use:
    """A tag, how many of the contacts that the asker may see have it, and who looks after it."""

    tag: Tag
    count: int
    owner: str


def known_to(actor: Actor) -> ColumnElement[bool]:
    """The condition on tags that the actor may know of: all, or for whoever does not see every contact those
    of the contacts they see, and those they look after."""
    if actor.can_everywhere(VIEW):
        return true()
    ids = visible(Contact, actor).with_only_columns(Contact.id).correlate(None)
    used = exists().where(ContactTag.tag_id == Tag.id, ContactTag.contact_id.in_(ids))
    return used if actor.user_id is None else or_(used, Tag.owner_user_id == actor.user_id)


def known(actor: Actor) -> Sequence[Tag]:
    """Those tags by name, to choose one."""
    statement = select(Tag).where(known_to(actor)).order_by(Tag.name_key)
    return db.session().scalars(statement.execution_options(**{SCOPED: True})).all()


def in_use(actor: Actor) -> Sequence[Use]:
    """Every tag that the actor may know of, by name, with what one should know about it."""
    counted = (
        select(ContactTag.tag_id, func.count().label("many"))
        .join(Contact, Contact.id == ContactTag.contact_id)
        .where(visible_clause(Contact, actor))
        .group_by(ContactTag.tag_id)
        .subquery()
    )
    statement = (
        select(Tag, func.coalesce(counted.c.many, 0), User.name)
        .outerjoin(counted, counted.c.tag_id == Tag.id)
        .outerjoin(User, User.id == Tag.owner_user_id)
        .where(known_to(actor))
        .order_by(Tag.name_key)
    )
    with system("contacts are counted under the asker's own rule; owners are named to everybody"):
        return [Use(row[0], row[1], row[2] or "") for row in db.session().execute(statement)]


def closest(tag: Tag, others: Sequence[Tag]) -> int:
    """The id of the tag whose name is most like this one's: what it is usually merged into."""
    best = max(others, key=lambda each: fuzz.WRatio(tag.name_key, each.name_key), default=None)
    return best.id if best is not None else 0


def shared(one: Tag, other: Tag) -> int:
    """How many contacts have both tags."""
    also = select(ContactTag.contact_id).where(ContactTag.tag_id == other.id)
    statement = select(func.count()).where(ContactTag.tag_id == one.id, ContactTag.contact_id.in_(also))
    return int(db.session().execute(statement).scalar_one())
