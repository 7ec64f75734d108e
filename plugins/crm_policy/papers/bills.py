"""Papers about one bill."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm.plugin_api import gettext as _
from crm.plugin_api.words import day
from crm_policy import words
from crm_policy.models import Bill, Testimony
from crm_policy.papers.paper import Paper
from crm_policy.places import name_of
from crm_policy.services.sheets import Sheet
from crm_policy.services.work import ORDER, chamber_words


def name(bill: Bill) -> str:
    return f"{name_of(bill.state)} {bill.identifier}"


def standing(bill: Bill) -> str:
    """Where a bill is, what became of it, and where we stand."""
    parts = [str(words.STAGES[bill.stage])]
    if bill.disposition != "live":
        parts.append(str(words.DISPOSITIONS[bill.disposition]))
    if bill.position:
        parts.append(_("We: %(position)s", position=words.POSITIONS[bill.position]))
    return " · ".join(parts)


def fact_sheet(sheet: Sheet) -> bytes:
    bill = sheet.bill
    paper = Paper(name(bill), name(bill))
    paper.write(name(bill), 11, "B", 0, grey=True)
    paper.write(bill.short_title or bill.title, 18, "B")
    if bill.short_title:
        paper.write(bill.title, 10)
    paper.write(standing(bill), 11, "B")
    if bill.position_note:
        paper.write(bill.position_note)
    for title, lines in sheet.parts():
        paper.heading(title)
        paper.bullets(lines)
    return paper.content()


def testimony(one: Testimony, bill: Bill, who: str, hearing: str) -> bytes:
    """As it is handed in; a text that nobody approved yet says so on top."""
    paper = Paper(one.title, name(bill))
    if one.status not in ("approved", "given"):
        paper.write(_("Draft, not approved yet"), 10, "B", grey=True)
    paper.write(one.title, 18, "B")
    about = [_("Testimony on %(bill)s", bill=name(bill)), str(words.POSITIONS[one.stance]), who, hearing]
    for line in filter(None, about):
        paper.write(line, 11, gap=0)
    paper.pdf.ln(6)
    paper.write(one.body or _("No text yet."))
    return paper.content()


def whip_sheet(
    bill: Bill, lines: Sequence[Any], counts: Mapping[int | None, int], needed: int | None
) -> bytes:
    paper = Paper(_("Whip sheet"), _("%(bill)s, for ourselves only", bill=name(bill)))
    paper.write(f"{_('Whip sheet')}: {name(bill)}", 16, "B", 0)
    paper.write(bill.short_title or bill.title, 10, grey=True)
    tally = [f"{words.LEANS[lean] if lean is not None else _('Not known')}: {counts[lean]}" for lean in ORDER]
    if needed is not None:
        tally.append(_("needed: %(count)s", count=needed))
    paper.write(" · ".join(tally), 10, "B")
    paper.table(
        (_("Legislator"), _("Seat"), _("Leans"), _("What says so")),
        [_line(bill, line) for line in lines],
        (30, 22, 16, 60),
    )
    return paper.content()


def _line(bill: Bill, line: Any) -> tuple[str, ...]:
    one = line.legislator
    seat = " ".join(filter(None, (chamber_words(bill.state, one.chamber), one.district, one.party[:1])))
    says = "\n".join(each.words + (f" ({day(each.on)})" if each.on else "") for each in line.evidence[:3])
    return one.name, seat, str(words.LEANS[line.lean]) if line.lean is not None else "?", says
