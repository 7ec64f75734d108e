"""A small IMAP4rev1 server (RFC 3501) for one folder of one user: what a client needs to fetch unread mail.

It speaks real IMAP over a real socket of this machine: greeting, CAPABILITY, LOGIN, SELECT, UID SEARCH,
UID FETCH with literals, UID STORE, UID MOVE (RFC 6851), NOOP, LOGOUT.
"""

import re
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

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
        return f"imap://{user}:{password}@127.0.0.1:{self.port}/INBOX{options}"

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
            self._say("* SEARCH " + " ".join(map(str, self.mailbox.unread)))
        else:
            self._of_one(name, rest)
        return ""

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


@contextmanager
def serving() -> Iterator[Mailbox]:
    """A server on a free port of the loopback interface."""
    mailbox = Mailbox()
    handler = type("Session", (_Session,), {"mailbox": mailbox})
    with _Server(("127.0.0.1", 0), handler) as server:
        mailbox.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield mailbox
        server.shutdown()
        thread.join()
