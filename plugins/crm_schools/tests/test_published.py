"""Figures for papers that leave the house: what a public report shows, and nothing else."""

from typing import Any

import pytest
from flask import Flask

from crm.plugin_api import Actor, Organization, db
from crm_schools import published
from crm_schools.models import District, PublicReport, School

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _organization(name: str) -> Organization:
    one = Organization(name=name, sort_name=name.lower(), name_key=name.lower(), custom={})
    db.session().add(one)
    db.session().flush()
    return one


def _report(district: District, number: int, cells: list[Any], status: str = "published") -> None:
    content = {"district": district.name, "state": "MI", "year": 2025, "schools": [], "cells": cells}
    db.session().add(
        PublicReport(
            district_id=district.id,
            school_year=2025,
            number=number,
            status=status,
            smallest_group=10,
            smallest_count=6,
            content=content,
            numbers={"cells": [], "hidden": []},
        )
    )


def test_figures_are_those_of_the_newest_report_and_hidden_ones_stay_hidden(app: Flask) -> None:
    with app.test_request_context():
        with db.transaction(Actor.system(), "schools.test"):
            town, east, west = (_organization(name) for name in ("Town", "East", "West"))
            district = District(name="Town", state="MI", contact_id=town.id)
            db.session().add(district)
            db.session().flush()
            schools = [
                School(district_id=district.id, contact_id=each.id, name=each.name, local_id=each.name)
                for each in (east, west)
            ]
            db.session().add_all(schools)
            db.session().flush()
            shown, hidden = (str(each.id) for each in schools)
            _report(district, 1, [["", "", "", 900, [90, 0]]])
            cells = [
                ["", "", "", 1000, [310, 9]],
                ["", shown, "", 400, [100, 0]],
                ["", hidden, "", None, None],
            ]
            _report(district, 2, cells)
            _report(district, 3, [["", "", "", 1000, [999, 0]]], "withdrawn")
            ids = [town.id, east.id, west.id]
        (whole,) = published.figures("MI", None)
        assert whole.words == "31.0% of 1,000 students were chronically absent in 2024–25"
        assert [each.place for each in published.figures("MI", ids)] == ["Town", "East"]
        assert not list(published.figures("OH", None))
        assert not list(published.figures("MI", []))
