"""What this plugin keeps about contacts: districts and schools as organizations, guardians as people."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from crm.plugin_api import Contact, DataSection, UserError, db, system
from crm.plugin_api import gettext as _
from crm_schools.models import District, Guardian, School

PLACES = (District, School)


def merge(survivor: Contact, loser: Contact) -> None:
    """Rows about the one are about the other. Where both are schools, each keeps its students, and the
    one that is merged away has no page among the contacts any more: whether schools are one is for their
    district to say."""
    with system("a merge moves what schools know"):
        for model in PLACES:
            taken = bool(_of(model, survivor.id))
            for row in _of(model, loser.id):
                row.contact_id = None if taken else survivor.id
        students = {row.student_id for row in _of(Guardian, survivor.id)}
        for guardian in _of(Guardian, loser.id):
            if guardian.student_id in students:
                db.session().delete(guardian)
            else:
                guardian.contact_id = survivor.id
        db.session().flush()


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
        for guardian in _of(Guardian, contact.id):
            db.session().delete(guardian)
        db.session().flush()


def delete(ids: Sequence[int]) -> None:
    """Contacts are deleted: guardians go with them; a school with students stays, so its contact does."""
    change = db.current_change()
    assert change is not None
    with system("deleting contacts with what schools know"):
        for model in PLACES:
            if db.session().execute(select(model.id).where(db.among(model.contact_id, ids)).limit(1)).first():
                raise UserError(_("A school or district with students cannot be deleted from the contacts."))
        found = db.session().execute(select(Guardian.id).where(db.among(Guardian.contact_id, ids)))
        change.delete(db.table(Guardian), found.scalars().all())


def _of(model: Any, contact_id: int) -> list[Any]:
    return list(db.session().scalars(select(model).where(model.contact_id == contact_id)))
