"""What undo brings back, what stops it, and the sentence that says so."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import SignInSession, User
from crm.contacts import merging, services, tags
from crm.contacts.models import Affiliation, Contact, ContactTag, Email, Tag
from crm.errors import UserError
from crm.journal.models import ChangeSet
from crm.journal.recorder import ENTRIES
from crm.journal.undo import StandsInTheWay, plan, undo
from tests.journal.conftest import (
    ANA,
    BEN,
    acting,
    add,
    change_set,
    edit,
    id_of,
    organization,
    remove,
    rows,
    tag_id,
)

EMAIL = {"address": "priya@example.org", "label": "work", "is_primary": True}


def reasons(change_set_id: int) -> dict[str, str]:
    """What stands in the way, by the names of the records that would stay."""
    return {each.label: each.reason for each in plan(change_set_id, ANA).blocked}


def take_back(change_set_id: int, actor: Actor = ANA, *, keep: bool = False) -> int:
    """Undo; the id of the undo's change set."""
    return id_of(undo(change_set_id, actor, keep=keep).change)


def contact(contact_id: int) -> Contact:
    db.session().rollback()
    with system("a test"):
        return db.session().get_one(Contact, contact_id)


# What comes back.


def test_an_edit_is_undone_to_the_last_column(inside: Flask) -> None:
    contact_id, _ = add(job_title="Nurse", birth_date="1976-02")
    before = rows()
    changed = edit(contact_id, job_title="Principal", custom={"shoe": 7.25, "names": ["é", None]})
    take_back(changed)
    assert rows() == before


def test_a_deletion_is_undone_with_all_that_hung_on_the_contact(inside: Flask) -> None:
    contact_id, _ = add(emails=[EMAIL], tags=["ally"], organization="Lincoln School", note="Called.")
    before = rows()
    take_back(remove(contact_id))
    assert rows() == before


def test_a_creation_is_undone_with_what_it_made_on_the_way(inside: Flask) -> None:
    before = rows()
    _, created = add(emails=[EMAIL], tags=["ally"], organization="Lincoln School")
    take_back(created)
    assert rows() == before


def test_a_merge_is_undone(inside: Flask) -> None:
    survivor, _ = add(emails=[EMAIL], tags=["ally"])
    loser, _ = add(family_name="Sha", emails=[{**EMAIL, "address": "ps@example.org"}], tags=["ally", "board"])
    before = rows()
    with acting(action="contacts.merge") as change:
        merge(survivor, loser)
    assert rows() != before
    take_back(id_of(change))
    assert rows() == before


def contact_in(contact_id: int) -> Any:
    """A contact inside an open transaction."""
    return db.session().get_one(Contact, contact_id)


def merge(survivor: int, loser: int) -> None:
    """Move all that hangs on one contact to another, and delete it."""
    merging.move_rows(contact_in(survivor), contact_in(loser))
    db.session().flush()
    services.delete([loser])


def test_an_undo_is_undone_and_undone_again_under_the_same_ids(inside: Flask) -> None:
    before = rows()
    _, created = add(emails=[EMAIL], tags=["ally"])
    after = rows()
    first = take_back(created)
    again = take_back(first)
    assert rows() == after
    assert change_set(created).undone_by_id is None
    assert change_set(first).undone_by_id == again
    last = take_back(again)
    assert rows() == before
    assert change_set(created).undone_by_id == first
    assert change_set(again).undone_by_id == last


def test_the_summary_names_what_was_undone_and_redone(inside: Flask) -> None:
    _, created = add(summary="Added Priya Shah")
    first = take_back(created)
    again = take_back(first)
    assert change_set(first).summary == "Undid: Added Priya Shah"
    assert change_set(again).summary == "Redid: Added Priya Shah"
    assert change_set(take_back(again)).summary == "Undid: Added Priya Shah"


