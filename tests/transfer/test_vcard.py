"""vCards of every version and many programs."""

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.transfer.errors import BadFile
from crm.transfer.messages import Problem
from crm.transfer.readers import Limits
from crm.transfer.record import Address, ContactRecord, Email, Link, Phone
from crm.transfer.vcard import CardSource, Version, card_text, write_cards
from crm.transfer.vcard.values import escape, split, unescape
from crm.transfer.vcard.writer import fold
from tests.transfer.strategies import records

SAMPLES = Path(__file__).parents[2] / ".." / "shared" / "samples" / "contacts" / "vcards"
PIXEL = b"\x89PNG\r\n\x1a\n" + bytes(range(200))


def read(path: Path) -> list[tuple[ContactRecord, list[Problem]]]:
    return [(record, problems) for chunk in CardSource(path).chunks() for _number, record, problems in chunk]


def sample(name: str) -> list[ContactRecord]:
    if not (SAMPLES / name).exists():
        pytest.skip("../shared/samples is not there")
    return [record for record, _problems in read(SAMPLES / name)]


def card(tmp_path: Path, *lines: str, version: str = "3.0", encoding: str = "utf-8") -> ContactRecord:
    return card_and_problems(tmp_path, *lines, version=version, encoding=encoding)[0]


def card_and_problems(
    tmp_path: Path, *lines: str, version: str = "3.0", encoding: str = "utf-8"
) -> tuple[ContactRecord, list[Problem]]:
    path = tmp_path / "one.vcf"
    text = "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])
    path.write_bytes(text.encode(encoding))
    (found,) = read(path)
    return found


def test_sample_of_an_iphone() -> None:
    (found,) = sample("John_Doe_IPHONE.vcf")
    assert (found.prefix, found.given_name, found.middle_name, found.family_name, found.suffix) == (
        "Mr.",
        "John",
        "Richter James",
        "Doe",
        "Sr.",
    )
    assert found.nickname == "Johny"
    assert (found.organization_name, found.department, found.job_title) == (
        "IBM",
        "Accounting",
        "Money Counter",
    )
    assert found.emails == [Email("", "john.doe@ibm.com", primary=True)]
    assert [(phone.label, phone.number) for phone in found.phones] == [
        ("mobile", "+19055551234"),
        ("home", "+19056661234"),
        ("work", "+19057771234"),
        ("home_fax", "+19058881234"),
        ("work_fax", "+19059991234"),
        ("pager", "+19051111234"),
        ("AssistantPhone", "+19052221234"),
    ]
    assert found.phones[0].primary
    assert found.addresses == [
        Address("home", "Silicon Alley 5", "", "New York", "NY", "12345", "US", primary=True),
        Address("work", "Street4", "Building 6, Floor 8", "New York", "", "12345", "US"),
    ]
    assert found.links == [Link("website", "http://www.ibm.com")]
    assert found.birth_date == "2012-06-06"
    assert found.photo.startswith(b"\xff\xd8\xff")
    assert len(found.photo) == 32531


def test_sample_of_outlook() -> None:
    (found,) = sample("John_Doe_MS_OUTLOOK.vcf")
    assert found.full_name == "Mr. John Richter James Doe Sr."
    assert found.birth_date == "1980-03-22"
    assert [(phone.label, phone.number) for phone in found.phones] == [
        ("work", "+19055551234"),
        ("home", "+19056661234"),
    ]
    assert found.addresses[0] == Address(
        "work", "Cresent moon drive", "", "Albaney", "NY", "12345", "US", primary=True
    )
    assert found.links == [Link("work", "http://www.ibm.com")]
    assert found.notes[0].startswith("THIS SOFTWARE IS PROVIDED")
    assert (found.job_title, found.role) == ("Money Counter", "Counting Money")
    assert found.custom == {
        "Anniversary": "2011-01-13",
        "Instant messaging": "johny5@aol.com",
        "Manager": "Big Blue",
        "Assistant": "Jenny",
    }
    assert len(found.photo) == 860


