"""A small IMAP4rev1 server (RFC 3501) for one folder of one user: what a client needs to fetch unread mail.

It speaks real IMAP over a real socket of this machine: greeting, CAPABILITY, LOGIN, SELECT, UID SEARCH,
UID FETCH with literals, UID STORE, UID MOVE (RFC 6851), NOOP, LOGOUT.
"""

import re
import socket
import socketserver
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "log@rollcall.example.org", "quiet harbor"


@dataclass
class Stored:
    """A message of the folder with its flags."""

    uid: int
    raw: bytes
    flags: set[str] = field(default_factory=set)


@dataclass
class Mailbox:
    """What the server has, and what it was asked; `fail_at` ends the connection when a command begins so."""

    scheme: str = "imap"
    port: int = 0
    messages: list[Stored] = field(default_factory=list)
    moved: dict[str, list[Stored]] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    fail_at: str = ""
    moves: bool = True

    def put(self, raw: bytes) -> None:
        """Deliver a message."""
        self.messages.append(Stored(len(self.messages) + 1 + sum(map(len, self.moved.values())), raw))

    def url(self, options: str = "") -> str:
        user = USER.replace("@", "%40")
        password = PASSWORD.replace(" ", "%20")
        return f"{self.scheme}://{user}:{password}@127.0.0.1:{self.port}/INBOX{options}"

    @property
    def unread(self) -> list[int]:
        return [each.uid for each in self.messages if r"\Seen" not in each.flags]


class _Session(socketserver.StreamRequestHandler):
    mailbox: Mailbox

    def handle(self) -> None:
        self._say("* OK ready")
        self.signed_in = self.selected = False
        while line := self.rfile.readline():
            tag, _space, rest = line.decode().strip().partition(" ")
            self.mailbox.commands.append(re.sub(r"(?i)^(login \S+) .*", r"\1", rest))
            if self.mailbox.fail_at and rest.upper().startswith(self.mailbox.fail_at):
                return
            if not self._answer(tag, rest):
                return

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def _answer(self, tag: str, command: str) -> bool:
        """Answer one command; False when that was the last one."""
        name, _space, rest = command.partition(" ")
        if name.upper() == "LOGOUT":
            self._say("* BYE see you")
            self._say(f"{tag} OK")
            return False
        refusal = getattr(self, f"_{name.lower()}", self._nothing)(rest)
        self._say(f"{tag} {refusal or 'OK done'}")
        return True

    def _nothing(self, _rest: str) -> str:
        return "BAD not now"

    def _noop(self, _rest: str) -> str:
        return ""

    def _capability(self, _rest: str) -> str:
        self._say("* CAPABILITY IMAP4rev1" + (" MOVE" if self.mailbox.moves else ""))
        return ""

    def _login(self, rest: str) -> str:
        if rest not in {f'{USER} "{PASSWORD}"', f'"{USER}" "{PASSWORD}"'}:
            return "NO [AUTHENTICATIONFAILED] wrong name or password"
        self.signed_in = True
        return ""

    def _select(self, rest: str) -> str:
        if not self.signed_in:
            return "BAD not now"
        if rest.strip('"') != "INBOX":
            return "NO there is no such folder"
        self.selected = True
        self._say(f"* {len(self.mailbox.messages)} EXISTS")
        self._say("* OK [UIDVALIDITY 7]")
        return ""

    def _uid(self, command: str) -> str:
        if not self.selected:
            return "BAD not now"
        name, _space, rest = command.partition(" ")
        if name.upper() == "SEARCH":
            self._say("* SEARCH " + " ".join(map(str, self._found(rest))))
        else:
            self._of_one(name, rest)
        return ""

    def _found(self, rest: str) -> list[int]:
        """UNSEEN, or `UID 4:*`, which gives the last message even where it is an earlier one."""
        begins = re.search(r"UID (\d+):\*", rest)
        if begins is None:
            return self.mailbox.unread
        uids = [each.uid for each in self.mailbox.messages]
        return [each for each in uids if each >= int(begins[1])] or uids[-1:]

    def _of_one(self, name: str, rest: str) -> None:
        uid, _space, rest = rest.partition(" ")
        place = next((n for n, each in enumerate(self.mailbox.messages) if each.uid == int(uid)), None)
        if place is None:
            return
        message = self.mailbox.messages[place]
        if name.upper() == "FETCH":
            self._fetch(place + 1, message, rest)
        elif name.upper() == "STORE":
            message.flags |= set(re.findall(r"\\\w+", rest))
            self._say(f"* {place + 1} FETCH (UID {uid} FLAGS ({' '.join(sorted(message.flags))}))")
        elif name.upper() == "MOVE":
            self.mailbox.moved.setdefault(rest.strip('"'), []).append(self.mailbox.messages.pop(place))
            self._say(f"* {place + 1} EXPUNGE")

    def _fetch(self, number: int, message: Stored, what: str) -> None:
        if "RFC822.SIZE" in what:
            self._say(f"* {number} FETCH (UID {message.uid} RFC822.SIZE {len(message.raw)})")
            return
        if "PEEK" not in what:
            message.flags.add(r"\Seen")
        head = f"* {number} FETCH (UID {message.uid} BODY[] {{{len(message.raw)}}}\r\n"
        self.wfile.write(head.encode() + message.raw + b")\r\n")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    tls: ssl.SSLContext | None = None

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        if self.tls is not None:
            connection = self.tls.wrap_socket(connection, server_side=True)
        return connection, address

    def handle_error(self, _request: Any, _client_address: Any) -> None:
        """A client that hangs up is nothing to print."""


def certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 with its key in one file, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    begins = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=9))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem = serialization.Encoding.PEM
    file = folder / "mail-server.pem"
    file.write_bytes(key.private_bytes(pem, *plain) + made.public_bytes(pem))
    return file


@contextmanager
def serving(identity: Path | None = None) -> Iterator[Mailbox]:
    """A server on a free port of the loopback interface; with a certificate it speaks TLS."""
    mailbox = Mailbox(scheme="imaps" if identity else "imap")
    handler = type("Session", (_Session,), {"mailbox": mailbox})
    with _Server(("127.0.0.1", 0), handler) as server:
        mailbox.port = server.server_address[1]
        if identity is not None:
            server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            server.tls.load_cert_chain(identity)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield mailbox
        server.shutdown()
        thread.join()
