"""A mail server on this machine that accepts, refuses, hangs or dies as a test wants."""

import base64
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread


@dataclass
class Mailbox:
    """What the server was given, and how it answers: `answers` by the command (`MAIL`, `RCPT`, `DATA`, or `.`
    for the end of a message) instead of its usual one. An empty answer closes the connection."""

    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    messages: list[EmailMessage] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    secure: list[bool] = field(default_factory=list)
    before_dot_answer: Callable[[], None] = lambda: None
    content_begins: Event = field(default_factory=Event)
    certificate: ssl.SSLContext | None = None


class Session(StreamRequestHandler):
    """One client: enough of RFC 5321 for a sender."""

    server: "Server"

    def handle(self) -> None:
        self.box = self.server.box
        self._say("220 ready")
        while line := self._line():
            command = line.split(" ")[0].split(":")[0].upper()
            if not self._answer(command, line):
                return

    def _answer(self, command: str, line: str) -> bool:
        if command in self.box.answers:
            return self._say(self.box.answers[command])
        if command == "EHLO":
            return self._say("\r\n".join(self._offers()))
        if command == "STARTTLS" and self.box.certificate:
            return self._say("220 go") and self._encrypt()
        if command == "DATA":
            return self._say("354 go on") and self._content()
        if command == "AUTH":
            self.box.logins.append(base64.b64decode(line.split(" ")[2]).decode())
        return self._say({"AUTH": "235 welcome", "QUIT": "221 bye"}.get(command, "250 ok"))

    def _offers(self) -> list[str]:
        encrypted = isinstance(self.connection, ssl.SSLSocket)
        offers = ["250-here"]
        if self.box.certificate and not encrypted:
            offers.append("250-STARTTLS")
        return [*offers, "250 AUTH PLAIN"]

    def _content(self) -> bool:
        self.box.content_begins.set()
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False  # Never finished, so nothing was accepted.
            lines.append(line[1:] if line.startswith(b"..") else line)
        answer = self.box.answers.get(".", "250 accepted")
        if answer.startswith("250") or not answer:
            self.box.messages.append(message_from_bytes(b"".join(lines), policy=default))
            self.box.secure.append(isinstance(self.connection, ssl.SSLSocket))
        self.box.before_dot_answer()
        return self._say(answer)

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def _encrypt(self) -> bool:
        assert self.box.certificate is not None
        try:
            self.connection = self.box.certificate.wrap_socket(self.connection, server_side=True)
        except ssl.SSLError:
            return False  # The client does not trust us.
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        return True

    def _line(self) -> str:
        return self.rfile.readline().decode().rstrip("\r\n")

    def _say(self, answer: str) -> bool:
        if answer:
            self.wfile.write(answer.encode() + b"\r\n")
        return bool(answer)


class Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    box: Mailbox


@contextmanager
def serving(box: Mailbox) -> Iterator[Mailbox]:
    """Serve `box` on a free port of this machine."""
    with Server(("127.0.0.1", box.port), Session) as server:
        server.box = box
        box.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
