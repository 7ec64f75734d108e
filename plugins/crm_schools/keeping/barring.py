"""That somebody must not be contacted about a student holds for that person, however many rows name them.

Rosters, pages and merges make the same person anew under another number; whoever is called alike is taken for
the same. A number alone is not enough here: a household shares one."""

from collections.abc import Sequence

from sqlalchemy import select

from crm.plugin_api import Contact, UserError, db, system
from crm.plugin_api import gettext as _
from crm_schools.importing.roster.records import folded
from crm_schools.models import Guardian

WHY = "rows of one person about one student"


def called(name: str) -> tuple[str, str]:
    """The first and the last word of a name, without capitals and accents."""
    names = folded(name).split() or [""]
    return names[0], names[-1]


def namesakes(row: Guardian) -> Sequence[Guardian]:
    """The other guardians of the same student who are called like this one."""
    statement = (
        select(Guardian, Contact.name)
        .join(Contact, Contact.id == Guardian.contact_id)
        .where(Guardian.student_id == row.student_id)
        .order_by(Guardian.id)
    )
    with system(WHY):
        rows = db.session().execute(statement).all()
    wanted = next((called(name) for each, name in rows if each.id == row.id), ("", ""))
    return [each for each, name in rows if each.id != row.id and called(name) == wanted]


def follow(row: Guardian, was_barred: bool) -> str:
    """After a row was written, what it says for the other rows of the person: an order reaches them all, and
    is taken back of one alone. Returns what the reader must know, empty where it is nothing. Inside a
    transaction."""
    others = namesakes(row)
    if row.contact_prohibited and not was_barred:
        free = [each for each in others if not each.contact_prohibited]
        for each in free:
            each.contact_prohibited = True
        db.session().flush()
        return (
            _("Others of this student with the same name must not be contacted any more either.")
            if free
            else ""
        )
    if was_barred and not row.contact_prohibited and any(each.contact_prohibited for each in others):
        return _("Somebody else of this student has the same name and still must not be contacted.")
    return ""


def refuse_removal(row: Guardian) -> None:
    """UserError where a row says that somebody must not be contacted: without it the next roster that names
    them would bring them back as somebody to write to."""
    if row.contact_prohibited:
        raise UserError(
            _(
                "This person must not be contacted, and that would be forgotten. Leave them here, or say "
                "first that they may be contacted again."
            )
        )
