"""The yearly report of lobbying for the books and the tax return."""

from collections.abc import Mapping
from typing import Any

from babel import Locale
from flask_babel import get_locale

from crm.plugin_api import gettext as _
from crm_policy.papers.paper import Paper
from crm_policy.services.work import Report
from crm_policy.words import cut


def money(cents: int | None) -> str:
    return _("not set") if cents is None else f"${cents / 100:,.2f}"


def month_name(month: int) -> str:
    locale = get_locale() or Locale("en")
    return str(locale.months["stand-alone"]["wide"][month])


def lobbying_report(report: Report, bills: Mapping[int, Any]) -> bytes:
    """`bills` are those that the reader may see, by id; sums of others stand under “other”."""
    title = _("Lobbying in %(year)s", year=report.numbers.year)
    paper = Paper(title, title)
    paper.write(title, 18, "B", 0)
    paper.write(_("For section 501(h): the lines of Form 990, Schedule C, Part II-A."), 10, grey=True)
    paper.table(
        (_("Line"), _("What"), _("Amount")),
        [(line, words, money(amount)) for line, words, amount in report.lines],
        (8, 70, 22),
        "c",
    )
    hour = _("Time counts $%(cost)s an hour.", cost=f"{report.numbers.hour_cents / 100:.2f}")
    paper.write(f"{hour} {report.numbers.in_words()}", 9, grey=True)
    head = (_("Direct"), _("Grassroots"))
    paper.heading(_("By month"))
    months = [_row(month_name(month), each) for month, each in report.months.items() if any(each.values())]
    paper.table((_("Month"), *head), months, (60, 20, 20), "bc")
    paper.heading(_("By bill"))
    paper.table(
        (_("Bill"), *head),
        [_row(_label(key, bills), each) for key, each in report.bills.items()],
        (60, 20, 20),
        "bc",
    )
    return paper.content()


def _label(bill_id: int | None, bills: Mapping[int, Any]) -> str:
    bill = bills.get(bill_id or 0)
    return (
        f"{bill.state} {bill.identifier} {bill.short_title or cut(bill.title, 60)}" if bill else _("No bill")
    )


def _row(label: str, sums: Mapping[str, int]) -> tuple[str, str, str]:
    return label, money(sums["direct"]), money(sums["grassroots"])
