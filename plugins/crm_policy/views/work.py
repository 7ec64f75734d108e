"""The position board, the whip sheet, and the log of lobbying with its yearly tally."""

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import Contact, current_actor, db, lazy_pgettext, load, render, requires, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.choosing import options
from crm.plugin_api.transfer import safe_text
from crm.plugin_api.words import day_here
from crm_policy import words
from crm_policy.forms import LobbyingForm, MarkForm, StanceForm
from crm_policy.models import Bill, Legislator, Lobbying, Stance
from crm_policy.permissions import EDIT, EXPORT, SETTINGS, VIEW
from crm_policy.services import bills, letters, work
from crm_policy.views.bills import name
from crm_policy.views.blueprint import blueprint, do, for_all, load_bill, number_of, save


@blueprint.get("/bills/<int:bill_id>/board")
@requires(VIEW)
def board(bill_id: int) -> Response:
    """Where every member of the coalition stands, and who is silent."""
    found: Bill = load_bill(bill_id)
    rows = work.board(found, current_actor())
    lines = letters.of_bill(found, current_actor())
    signed = letters.signed_by(lines, current_actor())
    silent = sum(
        1 for contact, stance in rows if contact.id not in signed and (stance is None or not stance.stance)
    )
    return render(
        "policy/board.html",
        None,
        bill=found,
        rows=rows,
        silent=silent,
        words=words,
        letters=lines,
        signed=signed,
        can_edit=current_actor().can(EDIT),
        editable=_editable([contact.id for contact, _stance in rows]),
    )


def _editable(contact_ids: Sequence[int]) -> set[int]:
    """Those of some contacts for whom the reader may say where they stand."""
    mine = visible(Contact, current_actor(), EDIT).where(db.among(Contact.id, contact_ids))
    return set(db.session().scalars(mine.with_only_columns(Contact.id)))


@blueprint.route("/bills/<int:bill_id>/board/<int:contact_id>", methods=["GET", "POST"])
@requires(EDIT)
def stance(bill_id: int, contact_id: int) -> Response:
    found: Bill = load_bill(bill_id)
    contact: Contact = load(Contact, contact_id, EDIT)
    statement = visible(Stance, current_actor()).where(
        Stance.bill_id == bill_id, Stance.contact_id == contact_id
    )
    form = StanceForm(obj=db.session().scalars(statement).first())

    def write(_change: Any) -> None:
        work.set_stance(found, contact_id, form.values())
        if current_actor().can_everywhere(EDIT):  # What is tracked is the coalition's to say.
            bills.track(bill_id)

    return save(
        form,
        write,
        "policy.stance",
        _("%(who)s on %(bill)s", who=contact.name, bill=name(found)),
        url_for("policy.board", bill_id=bill_id),
        contact.name,
    )


def chamber_of_request() -> str:
    chamber = request.args.get("chamber", "")
    return chamber if chamber in ("upper", "lower") else ""


@blueprint.get("/bills/<int:bill_id>/whip")
@requires(EDIT)
def whip(bill_id: int) -> Response:
    """For ourselves only: who might read it before the vote must not."""
    for_all()
    found: Bill = load_bill(bill_id)
    chamber = chamber_of_request()
    lines = work.whip_sheet(found, current_actor(), chamber)
    counts = {lean: sum(1 for line in lines if line.lean == lean) for lean in work.ORDER}
    return render(
        "policy/whip.html",
        None,
        bill=found,
        lines=lines,
        counts=counts,
        order=work.ORDER,
        words=words,
        chamber=chamber,
        chamber_words=work.chamber_words,
        needed=work.needed(found.state, chamber, len(lines)),
        can_edit=current_actor().can_everywhere(EDIT),
    )


@blueprint.route("/bills/<int:bill_id>/whip/<int:legislator_id>", methods=["GET", "POST"])
@requires(EDIT)
def mark(bill_id: int, legislator_id: int) -> Response:
    found: Bill = load_bill(bill_id, EDIT)
    legislator: Legislator = load(Legislator, legislator_id)
    form = MarkForm()
    return save(
        form,
        lambda _change: work.set_mark(found, legislator, form.values(), current_actor()),
        "policy.mark",
        _("How %(who)s leans on %(bill)s", who=legislator.name, bill=name(found)),
        url_for("policy.whip", bill_id=bill_id),
        legislator.name,
    )


def year_of_request() -> int:
    this = day_here().year
    return min(max(request.args.get("year", this, type=int), 1990), this + 1)