def test_several_changes_to_one_row_in_one_change_set(inside: Flask) -> None:
    kept, _ = add(job_title="Nurse", tags=["ally"])
    doomed, _ = add(given_name="Omar", emails=[EMAIL])
    before = rows()
    with acting() as change:
        for title in ("Teacher", "Principal"):
            contact_in(kept).job_title = title
            db.session().flush()
        tags.change(db.session().get_one(Tag, tag_id("ally")), "friend", "", None)
        contact_in(doomed).nickname = "O"
        db.session().flush()
        services.delete([doomed])
        fleeting = services.create({"given_name": "Nobody"}, ANA)
        services.delete([fleeting.id])
    take_back(id_of(change))
    assert rows() == before


def test_names_that_must_be_unique_are_swapped_back(inside: Flask) -> None:
    add(tags=["first", "second"])
    first, second = tag_id("first"), tag_id("second")
    before = rows()
    with acting() as change:
        for wanted, name in ((first, "third"), (second, "first"), (first, "second")):
            tags.change(db.session().get_one(Tag, wanted), name, "", None)
    take_back(id_of(change))
    assert rows() == before


def test_a_tree_of_organizations_comes_back_whatever_the_order_of_ids(inside: Flask) -> None:
    school, _ = organization("Lincoln School")
    district, _ = organization("River District")
    room, _ = organization("Room 12")
    with acting():
        services.set_parent(contact_in(school), district)
        services.set_parent(contact_in(room), school)
    before = rows()
    take_back(remove(school, district, room))
    assert rows() == before


def test_a_column_that_is_younger_than_the_image_gets_its_default(inside: Flask) -> None:
    contact_id, _ = add(emails=[EMAIL])
    deleted = remove(contact_id)
    with acting(), system("an image from before the columns were made"):
        entries = select(ENTRIES.c.id, ENTRIES.c.before).where(ENTRIES.c.change_set_id == deleted)
        for entry_id, image in db.session().execute(entries).all():
            older = {name: value for name, value in image.items() if name not in {"source", "custom"}}
            db.session().execute(update(ENTRIES).where(ENTRIES.c.id == entry_id).values(before=older))
    take_back(deleted)
    assert contact(contact_id).custom == {}
    assert db.session().scalars(select(Email.source)).one() == ""


# What stands in the way.


def test_a_newer_edit_stands_in_the_way_of_undoing_a_creation(inside: Flask) -> None:
    contact_id, created = add(ANA)
    edit(contact_id, BEN, job_title="Principal")
    before = rows()
    said = reasons(created)["Priya Shah"]
    assert said.startswith("Ben Cole changed this on ")
    assert said.endswith(": Job title")
    with pytest.raises(StandsInTheWay):
        undo(created, ANA)
    assert rows() == before


def test_an_edit_that_was_undone_does_not(inside: Flask) -> None:
    contact_id, created = add(ANA)
    take_back(edit(contact_id, BEN, job_title="Principal"), BEN)
    assert reasons(created) == {}
    take_back(created)
    assert rows()["contact"] == {}


def test_an_edit_that_somebody_put_right_by_hand_does_not(inside: Flask) -> None:
    contact_id, created = add(ANA, job_title="Nurse")
    edit(contact_id, BEN, job_title="Principal")
    edit(contact_id, BEN, job_title="Nurse")
    assert reasons(created) == {}


def test_edits_of_different_fields_are_undone_apart(inside: Flask) -> None:
    contact_id, _ = add()
    first = edit(contact_id, ANA, job_title="Principal")
    edit(contact_id, BEN, nickname="Pri")
    take_back(first)
    found = contact(contact_id)
    assert (found.job_title, found.nickname) == (None, "Pri")
    assert found.version == 3


