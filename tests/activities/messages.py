"""Messages as mail programs send them, written for these tests; nobody in them is real."""

from collections.abc import Iterable
from email.message import EmailMessage
from textwrap import dedent

MARISOL = "Marisol Vega <marisol@coalition.example.org>"
ANA = "Ana Ruiz <ana@school.example.org>"
BEN = "Ben Ode <ben@clinic.example.org>"
MAILBOX = "log@rollcall.example.org"


def raw(text: str) -> bytes:
    """A message written out by hand; lines end as they travel."""
    return dedent(text).lstrip("\n").replace("\n", "\r\n").encode()


def to_ana(message_id: str = "<m1@coalition.example.org>", body: str = "The buses run again.") -> bytes:
    """What Marisol wrote to Ana, with the mailbox in BCC."""
    return raw(
        f"""
        From: {MARISOL}
        To: {ANA}
        Subject: Buses
        Date: Mon, 2 Mar 2026 10:00:00 -0500
        Message-ID: {message_id}
        MIME-Version: 1.0
        Content-Type: text/plain; charset=utf-8

        {body}
        """
    )


ALTERNATIVE = raw(
    """
    From: =?utf-8?q?Marisol_Vega?= <marisol@coalition.example.org>
    To: =?iso-8859-1?q?=C1ngela_Ru=EDz=2C_Principal?= <ana@school.example.org>,
     "Ode, Ben" <BEN@clinic.example.org>
    Cc: log@rollcall.example.org
    Subject: =?utf-8?q?Reuni=C3=B3n_sobre?=
     =?utf-8?q?_los_autobuses_=E2=80=93_ma=C3=B1ana?=
    Date: Mon, 2 Mar 2026 10:00:00 -0500
    Message-ID: <m2@coalition.example.org>
    MIME-Version: 1.0
    Content-Type: multipart/alternative; boundary="b1"

    --b1
    Content-Type: text/plain; charset="utf-8"
    Content-Transfer-Encoding: quoted-printable

    Querida =C3=81ngela,
    la reuni=C3=B3n es ma=C3=B1ana. Este rengl=C3=B3n es largo y por eso tiene =
    un salto suave.
    --b1
    Content-Type: text/html; charset="utf-8"
    Content-Transfer-Encoding: quoted-printable

    <html><body><p>Querida <b>=C3=81ngela</b></p></body></html>
    --b1--
    """
)

LATIN = (
    b"From: marisol@coalition.example.org\r\nTo: ana@school.example.org\r\nSubject: A\xf1o nuevo\r\n"
    b"Message-ID: <m3@coalition.example.org>\r\nDate: Mon, 2 Mar 2026 10:00:00 -0500\r\n"
    b"Content-Type: text/plain; charset=ISO-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    b"Ma\xf1ana a las 10 \x96 en la escuela. Gracias \x93Ana\x94.\r\n"
)

HTML_ONLY = raw(
    """
    From: marisol@coalition.example.org
    To: ana@school.example.org
    Subject: Agenda
    Date: Mon, 2 Mar 2026 10:00:00 -0500
    Message-ID: <m4@coalition.example.org>
    MIME-Version: 1.0
    Content-Type: text/html; charset=utf-8

    <!DOCTYPE html><html><head><title>no</title><style>p { color: red }</style></head>
    <body><script>alert(1)</script><p>Dear Ana,</p><div>the agenda:<br>next line</div>
    <ul><li>Buses</li><li>Nudges &amp; letters</li></ul>
    <table><tr><td>9:00</td><td>Hello</td></tr></table></body></html>
    """
)

GMAIL = raw(
    """
    From: Marisol Vega <marisol@coalition.example.org>
    To: log@rollcall.example.org
    Subject: Fwd: Bus route
    Date: Tue, 3 Mar 2026 09:00:00 -0500
    Message-ID: <g1@mail.example.org>
    MIME-Version: 1.0
    Content-Type: text/plain; charset="UTF-8"

    She agrees!

    ---------- Forwarded message ---------
    From: Ana Ruiz <ana@school.example.org>
    Date: Mon, Mar 2, 2026 at 4:15 PM
    Subject: Bus route
    To: Marisol Vega <marisol@coalition.example.org>
    Cc: Ben Ode <ben@clinic.example.org>


    Let us try the second route in April.
    Ana
    """
)

GMAIL_SPANISH = raw(
    """
    From: Marisol Vega <marisol@coalition.example.org>
    To: log@rollcall.example.org
    Subject: Fwd: Ruta
    Date: Tue, 3 Mar 2026 09:00:00 -0500
    Message-ID: <g2@mail.example.org>
    Content-Type: text/plain; charset="UTF-8"
    Content-Transfer-Encoding: 8bit

    ---------- Forwarded message ---------
    De: Ana Ruiz <ana@school.example.org>
    Date: lun, 2 mar 2026 a las 16:15
    Subject: Ruta
    To: <marisol@coalition.example.org>

    De acuerdo con la segunda ruta.
    """
)

