"""What is read of messages: headers, texts, files, and the one that was forwarded."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from crm.activities.mail import forwards, html, reading
from crm.activities.mail.reading import Address, Message
from crm.errors import UserError
from crm.plugin_api.testing.databases import on_sqlite
from tests.activities import messages

pytestmark = on_sqlite
NEW_YORK = ZoneInfo("America/New_York")
ANA = Address("ana@school.example.org", "Ana Ruiz")


@pytest.fixture(autouse=True)
def context(app: Flask) -> object:
    with app.test_request_context():
        yield


def test_encoded_and_folded_headers_and_a_quoted_printable_text() -> None:
    found = reading.read(messages.ALTERNATIVE)
    assert found.subject == "Reunión sobre los autobuses – mañana"
    assert found.recipients == (
        Address("ana@school.example.org", "Ángela Ruíz, Principal"),
        Address("ben@clinic.example.org", "Ode, Ben"),
        Address("log@rollcall.example.org"),
    )
    assert found.text == (
        "Querida Ángela,\nla reunión es mañana. Este renglón es largo y por eso tiene un salto suave."
    )
    assert found.at == datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert found.message_id == "<m2@coalition.example.org>"


def test_what_calls_itself_latin_is_what_windows_writes() -> None:
    assert reading.read(messages.LATIN).text == "Mañana a las 10 – en la escuela. Gracias “Ana”."


def test_html_becomes_text() -> None:
    text = reading.read(messages.HTML_ONLY).text
    assert text.startswith("Dear Ana,\n\nthe agenda:\nnext line")
    assert "- Buses" in text
    assert "- Nudges & letters" in text
    assert "9:00 Hello" in text
    assert "alert" not in text
    assert "color" not in text


@pytest.mark.parametrize(
    "broken, text",
    [
        ("<p>a<script>b", "a"),
        ("</script>a", "a"),
        ("<style><p>x</style>a", "a"),
        ("<head><title>t</title><body>a", "a"),
        ("1 < 2 <b>and</b> 3 > 2", "1 < 2 and 3 > 2"),
        ("a<!-- <p>b</p> -->c<!-- d", "ac"),
        ("<p title='x'>a</P>b", "a\n\nb"),
        ("&lt;p&gt; &#xfffffff; &nbsp;a&", "<p> \ufffd a&"),
        ("a<div", "a"),
    ],
)
def test_broken_html_is_read_as_far_as_it_goes(broken: str, text: str) -> None:
    assert html.as_text(broken) == text


@pytest.mark.parametrize(
    "piece", ["<a", "<a/", "<a b='", "<!--", "<head>", "<script>", "</", "<svg><svg>", "&#"]
)
def test_a_megabyte_of_nonsense_is_looked_at_once(piece: str) -> None:
    """With a parser that looks back, this test does not end."""
    assert len(html.as_text(piece * (1_000_000 // len(piece)))) <= 1_000_000


@pytest.mark.parametrize(
    "raw, at",
    [
        (messages.GMAIL, datetime(2026, 3, 2, 21, 15, tzinfo=UTC)),
        (messages.GMAIL_SPANISH, datetime(2026, 3, 2, 21, 15, tzinfo=UTC)),
        (messages.OUTLOOK, datetime(2026, 3, 2, 15, 30, tzinfo=UTC)),
        (messages.OUTLOOK_SPANISH, datetime(2026, 3, 2, 15, 30, tzinfo=UTC)),
        (messages.APPLE, datetime(2026, 3, 2, 15, 30, tzinfo=UTC)),
        (messages.APPLE_SPANISH, datetime(2026, 3, 2, 15, 30, tzinfo=UTC)),
    ],
    ids=["Gmail", "Gmail in Spanish", "Outlook", "Outlook in Spanish", "Apple", "Apple in Spanish"],
)
def test_the_forwarded_message_is_found(raw: bytes, at: datetime) -> None:
    message = reading.read(raw)
    found = forwards.original(message, NEW_YORK)
    assert forwards.looks_forwarded(message)
    assert found is not None
    assert found.sender is not None
    assert found.sender.address == "ana@school.example.org"
    assert "marisol@coalition.example.org" in {each.address for each in found.recipients}
    assert found.at == at
    assert found.subject in {"Bus route", "Ruta", "Data agreement", "Acuerdo", "Clinic hours", "Horario"}
    assert not any(mark in found.text for mark in ("From:", "De:", "Asunto", "To:", "----", "____"))
    assert found.text.strip(">\n ")


def test_what_stands_above_and_who_got_a_copy_is_kept() -> None:
    found = forwards.original(reading.read(messages.GMAIL), NEW_YORK)
    assert found is not None
    assert found.comment == "She agrees!"
    assert found.text == "Let us try the second route in April.\nAna"
    assert Address("ben@clinic.example.org", "Ben Ode") in found.recipients
    apple = forwards.original(reading.read(messages.APPLE), NEW_YORK)
    assert apple is not None
    assert (apple.comment, apple.text) == ("See below.", "We open at seven.")


def test_a_message_forwarded_as_a_file_is_opened() -> None:
    found = forwards.original(reading.read(messages.forwarded_as_file()), NEW_YORK)
    assert found is not None
    assert found.sender == ANA
    assert (found.subject, found.text, found.comment) == (
        "Parents",
        "Three parents will come.",
        "Good news.",
    )


@pytest.mark.parametrize(
    "text",
    [
        "From: the beginning we wanted this.\nTo: be honest, no.",
        "I got this From: Ana\nDate: today",
        "From: Ana\n\nDate: tomorrow",
        "",
    ],
)
def test_a_text_is_not_taken_for_a_forwarded_message(text: str) -> None:
    message = Message("<x@y>", None, (), None, "Hello", text)
    assert forwards.original(message, NEW_YORK) is None


@pytest.mark.parametrize(
    "text, day_first, expected",
    [
        ("Mon, 2 Mar 2026 10:00:00 +0100", False, datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("3/2/2026 10:00 PM", False, datetime(2026, 3, 3, 3, tzinfo=UTC)),
        ("2/3/2026 22:00", True, datetime(2026, 3, 3, 3, tzinfo=UTC)),
        ("2026-03-02 12:00", False, datetime(2026, 3, 2, 17, tzinfo=UTC)),
        ("miércoles, 4 de marzo de 2026 12:05 a. m.", True, datetime(2026, 3, 4, 5, 5, tzinfo=UTC)),
        ("the 31st of February 2026", False, None),
        ("soon", False, None),
    ],
)
def test_dates_that_people_read(text: str, day_first: bool, expected: datetime | None) -> None:
    assert forwards.moment(text, NEW_YORK, day_first=day_first) == expected


def test_a_broken_message_is_read_as_far_as_it_goes() -> None:
    found = reading.read(messages.BROKEN)
    assert found.sender == Address("marisol@coalition.example.org")
    assert found.at is None
    assert found.subject


@pytest.mark.parametrize("raw", [b"", b"\0\0\0", b"hello", b"\xff\xfe" * 100, b"Subject: x\r\n\r\nno sender"])
def test_what_is_no_message_gets_a_sentence(raw: bytes) -> None:
    with pytest.raises(UserError, match="no email message"):
        reading.read(raw)


ENDLESS = ('"', "a,", "(", "=?utf-8?q?a?= ", "a@b.c, ", "<", ";", "[", "x*0*=a; ")


def with_header(name: str, piece: str) -> bytes:
    value = f"text/plain; {piece * (500_000 // len(piece))}"
    return f"Message-ID: <a@b>\r\n{name}: {value}\r\n\r\nhello".encode()


@pytest.mark.parametrize("name", ["From", "To", "Subject", "Date"])
def test_a_header_of_half_a_megabyte_is_looked_at_once(name: str) -> None:
    """With Python's newer policies, this test does not end."""
    for piece in ENDLESS:
        assert reading.read(with_header(name, piece)).text == "hello"