def test_sample_of_android() -> None:
    found = sample("John_Doe_ANDROID.vcf")
    assert [record.emails[0].address for record in found if record.emails] == [
        "john.doe@company.com",
        "jane.doe@company.com",
        "bob@company.com",
        "henry@company.com",
    ]
    assert found[0].tags == ["My Contacts"]
    assert found[2].full_name == "Ñ Ñ Ñ Ñ"
    assert [(phone.label, phone.number) for phone in found[3].phones] == [
        ("mobile", "123456"),
        ("home", "234567"),
        ("mobile", "3456789"),
        ("home", "45678901"),
    ]
    assert found[3].notes[0].startswith("Ñ Ñ Ñ")
    assert (found[4].given_name, found[4].family_name) == ("Ñ Ñ Ñ", "Ñ Ñ")
    assert [phone.label for phone in found[4].phones] == ["mobile", "work", "work_fax"]
    assert found[4].organization_name == "Ñ" * 12
    assert found[4].custom["Email to check"] == "Ñ" * 14


def test_sample_of_gmail() -> None:
    assert [(record.full_name, record.emails[0].address) for record in sample("gmail-list.vcf")] == [
        ("Arnold Smith", "asmithk@gmail.com"),
        ("Chris Beatle", "chrisy55d@yahoo.com"),
        ("Doug White", "dwhite@gmail.com"),
    ]


def test_sample_of_the_rfc() -> None:
    (found,) = sample("rfc6350-example.vcf")
    assert (found.given_name, found.family_name, found.suffix) == ("Simon", "Perreault", "ing. jr, M.Sc.")
    assert found.birth_date == "--02-03"
    assert found.language == "fr"
    assert found.organization_name == "Viagenie"
    assert found.phones == [
        Phone("work", "+14186569254", "102", primary=True),
        Phone("mobile", "+14182626501"),
    ]
    assert found.addresses == [
        Address("work", "2875 Laurier", "Suite D2-630", "Quebec", "QC", "G1V 2M2", "CA", primary=True)
    ]
    assert found.links == [Link("home", "http://nomis80.org")]


@given(record=records(), photo=st.sampled_from([b"", PIXEL]), version=st.sampled_from(["3.0", "4.0"]))
@settings(max_examples=100, deadline=None)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, record: ContactRecord, photo: bytes, version: Version
) -> None:
    record.photo = photo
    path = tmp_path_factory.getbasetemp() / "round.vcf"
    path.write_bytes(card_text(record, version).encode())
    ((found, _problems),) = read(path)
    assert found == record


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\r")))
def test_escapes_are_undone(text: str) -> None:
    assert unescape(escape(text), old=False) == text
    assert [unescape(part, old=False) for part in split(f"{escape(text)};{escape(text)}", ";")] == [
        text,
        text,
    ]


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=400))
def test_lines_fold_at_75_octets_and_never_inside_a_character(text: str) -> None:
    pieces = fold(f"NOTE:{text}").split("\r\n")
    assert all(len(piece.encode()) <= 75 for piece in pieces)
    assert pieces[0] + "".join(piece[1:] for piece in pieces[1:]) == f"NOTE:{text}"


def test_a_card_of_3_0_as_other_programs_expect_it() -> None:
    record = ContactRecord(
        given_name="Ana",
        family_name="López",
        birth_date="--02-03",
        emails=[Email("work", "ana@example.org", primary=True)],
        phones=[Phone("mobile", "+12025550123", "4", primary=True), Phone("Doorman", "+12025550124")],
        tags=["a,b"],
    )
    assert card_text(record).split("\r\n") == [
        "BEGIN:VCARD",
        "VERSION:3.0",
        "N:López;Ana;;;",
        "FN:Ana López",
        "BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-03",
        "EMAIL;TYPE=INTERNET;TYPE=WORK;TYPE=PREF:ana@example.org",
        "TEL;TYPE=CELL;TYPE=PREF:+12025550123 x4",
        "item1.X-ABLabel:Doorman",
        "item1.TEL:+12025550124",
        r"CATEGORIES:a\,b",
        "END:VCARD",
        "",
    ]


