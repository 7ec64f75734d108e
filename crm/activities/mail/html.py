"""HTML of a message as plain text: what is read, line by line, and nothing of how it looks."""

import re
from html.parser import HTMLParser
from typing import Final

LONGEST: Final = 2_000_000
"""Characters of HTML that are looked at; more is the work of no writer."""
UNSEEN: Final = frozenset({"head", "script", "style", "title", "template", "noscript", "svg"})
BLOCKS: Final = frozenset(
    """address article blockquote br dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li
    main nav ol p pre section table tr ul""".split()  # noqa: SIM905  # A line of tags reads better than a list of them.
)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSEEN:
            self._unseen.append(tag)
        elif tag in BLOCKS:
            self.parts.append("\n- " if tag == "li" else "\n")
        elif tag in {"td", "th"}:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unseen:
            # What was left open inside ends with it.
            del self._unseen[self._unseen.index(tag) :]
        elif tag in BLOCKS:
            self.parts.append("\n\n" if tag in {"p", "ul", "ol", "table", "blockquote"} else "\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(re.sub(r"\s+", " ", data))


def as_text(html: str) -> str:
    """The text of an HTML message. Whatever is broken in it is read as far as it goes."""
    reader = _Reader()
    reader.feed(html[:LONGEST])
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
