"""Tags: one name, a description, an owner, a use count; renamed and merged without losing a contact."""

from collections.abc import Iterable, Sequence

from flask_babel import gettext as _
from sqlalchemy import func, select

from crm import db
from crm.access.actor import Actor
from crm.contacts.models import Contact, ContactTag, Tag
from crm.errors import UserError
from crm.transfer.cleaning.text import fold, squash

LONGEST = 60


def tag_named(name: str, actor: Actor) -> Tag:
    """The tag of this name, made if it is new. Raises UserError for an empty or a very long name."""
    name = checked_name(name)
    tag = db.session().scalars(select(Tag).where(Tag.name_key == fold(name))).first()
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


def set_tags(contact: Contact, names: Iterable[str], actor: Actor) -> None:
    """Make the contact's tags be these."""
    wanted = {tag.id for name in names if squash(name) for tag in [tag_named(name, actor)]}
    present = db.session().scalars(select(ContactTag).where(ContactTag.contact_id == contact.id)).all()
    for row in present:
        if row.tag_id not in wanted:
            db.session().delete(row)
    for tag_id in wanted - {row.tag_id for row in present}:
        db.session().add(ContactTag(contact_id=contact.id, tag_id=tag_id))
    db.session().flush()


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


def rename(tag: Tag, name: str, description: str) -> None:
    """Give a tag another name or description; raises UserError when the name is another tag's."""
    name = checked_name(name)
    other = db.session().scalars(select(Tag).where(Tag.name_key == fold(name), Tag.id != tag.id)).first()
    if other is not None:
        raise UserError(_("There is a tag “%(name)s” already. Merge the two instead.", name=other.name))
    tag.name, tag.name_key, tag.description = name, fold(name), squash(description)
    db.session().flush()


def merge(survivor: Tag, loser: Tag) -> int:
    """Give everybody with `loser` the tag `survivor` and remove `loser`; returns how many moved."""
    if survivor.id == loser.id:
        raise UserError(_("A tag cannot be merged with itself. Choose another one."))
    ids = list(
        db.session().execute(select(ContactTag.contact_id).where(ContactTag.tag_id == loser.id)).scalars()
    )
    tag_many(survivor, ids)
    untag_many(loser, ids)
    db.session().delete(loser)
    db.session().flush()
    return len(ids)


def remove(tag: Tag) -> int:
    """Take a tag off everybody and remove it; returns how many had it."""
    ids = list(
        db.session().execute(select(ContactTag.contact_id).where(ContactTag.tag_id == tag.id)).scalars()
    )
    untag_many(tag, ids)
    db.session().delete(tag)
    db.session().flush()
    return len(ids)


def with_counts() -> Sequence[tuple[Tag, int]]:
    """Every tag with how many contacts have it, by name."""
    count = func.count(ContactTag.id)
    statement = (
        select(Tag, count)
        .outerjoin(ContactTag, ContactTag.tag_id == Tag.id)
        .group_by(Tag.id)
        .order_by(Tag.name_key)
    )
    return [(row[0], row[1]) for row in db.session().execute(statement)]
