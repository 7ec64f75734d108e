"""PDF files with the letters of everybody's names. The built-in font holds those of English and Spanish; for
others a text is set in DejaVu, which holds most scripts. What even that lacks becomes a question mark, and
`replaced` says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from fpdf import FPDF

PLAIN: Final = "helvetica"
OTHERS: Final = "dejavu"
_FOLDER: Final = Path(__file__).parent / "static" / "vendor" / "fonts"
_FILES: Final = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf", "I": "DejaVuSans-Oblique.ttf"}
_SAME: Final = str.maketrans({"−": "-", "\u202f": " "})
"""What pages write more finely than the built-in font can."""


class Pages(FPDF):
    """A file of letter size that can be written in any language."""

    replaced = False

    def __init__(self, **options: Any) -> None:
        super().__init__(format="letter", **options)
        self.core_fonts_encoding = "cp1252"

    def cell(self, w: Any = None, h: Any = None, text: str = "", *args: Any, **options: Any) -> Any:
        with self._letters(text) as fitting:
            return super().cell(w, h, fitting, *args, **options)

    def multi_cell(self, w: Any, h: Any = None, text: str = "", *args: Any, **options: Any) -> Any:
        """Tables draw their cells by this, too."""
        with self._letters(text) as fitting:
            return super().multi_cell(w, h, fitting, *args, **options)

    def get_string_width(self, s: str, *args: Any, **options: Any) -> float:
        with self._letters(s) as fitting:
            return super().get_string_width(fitting, *args, **options)

    @contextmanager
    def _letters(self, text: str) -> Iterator[str]:
        """The text as it can be written, in a font that has its letters."""
        text = text.translate(_SAME)
        if self.font_family != PLAIN or _is_plain(text):
            yield text
            return
        style = self.font_style
        super().set_font(OTHERS, self._have(style))
        known = self.current_font.cmap  # type: ignore[union-attr]  # A font from a file has one.
        fitting = "".join(each if ord(each) in known or each.isspace() else "?" for each in text)
        self.replaced = self.replaced or fitting != text
        try:
            yield fitting
        finally:
            super().set_font(PLAIN, style)

    def _have(self, style: str) -> str:
        """The style of ours that comes nearest, its file read when a text first needs it."""
        style = next((each for each in ("B", "I") if each in style), "")
        if f"{OTHERS}{style}" not in self.fonts:
            self.add_font(OTHERS, style, _FOLDER / _FILES[style])
        return style


def _is_plain(text: str) -> bool:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True
