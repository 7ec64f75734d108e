"""Words of other taxonomies as our kinds of need, and words that make a service private."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from crm.plugin_api import gettext as _
from crm_referrals.hsds.importing.outcome import Outcome
from crm_referrals.models import Service
from crm_referrals.services.finding import fold
from crm_referrals.words import CATEGORIES, SENSITIVE, TERM_IDS

TERMS: Final = "terms"
"""The field of a service that holds words of a taxonomy."""
LEGAL_PROBLEMS: Final = "legal_problems"
"""The field that holds problem codes of legal aid: whatever they speak of, the help is legal."""
WORDS: Final[Mapping[str, str]] = {
    "transport": r"transport|bus pass|rides?\b|transit|transporte",
    "food": r"food|meals?\b|nutrition|pantry|groceries|snap\b|hunger|alimentos|comida|despensa",
    "housing": r"hous|shelter|homeless|rent\b|rental|evict|vivienda|refugio|alquiler|renta\b",
    "clothing": r"cloth|shoes|hygiene|diaper|laundry|ropa|zapatos|higiene",
    "health": r"health care|healthcare|medical|clinic|physical health|immunization|vaccin|asthma|medicaid"
    r"|health insurance|salud\b(?! mental)",
    "dental": r"dental|dentist|vision|eye ?glasses|eye care|optometr|dientes|lentes",
    "mental_health": r"mental|counsel|behavioral|therap|grief|suicid|crisis line|salud mental|consejeria",
    "substance_use": r"substance|addict|alcohol|drug|recovery|adicci|drogas",
    "safety": r"domestic violence|violence|abuse|sexual assault|traffick|victim|safety|violencia|maltrato",
    "legal": r"legal|lawyer|attorney|court|custody|expunge|juvenile justice|abogad",
    "immigration": r"immigra|refugee|asylum|citizenship|deport|inmigra|migratori|asilo",
    "lgbtq": r"lgbt|transgender|queer|gay\b",
    "reproductive": r"pregnan|prenatal|reproductive|family planning|maternal|embaraz",
    "income": r"financial|utilit|bills|cash assist|tanf|public benefits|income support|money|dinero|facturas",
    "work": r"employ|job|workforce|vocational|career|work training|empleo|trabajo",
    "child_care": r"child ?care|day ?care|head start|preschool|guarderia|cuidado infantil",
    "after_school": r"after[- ]?school|before[- ]school|out[- ]of[- ]school|summer (?:camp|program)",
    "mentoring": r"mentor",
    "tutoring": r"tutor|homework|academic support",
    "family_support": r"parent(?:ing|s)?\b|family support|home visit|caregiver|padres",
    "disability": r"disab|special education|special needs|autis|discapacidad",
    "language": r"interpret|translat|esl\b|english (?:class|as a second)|language|idioma",
}
"""Our kinds of need by the beginnings of the words that others use, English and Spanish, without accents."""
_OF_LEGAL: Final = ("safety", "immigration")
PRIVATE: Final = re.compile(
    r"\b(?:(?:domestic|partner|family|dating|sexual) violence|sexual (?:assault|abuse)|human trafficking"
    r"|rape\b|dv (?:victim|shelter|service)|abuse shelter|battered|survivors? of|child abuse|suicid"
    r"|mental health|substance (?:use|abuse)|addiction|hiv\b|abortion|lgbt|immigra|undocumented|asylum"
    r"|violencia (?:domestica|familiar|sexual)|trata de personas|inmigra)"
)
"""Whoever is referred to such a service may be in danger when others learn of it."""
DANGEROUS: Final = SENSITIVE - {"legal"}
"""Kinds of which the same is true. A lawyer for all of life's problems endangers nobody: were such a service
private, none of the places of a legal aid office would be told."""


def split(text: str) -> list[str]:
    """The words of a cell: vendors put semicolons, bars, line ends or commas between."""
    between = r"[;|\n]" if re.search(r"[;|\n]", text) else ","
    return [each.strip() for each in re.split(between, text) if each.strip()]


def of_word(word: str) -> set[str]:
    """Our kinds of need that a word of another taxonomy speaks of; empty where it says nothing to us."""
    said = fold(word)
    own = {code for code, label in CATEGORIES.items() if said in {code, fold(str(label))}}
    return own or {code for code, pattern in WORDS.items() if re.search(rf"\b(?:{pattern})", said)}


def of_row(row: Mapping[str, Any], outcome: Outcome) -> tuple[set[str], set[str]]:
    """The kinds of a service that stand there by our ids, and those that words of others speak of."""
    codes = {uid: code for code, uid in TERM_IDS.items()}
    ours, guessed = set[str](), set[str]()
    for each in row.get("attributes") or ():
        if (uid := str(each.get("taxonomy_term_id"))) in codes:
            ours.add(codes[uid])
        elif name := (each.get("taxonomy_term") or {}).get("name"):
            guessed |= _understood([str(name)], outcome)
    guessed |= _understood(split(_text(row, TERMS)), outcome)
    if problems := split(_text(row, LEGAL_PROBLEMS)):
        named = set().union(*map(of_word, problems))
        guessed |= {"legal", *(each for each in _OF_LEGAL if each in named)}
    return ours, guessed


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _understood(given: Iterable[str], outcome: Outcome) -> set[str]:
    found = set[str]()
    for word in given:
        kinds = of_word(word)
        if not kinds:
            outcome.unknown_words[word[:80]] += 1
        found |= kinds
    return found


def is_private(row: Mapping[str, Any]) -> bool:
    """Whether the words of a service, those of its taxonomy too, say that being referred to it is nobody's
    business. Our own kinds alone do not: whoever chose them chose that as well."""
    others = [
        str((each.get("taxonomy_term") or {}).get("name") or "")
        for each in row.get("attributes") or ()
        if str(each.get("taxonomy_term_id")) not in TERM_IDS.values()
    ]
    texts = (_text(row, name) for name in ("name", "alternate_name", "description", TERMS))
    if any(map(_is_dangerous, (*texts, *others))):
        return True
    problems = split(_text(row, LEGAL_PROBLEMS))
    if problems and all(map(_is_dangerous, problems)):
        return True
    named = [*others, *split(_text(row, TERMS))]
    return not DANGEROUS.isdisjoint(set().union(*map(of_word, named)))


def mark(service: Service, row: Mapping[str, Any], outcome: Outcome, where: str) -> bool:
    """Mark a service private whose words ask for it; whether it was none before. Where somebody here said
    that it is none, or wrote it here with such words and left it public, it is none."""
    is_said = service.is_sensitive or "is_sensitive" in service.staff_fields
    if is_said or not is_private(row) or _was_left_public(service):
        return False
    service.is_sensitive = True
    outcome.marked(where, _("Its words speak of violence or the like, so it comes in as private."))
    return True


def _was_left_public(service: Service) -> bool:
    """Whether it was written here, before that was noted, in words that speak of violence or the like."""
    own = {name: getattr(service, name) for name in ("name", "alternate_name", "description")}
    return service.came_from == "" and is_private(own)


def _is_dangerous(text: str) -> bool:
    return PRIVATE.search(fold(text)) is not None
