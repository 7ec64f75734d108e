"""What an import makes of a file: who is new, who is known, what changes; a second time nothing does."""

from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask

from crm import db
from crm.access import system
from crm.contacts import services
from crm.contacts.models import Contact, Tag
from crm.journal.models import ChangeSet
from crm.journal.undo import undo
from crm.transfer import sources
from crm.transfer.models import ImportRun
from crm.transfer.people import handler
from tests.transfer.conftest import ACTOR, Importing, Person, contents, count, everybody

HEADER = (
    "First Name,Middle Name,Last Name,Suffix,Birth Date,Email,Phone,"
    "Street,City,State,Zip,Organization,Title,Tags,Notes"
)
ANA = (
    "Ana,M,López,,1976-02-03,ana@example.org,(202) 555-0123,"
    "401 I St SW,Washington,DC,20024,Lincoln School,Principal,steering; school,Met in May"
)
BEN = "Ben,,Ode,,,ben@example.org,,,,,,Lincoln School,Teacher,school,"


def table(*rows: str, header: str = HEADER) -> str:
    return "\n".join([header, *rows, ""])


def small(*rows: str) -> str:
    """A table with the few columns that tell people apart."""
    return table(
        *rows, header="ID,First Name,Middle Name,Last Name,Suffix,Birth Date,Email,Phone,Street,Zip,Title"
    )


def counted(run: ImportRun) -> tuple[int, int, int, int]:
    found = run.outcome or run.counts
    return found["create"], found["update"], found["unchanged"], found["rejected"]


def test_new_people_come_with_all_that_the_file_says(app: Flask, importing: Importing) -> None:
    run = importing(table(ANA, BEN))
    people = everybody(app)
    assert counted(run) == (2, 0, 0, 0)
    assert set(people) == {"Ana M López", "Ben Ode", "Lincoln School"}
    ana = people["Ana M López"]
    assert ana.texts == {"job_title": "Principal", "birth_date": "1976-02-03", "middle_name": "M"}
    assert (ana.emails, ana.phones, ana.streets) == (["ana@example.org"], ["+12025550123"], ["401 I St SW"])
    assert (ana.tags, ana.organizations, ana.notes) == (
        ["school", "steering"],
        ["Lincoln School"],
        ["Met in May"],
    )
    assert people["Lincoln School"].kind == "organization"
    assert count(app, Tag) == 2


def test_a_second_time_nothing_happens(app: Flask, importing: Importing) -> None:
    importing(table(ANA, BEN, "Nobody,,Known,,,,,,,,,,,,", ",,,,,info@example.org,,,,,,,,,"))
    before, changes = contents(app), count(app, ChangeSet)
    again = importing(table(ANA, BEN, "Nobody,,Known,,,,,,,,,,,,", ",,,,,info@example.org,,,,,,,,,"))
    assert counted(again) == (0, 0, 4, 0)
    assert again.change_set_id is None
    assert contents(app) == before
    assert count(app, ChangeSet) == changes


