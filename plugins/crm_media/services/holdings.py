"""What is kept about a contact, across the tables: merged, handed out, forgotten, deleted."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, false, or_, select

from crm.plugin_api import Contact, DataSection, UserError, db, history, now, system
from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext as lazy
from crm.plugin_api.outside import forget_answers
from crm.plugin_api.records import Email
from crm.plugin_api.sets import Change
from crm_media.models import (
    Booking,
    Carries,
    Clip,
    ClipPerson,
    Opinion,
    Outlet,
    Recipient,
    Release,
    Reporter,
    Spokesperson,
    Submission,
)

ONE_EACH: Final[tuple[tuple[Any, Any], ...]] = (
    (Outlet, lazy("Outlet")),
    (Reporter, lazy("Reporter")),
    (Spokesperson, lazy("Spokesperson")),
)
"""A contact has at most one row of each."""
HANGING: Final[tuple[tuple[Any, str, Any], ...]] = (
    (Carries, "spokesperson_id", Spokesperson),
    (Booking, "spokesperson_id", Spokesperson),
)
"""Rows that go with a row of the above: model, column, what it refers to."""
NAMING: Final[tuple[tuple[Any, str, Any], ...]] = (
    (Clip, "outlet_id", Outlet),
    (Release, "exclusive_outlet_id", Outlet),
)
"""Rows that stay without it."""
MANY: Final[tuple[tuple[Any, str, Any], ...]] = (
    (ClipPerson, "clip_id", lazy("In the coverage")),
    (Recipient, "release_id", lazy("Releases and pitches they got")),
    (Opinion, "id", lazy("Op-eds and letters they wrote")),
)
"""A contact may have several rows of each, one for each of what the column refers to."""
_OWN: Final = frozenset({"id", "contact_id", "created_at"})


def _row_of(model: Any, contact_id: int) -> Any:
    with system("what the press keeps of a contact that was loaded before"):
        return db.session().scalar(select(model).where(model.contact_id == contact_id))


def _ids(column: Any, *where: Any) -> list[int]:
    with system("what hangs on rows of a contact that was loaded before"):
        return list(db.session().scalars(select(column).where(*where)))


def _change() -> Change:
    change = db.current_change()
    assert change is not None
    return change


def merge(survivor: Contact, loser: Contact) -> None:
    """Two contacts are one: what the survivor lacks comes from the other."""
    for model, _title in ONE_EACH:
        lost, kept = _row_of(model, loser.id), _row_of(model, survivor.id)
        if lost is None:
            continue
        if kept is None:
            lost.contact_id = survivor.id
            continue
        for column in (each.name for each in db.table(model).columns):
            if column not in _OWN and not getattr(kept, column):
                setattr(kept, column, getattr(lost, column))
        kept.custom = {**lost.custom, **kept.custom}
        db.session().flush()
        _move_hanging(model, lost.id, kept.id)
        with system("the other row of two that are one"):
            _change().delete(db.table(model), [lost.id])
        db.session().expire_all()
    for model, name, _title in MANY:
        _move_many(model, getattr(model, name), survivor.id, loser.id)
    db.session().flush()


def _move_many(model: Any, column: Any, survivor_id: int, loser_id: int) -> None:
    """Rows of the loser become the survivor's, but for those that the survivor has already."""
    if model is Recipient:
        _keep_what_went_further(survivor_id, loser_id)
    there = select(column).where(model.contact_id == survivor_id)
    double = _ids(model.id, model.contact_id == loser_id, column.in_(there))
    others = [each for each in _ids(model.id, model.contact_id == loser_id) if each not in set(double)]
    with system("what is kept of two contacts that are one"):
        _change().delete(db.table(model), double)
        _change().update(db.table(model), others, {"contact_id": survivor_id})


_FURTHER: Final = ("left_out", "chosen", "silent", "bounced", "sent", "declined", "replied", "covered")


