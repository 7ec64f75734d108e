"""Headers of the programs people come from, and what rows become."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from crm.transfer.errors import BadFile
from crm.transfer.mapping import (
    compile_mapping,
    fingerprint,
    mapping_by_header,
    mapping_from_headers,
    parse_target,
    split_tags,
    suggest_mapping,
    target_choices,
    target_label,
)
from crm.transfer.messages import NOTICES, SENTENCES, Problem
from crm.transfer.readers import open_table
from crm.transfer.record import Address, ContactRecord, Email, Link, Phone

SAMPLES = Path(__file__).parents[2] / ".." / "shared" / "samples" / "contacts"


def suggested(headers: Sequence[str], *rows: Sequence[str]) -> dict[str, str]:
    return mapping_by_header(suggest_mapping(headers, rows), headers)


def people(text: str) -> list[tuple[ContactRecord, list[Problem]]]:
    """The records of a table written as lines of cells between bars."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    headers, rows = lines[0], lines[1:]
    mapper = compile_mapping(suggest_mapping(headers, rows), headers)
    return [mapper(row) for row in rows]


def person(text: str) -> ContactRecord:
    ((record, problems),) = people(text)
    assert problems == []
    return record


def person_of(cells: dict[str, str]) -> ContactRecord:
    """The record of the only row of a table, without a problem."""
    mapper = compile_mapping(suggest_mapping(list(cells), [list(cells.values())]), list(cells))
    record, problems = mapper(list(cells.values()))
    assert problems == []
    return record


def test_google_contacts_of_old() -> None:
    record = person_of(
        {
            "Name": "Ana M López",
            "Given Name": "Ana",
            "Additional Name": "M",
            "Family Name": "López",
            "Yomi Name": "",
            "Name Suffix": "",
            "Birthday": "1976-02-03",
            "Notes": "likes tea",
            "Group Membership": "* myContacts ::: Friends ::: Volunteers",
            "E-mail 1 - Type": "Home",
            "E-mail 1 - Value": "ana@example.org",
            "E-mail 2 - Type": "* Work",
            "E-mail 2 - Value": "a.lopez@example.com ::: b@example.com",
            "Phone 1 - Type": "Mobile",
            "Phone 1 - Value": "202-555-0123 ::: 202-555-0124",
            "Address 1 - Type": "Home",
            "Address 1 - Formatted": "401 I St, Washington",
            "Address 1 - Street": "401 I St. SW",
            "Address 1 - City": "Washington",
            "Address 1 - PO Box": "",
            "Address 1 - Region": "DC",
            "Address 1 - Postal Code": "20024",
            "Address 1 - Country": "US",
            "Address 1 - Extended Address": "Apt 2",
            "Organization 1 - Type": "",
            "Organization 1 - Name": "Food Bank",
            "Organization 1 - Title": "Director",
            "Website 1 - Type": "Blog",
            "Website 1 - Value": "example.org",
            "Custom Field 1 - Type": "T-shirt",
            "Custom Field 1 - Value": "M",
        }
    )
    assert (record.given_name, record.middle_name, record.family_name) == ("Ana", "M", "López")
    assert record.birth_date == "1976-02-03"
    assert record.notes == ["likes tea"]
    assert record.tags == ["Friends", "Volunteers"]
    assert record.emails == [
        Email("home", "ana@example.org"),
        Email("work", "a.lopez@example.com"),
        Email("work", "b@example.com", primary=True),
    ]
    assert record.phones == [Phone("mobile", "+12025550123", primary=True), Phone("mobile", "+12025550124")]
    assert record.addresses == [
        Address("home", "401 I St. SW", "Apt 2", "Washington", "DC", "20024", "US", primary=True)
    ]
    assert (record.organization_name, record.job_title) == ("Food Bank", "Director")
    assert record.links == [Link("Blog", "https://example.org")]
    assert record.custom == {"T-shirt": "M"}


