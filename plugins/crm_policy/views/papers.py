"""The files to print and to hand over."""

from flask import abort
from werkzeug.wrappers import Response

from crm.plugin_api import Contact, current_actor, db, load, requires, visible
from crm.plugin_api.words import day
from crm_policy.models import Bill, Hearing, Legislator, Testimony
from crm_policy.permissions import EXPORT, VIEW
from crm_policy.services import elements, sheets, work
from crm_policy.views.blueprint import blueprint, for_all, load_bill, number_of
from crm_policy.views.elements import day_of_request, score_rows
from crm_policy.views.work import chamber_of_request, year_of_request
from crm_policy.words import held_on


def _as_file(content: bytes, name: str) -> Response:
    response = Response(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return response


def legislator_of_request(bill: Bill) -> Legislator | None:
    """For whom a fact sheet is; 404 for one of another state."""
    number = number_of("legislator")
    if not number:
        return None
    found: Legislator = load(Legislator, number)
    return found if found.state == bill.state else abort(404)


def _file_name(bill: Bill, what: str) -> str:
    return f"{bill.state}-{bill.identifier.replace(' ', '-')}-{what}".encode("ascii", "ignore").decode()


@blueprint.get("/bills/<int:bill_id>/sheet.pdf")
@requires(VIEW)
def fact_sheet_pdf(bill_id: int) -> Response:
    from crm_policy import papers  # Importing what draws takes a tenth of the start.

    bill: Bill = load_bill(bill_id)
    sheet = sheets.of_bill(bill, current_actor(), legislator_of_request(bill))
    return _as_file(papers.fact_sheet(sheet), _file_name(bill, "fact-sheet"))


@blueprint.get("/bills/<int:bill_id>/testimony/<int:testimony_id>.pdf")
@requires(VIEW)
def testimony_pdf(bill_id: int, testimony_id: int) -> Response:
    from crm_policy import papers

    one: Testimony = load(Testimony, testimony_id)
    bill: Bill = load_bill(bill_id)
    if one.bill_id != bill_id:
        abort(404)
    actor = current_actor()
    speaker = visible(Contact, actor).where(Contact.id == (one.contact_id or 0))
    who = db.session().scalars(speaker).first()
    held = visible(Hearing, actor).where(Hearing.id == (one.hearing_id or 0))
    hearing = db.session().scalars(held).first()
    where = f"{hearing.committee_name}, {day(held_on(hearing))}" if hearing else ""
    content = papers.testimony(one, bill, who.name if who else "", where)
    return _as_file(content, _file_name(bill, "testimony"))


@blueprint.get("/bills/<int:bill_id>/whip.pdf")
@requires(EXPORT)
def whip_pdf(bill_id: int) -> Response:
    from crm_policy import papers

    for_all()
    bill: Bill = load_bill(bill_id)
    chamber = chamber_of_request()
    lines = work.whip_sheet(bill, current_actor(), chamber)
    counts = {lean: sum(1 for line in lines if line.lean == lean) for lean in work.ORDER}
    content = papers.whip_sheet(bill, lines, counts, work.needed(bill.state, chamber, len(lines)))
    return _as_file(content, _file_name(bill, "whip-sheet"))


@blueprint.get("/states/scorecard.pdf")
@requires(VIEW)
def scorecard_pdf() -> Response:
    from crm_policy import papers

    on, found = day_of_request(), elements.all_elements()
    rows, known = score_rows(found, on)
    return _as_file(papers.scorecard(rows, found, known, on), "scorecard")


@blueprint.get("/lobbying.pdf")
@requires(EXPORT)
def lobbying_pdf() -> Response:
    """The report of a year under section 501(h)."""
    from crm_policy import papers

    for_all()
    numbers = work.numbers_of_year(year_of_request())
    report = work.report(numbers)
    about = visible(Bill, current_actor()).where(db.among(Bill.id, {each for each in report.bills if each}))
    bills = {each.id: each for each in db.session().scalars(about)}
    return _as_file(papers.lobbying_report(report, bills), f"lobbying-{numbers.year}")