def _keep_what_went_further(survivor_id: int, loser_id: int) -> None:
    """Both were to get one release: who got it and what they answered stays, so that nobody gets it twice."""
    with system("recipients who are one"):
        both = select(Recipient).where(Recipient.contact_id.in_([survivor_id, loser_id]))
        rows = db.session().scalars(both.order_by(Recipient.id)).all()
    by_release: dict[int, list[Recipient]] = {}
    for each in rows:
        by_release.setdefault(each.release_id, []).append(each)
    for pair in (each for each in by_release.values() if len(each) > 1):
        best = max(pair, key=lambda row: (row.mail_id is not None, _FURTHER.index(row.status)))
        if best.contact_id == loser_id:
            with system("the other of two recipients who are one"):
                _change().delete(db.table(Recipient), [each.id for each in pair if each is not best])
                _change().update(db.table(Recipient), [best.id], {"contact_id": survivor_id})
    db.session().expire_all()


def _move_hanging(model: Any, lost_id: int, kept_id: int) -> None:
    for child, name, parent in (*HANGING, *NAMING):
        if parent is not model:
            continue
        column = getattr(child, name)
        ids = _ids(child.id, column == lost_id)
        if child is Carries:
            there = select(Carries.message_id).where(Carries.spokesperson_id == kept_id)
            double = _ids(child.id, column == lost_id, Carries.message_id.in_(there))
            with system("said twice once two are one"):
                _change().delete(db.table(child), double)
            ids = [each for each in ids if each not in set(double)]
        with system("what hangs on a row that goes"):
            _change().update(db.table(child), ids, {name: kept_id})


def let_go(outlet_ids: Sequence[int]) -> None:
    """Outlets go: coverage and releases that name them stand without. UserError while a release is promised
    to one of them alone."""
    with system("what names outlets that go"):
        named = db.among(Release.exclusive_outlet_id, outlet_ids)
        promised = select(Release.name).where(named, Release.exclusive_until > now()).limit(1)
        if (release := db.session().scalar(promised)) is not None:
            raise UserError(
                _("“%(name)s” is promised to this outlet alone. End that promise first.", name=release)
            )
        clips = _ids(Clip.id, db.among(Clip.outlet_id, outlet_ids))
        _change().update(db.table(Clip), clips, {"outlet_id": None})
        over = {"exclusive_outlet_id": None, "exclusive_until": None}
        _change().update(db.table(Release), _ids(Release.id, named), over)
    db.session().expire_all()


def remove_many(ids: Sequence[int]) -> None:
    """Contacts are deleted: what is kept of them goes, and comes back by undo."""
    change = _change()
    for model, _title in ONE_EACH:
        rows = _ids(model.id, db.among(model.contact_id, ids))
        if model is Outlet:
            let_go(rows)
        for child, name, parent in HANGING:
            if parent is model:
                hanging = _ids(child.id, db.among(getattr(child, name), rows))
                with system("what hangs on rows that go"):
                    change.delete(db.table(child), hanging)
        with system("contacts go with what the press keeps of them"):
            change.delete(db.table(model), rows)
    for model, _name, _title in MANY:
        rows = _ids(model.id, db.among(model.contact_id, ids))
        if model is Opinion:  # The coalition's own pieces stay, without an author.
            with system("pieces of ours whose author goes"):
                change.update(db.table(model), rows, {"contact_id": None})
            continue
        with system("contacts go with what the press keeps of them"):
            change.delete(db.table(model), rows)
    db.session().expire_all()


