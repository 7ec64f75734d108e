"""One archive of two districts, as of a service centre: who leaves one of them, or moves to the other."""

from collections.abc import Mapping

from flask import Flask

from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.tests import test_who_left_an_archive
from crm_schools.tests.test_who_left_an_archive import LEFT, Bring, Files, ends, without_classes

pytestmark = on_sqlite
bring = test_who_left_an_archive.bring


def other_district(files: Files, users: Mapping[str, tuple[str, str]]) -> None:
    """Another district with a school, and its users: their number and the school of their class."""
    files["orgs.csv"] += "d2,,,Bay Public Schools,district,D2,\nb,,,Bay School,school,E1,d2\n"
    for user, (number, school) in users.items():
        files["users.csv"] += f"{user},,,true,{school},student,{user},,{user},Fir,,{number},,,,,03,\n"
        files["enrollments.csv"] += f"9{user},,,c9,{school},{user},student,,2024-09-02,2025-06-06\n"


def both(files: Files) -> None:
    other_district(files, {"b1": ("0003", "b"), "b2": ("7000", "b")})


def test_whose_number_the_other_district_has_left_all_the_same(app: Flask, bring: Bring) -> None:
    def u3_left(files: Files) -> None:
        both(files)
        users = files["users.csv"].splitlines()
        files["users.csv"] = "\n".join([line for line in users if not line.startswith("u3,")] + [""])

    bring(both)
    bring(u3_left, without_classes("u3"))
    found = ends(app)
    assert (found["D1", "0003"], found["D2", "0003"]) == (LEFT, None)


def test_who_moved_to_the_other_district_has_left_the_first(app: Flask, bring: Bring) -> None:
    bring(both)
    moved = {"b1": ("0003", "b"), "b2": ("7000", "e")}
    bring(lambda files: other_district(files, moved))
    found = ends(app)
    assert (found["D2", "7000"], found["D1", "7000"], found["D2", "0003"]) == (LEFT, None, None)


def test_who_has_classes_in_both_districts_stays(app: Flask, bring: Bring) -> None:
    def also(files: Files) -> None:
        both(files)
        files["enrollments.csv"] += "99,,,c9,e,b2,student,,2024-09-02,2025-06-06\n"

    bring(both)
    bring(also)
    bring(also, without_classes("b1"))
    found = ends(app)
    assert (found["D2", "7000"], found["D2", "0003"]) == (None, None)
