"""The report on paper. The built-in fonts hold the letters of English and Spanish (Windows-1252); what
they lack becomes a question mark."""

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from crm.plugin_api import gettext as _
from crm.plugin_api.words import day
from crm_media.services.reports import FRAMES, Report
from crm_media.words import FRAMINGS, PERSPECTIVES

_INK = {
    "chronic": (20, 108, 90),
    "both": (120, 170, 155),
    "truancy": (200, 120, 60),
    "neither": (205, 210, 208),
}
_HIGH = 34


class _Paper:
    def __init__(self, title: str) -> None:
        self.pdf = FPDF(format="letter")
        self.pdf.core_fonts_encoding = "cp1252"
        self.pdf.set_title(_fit(title))
        self.pdf.set_margin(20)
        self.pdf.set_auto_page_break(True, 20)
        self.pdf.add_page()

    def write(self, text: str, size: int = 10, style: str = "", gap: float = 1.5) -> None:
        self.pdf.set_font("helvetica", style, size)
        self.pdf.multi_cell(0, size * 0.5, _fit(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.pdf.ln(gap)

    def line(self, name: str, number: str) -> None:
        self.pdf.set_font("helvetica", "", 10)
        self.pdf.cell(140, 6, _fit(name)[:90])
        self.pdf.cell(0, 6, _fit(number), align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _fit(text: str) -> str:
    return text.encode("cp1252", "replace").decode("cp1252")


def make(report: Report, site: str) -> bytes:
    """One or two pages for the board."""
    title = _("Media report of %(site)s", site=site)
    paper = _Paper(title)
    paper.write(title, 18, "B")
    paper.write(_("%(begins)s to %(ends)s", begins=day(report.begins), ends=day(report.ends)), 11, "I", 4)
    paper.line(_("Pieces, copies counted once"), str(report.pieces))
    paper.line(_("Outlets"), str(report.outlets))
    paper.line(_("Pieces with one of our messages"), _of(report.with_message, report.pieces))
    for name in FRAMES:
        paper.line(str(FRAMINGS[name]), _of(report.framings.get(name, 0), report.pieces))
    paper.pdf.ln(4)
    paper.write(_("How absence was framed, month by month"), 13, "B")
    _chart(paper, report)
    paper.write(_("Our messages"), 13, "B")
    for _number, name, count, sentence in report.messages:
        paper.line(name, _of(count, report.pieces))
        if sentence:
            paper.write(f"“{sentence[:240]}”", 9, "I")
    paper.pdf.ln(3)
    paper.write(_("Who spoke"), 13, "B")
    for _number, name, perspective, quotes, booked in report.speakers[:20]:
        who = f"{name} ({PERSPECTIVES.get(perspective, perspective)})"
        paper.line(who, _("%(quotes)s quotes, %(booked)s interviews", quotes=quotes, booked=booked))
    return bytes(paper.pdf.output())


def _of(count: int, total: int) -> str:
    return f"{count} ({round(100 * count / total)}%)" if total else str(count)


def _chart(paper: _Paper, report: Report) -> None:
    """Bars of pieces a month, each in the colours of its framings, with a legend."""
    pdf, months = paper.pdf, report.months[-24:]
    top = max([each.total for each in months] or [1]) or 1
    wide = min(12.0, 170 / max(1, len(months)))
    base, left = pdf.get_y() + _HIGH, pdf.l_margin
    for place, month in enumerate(months):
        at = base
        for name, count in zip(FRAMES, month.parts, strict=True):
            tall = _HIGH * count / top
            pdf.set_fill_color(*_INK[name])
            if tall:
                pdf.rect(left + place * wide + 0.6, at - tall, wide - 1.2, tall, "F")
            at -= tall
        pdf.set_font("helvetica", "", 6)
        pdf.text(left + place * wide + 0.6, base + 3.5, f"{month.first:%m/%y}")
    pdf.set_y(base + 6)
    for name in FRAMES:
        pdf.set_fill_color(*_INK[name])
        pdf.rect(pdf.get_x(), pdf.get_y() + 1, 3, 3, "F")
        pdf.set_x(pdf.get_x() + 4.5)
        pdf.set_font("helvetica", "", 9)
        pdf.cell(34, 5, _fit(str(FRAMINGS[name])))
    pdf.ln(9)