def test_google_contacts_of_today() -> None:
    record = person_of(
        {
            "First Name": "Ana",
            "Middle Name": "M",
            "Last Name": "López",
            "Phonetic First Name": "",
            "Name Prefix": "Dr.",
            "Nickname": "Anita",
            "File As": "",
            "Organization Name": "Food Bank",
            "Organization Title": "Director",
            "Organization Department": "Outreach",
            "Birthday": "--02-03",
            "Notes": "",
            "Photo": "",
            "Labels": "* myContacts ::: PTA",
            "E-mail 1 - Label": "* Home",
            "E-mail 1 - Value": "ana@example.org",
            "Phone 1 - Label": "Work Fax",
            "Phone 1 - Value": "202-555-0123",
            "Phone 2 - Label": "Mobile",
            "Phone 2 - Value": "202-555-0124",
            "Address 1 - Label": "Work",
            "Address 1 - Formatted": "x",
            "Address 1 - Street": "401 I St. SW",
            "Address 1 - City": "Washington",
            "Address 1 - Region": "DC",
            "Address 1 - Postal Code": "20024",
            "Address 1 - Country": "US",
            "Relation 1 - Label": "Spouse",
            "Relation 1 - Value": "Bo",
            "Event 1 - Label": "Anniversary",
            "Event 1 - Value": "2001-05-05",
        }
    )
    assert (record.prefix, record.given_name, record.nickname) == ("Dr.", "Ana", "Anita")
    assert (record.organization_name, record.job_title, record.department) == (
        "Food Bank",
        "Director",
        "Outreach",
    )
    assert record.birth_date == "--02-03"
    assert record.tags == ["PTA"]
    assert record.emails == [Email("home", "ana@example.org", primary=True)]
    assert [phone.label for phone in record.phones] == ["work_fax", "mobile"]
    assert record.addresses[0].label == "work"
    assert record.custom == {"Spouse": "Bo", "Anniversary": "2001-05-05"}


def test_outlook() -> None:
    record = person_of(
        {
            "Title": "Ms.",
            "First Name": "Ana",
            "Middle Name": "",
            "Last Name": "López",
            "Suffix": "PhD",
            "Company": "Food Bank",
            "Department": "Outreach",
            "Job Title": "Director",
            "Business Street": "1 Main St",
            "Business Street 2": "Suite 5",
            "Business City": "Washington",
            "Business State": "DC",
            "Business Postal Code": "20001",
            "Business Country/Region": "United States of America",
            "Home Street": "401 I St. SW",
            "Home City": "Washington",
            "Home State": "DC",
            "Home Postal Code": "20024",
            "Business Fax": "202-555-0101",
            "Business Phone": "202-555-0102",
            "Business Phone 2": "202-555-0103",
            "Home Phone": "202-555-0104",
            "Mobile Phone": "202-555-0105",
            "Other Fax": "202-555-0106",
            "Pager": "202-555-0107",
            "Anniversary": "0/0/00",
            "Assistant's Name": "Bo",
            "Birthday": "2/3/1976",
            "Categories": "Board;Donor",
            "E-mail Address": "ana@example.org",
            "E-mail Type": "SMTP",
            "E-mail Display Name": "Ana",
            "E-mail 2 Address": "a2@example.org",
            "E-mail 2 Type": "SMTP",
            "Gender": "Unspecified",
            "Notes": "likes tea",
            "Priority": "Normal",
            "Private": "False",
            "Sensitivity": "Normal",
            "Web Page": "www.example.org",
        }
    )
    assert (record.prefix, record.given_name, record.suffix, record.job_title) == (
        "Ms.",
        "Ana",
        "PhD",
        "Director",
    )
    assert record.birth_date == "1976-02-03"
    assert record.addresses == [
        Address("work", "1 Main St", "Suite 5", "Washington", "DC", "20001", "US", primary=True),
        Address("home", "401 I St. SW", "", "Washington", "DC", "20024", ""),
    ]
    assert {(phone.label, phone.number[-4:]) for phone in record.phones} == {
        ("work_fax", "0101"),
        ("work", "0102"),
        ("work", "0103"),
        ("home", "0104"),
        ("mobile", "0105"),
        ("fax", "0106"),
        ("pager", "0107"),
    }
    assert [email.address for email in record.emails] == ["ana@example.org", "a2@example.org"]
    assert record.tags == ["Board", "Donor"]
    assert record.links[0].url == "https://www.example.org"
    assert record.custom == {"Anniversary": "0/0/00", "Assistant's Name": "Bo", "Gender": "Unspecified"}


