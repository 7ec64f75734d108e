"""The automatic mapping: from headers, and from the values where headers leave it open."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from crm.transfer.cleaning import clean_phone, fold, match_key
from crm.transfer.cleaning.emails import clean_email
from crm.transfer.layout import is_own, own_targets
from crm.transfer.mapping.headers import Guess, guess, words_of
from crm.transfer.mapping.labels import SCALARS
from crm.transfer.mapping.targets import CUSTOM, IGNORE
from crm.transfer.mapping.words import (
    EMAIL_WORDS,
    KINDS,
    LINK_WORDS,
    ORGANIZATION_WORDS,
    PHONE_WORDS,
    TITLES,
)

_ENOUGH: Final = 0.6
_PHONE: Final = re.compile(r"\+?[\d ()./-]{9,20}(?: ?(?:x|ext\.?) ?\d+)?", re.IGNORECASE)
_URL: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_NO_MAIL: Final = ".no_mail"
_REPEATABLE: Final = frozenset(["note", "tags", "given_name", "family_name", "middle_name", IGNORE])


def suggest_mapping(
    headers: Sequence[str],
    sample: Sequence[Sequence[str]] = (),
    *,
    known: Mapping[str, str] | None = None,
    keep_unmapped: bool = True,
) -> dict[int, str]:
    """A target for each column, by index; see `targets` for what they look like.

    `sample` is some rows, to tell what headers leave open. `known` is header → target, asked first:
    what was chosen last time, or the labels of the field registry. What nobody knows becomes a custom
    field of its header's name, or is ignored without `keep_unmapped`.
    """
    columns = [
        [row[i].strip() for row in sample if i < len(row) and row[i].strip()] for i in range(len(headers))
    ]
    sure = {**(own_targets() if is_own(headers) else {}), **(known or {})}
    given = {match_key(header): target for header, target in sure.items()}
    targets: dict[int, str] = {}
    guesses: dict[int, Guess] = {}
    for i, header in enumerate(headers):
        if target := given.get(match_key(header)):
            targets[i] = target
        elif found := guess(header) or _guess_values(header, columns[i]):
            guesses[i] = found
    _settle_meanings(guesses, headers, columns)
    _settle_labels(guesses, targets)
    _settle_addresses(guesses)
    targets.update({i: found.text for i, found in guesses.items() if found.group != "custom"})
    targets.update({i: CUSTOM + found.key for i, found in guesses.items() if found.group == "custom"})
    _settle_repeats(targets)
    _settle_no_mail(targets)
    for i, header in enumerate(headers):
        targets.setdefault(i, CUSTOM + header if keep_unmapped else IGNORE)
    return dict(sorted(targets.items()))


def _share(values: Sequence[str], test: Callable[[str], object]) -> float:
    return sum(1 for value in values if test(value)) / len(values) if values else 0.0


def _guess_values(header: str, values: Sequence[str]) -> Guess | None:
    """What a column holds whose header says nothing; one that speaks of emails is not overruled."""
    words = set(words_of(header))
    if words & (EMAIL_WORDS | PHONE_WORDS | LINK_WORDS):
        return None
    if _share(values, lambda value: "@" in value and not clean_email(value)[1]) > _ENOUGH:
        return Guess("emails", "1")
    if _share(values, _is_phone) > _ENOUGH:
        return Guess("phones", "1")
    if _share(values, _URL.fullmatch) > _ENOUGH:
        return Guess("links", "1")
    return None


def _is_phone(value: str) -> bool:
    """Ten digits may be any number; with the signs of a phone number they are one."""
    return not value.isdigit() and bool(_PHONE.fullmatch(value)) and not clean_phone(value)[2]


def _settle_meanings(
    guesses: dict[int, Guess], headers: Sequence[str], columns: Sequence[Sequence[str]]
) -> None:
    """Decide what headers leave open: `Title`, `DoB` beside a year, `Type`, an `ID` that is not unique."""
    groups = {found.text for found in guesses.values()}
    for i, header in enumerate(headers):
        key, values = match_key(header), columns[i]
        if key in {"title", "titulo"}:
            titles = _share(values, lambda value: match_key(value) in TITLES)
            guesses[i] = Guess("prefix" if titles > _ENOUGH or "job_title" in groups else "job_title")
        elif key in {"dob", "born"} and {"birth_date.year", "birth_date.month"} <= groups:
            guesses[i] = Guess("birth_date", "day")
        elif key in {"type", "tipo"} and _share(values, lambda value: match_key(value) in KINDS) > 0.9:
            guesses[i] = Guess("kind")
        elif i in guesses:
            _settle_meaning(guesses, i, values)


def _settle_meaning(guesses: dict[int, Guess], i: int, values: Sequence[str]) -> None:
    text = guesses[i].text
    if (text == "external_id" and len(set(values)) < len(values)) or (
        text == "kind" and values and _share(values, lambda value: match_key(value) in KINDS) < _ENOUGH
    ):
        del guesses[i]
    elif text == "birth_date" and _day_first(values):
        guesses[i] = Guess("birth_date", "dmy")
    elif text == "full_name" and _lists_organizations(guesses, values):
        guesses[i] = Guess("name")


def _lists_organizations(guesses: dict[int, Guess], values: Sequence[str]) -> bool:
    """Whether names are those of organizations; a list of both has a column that says so."""
    groups = {found.group for found in guesses.values()}
    named_apart = {"kind", "organization_name", "given_name"} & groups
    return not named_apart and _share(values, _names_organization) > _ENOUGH


def _day_first(values: Sequence[str]) -> bool:
    """Whether dates of a column only make sense with the day first: 13/02/1990, and never 02/13/1990."""
    found = [re.match(r"(\d{1,2})[/-](\d{1,2})[/-]\d{2,4}", value) for value in values]
    pairs = [(int(match[1]), int(match[2])) for match in found if match]
    return any(first > 12 for first, _second in pairs) and all(second <= 12 for _first, second in pairs)


def _names_organization(value: str) -> bool:
    return not ORGANIZATION_WORDS.isdisjoint(re.findall(r"\w+", fold(value)))


def _settle_labels(guesses: dict[int, Guess], targets: Mapping[int, str]) -> None:
    """Drop columns of labels that belong to nothing, such as Outlook's `E-mail Type`."""
    bases = {
        (found.group, found.key) for found in guesses.values() if found.part not in {"label", "extension"}
    }
    valued = {(found.group, found.key) for found in guesses.values() if found.valued}
    taken = {tuple(target.split(".")[:2]) for target in targets.values()}
    for i, found in list(guesses.items()):
        own = (found.group, found.key)
        if found.part not in {"label", "extension"} or found.group == "pairs":
            continue
        if own not in bases | taken or (found.typed and found.group != "addresses" and own not in valued):
            guesses[i] = Guess(IGNORE)


