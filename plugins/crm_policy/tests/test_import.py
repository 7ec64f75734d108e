"""Files come in as they are, change nothing the second time, and never touch staff's words."""

import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm_policy.models import Action, Ballot, Bill, Legislator, Sponsor, Unmatched, Vote
from crm_policy.reading import FileSource
from crm_policy.reading.neutral import identifier, listed
from crm_policy.reading.source import neutral
from crm_policy.services import assessing, bills, syncing

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "policy"


def openstates_bill(**more: Any) -> dict[str, Any]:
    """A bill as API v3 replies with it; None leaves a key out."""
    bill = {
        "id": "ocd-bill/1",
        "session": "2025-2026",
        "identifier": "hb0012",
        "title": "Attendance reports",
        "jurisdiction": {"id": "ocd-jurisdiction/country:us/state:mi/government", "name": "Michigan"},
        "from_organization": {"classification": "lower"},
        "classification": ["bill"],
        "subject": ["Education"],
        "latest_passage_date": "",
        "actions": [
            {
                "description": "Introduced",
                "date": "2025-02-01T00:00:00+00:00",
                "classification": ["introduction"],
                "order": 0,
                "organization": {"classification": "lower"},
            },
            {
                "description": "Referred to committee",
                "date": "2025-02-02",
                "classification": ["referral-committee"],
                "order": 1,
                "organization": {"classification": "lower"},
            },
        ],
        "sponsorships": [
            {"name": "Calderwood", "primary": True, "classification": "primary", "entity_type": "person"}
        ],
        **more,
    }
    return {key: value for key, value in bill.items() if value is not None}


def take(*found: dict[str, Any]) -> dict[str, int]:
    with db.transaction(Actor.system(), "policy.test") as change:
        return syncing.take([neutral(each) for each in found], Actor.system(), change)


def only_bill() -> Bill:
    with system("the test looks"):
        return db.session().scalars(select(Bill).execution_options(populate_existing=True)).one()


def rows(model: Any) -> list[Any]:
    with system("the test looks"):
        return list(
            db.session().scalars(select(model).order_by(model.id).execution_options(populate_existing=True))
        )


def records_of(path: Path) -> list[tuple[Any, list[Any]]]:
    return [
        (record, problems)
        for chunk in FileSource(path, path.name).chunks(100)
        for _n, record, problems in chunk
    ]


def test_a_bill_comes_in_whole_and_changes_nothing_the_second_time(app: Flask) -> None:
    with app.app_context():
        assert take(openstates_bill())["create"] == 1
        bill = only_bill()
        assert (bill.identifier, bill.stage, bill.last_action) == ("HB 12", 3, "Referred to committee")
        assert [each.name for each in rows(Sponsor)] == ["Calderwood"]
        assert take(openstates_bill()) == {"create": 0, "update": 0, "unchanged": 1}


def test_what_a_source_tells_no_more_is_marked_and_stays(app: Flask) -> None:
    with app.app_context():
        take(openstates_bill())
        only_first = openstates_bill()["actions"][:1]
        take(openstates_bill(actions=only_first))
        assert [each.gone_on is None for each in rows(Action)] == [True, False]
        assert only_bill().stage == 3
        take(openstates_bill(actions=[]))
        take(openstates_bill(actions=None, sponsorships=None))
        assert len(rows(Action)) == 2
        assert len(rows(Sponsor)) == 1
        take(openstates_bill())
        assert all(each.gone_on is None for each in rows(Action))


def test_an_action_that_is_repeated_on_one_day_stands_there_twice(app: Flask) -> None:
    again = [
        {"description": "Vote reconsidered", "date": "2025-03-01", "order": place} for place in (4, 6, 6)
    ]
    with app.app_context():
        for _turn in range(2):
            take(openstates_bill(actions=again))
            take(openstates_bill(actions=again, title="Attendance reports, as amended"))
        assert [each.position for each in rows(Action)] == [4, 6]
        take(openstates_bill(actions=again[:1]))
        assert [each.gone_on is None for each in rows(Action)] == [True, False]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    title=st.sampled_from(["Attendance reports", "Attendance reports, as amended"]),
    later=st.lists(
        st.sampled_from(["Reported out", "Passed", "Signed by the Governor", "Vetoed"]), max_size=3
    ),
)
def test_an_import_never_loses_what_staff_wrote(app: Flask, title: str, later: list[str]) -> None:
    with app.app_context():
        take(openstates_bill())
        bill = only_bill()
        with db.transaction(Actor.system(), "policy.test") as change:
            values = {
                "position": "support",
                "priority": 3,
                "owner_user_id": None,
                "campaign_id": None,
                "position_note": "For the children",
                "short_title": "Reports",
            }
            bills.set_position(bill, values, change)
            assessing.override(only_bill(), 7, "failed", "The clerk said so", "Ada", change)
            if not any(each.source == "" for each in rows(Action)):
                added = {"acted_on": date(2025, 3, 1), "chamber": "", "text": "Heard in committee"}
                bills.add_action(only_bill(), added, change)
        actions = [
            *openstates_bill()["actions"],
            *(
                {
                    "description": text,
                    "date": f"2025-04-0{place + 1}",
                    "classification": [],
                    "order": place + 5,
                }
                for place, text in enumerate(later)
            ),
        ]
        take(openstates_bill(title=title, actions=actions))
        bill = only_bill()
        assert (bill.position, bill.priority, bill.position_note, bill.short_title) == (
            "support",
            3,
            "For the children",
            "Reports",
        )
        assert (bill.stage, bill.disposition, bill.override_reason) == (7, "failed", "The clerk said so")
        assert [each.text for each in rows(Action) if each.source == "" and each.gone_on is None] == [
            "Heard in committee"
        ]
        assert bill.title == title