def test_a_file_whose_reading_breaks_off_once_is_read_to_its_end(
    app: Flask, importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the disk is full for a moment: the next attempt goes on where the last one stopped."""
    clean, broken = handler.ContactImport.cleaner, list[Sequence[str]]()

    def breaks_off(self: Any, *known: Any) -> Any:
        cleaned = clean(self, *known)

        def row(cells: Sequence[str]) -> Any:
            if cells[0] == "Cleo" and not broken:
                broken.append(cells)
                raise OSError("no space left on device")
            return cleaned(cells)

        return row

    monkeypatch.setattr(handler.ContactImport, "cleaner", breaks_off)
    monkeypatch.setattr(sources, "CHUNK", 1)
    run = importing(table(ANA, BEN, "Cleo,,Oak,,,,,,,,,,,,", "Dan,,Elm,,,,,,,,,,,,"))
    assert broken
    assert counted(run) == (4, 0, 0, 0)


def test_undo_leaves_every_row_as_it_was(app: Flask, importing: Importing) -> None:
    importing(table(BEN))
    before = contents(app)
    run = importing(table(ANA, "Ben,,Ode,,,ben@example.org,555-0100,,,,,Lincoln School,Head,new tag,A note"))
    assert counted(run) == (1, 1, 0, 0)
    assert contents(app) != before
    with app.app_context():
        assert run.change_set_id is not None
        undo(run.change_set_id, ACTOR)
    assert contents(app) == before


def test_only_the_plan_writes_nothing(app: Flask, importing: Importing) -> None:
    before = contents(app)
    run = importing.plan(table(ANA))
    assert counted(run) == (1, 0, 0, 0)
    assert contents(app) == before


# Who is known.


def test_an_email_alone_never_makes_two_people_one(app: Flask, importing: Importing) -> None:
    importing(small(",Ana,,López,,,home@example.org,,,,"))
    run = importing(small(",Luis,,López,,,home@example.org,,,,", ",Eva,,López,,,home@example.org,,,,"))
    assert counted(run) == (2, 0, 0, 0)
    assert len(everybody(app)) == 3


@pytest.mark.parametrize(
    "known, row",
    [
        (",Ana,,López,,,ana@example.org,,,,", ",ANA,,LOPEZ,,,Ana@Example.org,,,,"),
        (",Ana,,López,,,,202-555-0123,,,", ",Ana,,López,,,,(202) 555 0123,,,"),
        (",Ana,,López,,,,,401 I St. SW,20024,", ",Ana,,López,,,,,401 I St SW,20024-1234,"),
        (",Ana,,López,,1976-02-03,,,,,", ",Ana,,López,,2/3/1976,,,,,"),
        ("A-1,Ana,,López,,,,,,,", "A-1,Ana,,López,,,,,,,Principal"),
        (",Ana,James,López,,,ana@example.org,,,,", ",Ana,J.,López,,,ana@example.org,,,,"),
    ],
    ids=["name and email", "name and phone", "name and address", "name and birth date", "id", "initial"],
)
def test_the_same_person_is_recognized(app: Flask, importing: Importing, known: str, row: str) -> None:
    importing(small(known))
    run = importing.plan(small(row))
    assert run.counts["create"] == 0, importing.lines(run)
    assert len(everybody(app)) == 1


@pytest.mark.parametrize(
    "known, row",
    [
        (",Ana,,López,,1976-02-03,ana@example.org,,,,", ",Ana,,López,,2001-02-03,ana@example.org,,,,"),
        ("A-1,Ana,,López,,,ana@example.org,,,,", "A-2,Ana,,López,,,ana@example.org,,,,"),
        (",Ana,James,López,,,ana@example.org,,,,", ",Ana,Luz,López,,,ana@example.org,,,,"),
        (",Ron,,Hill,Sr.,,,,401 I St,20024,", ",Ron,,Hill,Jr.,,,,401 I St,20024,"),
        (",Ron,,Hill,,,,,401 I St,20024,", ",Ron,,Hill,III,,,,401 I St,20024,"),
    ],
    ids=["birth date", "id", "middle name", "generation", "generation of one"],
)
def test_a_contradiction_keeps_people_apart(app: Flask, importing: Importing, known: str, row: str) -> None:
    importing(small(known))
    run = importing(small(row))
    assert counted(run) == (1, 0, 0, 0)
    assert len(everybody(app)) == 2


def test_father_and_son_with_one_birth_date_are_one(importing: Importing) -> None:
    importing(small(",Ron,,Hill,,1950-01-01,,,401 I St,20024,"))
    assert importing.plan(small(",Ron,,Hill,III,1950-01-01,,,401 I St,20024,")).counts["create"] == 0


@pytest.mark.parametrize(
    "key, expected",
    [("best", 0), ("email", 0), ("phone", 1), ("address", 1), ("birth_date", 1), ("external_id", 1)],
)
def test_the_match_key_decides_by_what(importing: Importing, key: str, expected: int) -> None:
    importing(small(",Ana,,López,,,ana@example.org,,,,"))
    run = importing.plan(small(",Ana,,López,,,ana@example.org,202-555-0123,,,"), match_key=key)
    assert run.counts["create"] == expected


def test_somebody_renamed_since_is_known_by_the_row(app: Flask, importing: Importing) -> None:
    text = small(",Jon,,Smth,,,,,,,Teacher")
    importing(text)
    with app.app_context(), db.transaction(ACTOR, "contacts.edit"), system("a test"):
        found = db.session().query(Contact).one()
        found.given_name, found.family_name = "John", "Smith"
        services.derive_person_name(found)
        services.touch(found)
    run = importing.plan(text, mode="fill")
    assert counted(run) == (0, 0, 1, 0)
    assert "imported before" in importing.why(run, 2)


def test_when_several_fit_nobody_is_guessed(app: Flask, importing: Importing) -> None:
    importing(small(",Ana,A,López,,,ana@example.org,,,,", ",Ana,B,López,,,ana@example.org,,,,"))
    run = importing.plan(small(",Ana,,López,,,ana@example.org,202-555-0123,,,"))
    assert counted(run) == (0, 0, 0, 1)
    assert "Ana A López" in importing.why(run, 2)
    assert "Ana B López" in importing.why(run, 2)


def test_an_id_of_somebody_else_is_refused(app: Flask, importing: Importing) -> None:
    importing(small("1,Ana,,López,,,ana@example.org,,,,"))
    run = importing(small("1,Ben,,Ode,,,ben@example.org,,,,", "2,Eva,,Kim,,,,,,,"))
    assert counted(run) == (1, 0, 0, 1)
    assert "Ana López" in importing.why(run, 2)
    assert "Ben Ode" not in everybody(app)


def test_a_married_name_keeps_its_id(app: Flask, importing: Importing) -> None:
    importing(small("1,Ana,,López,,,ana@example.org,,,,"))
    run = importing(small("1,Ana,,Kim,,,ana@example.org,,,,"))
    assert counted(run) == (0, 1, 0, 0)
    assert set(everybody(app)) == {"Ana Kim"}


def test_a_number_that_many_share_is_no_id(app: Flask, importing: Importing) -> None:
    header = "ID,First Name,Last Name"
    run = importing(table("7,Ana,López", "7,Ben,López", "8,Eva,Kim", header=header))
    assert counted(run) == (3, 0, 0, 0)
    assert everybody(app)["Ben López"].custom == {"ID": "7"}
    assert "external_id" not in everybody(app)["Ben López"].texts


# What changes.


def one(app: Flask, name: str = "Ana López") -> Person:
    return everybody(app)[name]


def test_the_file_wins_where_it_says_something(app: Flask, importing: Importing) -> None:
    importing(small(",Ana,,López,,,ana@example.org,,,,Teacher"))
    run = importing(small(",Ana,,López,,1976-02-03,ana@example.org,202-555-0123,,,Principal"))
    assert counted(run) == (0, 1, 0, 0)
    (line,) = importing.lines(run)
    assert [list(change) for change in line.changes] == [
        ["birth_date", "", "1976-02-03"],
        ["job_title", "Teacher", "Principal"],
        ["phone", "", "+12025550123"],
    ]
    assert one(app).texts == {"job_title": "Principal", "birth_date": "1976-02-03"}
    assert one(app).phones == ["+12025550123"]


def test_or_it_only_fills_gaps(app: Flask, importing: Importing) -> None:
    importing(small(",Ana,,López,,,ana@example.org,,,,Teacher"))
    run = importing(small(",Ana,,López,,1976-02-03,ana@example.org,,,,Principal"), mode="fill")
    assert counted(run) == (0, 1, 0, 0)
    assert one(app).texts == {"job_title": "Teacher", "birth_date": "1976-02-03"}
    assert "“Principal” differs from what is there" in importing.why(run, 2)


@pytest.mark.parametrize("mode", ["replace", "fill"])
def test_an_empty_cell_empties_nothing(app: Flask, importing: Importing, mode: str) -> None:
    importing(table(ANA))
    before = contents(app)
    run = importing(table("Ana,,López,,,ana@example.org,,,,,,,,,"), mode=mode)
    assert counted(run) == (0, 0, 1, 0)
    assert contents(app) == before


def test_ways_to_reach_somebody_are_added_not_exchanged(app: Flask, importing: Importing) -> None:
    importing(table(ANA))
    reach = "new@example.org,202-555-0199,9 Oak St,Bowie,MD,20715"
    importing(table(f"Ana,,López,,1976-02-03,{reach},Oak Clinic,,more,Again"))
    ana = one(app, "Ana M López")
    assert ana.emails == ["ana@example.org", "new@example.org"]
    assert ana.phones == ["+12025550123", "+12025550199"]
    assert ana.streets == ["401 I St SW", "9 Oak St"]
    assert ana.organizations == ["Lincoln School", "Oak Clinic"]
    assert (ana.tags, ana.notes) == (["more", "school", "steering"], ["Met in May", "Again"])


def test_a_wish_not_to_be_contacted_is_never_lifted(app: Flask, importing: Importing) -> None:
    header = "First Name,Last Name,Email,Do not call"
    importing(table("Ana,López,ana@example.org,yes", header=header))
    run = importing(table("Ana,López,ana@example.org,no", header=header))
    assert counted(run) == (0, 0, 1, 0)
    assert one(app).channels == ["phone"]


def test_unknown_columns_become_fields(app: Flask, importing: Importing) -> None:
    header = "First Name,Last Name,Email,Ward"
    importing(table("Ana,López,ana@example.org,5", header=header))
    run = importing(table("Ana,López,ana@example.org,6", header=header))
    assert counted(run) == (0, 1, 0, 0)
    assert one(app).custom == {"Ward": "6"}


def test_they_may_be_left_out(app: Flask, importing: Importing) -> None:
    wanted = {"First Name": "given_name", "Last Name": "family_name", "Ward": "ignore"}
    importing(table("Ana,López,5", header="First Name,Last Name,Ward"), mapping=wanted)
    assert one(app).custom == {}


def test_what_was_chosen_is_remembered(app: Flask, importing: Importing) -> None:
    header = "First Name,Last Name,Ward,Email"
    wanted = {"First Name": "given_name", "Last Name": "family_name", "Ward": "tags", "Email": "emails.1"}
    importing(table("Ana,López,five,ana@example.org", header=header), mapping=wanted, mode="fill")
    run = importing(table("Eva,Kim,six,eva@example.org", header=header))
    assert one(app, "Eva Kim").tags == ["six"]
    assert run.mode == "fill"


# Rows of one file.


def test_rows_about_the_same_person_come_together(app: Flask, importing: Importing) -> None:
    text = small(
        ",Ana,,López,,,ana@example.org,,,,Principal",
        ",Ben,,Ode,,,ben@example.org,,,,",
        ",Ana,,López,,1976-02-03,ana@example.org,202-555-0123,,,Teacher",
        ",Ana,,López,,,,202-555-0123,9 Oak St,20715,",
    )
    run = importing(text)
    assert counted(run) == (2, 2, 0, 0)
    assert one(app).texts == {"job_title": "Principal", "birth_date": "1976-02-03"}
    assert (one(app).phones, one(app).streets) == (["+12025550123"], ["9 Oak St"])
    assert importing.why(run, 4).startswith("The same as row 2.")
    assert "“Teacher” differs" in importing.why(run, 4)
    assert "The same as row 2." in importing.why(run, 5)
    assert counted(importing(text)) == (0, 0, 4, 0)


def test_the_same_row_twice_is_one_person(app: Flask, importing: Importing) -> None:
    run = importing(small(",Ana,,López,,,,,,,", ",Ana,,López,,,,,,,"))
    assert counted(run) == (1, 0, 1, 0)
    assert len(everybody(app)) == 1


def test_a_later_row_tells_who_an_earlier_one_is(app: Flask, importing: Importing) -> None:
    """Row 2 shares nothing with the Ana who is known; row 3 shares something with both."""
    importing(small(",Ana,,López,,,ana@example.org,,,,"))
    run = importing(small(",Ana,,López,,,,202-555-0123,,,", ",Ana,,López,,,ana@example.org,202-555-0123,,,"))
    assert run.outcome["create"] == 0
    assert one(app).phones == ["+12025550123"]
    assert len(everybody(app)) == 1


def test_two_rows_that_two_contacts_share_stay_apart(app: Flask, importing: Importing) -> None:
    rows = (",Ana,A,López,,,ana@example.org,,,,Teacher", ",Ana,B,López,,,ana@example.org,,,,Nurse")
    importing(small(*rows))
    assert counted(importing(small(*reversed(rows)))) == (0, 0, 2, 0)


def test_two_rows_with_one_id_are_not_two_people(app: Flask, importing: Importing) -> None:
    wanted = {"ID": "external_id", "First Name": "given_name", "Last Name": "family_name"}
    text = table("7,Ana,López", "7,Ben,Ode", header="ID,First Name,Last Name")
    run = importing(text, mapping=wanted)
    assert counted(run) == (1, 0, 0, 1)
    assert "stands in row 2 too" in importing.why(run, 3)


@pytest.mark.parametrize("first", ["organization", "person"])
def test_an_organization_and_its_people_in_any_order(app: Flask, importing: Importing, first: str) -> None:
    header = "Kind,Name,Organization,Role,Email"
    rows = ["organization,Lincoln School,North District,,office@lincoln.example.org"]
    rows.append("person,Ana López,Lincoln School,Principal,ana@example.org")
    text = table(*(rows if first == "organization" else reversed(rows)), header=header)
    run = importing(text)
    people = everybody(app)
    assert counted(run) == (2, 0, 0, 0)
    assert set(people) == {"Ana López", "Lincoln School", "North District"}
    assert people["Lincoln School"].emails == ["office@lincoln.example.org"]
    assert people["Ana López"].organizations == ["Lincoln School: Principal"]
    assert counted(importing(text)) == (0, 0, 2, 0)


def test_organizations_do_not_become_their_own_parents(app: Flask, importing: Importing) -> None:
    text = table("organization,North,South", "organization,South,North", header="Kind,Name,Organization")
    run = importing(text)
    assert counted(run) == (2, 0, 0, 0)
    with app.app_context(), system("a test"):
        parents = {each.name: each.parent_id for each in db.session().query(Contact)}
    assert list(parents.values()).count(None) == 1


# What others do between the plan and the import.


def edit(app: Flask, **values: str) -> None:
    with app.app_context(), db.transaction(ACTOR, "contacts.edit"), system("a test"):
        contact = db.session().query(Contact).filter(Contact.given_name == "Ana").one()
        for name, value in values.items():
            setattr(contact, name, value)
        services.touch(contact)


def test_whoever_was_changed_meanwhile_is_left_out(app: Flask, importing: Importing) -> None:
    importing(small(",Ana,,López,,,ana@example.org,,,,Teacher"))
    run = importing.plan(small(",Ana,,López,,,ana@example.org,,,,Principal", ",Ben,,Ode,,,,,,,"))
    edit(app, job_title="Nurse")
    run = importing.apply(run)
    assert (run.counts["update"], run.outcome["update"], run.outcome["skipped"]) == (1, 0, 1)
    assert one(app).texts["job_title"] == "Nurse"
    assert "Changed by somebody after the plan was made, so nothing was changed: Job title" in importing.why(
        run, 2
    )
    assert "Ben Ode" in everybody(app)


def test_another_edit_does_not_matter(app: Flask, importing: Importing) -> None:
    importing(small(",Ana,,López,,,ana@example.org,,,,Teacher"))
    run = importing.plan(small(",Ana,,López,,,ana@example.org,,,,Principal"))
    edit(app, pronouns="she/her")
    assert counted(importing.apply(run)) == (0, 1, 0, 0)
    assert one(app).texts["job_title"] == "Principal"


def test_whoever_was_deleted_meanwhile_stays_deleted(app: Flask, importing: Importing) -> None:
    importing(small(",Ana,,López,,,ana@example.org,,,,Teacher"))
    run = importing.plan(small(",Ana,,López,,,ana@example.org,,,,Principal"))
    with app.app_context(), db.transaction(ACTOR, "contacts.delete"):
        services.delete([one(app).id])
    run = importing.apply(run)
    assert run.outcome["skipped"] == 1
    assert "Deleted by somebody" in importing.why(run, 2)
    assert everybody(app) == {}


def test_whoever_was_added_meanwhile_is_not_added_again(app: Flask, importing: Importing) -> None:
    run = importing.plan(small(",Ana,,López,,,ana@example.org,,,,", ",Ben,,Ode,,,,,,,"))
    with app.app_context(), db.transaction(ACTOR, "contacts.create"):
        values = {"given_name": "Ana", "family_name": "López", "emails": [{"address": "ana@example.org"}]}
        services.create({"kind": "person", **values}, ACTOR)
    run = importing.apply(run)
    assert (run.outcome["create"], run.outcome["skipped"]) == (1, 1)
    assert set(everybody(app)) == {"Ana López", "Ben Ode"}


def test_two_plans_of_one_file_add_everybody_once(app: Flask, importing: Importing) -> None:
    first, second = importing.plan(table(ANA, BEN)), importing.plan(table(ANA, BEN))
    importing.apply(first)
    assert importing.apply(second).outcome["skipped"] == 2
    assert set(everybody(app)) == {"Ana M López", "Ben Ode", "Lincoln School"}


def test_an_id_that_two_rows_give_to_different_contacts(app: Flask, importing: Importing) -> None:
    """The second row names an organization that is in the file already, with the ID of a person above."""
    run = importing(
        "Type,ID,First Name,Last Name,Organization Name\n"
        "person,A-1,Ana,López,\n"
        "organization,,,,Lincoln School\n"
        "organization,A-1,,,Lincoln School\n",
        mapping={"Type": "kind", "ID": "external_id", "First Name": "given_name", "Last Name": "family_name"}
        | {"Organization Name": "organization_name"},
    )
    assert (run.counts["create"], run.counts["rejected"]) == (2, 1)
    assert "stands in row 2 too" in importing.why(run, 4)
    assert everybody(app)["Ana López"].texts["external_id"] == "A-1"


@pytest.mark.parametrize("name", ["★★★", "+ +", "\ud7fc"])
def test_a_name_of_signs_alone_is_known_again(importing: Importing, name: str) -> None:
    text = f"Type,Organization Name\norganization,{name}\n"
    assert importing(text).counts["create"] == 1
    assert importing.plan(text).counts["unchanged"] == 1
