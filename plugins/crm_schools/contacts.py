"""What this plugin keeps about contacts: districts and schools as organizations, guardians as people."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete as delete_rows
from sqlalchemy import select, update

from crm.plugin_api import Contact, DataSection, UserError, db, history, system
from crm.plugin_api import gettext as _
from crm_schools.models import Attempt, District, Guardian, Letter, School

PLACES = (District, School)


def merge(survivor: Contact, loser: Contact) -> None:
    """Rows about the one are about the other. Where both are schools, each keeps its students, and the
    one that is merged away has no page among the contacts any more: whether schools are one is for their
    district to say. Nor does a district go to the organization of a school, or the reverse: a role over a
    school would reach the whole district from then on."""
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
    yield DataSection(_("Cares for students"), [_guardian(row) for row in guardians])


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


def delete(ids: Sequence[int]) -> None:
    """Contacts are deleted: guardians go with them; a school with students stays, so its contact does."""
    change = db.current_change()
    assert change is not None
    with system("deleting contacts with what schools know"):
        for model in PLACES:
            if db.session().execute(select(model.id).where(db.among(model.contact_id, ids)).limit(1)).first():
                raise UserError(_("A school or district with students cannot be deleted from the contacts."))
        barred = select(Guardian.id).where(db.among(Guardian.contact_id, ids), Guardian.contact_prohibited)
        if db.session().execute(barred.limit(1)).first():
            raise UserError(
                _(
                    "Somebody of them must not be contacted about a student, and that would be forgotten: "
                    "the next roster would bring them back. Leave the contact, or say first on the page of "
                    "the student that they may be contacted again."
                )
            )
        found = db.session().execute(select(Guardian.id).where(db.among(Guardian.contact_id, ids)))
        change.delete(db.table(Guardian), found.scalars().all())


def _of(model: Any, contact_id: int) -> list[Any]:
    return list(db.session().scalars(select(model).where(model.contact_id == contact_id)))
