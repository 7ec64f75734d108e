"""One folding for what is indexed and what is typed, the same on both databases."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from crm import db
from crm.search.words import LONGEST, typed_words, words

FOLDED = {
    "José Núñez": "jose nunez",
    "Søren Łukasiewicz Groß": "soren lukasiewicz gross",
    "O'Brien-Smith, O’Neil": "obrien smith oneil",
    "Æsa Þórsdóttir Đorđe Ŧor Ħal": "aesa thorsdottir dorde tor hal",
    "ÇAĞLA ıŞıl İpek": "cagla isil ipek",
    "Ολγα Παπαδοπούλου ΟΔΟΣ": "ολγα παπαδοπουλου οδοσ",
    "Юлия Ёлкина": "юлия елкина",
    "王小明": "王 小 明",
    "김민준": "김 민 준",
    "हिन्दी शिक्षा": "हिन्दी शिक्षा",
    "מִרְיָם": "מרים",
    "jose.garcia@example.org": "jose garcia example org",
    "a\u00a0b\u2014c\u3000d": "a b c d",
    "zero\u200bwidth so\u00adft": "zerowidth soft",
    "ﬁnance Ⅳ ½": "finance iv 1⁄2".replace("⁄", " "),
    "": "",
    "  --- ": "",
}


@pytest.mark.parametrize("text, folded", FOLDED.items(), ids=range(len(FOLDED)))
def test_folds_every_script(text: str, folded: str) -> None:
    assert words(text) == folded


def test_the_database_folds_alike(app: Flask) -> None:
    with app.app_context():
        for text, folded in FOLDED.items():
            found = db.session().execute(select(func.search_words(text))).scalar_one()
            assert found.split() == folded.split(), text


@given(st.text(max_size=300))
def test_folding_folded_words_changes_nothing(text: str) -> None:
    folded = words(text)
    assert words(folded) == folded
    assert "  " not in folded
    assert not set(folded) & set("'\"*:&|!()<>\\")
    assert all(len(word) <= LONGEST for word in typed_words(text))


@pytest.mark.parametrize(
    "typed, expected",
    [
        ("+1 (202) 555-0142", ["2025550142"]),
        ("202.555.0142", ["2025550142"]),
        ("555-0142", ["5550142"]),
        ("020 7946 0958", ["2079460958"]),
        ("0142", ["0142"]),
        ("maria 20001", ["maria", "20001"]),
        ("a b c d e f g h i j", list("abcdefgh")),
    ],
)
def test_phone_numbers_are_one_word(typed: str, expected: list[str]) -> None:
    assert typed_words(typed) == expected