def test_action_network() -> None:
    record = person_of(
        {
            "first_name": "Ana",
            "last_name": "López",
            "email": "ana@example.org",
            "zip_code": "20024",
            "can2_user_address": "401 I St. SW",
            "can2_user_city": "Washington",
            "can2_state_abbreviated": "DC",
            "country": "US",
            "language": "es",
            "can2_phone": "2025550123",
            "can2_user_tags": "PTA, Volunteer",
            "can2_subscription_status": "unsubscribed",
            "can2_sms_status": "subscribed",
            "can2_county": "DC",
            "uuid": "7f3a",
            "created_at": "2024-01-01",
        }
    )
    assert (record.given_name, record.family_name, record.external_id) == ("Ana", "López", "7f3a")
    assert record.tags == ["PTA", "Volunteer"]
    assert record.do_not == {"email": True}
    assert record.addresses[0].postal_code == "20024"
    assert record.addresses[0].region == "DC"
    assert record.phones[0].number == "+12025550123"
    assert record.custom == {"can2_county": "DC", "created_at": "2024-01-01"}


def test_nation_builder() -> None:
    record = person_of(
        {
            "nationbuilder_id": "17",
            "prefix": "Ms",
            "first_name": "Ana",
            "last_name": "López",
            "email": "ana@example.org",
            "email1": "b@example.org",
            "phone_number": "202-555-0101",
            "mobile_number": "202-555-0102",
            "work_phone_number": "202-555-0103",
            "do_not_call": "true",
            "do_not_contact": "false",
            "email_opt_in": "false",
            "employer": "Food Bank",
            "occupation": "Director",
            "tag_list": "a, b",
            "primary_address1": "401 I St. SW",
            "primary_address2": "Apt 2",
            "primary_city": "Washington",
            "primary_state": "DC",
            "primary_zip": "20024",
            "primary_country_code": "US",
            "mailing_address1": "PO Box 9",
            "mailing_city": "Arlington",
            "mailing_zip": "22201",
            "born_at": "1976-02-03",
            "sex": "F",
            "note": "hello",
        }
    )
    assert record.external_id == "17"
    assert [(phone.label, phone.number[-4:]) for phone in record.phones] == [
        ("", "0101"),
        ("mobile", "0102"),
        ("work", "0103"),
    ]
    assert record.do_not == {"phone": True, "email": True}
    assert record.addresses == [
        Address("", "401 I St. SW", "Apt 2", "Washington", "DC", "20024", "US", primary=True),
        Address("mailing", "PO Box 9", "", "Arlington", "", "22201", ""),
    ]
    assert record.birth_date == "1976-02-03"
    assert record.custom == {"sex": "F"}


def test_civicrm_and_other_plain_headers() -> None:
    record = person_of(
        {
            "Contact ID": "9",
            "Contact Type": "Individual",
            "Individual Prefix": "Ms.",
            "First Name": "Ana",
            "Last Name": "López",
            "Current Employer": "Food Bank",
            "Street Address": "401 I St. SW",
            "Supplemental Address 1": "Apt 2",
            "City": "Washington",
            "State/Province": "District of Columbia",
            "Zip/Postal Code": "20024",
            "Country": "United States",
            "Phone (Home)": "202.555.0123",
            "E-Mail": "ana@example.org",
            "No Bulk Emails (User Opt Out)": "No",
            "Pronouns": "she/her",
            "Preferred Language": "Spanish",
        }
    )
    assert (record.external_id, record.kind, record.pronouns, record.language) == (
        "9",
        "person",
        "she/her",
        "es",
    )
    assert record.addresses == [
        Address("", "401 I St. SW", "Apt 2", "Washington", "DC", "20024", "US", primary=True)
    ]
    assert record.phones == [Phone("home", "+12025550123", primary=True)]
    assert record.do_not == {}


