"""Students with classes in two schools at once, as half of each day at a career center."""

import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from crm.plugin_api import UserError
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools.tests.support import roster_zip
from crm_schools.tests.test_days_before import attend, missed, of_ben, with_classes
from crm_schools.tests.test_days_by_hand import write

pytestmark = on_sqlite
FIRST, LAST = date(2024, 9, 2), date(2025, 1, 12)
OWN, OTHER = f"3,w,{FIRST},2025-06-06", f"5,e,{FIRST},2025-06-06"
BOTH = [("West", FIRST, None), ("East", FIRST, None)]
LEFT = [("West", FIRST, None), ("East", FIRST, LAST)]
Bring = Callable[..., Outcome]


@pytest.fixture
def bring(app: Flask, tmp_path: Path) -> Bring:
    """Brings an archive, made on a day, with these classes of Ben."""

    def done(*rows: str, made: tuple[int, int, int] = (2025, 1, 13)) -> Outcome:
        path = roster_zip(tmp_path / "roster.zip", with_classes(*rows))
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(zipfile.ZipInfo(name, (*made, 0, 0, 0)), content)
        with app.app_context():
            return bring_in("roster", path, {})

    return done


def stays(app: Flask) -> list[tuple[str, date, date | None]]:
    return sorted(of_ben(app), key=lambda stay: (stay[1], stay[0] == "East"))


def test_who_drops_the_classes_at_a_second_school_has_left_it(
    app: Flask, tmp_path: Path, bring: Bring
) -> None:
    bring(OWN, OTHER)
    attend(app, tmp_path, (1, 2, 3, 4, 7))
    outcome = bring(OWN)
    assert any("ends on Jan 12, 2025" in said for _line, said in outcome.noticed)
    assert not any("replaced" in said for said in outcome.notices)
    assert (stays(app), missed(app)) == (LEFT, 10)
    assert bring(OWN, made=(2025, 1, 20)).counts["update"] == 0
    assert stays(app) == LEFT


def test_the_own_school_may_have_the_classes_of_spring_alone_by_then(app: Flask, bring: Bring) -> None:
    bring(OWN, OTHER)
    bring("9,w,2025-01-06,2025-06-06")
    assert stays(app) == LEFT


def test_an_archive_after_the_year_ends_nothing_of_it(app: Flask, bring: Bring) -> None:
    bring(OWN, OTHER)
    bring(OWN, made=(2025, 8, 4))
    assert stays(app) == BOTH


def test_a_second_school_that_people_added_stays(app: Flask, tmp_path: Path, bring: Bring) -> None:
    bring(OWN)
    write(app, date(2000, 1, 1), "East", FIRST, None)
    attend(app, tmp_path, (1, 2, 3, 4, 7))
    assert bring(OWN).counts["update"] == 0
    assert (stays(app), missed(app)) == (BOTH, 10)


def test_a_school_that_comes_in_the_place_of_another_is_asked_about(
    app: Flask, tmp_path: Path, bring: Bring
) -> None:
    bring(OTHER)
    attend(app, tmp_path, (1, 2, 3, 4, 7))
    with pytest.raises(UserError, match="Stays with missed days"):
        bring(OWN)
    assert stays(app) == [BOTH[1]]
