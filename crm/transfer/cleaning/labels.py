"""Labels of emails, phones and addresses; yes and no; web addresses; languages."""

import re
from functools import lru_cache
from typing import Final

from crm.transfer.cleaning.emails import NOTHING
from crm.transfer.cleaning.text import fold, match_key, squash

_LABELS: Final = {
    "home": "home personal private house residence residential casa particular hogar domicilio",
    "work": "work business office company job trabajo oficina empresa laboral negocio",
    "mobile": "mobile cell cellular cellphone mobilephone cellularphone movil celular iphone",
    "other": "other otro otra",
    "main": "main principal",
    "fax": "fax",
    "home_fax": "homefax faxhome faxcasa",
    "work_fax": "workfax faxwork businessfax faxtrabajo",
    "pager": "pager beeper",
    "mailing": "mailing postal correspondence correspondencia",
    "billing": "billing facturacion",
    "school": "school escuela",
    "website": "website homepage web webpage url www sitioweb paginaweb",
    "social": "social socialmedia redessociales",
}
_KNOWN: Final = {word: label for label, words in _LABELS.items() for word in words.split()}
_APPLE: Final = re.compile(r"_\$!<(.*)>!\$_")
_URL: Final = re.compile(r"https?://[^\s/?#@]+\.[^\s/?#@]{2,}(?:[/?#]\S*)?", re.IGNORECASE)
_BARE: Final = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,10}[a-z]{2,24}(?::\d{1,5})?(?:[/?#]\S*)?", re.IGNORECASE
)
_LONGEST_LABEL: Final = 60
_LONGEST_URL: Final = 2000
_YES: Final = frozenset(
    [
        "yes",
        "y",
        "true",
        "t",
        "1",
        "x",
        "si",
        "s",
        "on",
        "checked",
        "optout",
        "unsubscribed",
        "unsubscribe",
        "donotcontact",
    ]
)
_NO: Final = frozenset(["no", "n", "false", "f", "0", "off", "unchecked", "optin", "subscribed", "ok"])
_STOPPED: Final = frozenset(
    [
        "unsubscribed",
        "bounced",
        "bouncing",
        "spamcomplaint",
        "optedout",
        "cleaned",
        "stop",
        "blocked",
        "hardbounce",
    ]
)


@lru_cache(maxsize=2048)
def clean_label(raw: str) -> str:
    """`Cell`, `Móvil` → `mobile`; `Business` → `work`; what somebody made up stays as it is."""
    value = squash(raw).removeprefix("* ").strip()
    if found := _APPLE.fullmatch(value):
        value = found[1]
    return _KNOWN.get(match_key(value), value)[:_LONGEST_LABEL].rstrip()


def clean_url(raw: str) -> tuple[str, str]:
    """`(address, "")`, `("", "")` for nothing, or `("", "url_invalid")`; `www.x.org` gets `https://`.

    Only http and https are web addresses: `javascript:` and the like are refused.
    """
    value = squash(raw)
    if fold(value) in NOTHING:
        return "", ""
    if len(value) <= _LONGEST_URL:
        if _URL.fullmatch(value):
            return value, ""
        if _BARE.fullmatch(value):
            return f"https://{value}", ""
    return "", "url_invalid"


def clean_yes_no(raw: str) -> tuple[bool | None, str]:
    """`(True | False, "")`, `(None, "")` for nothing, or `(None, "choice_unknown")`."""
    key = match_key(raw)
    if not key or fold(raw) in NOTHING:
        return None, ""
    if key in _YES or key in _STOPPED:
        return True, ""
    return (False, "") if key in _NO else (None, "choice_unknown")


def clean_opted_in(raw: str) -> tuple[bool | None, str]:
    """Whether a contact may be approached: `subscribed` → True; `unsubscribed`, `bounced`, `no` → False."""
    key = match_key(raw)
    if key in _STOPPED or key == "optout":
        return False, ""
    return (True, "") if key in {"subscribed", "optin", "active"} else clean_yes_no(raw)


@lru_cache(maxsize=256)
def clean_language(raw: str) -> str:
    """The language's ISO code where it is known (`Spanish`, `Español` → `es`), else as typed (`es-MX`)."""
    value = squash(raw)
    return _languages().get(match_key(value), value)


@lru_cache(maxsize=1)
def _languages() -> dict[str, str]:
    from babel import Locale

    found: dict[str, str] = {}
    for language in ("es", "en"):
        for code, name in Locale(language).languages.items():
            if "_" not in code:
                found.setdefault(match_key(code), code)
                found[match_key(name)] = code
    return found
