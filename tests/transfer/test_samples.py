"""Real lists through the command line, on both databases: everybody comes, nobody twice, and goes again."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from crm import create_app
from crm.config import load
from crm.contacts.words import label_words
from tests.cli.conftest import Rollcall, rollcall, settings
from tests.transfer.conftest import contents, everybody, sample

__all__ = ["rollcall", "settings"]


@pytest.fixture
def app(database_url: str, settings: Callable[..., None]) -> Iterator[Flask]:
    settings(DATABASE_URL=database_url, PLUGINS="")
    app = create_app(load())
    yield app
    app.extensions["crm"].engine.dispose()


@pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)
def test_the_people_of_washington(app: Flask, rollcall: Rollcall) -> None:
    file = str(sample("osdi_fake_people.csv"))
    before = contents(app)
    nothing = {"update": 0, "rejected": 0}
    planned = rollcall("import", "contacts", file, "--plan", "--json").data
    assert planned == {"create": 11540, "unchanged": 0, "change_set": None, **nothing}
    assert contents(app) == before
    done = rollcall("import", "contacts", file, "--json").data
    assert done == {"create": 11540, "unchanged": 0, "change_set": done["change_set"], **nothing}
    assert len(everybody(app)) == 11540
    again = rollcall("import", "contacts", file, "--json").data
    assert again == {"create": 0, "unchanged": 11540, "change_set": None, **nothing}
    assert rollcall("undo", str(done["change_set"]), "--json").code == 0
    assert contents(app) == before


def test_cards_of_phones_and_mail_programs(app: Flask, rollcall: Rollcall) -> None:
    files = [str(path) for path in sorted(sample("vcards").glob("*.vcf"))]
    assert len(files) == 5
    before = contents(app)
    done = rollcall("import", "contacts", *files, "--json").data
    assert (done["create"], done["rejected"]) == (12, 0)
    people = everybody(app)
    assert people["Simon Perreault ing. jr, M.Sc."].emails == ["simon.perreault@viagenie.ca"]
    assert people["John Richter James Doe Sr."].phones[:2] == ["+19055551234", "+19056661234"]
    assert label_words("work") == "Work"
    again = rollcall("import", "contacts", *files, "--json").data
    assert (again["unchanged"], again["change_set"]) == (12, None)
    assert rollcall("undo", str(done["change_set"]), "--json").code == 0
    assert contents(app) == before


def test_people_with_typing_errors(app: Flask, rollcall: Rollcall) -> None:
    """The same 1,000 rows twice; half of them are the other half with errors in them."""
    file = str(sample("febrl_dataset1.csv"))
    assert rollcall("import", "contacts", file, "--json").data["create"] == 1000
    assert rollcall("import", "contacts", file, "--json").data["unchanged"] == 1000


def test_records_go_out_and_come_back(app: Flask, rollcall: Rollcall, tmp_path: Path) -> None:
    """What an export says, and that importing it again proposes nothing."""
    people = tmp_path / "people.csv"
    people.write_text("First,Last,Email\nAnn,Lee,ann@example.org\nBob,Ode,bob@example.org\n")
    assert rollcall("import", "contacts", str(people)).out.startswith("2 added,")
    for form in ("csv", "xlsx", "vcf"):
        file = str(tmp_path / f"out.{form}")
        done = rollcall("export", "contacts", "--format", form, "--output", file, "--json")
        assert done.data == {"kind": "contacts", "format": form, "records": 2, "file": file}
        assert rollcall("import", "contacts", file, "--plan", "--json").data["unchanged"] == 2
    assert rollcall("export", "contacts", "--output", file).out == f"Wrote 2 records to {file}.\n"
    assert "does not exist" in rollcall("export", "contacts", "--output", f"{tmp_path}/no/x.csv").err
    assert "name it with --output" in rollcall("export", "contacts", "--json").data["error"]


def test_a_map_that_names_a_column_of_no_file_is_refused(
    app: Flask, rollcall: Rollcall, tmp_path: Path
) -> None:
    people, columns = tmp_path / "people.csv", tmp_path / "map.json"
    people.write_text("Voornaam,Last\nAnn,Lee\n")
    columns.write_text('{"Vornaam": "given_name", "Last": "family_name"}')
    done = rollcall("import", "contacts", str(people), "--map", str(columns), "--json")
    assert done.data == {"error": "The map names a column “Vornaam” that no file has."}
    columns.write_text('{"Voornaam": "given_name", "Last": "family_name"}')
    assert rollcall("import", "contacts", str(people), "--map", str(columns), "--json").data["create"] == 1
    assert "external_id" in rollcall("import", "contacts", str(people), "--match", "shoe").err
