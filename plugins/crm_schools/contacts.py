"""What this plugin keeps about contacts: districts and schools as organizations, guardians as people."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy import delete as delete_rows

from crm.plugin_api import Actor, Contact, DataSection, UserError, current_actor, db, history, system, visible
from crm.plugin_api import gettext as _
from crm_schools.keeping import families
from crm_schools.models import Attempt, District, Guardian, Letter, School, Student

PLACES = (District, School)


def merge(survivor: Contact, loser: Contact) -> None:
    """Rows about the one are about the other. Where both are schools, each keeps its students, and the
    one that is merged away has no page among the contacts any more: whether schools are one is for their
    district to say. Nor does a district go to the organization of a school, or the reverse: a role over a
    school would reach the whole district from then on."""
    families.unite(survivor.id, loser.id)
    with system("a merge moves what schools know"):
        taken = any(_of(model, survivor.id) for model in PLACES)
        for model in PLACES:
            for row in _of(model, loser.id):
                row.contact_id = None if taken else survivor.id
        kept = {row.student_id: row for row in _of(Guardian, survivor.id)}
        for guardian in _of(Guardian, loser.id):
            if guardian.student_id in kept:
                _join(kept[guardian.student_id], guardian)
                db.session().delete(guardian)
            else:
                guardian.contact_id = survivor.id
        db.session().flush()


def _join(kept: Guardian, other: Guardian) -> None:
    """Nothing that either of two says about the same student and person is lost, least of all a ban."""
    kept.contact_prohibited = kept.contact_prohibited or other.contact_prohibited
    kept.is_primary = kept.is_primary or other.is_primary
    kept.lives_with = other.lives_with if kept.lives_with is None else kept.lives_with
    kept.relation = kept.relation or other.relation
    for name in ("custody", "note"):
        said = dict.fromkeys(filter(None, (getattr(kept, name), getattr(other, name))))
        setattr(kept, name, "\n".join(said))
    named: tuple[type[Any], ...] = (Attempt, Letter)
    for model in named:
        for row in db.session().scalars(select(model).where(model.guardian_id == other.id)):
            row.guardian_id = kept.id


def export(contact: Contact) -> Iterable[DataSection]:
    """All that is kept about somebody, in words. Students are named by their number alone: they are
    others."""
    with system("all that is kept about one contact"):
        places = [row for model in PLACES for row in _of(model, contact.id)]
        guardians = _of(Guardian, contact.id)
    yield DataSection(_("School or district"), [_place(row) for row in places])
    warning = ""
    if any(row.contact_prohibited for row in guardians):
        warning = _(
            "Must not be contacted about a student. Erasing forgets that, too: if a roster names them again, "
            "they come back as somebody to write to, unless it says so itself. Tell the school before."
        )
    yield DataSection(_("Cares for students"), [_guardian(row) for row in guardians], warning)


def _place(row: Any) -> Mapping[str, Any]:
    shown = {
        _("Name"): row.name,
        _("Local number"): row.local_id,
        _("NCES number"): row.nces_id,
    }
    if isinstance(row, School):
        return shown | {_("State number"): row.state_id, _("Grades"): row.grades}
    return shown | {_("State"): row.state}


def _guardian(row: Guardian) -> Mapping[str, Any]:
    return {
        _("Relation"): row.relation,
        _("Custody"): row.custody,
        _("Must not be contacted"): _("Yes") if row.contact_prohibited else _("No"),
        _("Note"): row.note,
    }


def erase(contact: Contact) -> None:
    """Nothing names this contact any more; a school keeps its students, and loses its page among the
    contacts."""
    with system("an erasure removes what schools know"):
        for model in PLACES:
            for row in _of(model, contact.id):
                row.contact_id = None
        db.session().flush()
        _forget_guardian(contact)


def _forget_guardian(contact: Contact) -> None:
    """Who is forgotten is nobody's guardian any more, nor named in letters or in history. Written past the
    journal, which would keep it."""
    guardians, letters = db.table(Guardian), db.table(Letter)
    students = [row.student_id for row in _of(Guardian, contact.id)]
    history.erase_rows_about(guardians, "contact_id", contact.id, [contact.name])
    db.session().execute(delete_rows(guardians).where(guardians.c.contact_id == contact.id))
    found = select(letters.c.id, letters.c.title, letters.c.text).where(
        db.among(letters.c.student_id, students)
    )
    named = []
    for row_id, title, text in db.session().execute(found).all():
        values = {
            "title": history.without(title, [contact.name]),
            "text": history.without(text, [contact.name]),
        }
        if values != {"title": title, "text": text}:
            named.append(row_id)
            db.session().execute(update(letters).where(letters.c.id == row_id).values(values))
    history.erase_rows(letters.name, named, [contact.name])
    db.session().expire_all()


def kept(ids: Sequence[int]) -> Iterable[int]:
    """Those of these contacts that `delete` refuses: schools, districts, and the guardians that
    `_refuse_guardians` names."""
    change = db.current_change()
    actor = change.actor if change is not None else current_actor()
    needed: list[tuple[Any, tuple[ColumnElement[bool], ...]]] = [
        (model.contact_id, (db.among(model.contact_id, ids),)) for model in PLACES
    ]
    needed += [(Guardian.contact_id, where) for where in (_unseen(ids, actor), _barred(ids))]
    with system("which contacts schools need"):
        for column, where in needed:
            yield from db.session().scalars(select(column).where(*where).distinct()).all()


def _barred(ids: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    """That a guardian is one of these contacts and must not be contacted."""
    return db.among(Guardian.contact_id, ids), Guardian.contact_prohibited.is_(True)


def _unseen(ids: Sequence[int], actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """That a guardian is one of these contacts, of a student whom this actor may not see. Such a one stays
    whether barred or not: were the others deleted, staying would tell who is barred."""
    seen = visible(Student, actor).with_only_columns(Student.id)
    return db.among(Guardian.contact_id, ids), Guardian.student_id.not_in(seen)


def _refuse_guardians(ids: Sequence[int], actor: Actor) -> None:
    """UserError where guardians among these contacts cannot be deleted: students whom the actor may not see
    are not left without them, and an order would be forgotten, so that the next roster brought somebody back
    as a person to write to."""
    rows = db.session().scalars
    if rows(select(Guardian.id).where(*_unseen(ids, actor)).limit(1)).first() is not None:
        raise UserError(
            _(
                "A school knows this person or one of these people and may need what it knows. Leave the "
                "contact, or ask somebody who may see the students there."
            )
        )
    if rows(select(Guardian.id).where(*_barred(ids)).limit(1)).first() is not None:
        raise UserError(
            _(
                "This would forget that somebody must not be contacted about a student: the next roster "
                "would bring them back as somebody to write to. Leave the contact, or say first on the page "
                "of the student that they may be contacted again."
            )
        )


def delete(ids: Sequence[int]) -> None:
    """Contacts are deleted: guardians go with them, but not with an order that nobody contacts them, nor of
    students whom the actor may not see; a school with students stays, so its contact does."""
    change = db.current_change()
    assert change is not None
    with system("deleting contacts with what schools know"):
        for model in PLACES:
            if db.session().execute(select(model.id).where(db.among(model.contact_id, ids)).limit(1)).first():
                raise UserError(_("A school or district with students cannot be deleted from the contacts."))
        _refuse_guardians(ids, change.actor)
        found = db.session().execute(select(Guardian.id).where(db.among(Guardian.contact_id, ids)))
        change.delete(db.table(Guardian), found.scalars().all())


def _of(model: Any, contact_id: int) -> list[Any]:
    return list(db.session().scalars(select(model).where(model.contact_id == contact_id)))
