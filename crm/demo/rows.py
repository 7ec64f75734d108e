"""The tables that the made-up coalition fills, and a dice that falls the same way every time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, TypeVar

SOURCE: Final = "Membership list"
CONTACT_COLUMNS: Final = (
    "id", "kind", "name", "sort_name", "name_key", "given_name", "middle_name", "family_name", "pronouns",
    "birth_date", "job_title", "language", "sector", "description", "parent_id", "custom", "version",
    "created_at", "updated_at",
)  # fmt: skip
CHILD_COLUMNS: Final = {
    "contact_email": ("contact_id", "label", "address", "address_key", "is_primary", "source", "created_at"),
    "contact_phone": ("contact_id", "label", "number", "extension", "is_primary", "source", "created_at"),
    "contact_address": (
        "contact_id", "label", "street", "street2", "city", "region", "postal_code", "country", "address_key",
        "is_primary", "source", "created_at",
    ),
    "contact_link": ("contact_id", "label", "url", "source", "created_at"),
    "affiliation": (
        "person_id", "organization_id", "role", "department", "start_date", "end_date", "is_primary",
        "source", "created_at",
    ),
    "contact_tag": ("contact_id", "tag_id", "created_at"),
    "note": ("contact_id", "body", "author_user_id", "author_label", "source", "created_at", "updated_at"),
    "do_not_contact": ("contact_id", "channel", "reason", "since", "source", "created_at"),
}  # fmt: skip

T = TypeVar("T")


@dataclass
class Rows:
    """Rows by table: contacts with their ids, what hangs on them without."""

    contacts: list[tuple[Any, ...]] = field(default_factory=list)
    children: dict[str, list[tuple[Any, ...]]] = field(
        default_factory=lambda: {name: [] for name in CHILD_COLUMNS}
    )


class Dice:
    """The same falls for the same seed, on every machine."""

    def __init__(self, seed: int) -> None:
        self.fall = Random(seed).random  # noqa: S311  # Made-up people are no secret.

    def pick(self, choices: Sequence[T]) -> T:
        return choices[int(self.fall() * len(choices))]

    def often_first(self, choices: Sequence[T]) -> T:
        """The first ones come much more often than the last ones, as names do."""
        return choices[int(self.fall() ** 2 * len(choices))]

    def chance(self, share: float) -> bool:
        return self.fall() < share

    def number(self, first: int, last: int) -> int:
        return first + int(self.fall() * (last - first + 1))