def _settle_addresses(guesses: dict[int, Guess]) -> None:
    """A column called `Address` is a street where the city stands elsewhere, else the whole address."""
    _join_unlabeled(guesses)
    parts: dict[str, set[str]] = {}
    for found in guesses.values():
        if found.group == "addresses":
            parts.setdefault(found.key, set()).add(found.part)
    for i, found in list(guesses.items()):
        if found.group != "addresses" or found.part not in {"address", "full"}:
            continue
        others = parts[found.key]
        if "street" in others or (found.part == "full" and others & {"city", "postal_code", "address"}):
            guesses[i] = Guess(IGNORE)
        elif others & {"city", "postal_code", "region", "number"}:
            guesses[i] = Guess("addresses", found.key, "street")
        else:
            guesses[i] = Guess("addresses", found.key, "full")


def _join_unlabeled(guesses: dict[int, Guess]) -> None:
    """`Mailing Address, City, State, Zip` are one address, though only the first column has a label."""
    groups: dict[str, set[str]] = {}
    for found in guesses.values():
        if found.group == "addresses":
            groups.setdefault(found.key, set()).add(found.part)
    bare = groups.get("1", set())
    places, streets = {"city", "region", "postal_code", "country"}, {"street", "address", "full"}
    others = [key for key, parts in groups.items() if key != "1" and not parts & places]
    if bare & places and not bare & streets and len(groups) == 2 and others:
        for found in guesses.values():
            if found.group == "addresses" and found.key == "1":
                found.key = others[0]


def _settle_no_mail(targets: dict[int, str]) -> None:
    """What says that nothing may be mailed to an address belongs to one of the file; without any it stays a
    field of its own."""
    emails = [
        target for target in targets.values() if target.startswith("emails.") and target.count(".") == 1
    ]
    for i, target in list(targets.items()):
        if target.endswith(_NO_MAIL) and target.removesuffix(_NO_MAIL) not in emails:
            if emails:
                targets[i] = emails[0] + _NO_MAIL
            else:
                del targets[i]


def _settle_repeats(targets: dict[int, str]) -> None:
    """A field that can hold one value gets the first column only; the others become custom fields."""
    seen: set[str] = set()
    for i in sorted(targets):
        target = targets[i]
        if target in SCALARS and target not in _REPEATABLE and target in seen:
            del targets[i]
        seen.add(target)
