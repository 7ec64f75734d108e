"""From the columns of a file to the fields of a contact."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

from crm.transfer.cleaning import match_key
from crm.transfer.mapping.compiled import RowMapper, compile_mapping
from crm.transfer.mapping.headers import guess
from crm.transfer.mapping.steps import split_tags
from crm.transfer.mapping.suggest import suggest_mapping
from crm.transfer.mapping.targets import (
    CUSTOM,
    IGNORE,
    Target,
    parse_target,
    target_choices,
    target_label,
)

__all__ = [
    "CUSTOM",
    "IGNORE",
    "RowMapper",
    "Target",
    "compile_mapping",
    "fingerprint",
    "mapping_by_header",
    "mapping_from_headers",
    "own_field",
    "parse_target",
    "split_tags",
    "suggest_mapping",
    "target_choices",
    "target_label",
]


def own_field(header: str) -> str:
    """The target of a column that is kept as a field of its own. Our own files name such columns
    `Custom: Ward`, and mean the field Ward."""
    found = guess(header)
    return CUSTOM + (found.key if found is not None and found.group == "custom" else header)


def fingerprint(headers: Sequence[str]) -> str:
    """A key to remember a mapping by: the same for files that have the same columns in any order."""
    keys = "|".join(sorted(match_key(header) for header in headers))
    return sha256(keys.encode("utf-8", "replace")).hexdigest()


def mapping_by_header(mapping: Mapping[int, str], headers: Sequence[str]) -> dict[str, str]:
    """The mapping as header → target: what is remembered, and what a mapping file holds."""
    return {headers[i]: target for i, target in mapping.items()}


def mapping_from_headers(known: Mapping[str, str], headers: Sequence[str]) -> dict[int, str]:
    """The mapping of a file whose headers are known by name. What is a target, the kind of import says.

    A header that `known` does not name is not imported.
    """
    by_key = {match_key(header): target for header, target in known.items()}
    return {i: by_key.get(match_key(header), IGNORE) for i, header in enumerate(headers)}
