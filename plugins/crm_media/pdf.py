"""Reports on paper."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from fpdf.enums import Align, TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace

from crm.plugin_api import gettext as _
from crm.plugin_api import ngettext
from crm.plugin_api.papers import Pages
from crm.plugin_api.words import day
from crm_media.services.bills import Before, District
from crm_media.services.reports import Report, Row
from crm_media.times import month as month_name
from crm_media.times import short_month, zoned
from crm_media.words import FRAMED, FRAMINGS, PERSPECTIVES, REPORT_BY, SHOWN

_INK = {
    "chronic": (20, 108, 90),
    "both": (120, 170, 155),
    "truancy": (200, 120, 60),
    "neither": (205, 210, 208),
    "": (255, 255, 255),
}
_GREY = (95, 99, 104)
_HIGH = 34
_WIDE = 175.9
"""Millimetres between the margins of a letter."""
_COLUMNS = 6
"""Messages that stand beside each other in a table."""


class _Pages(Pages):
    below = ""

    def footer(self) -> None:
        """Each page says whose report it is, and which page."""
        self.set_y(-14)
        self.set_font("helvetica", "", 8)
        self.set_text_color(*_GREY)
        self.cell(0, 5, self.below, align=Align.L)
        self.set_x(self.l_margin)
        self.cell(0, 5, f"{self.page_no()} / {{nb}}", align=Align.R)
        self.set_text_color(0)


class _Paper:
    def __init__(self, title: str, site: str) -> None:
        self.pdf = _Pages()
        self.pdf.set_title(title)
        self.pdf.below = site
        self.pdf.set_margin(20)
        self.pdf.set_auto_page_break(True, 20)
        self.pdf.add_page()
        self.write(title, 18, "B")

    def write(self, text: str, size: int = 10, style: str = "", gap: float = 1.5) -> None:
        self.pdf.set_font("helvetica", style, size)
        self.pdf.multi_cell(0, size * 0.5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align=Align.L)
        self.pdf.ln(gap)

    def heading(self, text: str) -> None:
        """Never the last line of a page."""
        if self.pdf.will_page_break(30):
            self.pdf.add_page()
        self.pdf.ln(2)
        self.write(text, 13, "B")

    def line(self, name: str, number: str) -> None:
        self.pdf.set_font("helvetica", "", 10)
        room = _WIDE - self.pdf.get_string_width(number) - 3
        self.pdf.cell(room, 6, self._cut(name, room))
        self.pdf.cell(0, 6, number, align=Align.R, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _cut(self, text: str, room: float) -> str:
        if self.pdf.get_string_width(text) <= room:
            return text
        while text and self.pdf.get_string_width(f"{text}…") > room:
            text = text[:-1]
        return f"{text.rstrip()}…"

    def table(self, head: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int]) -> None:
        """The first column holds words, the others numbers."""
        align = (Align.L, *(Align.R for _each in head[1:]))
        self.pdf.set_font("helvetica", "", 9)
        self.pdf.set_fill_color(255)  # Else the rows take the colour of what was drawn last.
        with self.pdf.table(
            borders_layout=TableBordersLayout.HORIZONTAL_LINES, col_widths=tuple(widths), text_align=align,
            headings_style=FontFace(emphasis="BOLD"), line_height=4.5, padding=0.8,
        ) as table:  # fmt: skip
            for cells in (head, *rows):
                row = table.row()
                for cell in cells:
                    row.cell(cell)
        self.pdf.ln(3)

    def bar(self, parts: Sequence[int], top: int, wide: float = _WIDE) -> None:
        """One bar across the page, in the colours of its framings."""
        at, y = self.pdf.l_margin, self.pdf.get_y()
        self.pdf.set_fill_color(245, 247, 246)
        self.pdf.rect(at, y, wide, 2, "F")
        for name, count in zip(SHOWN, parts, strict=True):
            long = wide * count / top
            if long:
                self.box(name, at, y, long, 2)
            at += long
        self.pdf.set_y(y + 3.5)

    def box(self, name: str, x: float, y: float, wide: float, high: float) -> None:
        """What stands for a framing; an empty frame for what nobody looked at."""
        self.pdf.set_fill_color(*_INK[name])
        self.pdf.set_draw_color(*_GREY)
        self.pdf.set_line_width(0.1)
        self.pdf.rect(x, y, wide, high, "F" if name else "D")
        self.pdf.set_draw_color(0)

    def legend(self) -> None:
        for name in SHOWN:
            self.box(name, self.pdf.get_x(), self.pdf.get_y() + 1, 3, 3)
            self.pdf.set_x(self.pdf.get_x() + 4.5)
            self.pdf.set_font("helvetica", "", 9)
            self.pdf.cell(30, 5, str(FRAMINGS[name]))
        self.pdf.ln(8)

    def content(self) -> bytes:
        return bytes(self.pdf.output())


def make(report: Report, site: str, by: str = "outlet") -> bytes:
    """Two or three pages for the board."""
    paper = _Paper(_("Media report of %(site)s", site=site), site)
    paper.write(_("%(begins)s to %(ends)s", begins=day(report.begins), ends=day(report.ends)), 11, "I", 4)
    paper.line(_("Pieces, copies counted once"), str(report.pieces))
    paper.line(_("Outlets"), str(report.outlets))
    paper.line(_("Pieces with one of our messages"), _of(report.with_message, report.pieces))
    for name in FRAMED:
        paper.line(str(FRAMINGS[name]), _of(report.framings.get(name, 0), report.looked_at))
    if report.framings.get(""):
        paper.line(str(FRAMINGS[""]), str(report.framings[""]))
    paper.heading(_("How absence was framed, month by month"))
    _chart(paper, report)
    paper.heading(_("Our messages"))
    for _number, name, count, sentence in report.messages:
        paper.line(name, _of(count, report.pieces))
        if sentence:
            paper.write(f"“{sentence[:240]}”", 9, "I")
    _messages(paper, report, by)
    _speakers(paper, report)
    return paper.content()


def _of(count: int, total: int) -> str:
    return f"{count} ({round(100 * count / total)}%)" if total else str(count)


def _messages(paper: _Paper, report: Report, by: str) -> None:
    """Messages by outlet, month, spokesperson or campaign, as many beside each other as the page holds."""
    landed = [(number, name) for number, name, count, _sentence in report.messages if count]
    if not report.rows:
        return
    paper.heading(_("Messages by: %(what)s", what=REPORT_BY[by]))
    for some in [landed[at : at + _COLUMNS] for at in range(0, len(landed), _COLUMNS)] or [[]]:
        head = [str(REPORT_BY[by]), _("Pieces"), *(name for _number, name in some)]
        rows = [_counts(row, some) for row in report.rows]
        paper.table(head, rows, [44, 18, *(19 for _each in some)])


def _counts(row: Row, messages: Sequence[tuple[int, str]]) -> list[str]:
    name = month_name(row.month) if row.month else row.name
    return [name, str(row.total), *(str(row.counts[number] or "·") for number, _name in messages)]


def _speakers(paper: _Paper, report: Report) -> None:
    paper.heading(_("Who spoke"))
    for each in report.speakers[:20]:
        who = f"{each.name} ({PERSPECTIVES.get(each.perspective, each.perspective)})"
        told = [ngettext("%(num)s quote", "%(num)s quotes", each.quotes)]
        told.append(ngettext("%(num)s interview", "%(num)s interviews", each.interviews))
        if each.load.at_most is not None:
            load = _("%(count)s of at most %(most)s", count=each.load.count, most=each.load.at_most)
            told.append(_("booked: %(load)s", load=load))
        paper.line(who, " · ".join(told))
    if not report.speakers:
        paper.write(_("Nobody speaks for us yet."))
    _split(paper, _("Quotes by perspective"), report.perspectives, PERSPECTIVES)
    _split(paper, _("Languages they speak"), report.languages, {})


def _split(paper: _Paper, title: str, counts: Mapping[str, int], words: Mapping[str, Any]) -> None:
    total = sum(counts.values())
    if not total:
        return
    paper.heading(title)
    for name, count in sorted(counts.items(), key=lambda each: -each[1]):
        paper.line(str(words.get(name, name)), _of(count, total))
        paper.bar([count, *(0 for _each in SHOWN[1:])], total)


def _chart(paper: _Paper, report: Report) -> None:
    """Bars of pieces a month, each in the colours of its framings, with a legend."""
    pdf, months = paper.pdf, report.months[-24:]
    top = max([each.total for each in months] or [1]) or 1
    wide = min(12.0, 170 / max(1, len(months)))
    base, left = pdf.get_y() + _HIGH, pdf.l_margin
    for place, month in enumerate(months):
        at = base
        for name, count in zip(SHOWN, month.parts, strict=True):
            tall = _HIGH * count / top
            if tall:
                paper.box(name, left + place * wide + 0.6, at - tall, wide - 1.2, tall)
            at -= tall
        pdf.set_font("helvetica", "", 6)
        pdf.text(left + place * wide + 0.6, base + 3.5, short_month(month.first))
        if not place or month.first.month == 1:
            pdf.text(left + place * wide + 0.6, base + 6.5, str(month.first.year))
    pdf.set_y(base + 9)
    paper.legend()


def before(found: Before, since: date, site: str, leans: Mapping[int, Any]) -> bytes:
    """What was printed in the districts of those who decide about a bill next; for our own eyes, as it says
    how they lean."""
    paper = _Paper(_("Before a vote: %(bill)s", bill=found.bill.name), site)
    paper.write(found.bill.title, 11, gap=2)
    if found.when:
        paper.write(_("Next: %(where)s on %(moment)s.", where=found.where, moment=zoned(found.when)), 10)
    else:
        paper.write(_("Next: the floor of the %(where)s; its day is not known yet.", where=found.where), 10)
    paper.write(_("Coverage since %(day)s", day=day(since)), 10)
    paper.write(silence(found), 10, "B", 3)
    paper.legend()
    for each in found.districts:
        _district(paper, each, found.most, leans)
    return paper.content()


def silence(found: Before) -> str:
    """How many districts that can be won have no coverage, in a sentence."""
    if not found.placed:
        return _("Nobody has said yet in which districts your outlets lie.")
    if found.silent:
        return ngettext(
            "%(num)s district that can be won has no coverage.",
            "%(num)s districts that can be won have no coverage.",
            found.silent,
        )
    return _("Every district that can be won has coverage.")


def _district(paper: _Paper, one: District, top: int, leans: Mapping[int, Any]) -> None:
    if paper.pdf.will_page_break(24):
        paper.pdf.add_page()
    lean = leans[one.lean] if one.lean is not None else _("Not known")
    pieces = ngettext("%(num)s piece", "%(num)s pieces", one.pieces) if one.pieces else _("Nothing printed")
    paper.line(" · ".join(filter(None, (one.place, one.name, one.party, str(lean)))), pieces)
    paper.bar(one.parts, top)
    told = ", ".join(one.outlets) or _("No outlet of ours lies here.")
    framed = [f"{FRAMINGS[name]} {count}" for name, count in zip(SHOWN, one.parts, strict=True) if count]
    told = " · ".join([told, *framed])
    if one.latest:
        told += f"\n{day(one.latest.published_on)}: {one.latest.title}"
    paper.pdf.set_text_color(*_GREY)
    paper.write(told, 9, gap=3)
    paper.pdf.set_text_color(0)
