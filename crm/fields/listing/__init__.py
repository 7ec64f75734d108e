"""The one list: what an address asks for, the page of rows that answers it, and nothing more.

A page is found by key, never by OFFSET, and is not counted; its rows are plain columns. Every list of the
program, those of plugins included, goes through `Listing`.
"""

from crm.fields.listing.cursors import decode_cursor, encode_cursor
from crm.fields.listing.querying import COUNT_LIMIT, PAGE, Listing
from crm.fields.listing.shown import Chip, ListPage, address_of
from crm.fields.listing.state import ListState

__all__ = [
    "COUNT_LIMIT",
    "PAGE",
    "Chip",
    "ListPage",
    "ListState",
    "Listing",
    "address_of",
    "decode_cursor",
    "encode_cursor",
]
