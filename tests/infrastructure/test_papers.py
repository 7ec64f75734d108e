"""Files on paper hold everybody's name."""

import pytest
from fpdf.enums import XPos, YPos

from crm.papers import Pages


def written(*texts: str) -> Pages:
    pages = Pages()
    pages.add_page()
    for style in ("", "B", "I"):
        pages.set_font("helvetica", style, 11)
        for text in texts:
            for draw in (pages.multi_cell, pages.cell):
                draw(0, 5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    return pages


@pytest.mark.parametrize("name", ["Hội Phụ huynh Nguyễn", "Łódź", "Москва", "Αθήνα", "−5 %"])
def test_names_of_many_languages_are_written_as_they_are(name: str) -> None:
    pages = written("A name in English", name)
    assert not pages.replaced
    content = bytes(pages.output())
    assert (b"DejaVu" in content) is (name != "−5 %")
    assert pages.font_family == "helvetica"


def test_what_no_font_of_ours_has_is_told() -> None:
    assert written("漢字 and more").replaced


def test_english_and_spanish_need_no_font_of_their_own() -> None:
    assert b"DejaVu" not in bytes(written("Ñandú: one in four “misses” a month").output())