def test_spanish_headers() -> None:
    record = person_of(
        {
            "Nombre": "Ana",
            "Segundo nombre": "María",
            "Apellido paterno": "López",
            "Apellido materno": "Ruiz",
            "Correo electrónico": "ana@example.org",
            "Teléfono celular": "202-555-0123",
            "Teléfono (casa)": "202-555-0124",
            "Dirección": "401 I St. SW",
            "Ciudad": "Washington",
            "Estado": "DC",
            "Código postal": "20024",
            "País": "Estados Unidos",
            "Fecha de nacimiento": "1976-02-03",
            "Empresa": "Banco",
            "Cargo": "Directora",
            "Etiquetas": "a; b",
            "Notas": "hola",
            "Idioma": "Español",
        }
    )
    assert (record.given_name, record.middle_name, record.family_name) == ("Ana", "María", "López Ruiz")
    assert [phone.label for phone in record.phones] == ["mobile", "home"]
    assert record.addresses[0].country == "US"
    assert (record.organization_name, record.job_title, record.language) == ("Banco", "Directora", "es")
    assert record.tags == ["a", "b"]


def test_the_sample_of_fake_people() -> None:
    path = SAMPLES / "osdi_fake_people.csv"
    if not path.exists():
        pytest.skip("../shared/samples is not there")
    source = open_table(path)
    mapping = suggest_mapping(source.headers, source.sample())
    assert mapping_by_header(mapping, source.headers) == {
        "Household ID": "custom:Household ID",
        "Last": "family_name",
        "First": "given_name",
        "Middle": "middle_name",
        "YoB": "birth_date.year",
        "MoB": "birth_date.month",
        "DoB": "birth_date.day",
        "Address": "addresses.1.street",
        "City": "addresses.1.city",
        "State": "addresses.1.region",
        "Zip": "addresses.1.postal_code",
        "Email": "emails.1",
    }
    mapper = compile_mapping(mapping, source.headers)
    found = [mapper(row) for _number, row in source.rows()]
    assert sum(1 for _record, problems in found if problems) == 0
    assert found[0][0] == ContactRecord(
        given_name="Lawrence",
        middle_name="J",
        family_name="Woodard",
        birth_date="1976-02-03",
        emails=[Email("", "lawrence.woodard@fake.osdi.info", primary=True)],
        addresses=[Address("", "401 I St. SW", "", "Washington", "DC", "20024", "", primary=True)],
        custom={"Household ID": "0000000001"},
    )


def test_the_sample_with_typing_errors() -> None:
    path = SAMPLES / "febrl_dataset1.csv"
    if not path.exists():
        pytest.skip("../shared/samples is not there")
    source = open_table(path)
    mapping = mapping_by_header(suggest_mapping(source.headers, source.sample()), source.headers)
    assert mapping["rec_id"] == "external_id"
    assert mapping["street_number"] == "addresses.1.number"
    assert mapping["address_1"] == "addresses.1.street"
    assert mapping["suburb"] == "addresses.1.city"
    assert mapping["soc_sec_id"] == "ignore"


def test_numbers_of_social_security_are_never_proposed() -> None:
    assert suggested(["Name", "SSN", "Social Security Number"]) == {
        "Name": "full_name",
        "SSN": "ignore",
        "Social Security Number": "ignore",
    }


def test_values_tell_what_headers_do_not() -> None:
    rows = [["ana@example.org", "(202) 555-0123", "https://example.org", "2025550123", "x"]] * 3
    assert suggested(["Who", "Reach", "Look", "Number", "Else"], *rows) == {
        "Who": "emails.1",
        "Reach": "phones.1",
        "Look": "links.1",
        "Number": "custom:Number",
        "Else": "custom:Else",
    }


def test_the_reach_of_others_is_not_taken_for_the_own() -> None:
    rows = [["Ana", "bo@example.org", "202-555-0123", "1.2.3.4", "verified", "12"]] * 3
    headers = [
        "First",
        "Spouse email",
        "Emergency contact phone number of aunt",
        "IP address",
        "Email status",
        "State House District",
    ]
    assert list(suggested(headers, *rows).values()) == [
        "given_name",
        *(f"custom:{header}" for header in headers[1:]),
    ]