def erase(contact: Contact) -> None:
    """Somebody is forgotten: what the press keeps of them goes with its history, past the journal, which
    would keep it."""
    with system("an erasure removes what the press keeps"):
        theirs = select(Email.address).where(Email.contact_id == contact.id)
        forget_answers(db.session().scalars(theirs).all())
        for model, _title in ONE_EACH:
            for row_id in _ids(model.id, model.contact_id == contact.id):
                if model is Outlet:
                    let_go([row_id])
                for child, name, parent in HANGING:
                    if parent is model:
                        _forget(child, name, row_id, contact)
        _keep_what_was_printed(contact)
        for each in _ids(Opinion.id, Opinion.contact_id == contact.id):
            _forget(Submission, "opinion_id", each, contact)
        for model, _name, _title in (*MANY, *((each, "", title) for each, title in ONE_EACH)):
            _forget(model, "contact_id", contact.id, contact)
    db.session().expire_all()


def _keep_what_was_printed(contact: Contact) -> None:
    """What everybody could read stays, without its author and their name; a draft goes with them. So do
    their names in pieces that stayed when they were deleted before, and in others without an author."""
    names, table = {contact.name, *history.names_of("contact", contact.id)} - {""}, db.table(Opinion)
    is_covered = select(Clip.id).where(Clip.opinion_id == Opinion.id).exists()
    printed = (Opinion.contact_id == contact.id) & ((Opinion.status == "printed") | is_covered)
    once = history.rows_let_go_of(table, "contact_id", contact.id)
    theirs = printed | (Opinion.contact_id.is_(None) & db.among(Opinion.id, sorted(once)))
    _take_names_out(_texts_of(theirs), names)
    # One word alone, such as May or Grace, is no sign of them in what somebody else wrote.
    full = {each for each in names if contact.kind == "person" and len(each.split()) > 1}
    holds = [column.contains(each, autoescape=True) for each in full for column in _TEXTS]
    others = _texts_of(Opinion.contact_id.is_(None) & or_(false(), *holds))
    said = [row for row in others if any(history.without(text, full) != text for text in row[1:])]
    _take_names_out(said, full)


_TEXTS: Final = (Opinion.title, Opinion.body, Opinion.note)


def _texts_of(where: ColumnElement[bool]) -> list[Any]:
    return list(db.session().execute(select(Opinion.id, *_TEXTS).where(where)))


def _take_names_out(rows: Sequence[Any], names: set[str]) -> None:
    """Pieces stay without an author, these names and the history that told of them."""
    table = db.table(Opinion)
    history.erase_rows(table.name, [row.id for row in rows], names)
    for row in rows:
        kept = {column.key: history.without(getattr(row, column.key), names) for column in _TEXTS}
        db.session().execute(table.update().where(table.c.id == row.id).values(contact_id=None, **kept))
    _change().touch(table.name, [row.id for row in rows])


def _forget(model: Any, column: str, record_id: int, contact: Contact) -> None:
    table = db.table(model)
    history.erase_rows_about(table, column, record_id, [contact.name])
    gone = db.session().execute(delete(table).where(table.c[column] == record_id).returning(table.c.id))
    _change().touch(table.name, gone.scalars().all())  # The search box forgets them, too.


def export(contact: Contact) -> Iterable[DataSection]:
    """All that is kept about somebody, in words."""
    yield from _of_many(contact)
    for model, title in ONE_EACH:
        row = _row_of(model, contact.id)
        if row is None:
            continue
        yield DataSection(title, [_plain_row(row)])
        for child, name, parent in HANGING:
            if parent is model and child is not Carries:
                with system("what is handed to somebody about themselves"):
                    found = db.session().scalars(select(child).where(getattr(child, name) == row.id)).all()
                if found:
                    yield DataSection(_("Interviews"), [_plain_row(each) for each in found])


def _of_many(contact: Contact) -> Iterable[DataSection]:
    for model, _name, title in MANY:
        with system("what is handed to somebody about themselves"):
            found = db.session().scalars(select(model).where(model.contact_id == contact.id)).all()
        if found:
            yield DataSection(title, [_plain_row(each) for each in found])


def _plain_row(row: Any) -> dict[str, str]:
    names = [each.name for each in db.table(type(row)).columns if each.name not in {"id", "contact_id"}]
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> str:
    return "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)