@blueprint.get("/lobbying")
@requires(EDIT)
def lobbying() -> Response:
    """The hours and money of a year by class, against what section 501(h) allows; of the whole coalition."""
    for_all()
    actor, today = current_actor(), day_here()
    year = year_of_request()
    numbers = work.numbers_of_year(year)
    entries = visible(Lobbying, actor).order_by(Lobbying.worked_on.desc(), Lobbying.id.desc()).limit(100)
    rows = list(
        db.session().scalars(
            entries.where(
                Lobbying.worked_on >= today.replace(year, 1, 1),
                Lobbying.worked_on <= today.replace(year, 12, 31),
            )
        )
    )
    people = {each.contact_id for each in rows if each.contact_id}
    known = (
        visible(Contact, actor)
        .where(db.among(Contact.id, people))
        .with_only_columns(Contact.id, Contact.name)
    )
    about = visible(Bill, actor).where(db.among(Bill.id, {each.bill_id for each in rows if each.bill_id}))
    return render(
        "policy/lobbying.html",
        None,
        year=year,
        tally=work.tally(year, numbers.hour_cents),
        report=work.report(numbers),
        numbers=numbers,
        this_year=today.year,
        rows=rows,
        words=words,
        names={row[0]: row[1] for row in db.session().execute(known)},
        bills={each.id: each for each in db.session().scalars(about)},
        allowed=work.ceiling(numbers.budget_dollars) * 100 if numbers.budget_dollars else None,
        can_edit=actor.can(EDIT),
        can_set=actor.can_everywhere(SETTINGS),
    )


@blueprint.route("/lobbying/new", methods=["GET", "POST"], defaults={"entry_id": None})
@blueprint.route("/lobbying/<int:entry_id>", methods=["GET", "POST"])
@requires(EDIT)
def log(entry_id: int | None) -> Response:
    """A meeting or other work; with a legislator and a bill it stands on the whip sheet, too."""
    for_all()
    actor = current_actor()
    one = load(Lobbying, entry_id, EDIT) if entry_id else Lobbying()
    given: dict[str, Any] = (
        {"cost": f"{one.cost_cents / 100:.2f}", "manner": one.form} if entry_id else {"worked_on": day_here()}
    )
    for key in ("contact_id", "bill_id"):
        if value := number_of(key):
            given[key] = value
    form = LobbyingForm(obj=one if entry_id else None, data=given)
    form.bill_id.choices = options(
        [("", _("None")), *bills.choices(actor, one.bill_id or given.get("bill_id"))]
    )
    back = (
        url_for("policy.bill", bill_id=given["bill_id"])
        if given.get("bill_id")
        else url_for("policy.lobbying")
    )
    delete = url_for("policy.delete_log", entry_id=entry_id) if entry_id else None
    return save(
        form,
        lambda _change: work.log(one, form.values(), actor),
        "policy.lobbying",
        _("Logged the work"),
        back,
        _("Meeting or other work"),
        delete_address=delete,
    )


@blueprint.post("/lobbying/<int:entry_id>/delete")
@requires(EDIT)
def delete_log(entry_id: int) -> Response:
    for_all()
    one: Lobbying = load(Lobbying, entry_id, EDIT)
    return do(
        lambda _change: db.session().delete(one),
        "policy.lobbying",
        _("Removed an entry"),
        url_for("policy.lobbying"),
    )


@blueprint.get("/lobbying.csv")
@requires(EXPORT)
def lobbying_csv() -> Response:
    """The log of a year for the books."""
    for_all()
    import csv
    import io

    year = year_of_request()
    numbers = work.numbers_of_year(year)
    counts = [f"{numbers.hour_cents / 100:.2f}", numbers.entered_for or ""]
    out = io.StringIO()
    writer = csv.writer(out)
    head = [_("Day"), _("What"), _("Class"), str(lazy_pgettext("length", "Minutes")), _("Cost"), _("Bill")]
    writer.writerow([*head, _("An hour costs"), _("Entered for")])
    statement = (
        visible(Lobbying, current_actor())
        .outerjoin(Bill, Bill.id == Lobbying.bill_id)
        .order_by(Lobbying.worked_on)
    )
    for one, number in db.session().execute(statement.add_columns(Bill.identifier)):
        if one.worked_on.year == year:
            writer.writerow(
                [
                    one.worked_on,
                    words.FORMS.get(one.form, one.form),
                    words.LOBBYING[one.kind],
                    one.minutes,
                    f"{one.cost_cents / 100:.2f}",
                    safe_text(number or ""),
                    *counts,
                ]
            )
    response = Response(out.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="lobbying-{year}.csv"'
    return response