def test_what_is_unknown_can_be_left_out() -> None:
    assert suggest_mapping(["First", "Shoe size"], keep_unmapped=False) == {0: "given_name", 1: "ignore"}


def test_what_was_chosen_before_comes_first() -> None:
    known = {"Shoe size": "note", "first": "nickname"}
    assert suggest_mapping(["First", "Shoe size"], known=known) == {0: "nickname", 1: "note"}


def test_a_title_is_a_prefix_or_a_job() -> None:
    assert suggested(["Name", "Title"], ["Ana", "Ms."], ["Bo", "Mr"])["Title"] == "prefix"
    assert suggested(["Name", "Title"], ["Ana", "Director"], ["Bo", "Cook"])["Title"] == "job_title"


def test_an_id_that_is_not_unique_is_no_id() -> None:
    assert suggested(["ID", "Name"], ["1", "Ana"], ["2", "Bo"])["ID"] == "external_id"
    assert suggested(["ID", "Name"], ["1", "Ana"], ["1", "Bo"])["ID"] == "custom:ID"


def test_dates_whose_day_comes_first() -> None:
    assert suggested(["DOB"], ["3/2/1976"], ["25/12/1980"])["DOB"] == "birth_date.dmy"
    assert suggested(["DOB"], ["3/2/1976"], ["12/25/1980"])["DOB"] == "birth_date"


def test_an_address_in_one_cell() -> None:
    found = person("Name|Address\nAna López|401 I St. SW, Washington, DC 20024")
    assert found.addresses == [Address("", "401 I St. SW", "", "Washington", "DC", "20024", "", primary=True)]


def test_one_label_is_enough_for_an_address() -> None:
    found = person("Name|Mailing Address|City|State|Zip\nAna López|1 Main St|Boston|MA|2134")
    assert found.addresses == [Address("mailing", "1 Main St", "", "Boston", "MA", "02134", "", primary=True)]


def test_an_address_of_several_lines() -> None:
    mapper = compile_mapping({0: "given_name", 1: "addresses.work.street"}, ["a", "b"])
    record, _problems = mapper(["Ana", "Building 6\nFloor 8\n Room 2"])
    assert record.addresses == [Address("work", "Building 6", "Floor 8, Room 2", primary=True)]


def test_organizations() -> None:
    text = """
        Name|Type|Company|Email
        Food Bank|Organization||info@example.org
        Ana López|Person|Food Bank|
        ||Shelter|
        """
    (bank, _), (ana, _), (shelter, _) = people(text)
    assert (bank.kind, bank.name, bank.given_name) == ("organization", "Food Bank", "")
    assert (ana.kind, ana.full_name, ana.organization_name) == ("person", "Ana López", "Food Bank")
    assert (shelter.kind, shelter.name, shelter.organization_name) == ("organization", "Shelter", "")


def test_a_list_of_organizations_is_known_by_its_names() -> None:
    text = "Name|Phone\nLincoln Elementary School|202-555-0123\nWard 8 Food Bank|202-555-0124\nAna López|"
    assert [record.kind for record, _problems in people(text)] == ["organization"] * 3


def test_what_is_wrong_is_said_and_kept() -> None:
    ((record, problems),) = people(
        "First|Email|Phone|DoB|Website|Do not call|Zip|Country\n"
        "Ana|ana at example|none of your business|31/31/1976|soon|perhaps|x|Narnia"
    )
    assert record.given_name == "Ana"
    assert record.custom == {
        "Email to check": "ana at example",
        "Phone to check": "none of your business",
        "Birth date to check": "31/31/1976",
        "Link to check": "soon",
        "Contact wish to check": "perhaps",
    }
    assert not any(problem.fatal for problem in problems)
    assert [problem.column for problem in problems] == [
        "DoB",
        "Email",
        "Phone",
        "Website",
        "Do not call",
        "Country",
    ]
    assert problems[1].sentence == (
        "“ana at example” in “Email” is not an email address. It is kept in the field “Email to check”."
    )