@pytest.mark.parametrize("name", ["Content-Type", "Content-Disposition"])
def test_an_endless_header_of_a_part_is_refused(name: str) -> None:
    for piece in ENDLESS:
        with pytest.raises(UserError, match="damaged"):
            reading.read(with_header(name, piece))


@pytest.mark.parametrize(
    "text, expected",
    [
        ("ana@x.org, Ben Ode <ben@x.org>", [("ana@x.org", ""), ("ben@x.org", "Ben Ode")]),
        ('"Ode, Ben" <BEN@x.org>; ana@x.org', [("ben@x.org", "Ode, Ben"), ("ana@x.org", "")]),
        ("'ana@x.org' <ana@x.org>", [("ana@x.org", "")]),
        ("Team: ana@x.org, ben@x.org;", [("ana@x.org", ""), ("ben@x.org", "")]),
        ("ana@x.org (Ana)", [("ana@x.org", "")]),
        ("undisclosed-recipients:;", []),
    ],
)
def test_addresses_as_they_are_written(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(each.address, each.name) for each in reading.written_addresses(text)] == expected


def test_endless_headers_of_a_forwarded_message_are_looked_at_once() -> None:
    text = f"From: {'a' * 30_000}\nTo: {'x <' * 10_000}\nDate: {'9' * 10_000}\nSubject: {':' * 10_000}\n\nHi"
    found = forwards.original(Message("<x@y>", None, (), None, "Fwd: x", text), NEW_YORK)
    assert found is not None
    assert (found.sender, found.recipients, found.at) == (None, (), None)


def test_a_message_nested_without_end_is_refused() -> None:
    parts = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(400))
    with pytest.raises(UserError, match=r"too many parts|damaged"):
        reading.read(f"From: a@b.example\r\n{parts}".encode())


def test_too_large_a_message_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST", 100)
    with pytest.raises(UserError, match="larger"):
        reading.read(b"From: a@b.example\r\n\r\n" + b"x" * 100)


def test_a_message_without_an_id_is_known_by_its_content() -> None:
    one, other = (f"From: a@b.example\r\n\r\n{text}".encode() for text in ("one", "other"))
    assert reading.read(one).message_id == reading.read(one).message_id
    assert reading.read(one).message_id != reading.read(other).message_id


def test_control_characters_and_header_injection_stay_out() -> None:
    raw = b"From: a@b.example\r\nSubject: =?utf-8?q?one=0D=0ABcc:_x@y=00?=\r\n\r\nte\0xt\x1b[31m"
    found = reading.read(raw)
    assert found.text == "text[31m"
    assert "\0" not in found.subject
    assert "\n" not in found.subject


def test_no_half_of_a_letter_comes_through() -> None:
    found = reading.read(messages.with_half_a_letter())
    assert found.sender is not None
    texts = [found.subject, found.text, found.sender.name, *(each.name for each in found.files)]
    for text in texts:
        assert text.encode().decode() == text
