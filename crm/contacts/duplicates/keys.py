"""Keys that contacts share when it is worth comparing them. Two with no key in common never meet."""

from collections.abc import Iterator
from hashlib import blake2b

from crm.contacts.duplicates.comparing import Side, parts_of

MOST_SHARING = 40
"""A key of more contacts than this says too little to compare all of them with each other."""


def keys_of(side: Side) -> set[int]:
    """Some ten numbers of 64 bits for each contact."""
    found = _organization(side) if side.kind == "organization" else _person(side)
    return {_number(f"{side.kind[0]}{text}") for text in (*found, *_reach(side))}


def _reach(side: Side) -> Iterator[str]:
    yield from (f"e{each}" for each in side.emails)
    yield from (f"t{each}" for each in side.phones)
    yield from (f"l{each}" for each in side.links)


def _person(side: Side) -> Iterator[str]:
    """By name in either order, by birth date and initial, by ZIP code and beginning of a name, by house."""
    words = [word for word in (side.given, side.family) if word] or [side.name]
    yield "n" + "|".join(sorted(words))
    if side.given and side.family:
        yield f"f{side.family}|{side.given[:2]}"
        yield f"g{side.given}|{side.family[:2]}"
    if all(parts_of(side.birth)):
        yield from (f"b{side.birth}|{word[:1]}" for word in words)
        yield from (f"x{side.birth}|{place.postal or place.city}" for place in side.places)
    for place in side.places:
        yield from (f"p{place.postal}|{word[:3]}" for word in words if place.postal)
        yield from (
            f"c{place.city}|{word[:3]}|{side.birth[:4]}" for word in words if place.city and side.birth
        )
        yield from (f"h{place.street}|{word[:1]}" for word in words if place.street)


def _organization(side: Side) -> Iterator[str]:
    yield f"n{side.name}"
    yield f"s{side.name[:6]}"
    for place in side.places:
        yield from (f"p{place.postal}|{side.name[:3]}" for _once in (1,) if place.postal)
        yield from (f"h{place.street}" for _once in (1,) if place.street)


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