def test_good_and_bad_emails_in_one_cell() -> None:
    ((record, problems),) = people("First|Email\nAna|ana@example.org; bo@; cy@example.org")
    assert [email.address for email in record.emails] == ["ana@example.org", "cy@example.org"]
    assert record.custom == {"Email to check": "bo@"}
    assert [problem.code for problem in problems] == ["email_invalid"]


def test_rows_that_name_nobody_are_rejected() -> None:
    found = people("First|Last|Email|City\nAna|||\n|||Boston\n||ana@example.org|\n||bad|")
    assert [[problem.code for problem in problems if problem.fatal] for _record, problems in found] == [
        [],
        ["nobody"],
        [],
        ["nobody"],
    ]


def test_rows_of_another_length() -> None:
    mapper = compile_mapping({0: "given_name", 1: "family_name"}, ["First", "Last"])
    record, problems = mapper(["Ana"])
    assert (record.given_name, problems) == ("Ana", [])
    _record, problems = mapper(["Ana", "López", "Jr."])
    assert [(problem.code, problem.fatal) for problem in problems] == [("too_many_cells", True)]
    assert "3 > 2" in problems[0].sentence


def test_values_the_database_has_no_room_for_are_moved() -> None:
    mapper = compile_mapping({0: "given_name", 1: "external_id", 2: "addresses.1.postal_code"}, list("abc"))
    record, problems = mapper(["Ana", "9" * 300, "7" * 40])
    assert (record.external_id, record.addresses[0].postal_code) == ("", "")
    assert record.custom == {"Value to check": "9" * 300 + "; " + "7" * 40}
    assert "too_long" in {problem.code for problem in problems}


def test_a_wish_is_kept_by_channel() -> None:
    text = "First|Do not contact|Email opt in\nAna|email, Text messages|\nBo|yes|no\nCy|no|yes"
    assert [record.do_not for record, _problems in people(text)] == [
        {"email": True, "text": True},
        {"all": True, "email": True},
        {},
    ]


@pytest.mark.parametrize(
    "cell, tags",
    [
        ("a, b,,c", ["a", "b", "c"]),
        ("a; b, c", ["a", "b, c"]),
        ("a|b", ["a", "b"]),
        ("* myContacts ::: a, b ::: c", ["a, b", "c"]),
        ("a, b ::: ", ["a, b"]),
        ("", []),
    ],
)
def test_tags(cell: str, tags: list[str]) -> None:
    assert split_tags(cell) == tags


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing",
        "emails",
        "emails..",
        "emails.1.city",
        "addresses.1",
        "do_not.fax",
        "custom:",
        "pairs.1",
        "a.b.c",
    ],
)
def test_targets_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(BadFile, match="no field"):
        parse_target(text)


def test_every_target_that_is_offered_can_be_used() -> None:
    offered = [(target, words) for _heading, choices in target_choices() for target, words in choices]
    assert len(offered) == len({words for _target, words in offered})
    for i, (target, _words) in enumerate(offered):
        record, _problems = compile_mapping({0: "given_name", 1: target}, ["a", "b"])(["Ana", "2"])
        assert record.given_name, (i, target)
    assert target_label("emails.work") == "Email (work)"
    assert target_label("custom:Household ID") == "Field “Household ID”"


def test_mappings_are_remembered_by_headers() -> None:
    assert fingerprint(["First Name", "E-mail"]) == fingerprint(["email", "first_name"])
    assert fingerprint(["First Name"]) != fingerprint(["Last Name"])
    assert mapping_from_headers({"e-mail": "emails.work"}, ["First", "Email"]) == {
        0: "ignore",
        1: "emails.work",
    }
    with pytest.raises(BadFile):
        target_label("emial")


def test_every_problem_and_notice_has_a_sentence() -> None:
    for code in SENTENCES:
        assert "%(" not in Problem(code, "Column", "value").sentence
    assert all(str(sentence) for sentence in NOTICES.values())
    assert len(Problem("date_invalid", "Born", "x" * 500).sentence) < 300
