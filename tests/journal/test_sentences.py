"""Sentences of changes, read in another language than that in which they were made."""

import pytest
from flask import Flask
from flask_babel import force_locale

from crm.journal.sentences import SENTENCES, in_words_of_the_reader
from crm.plugin_api.testing.databases import on_sqlite

pytestmark = on_sqlite

PAIRS = (
    ("Birth date of Luis Jones", "Fecha de nacimiento de Luis Jones"),
    ("Tags of Luis Jones", None),
    ("Added Ana López", None),
    ("Tagged 1 contact “Hearing”", None),
    ("Tagged 9 contacts “Hearing”", None),
    ("Imported “people.csv”: 2 contacts added, 1 contact changed", None),
    ("Undid: Tagged 9 contacts “Hearing”", None),
)


@pytest.mark.parametrize("english,spanish", PAIRS)
def test_both_ways_a_sentence_is_read_in_ones_own_language(
    app: Flask, english: str, spanish: str | None
) -> None:
    with app.test_request_context():
        with force_locale("es"):
            said = in_words_of_the_reader(english)
            assert said != english
            assert spanish is None or said == spanish
            assert in_words_of_the_reader(said) == said
        with force_locale("en"):
            assert in_words_of_the_reader(english) == english
            assert in_words_of_the_reader(said) == english


def test_what_is_not_ours_stays_as_it_was_written(app: Flask) -> None:
    with app.test_request_context(), force_locale("es"):
        assert in_words_of_the_reader("Watered the bean bed") == "Watered the bean bed"
        assert in_words_of_the_reader("") == ""


def test_every_sentence_is_in_the_catalogue(app: Flask) -> None:
    from flask_babel import get_translations

    with app.test_request_context(), force_locale("es"):
        catalogue = get_translations()
        for one, many in SENTENCES:
            said = catalogue.ungettext(one, many, 2) if many else catalogue.ugettext(one)
            assert said not in {one, many}, one
