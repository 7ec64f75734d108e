"""A letter with its signers as a PDF."""

from collections.abc import Sequence
from io import BytesIO

from flask_babel import gettext as _
from fpdf.enums import XPos, YPos

from crm.contacts.files import storage
from crm.i18n import day
from crm.papers import Pages
from crm.signons.models import Letter, LetterText, Signature
from crm.signons.services.earlier import Earlier


class _Paper:
    def __init__(self, language: str) -> None:
        self.pdf = Pages()
        self.pdf.set_lang(language)
        self.pdf.set_margin(22)
        self.pdf.set_auto_page_break(True, 22)
        self.pdf.add_page()

    def write(self, text: str, size: int = 11, style: str = "", gap: float = 2) -> None:
        self.pdf.set_font("helvetica", style, size)
        self.pdf.multi_cell(0, size * 0.5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.pdf.ln(gap)


def make(
    letter: Letter, text: LetterText, signers: Sequence[Signature], before: Sequence[Earlier] = ()
) -> bytes:
    """The letter as it is signed, then the organizations, each with who signed and the logo it may show; then
    by name those that signed a text `before` it."""
    paper = _Paper(letter.language)
    paper.pdf.set_title(letter.title)
    paper.write(letter.title, 18, "B")
    if letter.addressee:
        paper.write(letter.addressee, 11, "I")
    paper.write(text.body, gap=6)
    paper.write(_("Signed by"), 14, "B")
    if not signers:
        paper.write(_("No organization has signed this text yet.") if before else _("Nobody has signed."), 10)
    for row in signers:
        if row.shows_logo and row.logo_key and (content := storage.read(row.logo_key)):
            paper.pdf.image(BytesIO(content), h=9)
        paper.write(row.organization, 11, "B", 0)
        paper.write(", ".join(filter(None, (row.signer_name, row.signer_title))) or " ", 10)
    for each in before:
        paper.write(_("Signed the earlier text of %(day)s", day=day(each.text.created_at)), 12, "B", 1)
        paper.write("\n".join(row.organization for row in each.signers), 10)
    paper.write(_("Version %(number)s of %(day)s", number=text.number, day=day(text.created_at)), 8)
    if paper.pdf.replaced:
        paper.write(_("Letters that this file cannot show are replaced by “?”."), 8)
    return bytes(paper.pdf.output())