def test_the_same_bill_of_two_sources_is_one(app: Flask) -> None:
    legiscan = {
        "bill": {
            "bill_id": 77,
            "change_hash": "a",
            "session_id": 5,
            "session": {"year_start": 2025, "year_end": 2026},
            "state": "MI",
            "bill_number": "HB0012",
            "bill_type": "B",
            "body": "H",
            "title": "Attendance reports",
            "status": 1,
            "status_date": "2025-02-01",
            "history": {"0": {"date": "2025-02-01", "action": "introduced by somebody", "chamber": "H"}},
            "sponsors": [],
            "progress": [{"date": "2025-02-01", "event": 1}],
        }
    }
    with app.app_context():
        take(openstates_bill())
        take(legiscan)
        bill = only_bill()
        assert (bill.legiscan_id, bill.ocd_id) == (77, "ocd-bill/1")
        assert len(rows(Action)) == 2


def test_a_source_that_is_behind_does_not_hide_what_the_other_knows(app: Flask) -> None:
    signed = {"date": "2025-06-01", "action": "Approved by the Governor", "chamber": "H"}
    legiscan = {
        "bill_id": 77, "change_hash": "a", "session": {"year_start": 2025, "year_end": 2026}, "state": "MI",
        "bill_number": "HB0012", "bill_type": "B", "body": "H", "title": "Attendance reports", "status": 4,
        "history": [{"date": "2025-02-01", "action": "introduced by somebody", "chamber": "H"}, signed],
        "progress": [{"date": "2025-02-01", "event": 1}, {"date": "2025-06-01", "event": 4}],
    }  # fmt: skip
    told = {
        "description": "Signed by Governor",
        "date": "2025-06-01",
        "classification": ["executive-signature"],
    }
    with app.app_context():
        take(openstates_bill())
        take({"bill": legiscan})
        assert (only_bill().stage, only_bill().last_action) == (10, "Approved by the Governor")
        assert len(rows(Action)) == 3, "only what is newer is taken"
        take(openstates_bill(title="Attendance"))
        assert (only_bill().stage, only_bill().title) == (10, "Attendance")
        take(openstates_bill(actions=[*openstates_bill()["actions"], {**told, "order": 2}]))
        living = [each.text for each in rows(Action) if each.gone_on is None]
        assert living == ["Introduced", "Referred to committee", "Signed by Governor"], "no day told twice"
        take({"bill": {**legiscan, "change_hash": "b", "history": [signed]}})
        assert [each.text for each in rows(Action) if each.gone_on is None] == living


def test_people_of_two_sources_are_joined_by_seat_and_surname_and_never_guessed(app: Flask) -> None:
    def openstates(name: str, district: str, number: int, end: str | None = None) -> dict[str, Any]:
        role = {
            "type": "lower",
            "district": district,
            "jurisdiction": "ocd-jurisdiction/country:us/state:mi/government",
            "start_date": "2023-01-01",
            **({"end_date": end} if end else {}),
        }
        return {
            "id": f"ocd-person/{number}",
            "name": name,
            "roles": [role],
            "family_name": name.rsplit(maxsplit=1)[-1],
        }

    def legiscan(name: str, district: str, number: int) -> dict[str, Any]:
        first, _space, last = name.partition(" ")
        return {
            "person": {
                "people_id": number,
                "state": "MI",
                "name": name,
                "first_name": first,
                "last_name": last,
                "district": f"HD-0{district}",
                "party": "D",
            }
        }

    with app.app_context():
        take(
            openstates("Ada Lane", "12", 1, "2099-01-01"),
            openstates("Grace Moreno Hill", "13", 2),
            openstates("Rob Chase", "14", 3),
        )
        take(
            legiscan("Ada Lane", "12", 901),
            legiscan("Grace Moreno", "13", 902),
            legiscan("Maralyn Chase", "15", 903),
        )
        found = {each.name: each.legiscan_id for each in rows(Legislator)}
        assert found["Ada Lane"] == 901
        assert found["Grace Moreno Hill"] is None
        assert found["Rob Chase"] is None
        assert found["Maralyn Chase"] == 903
        assert [each.name for each in rows(Unmatched)] == ["Grace Moreno"]


