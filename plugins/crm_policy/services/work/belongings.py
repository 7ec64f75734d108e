"""What belongs to a contact: merging, handing out, erasing."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import delete, select, update

from crm.plugin_api import Actor, Contact, db, history, system, visible
from crm.plugin_api import gettext as _
from crm_policy.models import (
    Ballot,
    Constituency,
    Legislator,
    Lobbying,
    Mark,
    Office,
    Seat,
    Sponsor,
    Stance,
    Term,
    Testimony,
    Unmatched,
)
from crm_policy.writing import delete_rows, update_rows

_NAMED: Final[tuple[Any, ...]] = (Sponsor, Ballot, Seat)
_OWN: Final[tuple[Any, ...]] = (Term, Mark, Office)
_HANGING: Final = (*_NAMED, *_OWN)
_THEIRS: Final[tuple[Any, ...]] = (Constituency, Stance)
_OURS: Final[tuple[Any, ...]] = (Testimony, Lobbying)
"""What the coalition said and answers for: it stays without whom it was with."""
ABOUT: Final = (*_THEIRS, *_OURS)


def move(survivor: Contact, loser: Contact) -> None:
    """Two contacts are one. Where both have the same thing, the survivor's stays."""
    with system("two contacts are one"):
        theirs = db.session().scalars(select(Legislator).where(Legislator.contact_id == loser.id)).first()
        ours = db.session().scalars(select(Legislator).where(Legislator.contact_id == survivor.id)).first()
        if theirs is not None and ours is not None:
            join(ours, theirs)
        elif theirs is not None:
            theirs.contact_id = survivor.id
        for model in ABOUT:
            present = {_same(each) for each in _of(model, survivor.id)}
            for each in _of(model, loser.id):
                if model in (Constituency, Stance) and _same(each) in present:
                    db.session().delete(each)
                else:
                    each.contact_id = survivor.id
        db.session().flush()


def _of(model: Any, contact_id: int) -> list[Any]:
    return list(db.session().scalars(select(model).where(model.contact_id == contact_id)))


def _same(row: Any) -> Any:
    if isinstance(row, Stance):
        return row.bill_id
    return (row.state, row.chamber, row.district) if isinstance(row, Constituency) else row.id


def join(ours: Legislator, theirs: Legislator) -> None:
    """Two legislators are one person."""
    marked = set(db.session().scalars(select(Mark.bill_id).where(Mark.legislator_id == ours.id)))
    for model in _HANGING:
        for each in db.session().scalars(select(model).where(model.legislator_id == theirs.id)):
            if model is Mark and each.bill_id in marked:
                db.session().delete(each)
            else:
                each.legislator_id = ours.id
    ocd, number = theirs.ocd_id, theirs.legiscan_id
    ours.custom = {**theirs.custom, **ours.custom}
    db.session().delete(theirs)
    db.session().flush()
    ours.ocd_id, ours.legiscan_id = ours.ocd_id or ocd, ours.legiscan_id or number


def erase(contact: Contact) -> None:
    """Nothing about a contact stays, nor does history keep it; how somebody voted stays under the name that
    the record of the chamber has, and what the coalition said and spent without whom it was. Past the
    journal, which would keep what goes."""
    with system("somebody is to be forgotten"):
        statement = select(Legislator.id, Legislator.name).where(Legislator.contact_id == contact.id)
        for legislator_id, name in db.session().execute(statement).all():
            _let_go(legislator_id, [contact.name, name])
        for model in _OURS:
            _keep_without(model, contact)
        for model in (Legislator, *_THEIRS):
            _forget(model, "contact_id", contact.id, [contact.name])
    db.session().expire_all()


def _keep_without(model: Any, contact: Contact) -> None:
    """Hours and money count in the return of their year, and testimony that was approved or given is the
    coalition's: their rows stay, without the person and without notes on them. Drafts go."""
    table = db.table(model)
    names = {contact.name, *history.names_of("contact", contact.id)}
    rows = history.rows_let_go_of(table, "contact_id", contact.id)
    rows.update(db.session().scalars(select(table.c.id).where(table.c.contact_id == contact.id)))
    history.erase_rows_about(table, "contact_id", contact.id, names)
    for row in db.session().execute(select(table).where(db.among(table.c.id, sorted(rows)))).all():
        is_theirs = row.contact_id == contact.id
        if model is Testimony and is_theirs and row.status in ("draft", "review"):
            db.session().execute(delete(table).where(table.c.id == row.id))
            continue
        kept = {"title": row.title, "body": row.body} if model is Testimony else {}
        texts = {name: history.without(text, names) for name, text in kept.items()} or {"note": ""}
        values = {"contact_id": None, **texts}
        db.session().execute(update(table).where(table.c.id == row.id).values(**values))


def _let_go(legislator_id: int, names: Sequence[str]) -> None:
    for model in _NAMED:
        table = db.table(model)
        let_go = update(table).where(table.c.legislator_id == legislator_id).values(legislator_id=None)
        db.session().execute(let_go)
    for model in _OWN:
        _forget(model, "legislator_id", legislator_id, names)


def _forget(model: Any, column: str, record_id: int, names: Sequence[str]) -> None:
    table = db.table(model)
    history.erase_rows_about(table, column, record_id, names)
    db.session().execute(delete(table).where(table.c[column] == record_id))


def remove(ids: Sequence[int]) -> None:
    """Contacts are deleted: what is about them goes, by the change set."""
    change = db.current_change()
    assert change is not None
    with system("deleting contacts with their policy work"):
        people = list(db.session().scalars(select(Legislator.id).where(db.among(Legislator.contact_id, ids))))
        for model in _NAMED:
            rows = list(db.session().scalars(select(model.id).where(db.among(model.legislator_id, people))))
            update_rows(change, model, rows, {"legislator_id": None})
        for model in _OWN:
            delete_rows(
                change,
                model,
                db.session().scalars(select(model.id).where(db.among(model.legislator_id, people))).all(),
            )
        delete_rows(change, Legislator, people)
        for model in _OURS:
            rows = list(db.session().scalars(select(model.id).where(db.among(model.contact_id, ids))))
            update_rows(change, model, rows, {"contact_id": None})
        for model in _THEIRS:
            delete_rows(
                change,
                model,
                db.session().scalars(select(model.id).where(db.among(model.contact_id, ids))).all(),
            )


def held_about(contact: Contact) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Everything that is kept about somebody, in words."""
    found = []
    with system("everything about one contact"):
        for model in (Legislator, *ABOUT):
            rows = [_in_words(each) for each in _of(model, contact.id)]
            if rows:
                found.append((str(model.__journal_label__), rows))
        for legislator in _of(Legislator, contact.id):
            offices = db.session().scalars(select(Office).where(Office.legislator_id == legislator.id))
            found.append((_("Offices"), [_in_words(each) for each in offices]))
    return found


def _in_words(row: Any) -> Mapping[str, Any]:
    return {
        column.name: value
        for column in row.__table__.columns
        if (value := getattr(row, column.name)) not in (None, "", [], {})
    }


def open_names(actor: Actor) -> list[Unmatched]:
    statement = (
        visible(Unmatched, actor).where(Unmatched.status == "open").order_by(Unmatched.state, Unmatched.name)
    )
    return list(db.session().scalars(statement.limit(500)))
