"""The history speaks the reader's language: no column stands there under the name it has in the database."""

import pytest
from flask import Flask
from flask_babel import force_locale

from crm.db import Base
from crm.journal.images import journaled
from crm.journal.words import TECHNICAL, column_label, field_of, value_words, words_of
from crm.plugin_api.testing.databases import on_sqlite

pytestmark = on_sqlite


def shown() -> list[tuple[str, str]]:
    found = []
    for table in sorted(Base.metadata.tables):
        if (specification := journaled(table)) is None:
            continue
        hidden = specification.bookkeeping | TECHNICAL | {specification.subject_column}
        names = [column.name for column in specification.columns if column.name not in hidden]
        found += [(table, name) for name in names if not name.endswith(("_key", "_user_id"))]
    return found


def test_every_column_that_the_history_shows_has_words(app: Flask) -> None:
    with app.app_context():
        bare = [place for place in shown() if words_of(*place) is None and field_of(*place) is None]
    assert not bare, f"crm_history_words says nothing of {bare}"


@pytest.mark.parametrize(
    "language, label, value", [("en", "Stance", "Oppose"), ("es", "Postura", "En contra")]
)
def test_a_plugins_column_and_value_are_said_in_words(
    app: Flask, language: str, label: str, value: str
) -> None:
    with app.test_request_context(), force_locale(language):
        stance = Base.metadata.tables["policy_testimony"].c.stance
        assert (column_label("policy_testimony", "stance"), value_words(stance, "oppose", {})) == (
            label,
            value,
        )