def test_a_newer_edit_of_the_same_field_stays(inside: Flask) -> None:
    contact_id, _ = add()
    first = edit(contact_id, ANA, job_title="Principal", nickname="Pri")
    edit(contact_id, BEN, job_title="Superintendent")
    assert reasons(first)["Priya Shah"].endswith(": Job title")
    with pytest.raises(StandsInTheWay):
        undo(first, ANA)
    assert contact(contact_id).job_title == "Superintendent"


def test_a_bulk_edit_is_undone_but_for_the_rows_that_were_changed_since(inside: Flask) -> None:
    ids = [add(given_name=name)[0] for name in ("Ana", "Ben", "Chloé")]
    with acting(action="contacts.bulk") as change:
        change.update(db.table(Contact), ids, {"sector": "school"})
    edit(ids[1], BEN, sector="health")
    undoing = take_back(id_of(change), keep=True)
    assert [contact(each).sector for each in ids] == [None, "health", None]
    assert change_set(undoing).entries == 2


def test_what_was_deleted_since_cannot_be_changed_back(inside: Flask) -> None:
    contact_id, _ = add()
    changed = edit(contact_id, ANA, job_title="Principal")
    remove(contact_id, actor=BEN)
    said = reasons(changed)["Priya Shah"]
    assert said.startswith("Ben Cole deleted this on ")
    assert "Priya Shah" in said


def test_a_note_stands_in_the_way_of_undoing_a_creation(inside: Flask) -> None:
    contact_id, created = add(ANA)
    with acting(BEN, "contacts.note"):
        services.add_note(contact_in(contact_id), "Called about the letter.", BEN)
    said = reasons(created)["Priya Shah"]
    assert said.startswith("Ben Cole added this on ")
    assert said.endswith(": Note “Called about the letter.”")


def test_a_created_contact_that_lost_an_email_stays_whole(inside: Flask) -> None:
    contact_id, created = add(ANA, emails=[EMAIL], tags=["ally"])
    with acting(BEN):
        db.session().delete(db.session().scalars(select(Email)).one())
    found = plan(created, ANA)
    assert {each.label for each in found.blocked} == {"Priya Shah", "ally"}
    assert found.blocked[0].reason.startswith("Ben Cole deleted this on ")
    assert found.blocked[0].reason.endswith(": Email address “priya@example.org”")
    assert found.rows_to_restore == 0
    with pytest.raises(UserError, match="Nothing is left to undo"):
        undo(created, ANA, keep=True)
    assert contact(contact_id).name == "Priya Shah"


def test_what_is_gone_already_stands_in_nobodys_way(inside: Flask) -> None:
    with acting(action="contacts.import") as change:
        first = services.create({"given_name": "Ana"}, ANA).id
        services.create({"given_name": "Ben"}, ANA)
    remove(first, actor=BEN)
    found = plan(id_of(change), ANA)
    assert found.is_clean
    assert found.rows_to_restore == 1
    take_back(id_of(change))
    assert rows()["contact"] == {}


def test_what_others_refer_to_stays_with_all_that_it_needs(inside: Flask) -> None:
    """A tag and an organization that one import made and that somebody used since, and what they need."""
    with acting(action="contacts.import", summary="Imported") as change:
        district = services.create({"kind": "organization", "name": "River District"}, ANA)
        school: Any = services.create({"kind": "organization", "name": "Lincoln School"}, ANA)
        services.set_parent(school, district.id)
        services.create({"given_name": "Priya", "tags": ["ally"], "organization": "Lincoln School"}, ANA)
        services.create({"kind": "organization", "name": "Harbor Clinic"}, ANA)
        ids = (district.id, school.id)
    omar, _ = add(BEN, given_name="Omar", family_name="Diaz", tags=["ally"], organization="Lincoln School")
    said = reasons(id_of(change))
    assert set(said) == {"River District", "Lincoln School", "ally"}
    assert said["ally"].startswith("Ben Cole added this on ")
    assert said["ally"].endswith(": Tag “ally” (Omar Diaz)")
    assert said["Lincoln School"].endswith(": Affiliation “Lincoln School” (Omar Diaz)")
    assert said["River District"] == "Something that stays needs it: Contact “Lincoln School”"
    take_back(id_of(change), keep=True)
    assert sorted(rows()["contact"]) == sorted([*ids, omar])
    assert contact(ids[1]).parent_id == ids[0]


