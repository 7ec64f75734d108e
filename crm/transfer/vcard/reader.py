"""Files of vCards, read card by card."""

from collections.abc import Iterator
from pathlib import Path

from flask_babel import gettext as _

from crm.transfer.errors import BadFile
from crm.transfer.messages import Problem
from crm.transfer.readers.limits import Limits
from crm.transfer.readers.sniff import detect
from crm.transfer.record import ContactRecord
from crm.transfer.vcard.card import read_card
from crm.transfer.vcard.lines import CardFile

CardChunk = list[tuple[int, ContactRecord, list[Problem]]]


class CardSource:
    """The cards of a file in chunks; read again from the start each time."""

    kind = "vcard"

    def __init__(
        self, path: Path, name: str | None = None, limits: Limits | None = None, region: str = "US"
    ) -> None:
        self.name = name or path.name
        self.limits = limits or Limits()
        self.fraction = 0.0
        self._path = path
        self._region = region
        if detect(path, self.name, self.limits) != "vcard":
            raise BadFile(_("“%(name)s” is not a vCard.", name=self.name))

    def chunks(self, size: int = 500, after: int = 0) -> Iterator[CardChunk]:
        """Lists of (number of the card, record, problems); a fatal problem means that it is not imported.

        Numbers count from 1; only cards above `after` are given. Raises BadFile where a card is too large.
        """
        file = CardFile(self._path, self.name, self.limits)
        chunk: CardChunk = []
        for number, card in enumerate(file.cards(), 1):
            if number <= after:
                continue
            self.fraction = min(file.position / file.size, 1.0)
            chunk.append((number, *read_card(card, self._region, self.limits)))
            if len(chunk) >= size:
                yield chunk
                chunk = []
        if chunk:
            yield chunk
        self.fraction = 1.0
