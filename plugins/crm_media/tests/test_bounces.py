# ruff: noqa: E501  # A message stands as it came.
"""Mail that came back, as servers of many kinds say it."""

from base64 import b64encode

import pytest

from crm_media.reading import bounces

HEAD = "From: MAILER-DAEMON@mx.example\nTo: us@example.org\nSubject: Undelivered Mail Returned to Sender\n"
REPORT = (
    HEAD + 'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
    "--b\nContent-Type: text/plain\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\n"
    "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {}\nAction: {}\nStatus: {}\n"
    "Diagnostic-Code: smtp; {}\n\n--b\nContent-Type: message/rfc822\n\nTo: gone@press.example\n"
    "Subject: Two days\n\nHello\n--b--\n"
)
ADDRESS = "gone@press.example"


@pytest.mark.parametrize(
    "raw,address,final,said",
    [
        (REPORT.format(ADDRESS, "failed", "5.1.1", "550 5.1.1 User unknown"), ADDRESS, True, "User unknown"),
        (REPORT.format(f"<{ADDRESS.upper()}>", "failed", "5.2.1", "550 disabled"), ADDRESS, True, "disabled"),
        (REPORT.format(ADDRESS, "delayed", "4.4.1", "no answer"), ADDRESS, False, "no answer"),
        (REPORT.format(ADDRESS, "failed", "4.2.2", "mailbox full"), ADDRESS, True, "4.2.2 mailbox full"),
        (REPORT.format(ADDRESS, "failed", "4.4.7", "expired"), ADDRESS, True, "4.4.7 expired"),
        (HEAD + f"\nHi. This is the qmail-send program.\n\n<{ADDRESS}>:\n550 5.1.1 no such user\n\n--- Below this line is a copy"
         " of the message.\nTo: other@press.example\n", ADDRESS, True, "no such user"),
        (HEAD + f"X-Failed-Recipients: {ADDRESS}\n\nThe account is gone.\n", ADDRESS, True, "Undelivered"),
        (HEAD.replace("Undelivered Mail Returned to Sender", "Undeliverable: Two days")
         + f"\nDelivery has failed to these recipients:\n{ADDRESS}\nThe email address wasn't found.\n", ADDRESS, True, "wasn't"),
        (HEAD.replace("Undelivered Mail Returned to Sender", "No se pudo entregar")
         + f"\n{ADDRESS}: 550 Usuario desconocido\n", ADDRESS, True, "550"),
        (HEAD + f"\nIhre Nachricht hat '{ADDRESS}' nicht erreicht: 550 5.1.1 unbekannt\n", ADDRESS, True, "unbekannt"),
        (HEAD + f"\n{ADDRESS}: 550 user unknown\n\nMessage-ID: <rollcall-7-abc@coalition.example>\nReceived: by mx\n",
         ADDRESS, True, "user unknown"),
        (HEAD + f"\nEl mensaje no llegó a {ADDRESS} porque no se ha encontrado la dirección.\n", ADDRESS, True, "encontrado"),
    ],
)  # fmt: skip
def test_whom_it_names_and_why(raw: str, address: str, final: bool, said: str) -> None:
    (found,) = bounces.read(raw.encode())
    assert (found.address, found.final) == (address, final)
    assert said in found.reason


def test_a_text_of_two_bytes_a_letter_is_read_and_its_message_found() -> None:
    words = f"<{ADDRESS}>: 550 user unknown\n\nMessage-ID: <rollcall-7-abc@coalition.example>\n".encode(
        "utf-16"
    )
    head = HEAD.rstrip() + "\nContent-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: base64\n\n"
    raw = head.encode() + b64encode(words)
    assert [each.address for each in bounces.read(raw)] == [ADDRESS]
    assert "rollcall-7-abc@coalition.example" in bounces.quoted(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\xff\xfe\x00", b"Subject: Re: Two days\n\nThanks, I write about it. 550 words, ada@press.example\n",
        b"Subject: Out of office\nFrom: ada@press.example\n\nI am away until Monday.\n",
        REPORT.format(ADDRESS, "delivered", "2.0.0", "ok").encode(),
        b"From: postmaster@corp.example\nSubject: Automatic reply: Two days\nAuto-Submitted: auto-replied\nReturn-Path: <>\n\nAway. ada@press.example does not exist for tips any more, error 550 please.\n",
        b"From: ada@press.example\nSubject: Undeliverable hopes Re: Two days\n\nUser unknown is our band. ada@press.example\n",
        b'Content-Type: multipart/report; boundary="b"\n\n--b\nContent-Type: message/delivery-status\n\n',
        b"Content-Type: text/plain; charset=klingon\nSubject: failure notice\n\n\xff\n",
    ],
)  # fmt: skip
def test_what_is_no_bounce_names_nobody(raw: bytes) -> None:
    assert bounces.read(raw) == []


COMPLAINT = (
    "From: <abuse@aol.example>\nSubject: FW: Two days\nMIME-Version: 1.0\n"
    'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
    "--b\nContent-Type: text/plain\n\nThis is an abuse report.\n--b\nContent-Type: message/feedback-report\n\n"
    "Feedback-Type: {}\nVersion: 1\nOriginal-Rcpt-To: ada@press.example\n\n"
    "--b\nContent-Type: message/rfc822\n\nMessage-ID: {}\nTo: ada@press.example\nSubject: Two days\n\nx\n--b--\n"
)


@pytest.mark.parametrize(
    "kind,complains", [("abuse", True), ("opt-out", True), ("not-spam", False), ("auth-failure", False)]
)
def test_a_complaint_is_no_bounce(kind: str, complains: bool) -> None:
    raw = COMPLAINT.format(kind, "<1@x>").encode()
    assert bounces.complains(raw) == complains
    assert bounces.read(raw) == []


def test_what_is_made_to_keep_us_busy_is_read_at_once() -> None:
    """Quadratic patterns would need minutes for these; nothing is measured, the test would simply not end."""
    for body in ("a" * 2_000_000, "<" * 1_000_000, "a@" * 500_000, "a." * 500_000, "550 " * 300_000):
        bounces.read((HEAD + "\n" + body).encode())


@pytest.mark.parametrize(
    "head", [b"From: =?utf-8?q?=00?= <@@@>", b"From: <", b"From: a@b, ,;:<>", b"X-Failed-Recipients: \xff@",
             b"From: \"\\", b"Subject: =?klingon?b?!!?=",
             b'Content-Type: text/plain; boundary*0="a"; boundary="b"'],
)  # fmt: skip
def test_odd_headers_break_nothing(head: bytes) -> None:
    raw = head + b"\nSubject: failure notice\n\n<gone@press.example>: 550 no such user\n"
    assert [each.address for each in bounces.read(raw)] in ([ADDRESS], [])


def test_parts_within_parts_without_an_end_are_no_bounce(caplog: pytest.LogCaptureFixture) -> None:
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(3000))
    assert bounces.read(b"Subject: failure notice\n" + deep) == []
    assert "could not be taken apart: RecursionError" in caplog.text


def test_a_fault_of_ours_is_no_silent_loss_of_a_bounce(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes up to the reader of the mailbox, which logs it; only what the message is to blame for is taken."""

    def broken(_parts: object) -> list[bounces.Bounce]:
        raise TypeError("a slip of ours")

    monkeypatch.setattr(bounces, "_reported", broken)
    with pytest.raises(TypeError):
        bounces.read(REPORT.format(ADDRESS, "failed", "5.1.1", "gone").encode())