def test_a_kept_contact_keeps_its_tag_and_its_organization(inside: Flask) -> None:
    with acting(action="contacts.import") as change:
        values = {"tags": ["ally"], "organization": "Lincoln School"}
        kept = services.create({"given_name": "Priya", **values}, ANA).id
        services.create({"given_name": "Omar", **values}, ANA)
    edit(kept, BEN, job_title="Nurse")
    take_back(id_of(change), keep=True)
    names = {row["name"] for row in rows()["contact"].values()}
    assert names == {"Priya", "Lincoln School"}
    assert len(rows()["contact_tag"]) == len(rows()["affiliation"]) == 1


def test_a_row_that_needs_what_was_deleted_since_stays_away(inside: Flask) -> None:
    contact_id, _ = add(tags=["ally", "board"], emails=[EMAIL])
    deleted = remove(contact_id)
    with acting(BEN, "tags.delete"):
        tags.remove(db.session().get_one(Tag, tag_id("ally")))
    said = reasons(deleted)["Priya Shah"]
    assert said.startswith("It needs something that Ben Cole deleted on ")
    take_back(deleted, keep=True)
    assert len(rows()["contact_email"]) == 1
    assert [row["tag_id"] for row in rows()["contact_tag"].values()] == [tag_id("board")]


def test_a_name_that_was_taken_since_stays_taken(inside: Flask) -> None:
    add(tags=["ally"])
    with acting() as change:
        tags.remove(db.session().get_one(Tag, tag_id("ally")))
    add(BEN, given_name="Omar", family_name="Diaz", tags=["ally"])
    said = reasons(id_of(change))
    assert said["ally"].startswith("Ben Cole entered another like it on ")
    with pytest.raises(UserError):
        undo(id_of(change), ANA)
    assert len(rows()["tag"]) == 1


def test_what_hung_on_a_record_that_cannot_come_back_stays_away_too(inside: Flask) -> None:
    contact_id, _ = add(external_id="A-1", emails=[EMAIL])
    untouched, _ = add(given_name="Omar")
    deleted = remove(contact_id, untouched)
    add(BEN, given_name="Priti", external_id="A-1")
    found = plan(deleted, ANA)
    assert found.kept_rows == 2
    take_back(deleted, keep=True)
    assert untouched in rows()["contact"]
    assert rows()["contact_email"] == {}


def test_a_row_that_was_moved_to_another_record_stays_there(inside: Flask) -> None:
    """A merge since: what belonged to the one belongs to the other now."""
    with acting(action="contacts.import") as change:
        first = services.create({"given_name": "Priya", "family_name": "Shah", "emails": [EMAIL]}, ANA).id
        services.create({"given_name": "Omar"}, ANA)
    survivor, _ = add(BEN, family_name="Shah-Ray")
    with acting(BEN, "contacts.merge"):
        merge(survivor, first)
    take_back(id_of(change), keep=True)
    assert list(rows()["contact"]) == [survivor]
    assert [row["contact_id"] for row in rows()["contact_email"].values()] == [survivor]


def test_a_table_without_a_journal_stands_in_the_way_too(inside: Flask) -> None:
    with acting(action="accounts.create") as change:
        user = User(email="u@example.org", email_key="u@example.org", name="Una")
        db.session().add(user)
        db.session().flush()
        user_id = user.id
    with acting():
        db.session().add(SignInSession(token_hash="x", user_id=user_id))
    assert reasons(id_of(change))["Una"].startswith("Something refers to it: ")


