"""A paper of letter size."""

from collections.abc import Iterable, Sequence
from typing import Final

from fpdf.enums import Align, TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace

from crm.plugin_api import gettext as _
from crm.plugin_api.papers import Pages
from crm.plugin_api.words import day, day_here

MARGIN: Final = 20
GREY: Final = (95, 99, 104)


class _Pages(Pages):
    """Each page says below what it is, of which day, and which page."""

    below = ""

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font("helvetica", "", 8)
        self.set_text_color(*GREY)
        self.cell(0, 5, self.below, align=Align.L)
        self.cell(0, 5, f"{self.page_no()} / {{nb}}", align=Align.R)
        self.set_text_color(0)


class Paper:
    """Written from top to bottom; `content` is the file."""

    def __init__(self, title: str, below: str = "", *, wide: bool = False) -> None:
        self.pdf = _Pages(orientation="landscape" if wide else "portrait")
        self.pdf.set_margin(MARGIN)
        self.pdf.set_auto_page_break(True, MARGIN)
        self.pdf.set_title(title)
        self.pdf.below = " · ".join(filter(None, (below, day(day_here()))))
        self.pdf.add_page()

    def write(
        self, text: str, size: float = 11, style: str = "", gap: float = 2, *, grey: bool = False
    ) -> None:
        self.pdf.set_font("helvetica", style, size)
        self.pdf.set_text_color(*(GREY if grey else (0, 0, 0)))
        self.pdf.multi_cell(0, size * 0.5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align=Align.L)
        self.pdf.set_text_color(0)
        self.pdf.ln(gap)

    def heading(self, text: str) -> None:
        self.pdf.ln(2)
        self.write(text, 13, "B", 1)

    def bullets(self, lines: Iterable[tuple[str, str]]) -> None:
        """Text and, below it in grey, where it comes from."""
        for text, source in lines:
            self.pdf.set_x(MARGIN)
            self.pdf.set_font("helvetica", "", 11)
            self.pdf.cell(5, 5.5, "•")
            self.pdf.multi_cell(0, 5.5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align=Align.L)
            if source:
                self.pdf.set_left_margin(MARGIN + 5)
                self.pdf.set_x(MARGIN + 5)
                self.write(source, 8.5, gap=0, grey=True)
                self.pdf.set_left_margin(MARGIN)
            self.pdf.ln(1)
        self.pdf.set_x(MARGIN)

    def table(
        self, head: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int], right: str = ""
    ) -> None:
        """`right` names by their letters (`a` is the first) the columns of numbers."""
        align = [Align.R if chr(97 + place) in right else Align.L for place in range(len(head))]
        self.pdf.set_font("helvetica", "", 9)
        with self.pdf.table(
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            col_widths=tuple(widths),
            text_align=tuple(align),
            headings_style=FontFace(emphasis="BOLD"),
            line_height=5,
            padding=0.8,
        ) as table:
            for cells in (head, *rows):
                row = table.row()
                for cell in cells:
                    row.cell(cell)
        self.pdf.ln(3)

    def content(self) -> bytes:
        if self.pdf.replaced:
            self.write(_("Letters that this file cannot show are replaced by “?”."), 8, grey=True)
        return bytes(self.pdf.output())
