"""vCards of every version in, 3.0 and 4.0 out."""

from crm.transfer.vcard.card import read_card
from crm.transfer.vcard.reader import CardChunk, CardSource
from crm.transfer.vcard.writer import Version, card_text, write_cards

__all__ = ["CardChunk", "CardSource", "Version", "card_text", "read_card", "write_cards"]