def test_roll_calls_wait_for_their_bill(app: Flask) -> None:
    call = {
        "roll_call": {
            "roll_call_id": 9,
            "bill_id": 77,
            "date": "2025-03-01",
            "desc": "Third reading",
            "yea": 1,
            "nay": 0,
            "passed": 1,
            "votes": [{"people_id": 901, "vote_id": 1}],
        }
    }
    bill = {
        "bill": {
            "bill_id": 77,
            "session_id": 5,
            "session": {"year_start": 2025},
            "state": "MI",
            "bill_number": "HB1",
            "title": "T",
            "votes": [{"roll_call_id": 9, "date": "2025-03-01", "desc": "Third reading", "yea": 1}],
        }
    }
    with app.app_context():
        take(call)
        take(bill)
        assert [each.motion for each in rows(Vote)] == ["Third reading"]
        assert [each.option for each in rows(Ballot)] == ["yes"]


@pytest.mark.parametrize(
    "given, expected",
    [
        ("hb0012", "HB 12"),
        ("SB 5", "SB 5"),
        ("HJRR", "HJR R"),
        ("H.B. 7", "HB 7"),
        ("SR0001", "SR 1"),
        ("HB 12A", "HB 12A"),
    ],
)
def test_numbers_of_bills_are_written_one_way(given: str, expected: str) -> None:
    assert identifier(given) == expected


def test_lists_in_any_shape_are_lists() -> None:
    assert listed("['bill', 'x']") == ["bill", "x"]
    assert listed({"0": {"a": 1}, "1": {"a": 2}}) == [{"a": 1}, {"a": 2}]
    assert listed("[broken") == []
    assert listed(None) == []


def test_a_damaged_archive_says_so_and_bad_members_cost_only_themselves(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "some.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("MI/bill/HB12.json", json.dumps(openstates_bill()))
        archive.writestr("MI/bill/HB13.json", "<html>502 Bad Gateway</html>")
        archive.writestr("MI/bill/HB14.json", '{"bill": {"bill_number": "HB14"}}')
        archive.writestr("MI/bill/HB15.json", '{"status": "ERROR", "alert": {"message": "Invalid key"}}')
        archive.writestr("MI/bill/HB16.json", '{"bill": ')
    with app.app_context():
        found = records_of(path)
        assert sum(1 for record, _problems in found if record) == 1
        codes = sorted(problem.code for _record, problems in found for problem in problems)
        assert codes == ["html", "no_state", "not_readable", "source_error"]
        path.write_bytes(path.read_bytes()[:200])
        with pytest.raises(Exception, match="not a whole zip"):
            FileSource(path, path.name)


def test_bulk_csv_of_open_states_is_read(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "bulk.zip"
    start = "MI/2025-2026/MI_2025-2026_"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            f"{start}bills.csv",
            "id,identifier,title,classification,subject,session_identifier,jurisdiction,"
            "organization_classification\nocd-bill/1,HB "
            "12,Reports,['bill'],['Education'],2025-2026,Michigan,lower\n",
        )
        archive.writestr(
            f"{start}bill_actions.csv",
            "id,bill_id,organization_id,description,date,classification,order\n"
            "1,ocd-bill/1,o1,Introduced,2025-02-01,['introduction'],0\n",
        )
        archive.writestr(f"{start}organizations.csv", "id,name,classification\no1,House,lower\n")
    with app.app_context():
        ((record, _problems),) = records_of(path)
        assert record["identifier"] == "HB 12"
        assert record["subjects"] == ["Education"]
        assert record["actions"] == [["2025-02-01", 0, "lower", "Introduced", ["introduction"]]]


@pytest.mark.parametrize("folder", ["legiscan_json", "openstates_people_mi"])
def test_every_file_of_the_samples_is_understood(app: Flask, tmp_path: Path, folder: str) -> None:
    if not (SAMPLES / folder).is_dir():
        pytest.skip("the sample files are not beside this checkout")
    path = tmp_path / "all.zip"
    files = [each for each in (SAMPLES / folder).rglob("*") if each.suffix in (".json", ".yml")]
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            archive.write(file, file.relative_to(SAMPLES).as_posix())
    with app.app_context():
        found = records_of(path)
    assert len(found) == len(files)
    assert not [problems for _record, problems in found if problems]
