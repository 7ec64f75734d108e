"""Mail that waits to be filed: for each address somebody chooses who is meant, or drops the message."""

from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select
from werkzeug.wrappers import Response
from wtforms import ValidationError

from crm import db, htmx
from crm.access import current_actor, load, requires, visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import User
from crm.activities.mail import filing, matching, reading
from crm.activities.mail.matching import Letter
from crm.activities.mail.reading import Address
from crm.activities.mail.receiving import mailbox
from crm.activities.models import Activity, ReceivedMail
from crm.activities.permissions import EDIT
from crm.activities.services import people
from crm.activities.views.blueprint import blueprint
from crm.contacts import choosing
from crm.contacts.files import storage
from crm.contacts.models import Contact
from crm.contacts.permissions import EDIT as EDIT_CONTACTS
from crm.errors import UserError
from crm.pages import say

PAGE = 50
SHOWN = 20_000
LEAVE, NEW, OTHER = "leave", "new", "other"


@blueprint.get("/mail", endpoint="mail")
@requires(EDIT)
def waiting() -> Response:
    """The messages that wait, oldest first, or those that were dropped, newest first."""
    dropped = request.args.get("show") == "dropped"
    status, order = (filing.DROPPED, ReceivedMail.at.desc()) if dropped else (filing.WAITING, ReceivedMail.at)
    statement: Select[Any] = visible(ReceivedMail, current_actor()).where(ReceivedMail.status == status)
    found = list(db.session().scalars(statement.order_by(order, ReceivedMail.id).limit(PAGE + 1)))
    return htmx.render(
        "activities/mail_list.html",
        None,
        mails=found[:PAGE],
        more=len(found) > PAGE,
        dropped=dropped,
        mailbox=mailbox(),
    )


@dataclass(frozen=True)
class Question:
    """One address of a message: who may be meant, what is chosen, what was typed."""

    number: int
    address: Address
    candidates: list[tuple[int, str, bool]]
    """Id, name, and whether they have this address; the others are only called alike."""
    chosen: str
    typed: str = ""
    error: str = ""


@blueprint.route("/mail/<int:mail_id>", methods=["GET", "POST"])
@requires(EDIT)
def mail_page(mail_id: int) -> Response:
    mail: ReceivedMail = load(ReceivedMail, mail_id)
    letter, actor = _letter(mail), current_actor()
    questions = _questions(letter, actor)
    problem = ""
    if request.method == "POST":
        questions = [_answered(each) for each in questions]
        if not any(each.error for each in questions):
            try:
                return _file(mail, letter, questions, actor)
            except UserError as error:
                problem = error.message
                mail = load(ReceivedMail, mail_id)
    return htmx.render(
        "activities/mail_page.html",
        None,
        422 if request.method == "POST" else 200,
        mail=mail,
        letter=letter,
        text=letter.text[:SHOWN],
        questions=questions,
        problem=problem,
        account=_account(mail),
        may_add=actor.can(EDIT_CONTACTS),
    )


def _letter(mail: ReceivedMail) -> Letter:
    """The message read anew from where it is kept; UserError when it is gone."""
    raw = storage.read(mail.raw_key) if mail.raw_key else b""
    if not raw:
        raise UserError(_("The content of this message is not kept any more. Forward it again to file it."))
    with system("who sent it in"):
        author = db.session().get(User, mail.user_id) if mail.user_id else None
    return matching.letter(reading.read(raw), author)


def _account(mail: ReceivedMail) -> str:
    with system("who sent it in"):
        author = db.session().get(User, mail.user_id) if mail.user_id else None
    return author.name if author else ""


def _questions(letter: Letter, actor: Actor) -> list[Question]:
    found = matching.contacts_of(letter.people, actor)
    made = []
    for number, each in enumerate(letter.people):
        have = [(contact_id, name, True) for contact_id, name in found[each.address]]
        others = [one for one in _called(each.name, actor) if (*one, True) not in have]
        alike = [(contact_id, name, False) for contact_id, name in others]
        chosen = str(have[0][0]) if len(have) == 1 else "" if have else LEAVE
        made.append(Question(number, each, have + alike, chosen))
    return made


def _called(name: str, actor: Actor) -> list[tuple[int, str]]:
    """Contacts whose name has every word of the name that stood with an address."""
    from crm.search.services import matching_ids_clause

    if not name:
        return []
    statement = (
        visible(Contact, actor)
        .where(Contact.id.in_(matching_ids_clause(name, "contact")))
        .order_by(Contact.sort_name, Contact.id)
        .limit(5)
        .with_only_columns(Contact.id, Contact.name)
    )
    return [(row[0], row[1]) for row in db.session().execute(statement)]


def _answered(question: Question) -> Question:
    """The question with what the form says."""
    chosen = request.form.get(f"who-{question.number}", "")
    typed = request.form.get(f"name-{question.number}", "")[:300]
    error = ""
    # Who types a name means it, even where the button beside it was forgotten.
    chosen = OTHER if typed.strip() and chosen in {"", LEAVE} else chosen
    known = {str(each[0]) for each in question.candidates} | {LEAVE, NEW, OTHER}
    if chosen not in known:
        error = _("Choose who is meant, or leave this address out.")
    elif chosen == OTHER:
        try:
            choosing.find(typed, ("person", "organization"))
        except ValidationError as problem:
            error = str(problem)
    return Question(question.number, question.address, question.candidates, chosen, typed, error)


def _file(mail: ReceivedMail, letter: Letter, questions: list[Question], actor: Actor) -> Response:
    remember = bool(request.form.get("remember")) and actor.can(EDIT_CONTACTS)
    others = {
        each.number: choosing.find(each.typed, ("person", "organization"))
        for each in questions
        if each.chosen == OTHER
    }
    with db.transaction(actor, filing.ACTION) as change:
        ids = []
        for each in questions:
            if each.chosen == NEW:
                ids.append(people.add(each.address, actor))
            elif each.chosen != LEAVE:
                ids.append(others.get(each.number) or int(each.chosen))
                if remember:
                    people.remember(ids[-1], each.address, actor)
        activity: Activity = filing.file(mail, letter, ids, actor)
        change.summary = _("Filed the email “%(subject)s”", subject=activity.subject)
    say(_("“%(subject)s” is logged.", subject=activity.subject), change)
    return htmx.go(url_for("activities.mail"))


@blueprint.post("/mail/<int:mail_id>/drop")
@requires(EDIT)
def drop_mail(mail_id: int) -> Response:
    mail: ReceivedMail = load(ReceivedMail, mail_id)
    with db.transaction(
        current_actor(), filing.ACTION, _("Dropped the email “%(subject)s”", subject=mail.subject)
    ) as change:
        filing.drop(mail)
    say(_("The message is dropped. Nothing was logged."), change)
    return htmx.go(url_for("activities.mail"))


@blueprint.post("/mail/<int:mail_id>/back")
@requires(EDIT)
def put_back_mail(mail_id: int) -> Response:
    """A dropped message waits again."""
    mail: ReceivedMail = load(ReceivedMail, mail_id)
    with db.transaction(
        current_actor(), filing.ACTION, _("Put back the email “%(subject)s”", subject=mail.subject)
    ) as change:
        filing.put_back(mail)
    say(_("The message waits again."), change)
    return htmx.go(url_for("activities.mail_page", mail_id=mail_id))
