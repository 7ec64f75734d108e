"""Where the values of a column go: targets such as `given_name`, `emails.work`, `custom:Household ID`.

A target is one of

- a field of the record: `given_name`, `family_name`, `external_id`, `note`, …; `full_name` is taken apart,
  `name` is an organization's, `birth_date.dmy` has the day first, `birth_date.year|month|day` is a part;
- `emails.KEY`, `phones.KEY`, `links.KEY` with `.label` for the column that holds the label,
  `phones.KEY.extension`, and `emails.KEY.no_mail` for the one that says that nothing may be mailed there;
- `addresses.KEY.PART`, PART one of `street street2 number po_box city region postal_code country full label`;
- `do_not` (a list of channels), `do_not.CHANNEL` and `opt_in.CHANNEL` (yes or no);
- `pairs.KEY.label` and `pairs.KEY.value`: a custom field whose name stands in another column;
- `custom:NAME`, or `ignore`.

KEY joins the columns of one email, phone or address. It is a label (`home`), a label and a number where
there are several (`home-2`), or a number alone, which says nothing of the label.
"""

import re
from dataclasses import dataclass
from typing import Final

from flask_babel import gettext as _

from crm.contacts.words import CHANNELS as CHANNELS_IN_WORDS
from crm.transfer import own
from crm.transfer.errors import BadFile
from crm.transfer.mapping.labels import ADDRESS_PARTS, GROUPS, SCALARS
from crm.transfer.record import CHANNELS

IGNORE: Final = "ignore"
CUSTOM: Final = "custom:"

_PARTS: Final = {"emails": {"label", "no_mail"}, "phones": {"label", "extension"}, "links": {"label"}}
_KEY: Final = re.compile(r"[^.:]{1,60}")


@dataclass(frozen=True, slots=True)
class Target:
    """A parsed target: `group` is the field or list, `key` joins columns, `part` is what of it."""

    group: str
    key: str = ""
    part: str = ""

    @property
    def label(self) -> str:
        """The label that the key says: `home-2` → `home`, `2` → nothing."""
        return re.sub(r"(^|-)\d+$", "", self.key)


def parse_target(text: str) -> Target:
    """The target of a text; raises BadFile when there is none like it."""
    if text in SCALARS:
        group, _dot, part = text.partition(".")
        return Target(group, part=part)
    if text == IGNORE:
        return Target(IGNORE)
    if text.startswith(CUSTOM) and text[len(CUSTOM) :].strip():
        return Target("custom", text[len(CUSTOM) :].strip())
    group, _dot, rest = text.partition(".")
    key, _dot, part = rest.partition(".")
    if _KEY.fullmatch(key) and _is_known(group, key, part):
        return Target(group, key, part)
    raise BadFile(_("“%(target)s” is no field that a column can be imported to.", target=text))


def _is_known(group: str, key: str, part: str) -> bool:
    if group in _PARTS:
        return not part or part in _PARTS[group]
    if group == "addresses":
        return part in ADDRESS_PARTS
    if group == "pairs":
        return part in {"label", "value"}
    return group in {"do_not", "opt_in"} and key in CHANNELS and not part


def target_label(text: str) -> str:
    """The target in words: `Email (work)`, `Address (home): city`, `New field “Household ID”`."""
    if text == IGNORE:
        return _("Do not import")
    if text in SCALARS:
        return str(SCALARS[text])
    target = parse_target(text)
    if target.group == "custom":
        return _("Field “%(name)s”", name=own.label(target.key))
    if target.group in {"do_not", "opt_in"}:
        words = (
            _("Do not contact by: %(channel)s")
            if target.group == "do_not"
            else _("May be contacted by: %(channel)s")
        )
        return words % {"channel": CHANNELS_IN_WORDS[target.key]}
    return _group_label(target)


def _group_label(target: Target) -> str:
    if target.group == "pairs":
        return _("Field named in another column")
    shown = f" ({target.key})" if target.key not in {"", "1"} else ""
    if target.group == "addresses":
        return _("Address%(which)s: %(part)s", which=shown, part=ADDRESS_PARTS[target.part])
    word = f"{GROUPS[target.group]}{shown}"
    if not target.part:
        return word
    parts = {"extension": _("extension"), "no_mail": _("no mail to it"), "label": _("label")}
    return f"{word}: {parts[target.part]}"


def target_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """What a page offers for a column, in groups: `[(heading, [(target, words), …]), …]`."""
    keys = ("1", "home", "work")
    groups = [
        (_("Who"), list(SCALARS)),
        (_("Emails"), [f"emails.{key}{part}" for part in ("", ".no_mail") for key in keys]),
        (_("Phones"), [f"phones.{key}" for key in (*keys, "mobile", "fax")]),
        (
            _("Addresses"),
            [f"addresses.{key}.{part}" for key in (*keys, "mailing") for part in ADDRESS_PARTS],
        ),
        (_("Web pages"), [f"links.{key}" for key in ("1", "website", "social")]),
        (
            _("Contact wishes"),
            [f"{group}.{channel}" for group in ("do_not", "opt_in") for channel in CHANNELS],
        ),
    ]
    if fields := own.defined():
        groups.append((_("Own fields"), [f"{CUSTOM}{each.key}" for each in fields]))
    return [(heading, [(text, target_label(text)) for text in texts]) for heading, texts in groups]
