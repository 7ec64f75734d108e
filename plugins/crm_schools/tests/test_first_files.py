"""What the first files of a district meet: no district yet, and grades in words."""

from pathlib import Path

import pytest
from flask import Flask

from crm.plugin_api import UserError
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import bring_in
from crm_schools.tests.made_up import make
from crm_schools.words import grade_of

pytestmark = on_sqlite


@pytest.mark.parametrize("school", ["", "001"])
def test_a_summary_without_any_district_says_so(app: Flask, tmp_path: Path, school: str) -> None:
    path = tmp_path / "sums.csv"
    path.write_text(f"student,school,days enrolled,days absent\n1,{school},20,2\n")
    with app.app_context(), pytest.raises(UserError, match="There is no school district yet"):
        bring_in("attendance-summary", path, {})


def test_grades_in_words(app: Flask, tmp_path: Path) -> None:
    make(app, students=2)
    words = {"First": "1", "Ninth": "9", "TWELFTH": "12", "K5": "K", "4K": "PK", "Fifteenth": None}
    assert {word: grade_of(word) for word in words} == words
    path = tmp_path / "list.csv"
    path.write_text("student number,last name,first name,school,grade\n901,Ash,Ana,1,Ninth\n")
    with app.app_context():
        assert bring_in("roster", path, {}).noticed == []