def test_a_card_of_4_0() -> None:
    record = ContactRecord(
        kind="organization",
        name="Food Bank",
        phones=[Phone("work", "+12025550123", "4", primary=True)],
        photo=PIXEL,
    )
    text = card_text(record, "4.0").replace("\r\n ", "")
    assert "KIND:org\r\n" in text
    assert "TEL;VALUE=uri;TYPE=WORK;PREF=1:tel:+12025550123;ext=4\r\n" in text
    assert "PHOTO:data:image/png;base64," in text
    assert "PHOTO" not in card_text(record, "4.0", photo=False)


def test_many_cards_are_written_to_a_file(tmp_path: Path) -> None:
    out = BytesIO()
    assert write_cards((ContactRecord(given_name=f"n{i}") for i in range(1200)), out) == 1200
    path = tmp_path / "many.vcf"
    path.write_bytes(out.getvalue())
    source = CardSource(path)
    chunks = list(source.chunks(size=500))
    assert [len(chunk) for chunk in chunks] == [500, 500, 200]
    assert source.fraction == 1.0
    rest = [number for chunk in source.chunks(after=1100) for number, _record, _problems in chunk]
    assert rest == list(range(1101, 1201))


def test_quoted_printable_in_another_charset(tmp_path: Path) -> None:
    found = card(
        tmp_path,
        "N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:N=FA=F1ez;Jos=E9;;;",
        "NOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0A=",
        "two=3D3",
        version="2.1",
    )
    assert (found.given_name, found.family_name, found.notes) == ("José", "Núñez", ["one\ntwo=3"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_of_whole_files(tmp_path: Path, encoding: str) -> None:
    assert card(tmp_path, "N:Núñez;José;;;", "FN:José Núñez", encoding=encoding).full_name == "José Núñez"


def test_a_letter_folded_in_the_middle_is_put_together(tmp_path: Path) -> None:
    path = tmp_path / "a.vcf"
    path.write_bytes(b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Jos\xc3\r\n \xa9 Diaz\r\nEND:VCARD\r\n")
    assert read(path)[0][0].full_name == "José Diaz"


def test_a_backslash_of_2_1_is_part_of_the_text(tmp_path: Path) -> None:
    assert card(tmp_path, r"FN:Ana", r"NOTE:C:\new\; x", version="2.1").notes == [r"C:\new; x"]
    assert card(tmp_path, r"FN:Ana", r"NOTE:one\ntwo\, three\\n").notes == ["one\ntwo, three\\n"]


def test_labels_of_apple_keep_their_own_words(tmp_path: Path) -> None:
    found = card(
        tmp_path,
        "FN:Ana",
        "item1.TEL;type=pref:202-555-0123",
        "item1.X-ABLabel:School nurse",
        "item2.EMAIL;type=INTERNET:ana@example.org",
        "item2.X-ABLabel:_$!<Work>!$_",
        "item3.X-ABRELATEDNAMES:Bo Diaz",
        "item3.X-ABLabel:_$!<Spouse>!$_",
    )
    assert found.phones == [Phone("School nurse", "+12025550123", primary=True)]
    assert found.emails[0].label == "work"
    assert found.custom == {"Spouse": "Bo Diaz"}


def test_the_preferred_one_leads_wherever_it_stands(tmp_path: Path) -> None:
    found = card(
        tmp_path,
        "FN:Ana",
        "EMAIL:a@example.org",
        "EMAIL;PREF=2:b@example.org",
        "EMAIL;PREF=1:c@example.org",
        version="4.0",
    )
    assert [email.primary for email in found.emails] == [False, False, True]


@pytest.mark.parametrize(
    "lines, name",
    [
        (["KIND:org", "FN:Food Bank"], "Food Bank"),
        (["X-ABShowAs:COMPANY", "N:;;;;", "ORG:Food Bank;"], "Food Bank"),
        (["N:;;;;", "FN:Food Bank", "ORG:Food Bank"], "Food Bank"),
        (["ORG:Smith\\, Jones & Co"], "Smith, Jones & Co"),
    ],
)
def test_organizations(tmp_path: Path, lines: list[str], name: str) -> None:
    found = card(tmp_path, *lines)
    assert (found.kind, found.name, found.organization_name) == ("organization", name, "")


def test_a_name_in_one_piece_is_taken_apart(tmp_path: Path) -> None:
    found = card(tmp_path, "FN:Dr. Ana María de la Cruz")
    assert (found.prefix, found.given_name, found.family_name) == ("Dr.", "Ana", "de la Cruz")


def test_partial_and_strange_birth_dates(tmp_path: Path) -> None:
    assert card(tmp_path, "FN:A", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-06-09").birth_date == "--06-09"
    assert card(tmp_path, "FN:A", "BDAY:1996-10-22T14:00:00Z").birth_date == "1996-10-22"
    found, problems = card_and_problems(tmp_path, "FN:A", "BDAY;VALUE=text:circa 1800")
    assert found.birth_date == ""
    assert found.custom == {"Birth date to check": "circa 1800"}
    assert "not a date" in problems[0].sentence


def test_what_cannot_be_used_is_said_and_kept(tmp_path: Path) -> None:
    found, problems = card_and_problems(
        tmp_path,
        "FN:Ana",
        "EMAIL:ana at example",
        "TEL:ask Maria",
        "URL:javascript:alert(1)",
        "PHOTO;ENCODING=b;TYPE=JPEG:AAAA",
        "X-STRANGE:1",
    )
    assert found.custom == {
        "Email to check": "ana at example",
        "Phone to check": "ask Maria",
        "Link to check": "javascript:alert(1)",
    }
    assert [problem.code for problem in problems] == [
        "email_invalid",
        "phone_invalid",
        "url_invalid",
        "photo_unreadable",
        "not_imported",
    ]
    assert not any(problem.fatal for problem in problems)
    assert "X-STRANGE" in problems[-1].sentence


def test_groups_and_nobodies_are_rejected(tmp_path: Path) -> None:
    _found, problems = card_and_problems(tmp_path, "KIND:group", "FN:Friends", version="4.0")
    assert [(problem.code, problem.fatal) for problem in problems] == [("card_is_group", True)]
    _found, problems = card_and_problems(tmp_path, "NOTE:who?")
    assert [(problem.code, problem.fatal) for problem in problems] == [("nobody", True)]


def test_cards_within_cards_and_without_end(tmp_path: Path) -> None:
    path = tmp_path / "a.vcf"
    path.write_text(
        "BEGIN:VCARD\nVERSION:2.1\nFN:Ana\nAGENT:\nBEGIN:VCARD\nFN:Bo\nEND:VCARD\nTITLE:Chief\nEND:VCARD\n"
        "rubbish\nBEGIN:VCARD\nFN:Cy"
    )
    assert [(record.full_name, record.job_title) for record, _problems in read(path)] == [
        ("Ana", "Chief"),
        ("Cy", ""),
    ]


def test_base64_without_indentation_as_careless_programs_write_it(tmp_path: Path) -> None:
    from base64 import b64encode

    data = b64encode(PIXEL).decode()
    lines = [data[at : at + 60] for at in range(0, len(data), 60)]
    found = card(tmp_path, "PHOTO;ENCODING=BASE64;PNG:", *lines, "", "FN:Ana", version="2.1")
    assert (found.photo, found.full_name) == (PIXEL, "Ana")


def test_a_photo_or_a_card_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "a.vcf"
    path.write_text(f"BEGIN:VCARD\nVERSION:3.0\nFN:Ana\nPHOTO;ENCODING=b:{'A' * 100_000}\nEND:VCARD\n")
    ((_number, record, problems),) = next(CardSource(path, limits=Limits(photo_bytes=10_000)).chunks())
    assert (record.full_name, record.photo, problems[0].code) == ("Ana", b"", "photo_too_large")
    with pytest.raises(BadFile, match="line 1"):
        list(CardSource(path, limits=Limits(card_bytes=50_000)).chunks())


def test_odd_parameters_are_read_as_nothing(tmp_path: Path) -> None:
    found = card(
        tmp_path,
        "N;ENCODING=QUOTED-PRINTABLE;CHARSET=no\0such:D=C3=ADaz;Ana;;;",
        "TEL;PREF=1²:202-555-0123",
    )
    assert (found.full_name, found.phones[0].number) == ("Ana Díaz", "+12025550123")


def test_another_file_is_no_card(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Name,City\nAna,Rome\n")
    with pytest.raises(BadFile, match="not a vCard"):
        CardSource(path)