OUTLOOK = raw(
    """
    From: Marisol Vega <marisol@coalition.example.org>
    To: Log <log@rollcall.example.org>
    Subject: FW: Data agreement
    Date: Tue, 3 Mar 2026 14:00:00 +0000
    Message-ID: <o1@outlook.example.org>
    Content-Type: text/plain; charset="us-ascii"

    FYI

    ________________________________
    From: Ruiz, Ana <ana@school.example.org>
    Sent: Monday, March 2, 2026 10:30 AM
    To: Vega, Marisol <marisol@coalition.example.org>; Ben Ode <ben@clinic.example.org>
    Subject: Data agreement

    The agreement is signed.
    """
)

OUTLOOK_SPANISH = raw(
    """
    From: Marisol Vega <marisol@coalition.example.org>
    To: log@rollcall.example.org
    Subject: RV: Acuerdo
    Date: Tue, 3 Mar 2026 14:00:00 +0000
    Message-ID: <o2@outlook.example.org>
    Content-Type: text/plain; charset="utf-8"

    -----Mensaje original-----
    De: Ana Ruiz [mailto:ana@school.example.org]
    Enviado el: lunes, 2 de marzo de 2026 10:30
    Para: marisol@coalition.example.org
    Asunto: Acuerdo

    Firmado.
    """
)

APPLE = raw(
    """
    From: Marisol Vega <marisol@coalition.example.org>
    To: log@rollcall.example.org
    Subject: Fwd: Clinic hours
    Date: Tue, 3 Mar 2026 09:00:00 -0500
    Message-ID: <a1@apple.example.org>
    Content-Type: text/plain; charset=utf-8

    See below.

    > Begin forwarded message:
    >
    > From: Ana Ruiz <ana@school.example.org>
    > Subject: Clinic hours
    > Date: March 2, 2026 at 10:30:00 AM EST
    > To: Marisol Vega <marisol@coalition.example.org>
    >
    > We open at seven.
    """
)

APPLE_SPANISH = raw(
    """
    From: Marisol Vega <marisol@coalition.example.org>
    To: log@rollcall.example.org
    Subject: Fwd: Horario
    Date: Tue, 3 Mar 2026 09:00:00 -0500
    Message-ID: <a2@apple.example.org>
    Content-Type: text/plain; charset=utf-8

    Inicio del mensaje reenviado:

    De: Ana Ruiz <ana@school.example.org>
    Asunto: Horario
    Fecha: 2 de marzo de 2026, 10:30:00 EST
    Para: Marisol Vega <marisol@coalition.example.org>

    Abrimos a las siete.
    """
)

BROKEN = raw(
    """
    From: marisol@coalition.example.org
    To: "Ana Ruiz <ana@school.example.org
    Subject: =?utf-8?b?not base64 at all?= =?x-unknown?q?=E9t=E9?=
    Date: the day after tomorrow
    Message-ID: <b1@coalition.example.org>
    Content-Type: multipart/mixed; boundary="missing"
    Content-Transfer-Encoding: base64

    --other
    No boundary ever comes.
    """
)


def with_files(
    files: Iterable[tuple[str, bytes, str]], message_id: str = "<f1@coalition.example.org>"
) -> bytes:
    """Marisol's message to Ana with files: (name, content, media type)."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = MARISOL, ANA, "Files"
    message["Date"], message["Message-ID"] = "Mon, 2 Mar 2026 10:00:00 -0500", message_id
    message.set_content("Attached.")
    for name, content, media_type in files:
        main, _slash, sub = media_type.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


def forwarded_as_file() -> bytes:
    """Marisol forwards Ana's message as an attachment."""
    inner = EmailMessage()
    inner["From"], inner["To"], inner["Subject"] = ANA, MARISOL, "Parents"
    inner["Date"], inner["Message-ID"] = "Sun, 1 Mar 2026 08:00:00 -0500", "<inner@school.example.org>"
    inner.set_content("Three parents will come.")
    inner.add_attachment(b"name,grade\nA,3\n", maintype="text", subtype="csv", filename="parents.csv")
    outer = EmailMessage()
    outer["From"], outer["To"], outer["Subject"] = MARISOL, MAILBOX, "Fwd: Parents"
    outer["Date"], outer["Message-ID"] = "Mon, 2 Mar 2026 10:00:00 -0500", "<outer@coalition.example.org>"
    outer.set_content("Good news.")
    outer.add_attachment(inner)
    return outer.as_bytes()


def with_half_a_letter() -> bytes:
    """Marisol's message to Ana with half a letter in the text, the subject and the name of a file."""
    return raw(
        f"""
        From: =?utf-7?Q?+2AA-?= <marisol@coalition.example.org>
        To: {ANA}
        Subject: =?utf-7?Q?+2AA-?=
        Date: Mon, 2 Mar 2026 10:00:00 -0500
        Message-ID: <h1@coalition.example.org>
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary="b1"

        --b1
        Content-Type: text/plain; charset=utf-7

        Half: +2AA-
        --b1
        Content-Type: text/plain; charset=unicode_escape

        More: \\ud800
        --b1
        Content-Type: text/plain
        Content-Disposition: attachment; filename*=utf-7''plan%2B2AA-.txt

        A plan.
        --b1--
        """
    )
