"""HTML of a message as plain text: what is read, line by line, and nothing of how it looks.

A scanner of our own, which looks at every letter once: Python's parser takes hours for a megabyte of tags
that are never closed, and anybody can send a mail.
"""

import re
from html import unescape
from typing import Final

LONGEST: Final = 2_000_000
"""Characters of HTML that are looked at; more is the work of no writer."""
UNSEEN: Final = frozenset({"head", "script", "style", "title", "template", "noscript", "svg"})
BLOCKS: Final = frozenset(
    """address article blockquote br dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li
    main nav ol p pre section table tr ul""".split()  # noqa: SIM905  # A line of tags reads better than a list of them.
)
WIDE: Final = frozenset({"p", "ul", "ol", "table", "blockquote"})
"""Blocks with an empty line after them."""
NAME: Final = re.compile(r"/?([a-zA-Z][a-zA-Z0-9]{0,15})")
CLOSING: Final = {name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in UNSEEN}


def as_text(html: str) -> str:
    """The text of an HTML message. Whatever is broken in it is read as far as it goes."""
    parts = _Scanner(html[:LONGEST]).parts()
    lines = [" ".join(line.split()) for line in "".join(parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Scanner:
    def __init__(self, html: str) -> None:
        self.html = html
        self.place = 0
        self._never_closed: set[str] = set()

    def parts(self) -> list[str]:
        """Pieces of text and ends of lines. What is opened and never ends, ends the document."""
        found: list[str] = []
        while self.place < len(self.html):
            opens = self.html.find("<", self.place)
            until = len(self.html) if opens < 0 else opens
            found.append(self._words(self.html[self.place : until]))
            self.place = until
            if opens >= 0:
                found.append(self._markup())
        return found

    def _words(self, text: str) -> str:
        return re.sub(r"\s+", " ", unescape(text)) if text else ""

    def _markup(self) -> str:
        """What stands for the markup at our place, which is left behind."""
        after = self.place + 1
        if self.html.startswith("!--", after):
            return self._leave("-->")
        if self.html.startswith(("!", "?"), after):
            return self._leave(">")
        name = NAME.match(self.html, after)
        if name is None:
            self.place = after
            return "<"
        self._leave(">")
        return self._tag(name[1].lower(), opens=self.html[after] != "/")

    def _leave(self, end: str) -> str:
        found = self.html.find(end, self.place)
        self.place = len(self.html) if found < 0 else found + len(end)
        return ""

    def _tag(self, name: str, *, opens: bool) -> str:
        if name in UNSEEN and opens:
            self._skip(name)
        if name in {"td", "th"} and opens:
            return " "
        if name not in BLOCKS:
            return ""
        if opens:
            return "\n- " if name == "li" else "\n"
        return "\n\n" if name in WIDE else "\n"

    def _skip(self, name: str) -> None:
        """Leave behind what nobody sees. A head that is never closed ends where the body begins, so only
        scripts and styles end the document."""
        if name in self._never_closed:
            return
        closing = CLOSING[name].search(self.html, self.place)
        if closing is not None:
            self.place = closing.start()
        elif name in {"script", "style"}:
            self.place = len(self.html)
        else:
            self._never_closed.add(name)