def test_rows_of_a_switched_off_plugin_stay(inside: Flask) -> None:
    _, created = add()
    with acting(), system("a plugin that was here"):
        values = {"change_set_id": created, "table_name": "gone_thing", "row_id": 1, "operation": "create"}
        values |= {"subject_table": "gone_thing", "subject_id": 1, "after": {"id": 1}}
        db.session().execute(insert(ENTRIES).values(values))
        db.session().execute(update(ChangeSet).where(ChangeSet.id == created).values(entries=2))
    found = plan(created, ANA)
    assert [each.reason for each in found.blocked] == [
        "It belongs to a part of Rollcall that is switched off."
    ]
    take_back(created, keep=True)
    assert rows()["contact"] == {}


# What undo refuses, and what it tells.


def test_nothing_is_undone_twice(inside: Flask) -> None:
    _, created = add()
    take_back(created)
    with pytest.raises(UserError, match="undone already"):
        undo(created, ANA)


def test_what_has_nothing_left_is_refused(inside: Flask) -> None:
    contact_id, created = add()
    remove(contact_id)
    with pytest.raises(UserError, match="Nothing is left to undo"):
        undo(created, ANA)
    assert change_set(created).undone_by_id is None


def test_a_change_set_that_does_not_exist(inside: Flask) -> None:
    with pytest.raises(UserError, match="nothing to undo"):
        undo(999_999, ANA)


def test_keeping_holds_only_for_what_was_shown(inside: Flask) -> None:
    with acting(action="contacts.import") as change:
        ids = [services.create({"given_name": name}, ANA).id for name in ("Ana", "Ben", "Chloé")]
    edit(ids[0], BEN, job_title="Nurse")
    shown = plan(id_of(change), ANA)
    edit(ids[1], BEN, job_title="Nurse")
    with pytest.raises(StandsInTheWay) as caught:
        undo(id_of(change), ANA, keep=True, token=shown.token)
    assert {each.label for each in caught.value.plan.blocked} == {"Ana", "Ben"}
    undo(id_of(change), ANA, keep=True, token=caught.value.plan.token)
    assert set(rows()["contact"]) == set(ids[:2])


def test_a_plan_counts_what_is_done(inside: Flask) -> None:
    _, created = add(emails=[EMAIL], tags=["ally"])
    made = plan(created, ANA)
    done = undo(created, ANA)
    assert (made.rows_to_restore, made.records) == (4, 2)
    assert change_set(id_of(done.change)).entries == made.rows_to_restore


def test_an_undo_that_was_undone_partly_comes_back_partly(inside: Flask) -> None:
    with acting(action="contacts.import") as change:
        ids = [services.create({"given_name": name}, ANA).id for name in ("Ana", "Ben")]
    edit(ids[0], BEN, job_title="Nurse")
    before = rows()
    undoing = take_back(id_of(change), keep=True)
    assert set(rows()["contact"]) == {ids[0]}
    take_back(undoing)
    assert rows() == before


def test_affiliations_and_tags_are_the_persons_own_history(inside: Flask) -> None:
    """Undoing what was done to one person leaves their organization and everybody else alone."""
    school, _ = organization("Lincoln School")
    _, created = add(tags=["ally"], organization="Lincoln School")
    other, _ = add(given_name="Omar", organization="Lincoln School")
    with pytest.raises(StandsInTheWay):
        undo(change_set_of(school), ANA)
    take_back(created)
    assert set(rows()["contact"]) == {school, other}
    assert [row["person_id"] for row in rows()["affiliation"].values()] == [other]
    with system("a test"):
        assert db.session().scalars(select(ContactTag)).all() == []
        assert len(db.session().scalars(select(Affiliation)).all()) == 1


def change_set_of(contact_id: int) -> int:
    """The change set that created a contact."""
    entry = ENTRIES.c
    created = (entry.table_name == "contact") & (entry.row_id == contact_id) & (entry.operation == "create")
    return int(db.session().execute(select(entry.change_set_id).where(created)).scalar_one())
