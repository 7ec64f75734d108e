"""Which district that is here a roster means when its number and name are not known."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, UserError, db, system
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import bring_in
from crm_schools.models import District, School, Student
from crm_schools.tests import test_known_schools
from crm_schools.tests.made_up import make
from crm_schools.tests.support import roster_zip, scalars
from crm_schools.tests.test_known_schools import Bring, Files, ed_fi

pytestmark = on_sqlite
bring = test_known_schools.bring
UNIFIED = {"Example District": "Example Unified", "D1": "0900099"}
FEW = {"0001": "901", "0002": "902", "0003": "903", "0004": "904"}


def count(app: Flask) -> tuple[int, int, int]:
    """How many districts, schools and students there are."""
    with app.app_context(), system("test"):
        found = [len(scalars(select(kind))) for kind in (District, School, Student)]
        return found[0], found[1], found[2]


@pytest.mark.parametrize("before", [{}, {"D1": ""}])
def test_another_number_and_name_make_no_second_one(app: Flask, bring: Bring, before: dict[str, str]) -> None:
    """All its schools are those that are here, with their ids, numbers and names."""
    bring(in_orgs=before)
    bring(UNIFIED)
    assert count(app) == (1, 2, 4)
    with app.app_context(), system("test"):
        assert scalars(select(District.name)) == ["Example Unified"]
    assert bring(UNIFIED).counts["update"] == 0


def test_a_district_whose_schools_are_called_as_those_here_is_asked_about(app: Flask, bring: Bring) -> None:
    bring()
    other = {**UNIFIED, "e": "101", "w": "102"}
    with pytest.raises(
        UserError, match=r"“Example Unified” \(0900099\) is not known .* of “Example District”"
    ):
        bring(other)
    assert count(app) == (1, 2, 4)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        scalars(select(District))[0].nces_id = "0900099"
    bring(other)
    assert count(app) == (1, 2, 4)


def test_another_district_with_such_schools_comes_in_when_somebody_added_it(app: Flask, bring: Bring) -> None:
    bring()
    other = {**UNIFIED, **FEW, "d": "z"}
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().add(District(name="Example Unified", local_id="0900099"))
    bring(other)
    assert count(app) == (2, 4, 8)


def test_two_districts_may_have_a_school_of_the_same_name(app: Flask, bring: Bring) -> None:
    """Their systems may even call it alike and give it the same number."""
    bring({"East School": "Lincoln Elementary"})
    bring({**UNIFIED, **FEW, "d": "z", "East School": "Lincoln Elementary", "West School": "South School"})
    assert count(app) == (2, 4, 8)
    bring({"East School": "Lincoln Elementary"})
    assert count(app) == (2, 4, 8)


def test_a_district_of_ed_fi_is_asked_about_too(app: Flask, tmp_path: Path) -> None:
    make(app, students=1)
    path, same = tmp_path / "schools.json", (("1", "Dune Elementary"), ("2", "Pier Middle"))
    with app.app_context():
        with pytest.raises(UserError, match=r"“Harbor District” \(255901\) is not known here"):
            bring_in("roster", ed_fi(path, ("255901", "Harbor District"), *same), {})
        bring_in("roster", ed_fi(path, ("255901", "Harbor District"), *same), {"district": "HPS"})
        bring_in("roster", ed_fi(path, ("255902", "Ninth District"), ("1", "Ash School")), {})
    assert count(app)[:2] == (2, 3)


def test_an_archive_of_no_district_needs_one_first(app: Flask, tmp_path: Path) -> None:
    def change(files: Files) -> None:
        orgs = files["orgs.csv"].replace("d,,,Example District,district,D1,\n", "")
        files["orgs.csv"] = orgs.replace(",d\n", ",\n")

    with app.app_context():
        with pytest.raises(UserError, match=r"there is none yet\. Add the district first"):
            bring_in("roster", roster_zip(tmp_path / "archive.zip", change), {})
        with db.transaction(Actor.system(), "test"), system("test"):
            db.session().add(District(name="Example District", local_id="D1"))
        bring_in("roster", roster_zip(tmp_path / "archive.zip", change), {})
    assert count(app) == (1, 2, 4)
