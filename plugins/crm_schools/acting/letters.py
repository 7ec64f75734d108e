"""Letters to families: what they say, stage by stage, in the family's language.

They tell a family that its child is missed, how many days it is so far, and who helps; they accuse nobody and
name no law. Two pieces of evidence stand behind that: a personalised message about a student's own absences
cut chronic absence by 10 % and more among 28,080 students (Rogers and Feller, Philadelphia), and a truancy
notice reworded to be easier to read and more supportive did about 40 % better than the standard one (131,312
notices)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from crm.plugin_api import UserError, db, system
from crm.plugin_api import gettext as _
from crm_schools.acting.words import STAGES
from crm_schools.keeping.languages import own_name
from crm_schools.models import Letter, Wording
from crm_schools.words import LANGUAGES

ORDER: Final = tuple(STAGES)
PLACES: Final = ("student", "family", "school", "days", "enrolled", "person", "phone", "date", "place")
"""What a wording may ask to be filled in, between braces: `{student}`."""

OURS: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("nudge", "en"): (
        "We miss {student} when they are not here",
        (
            "Dear {family},\n\n"
            "{student} has missed {days} days of school so far this year. We know that some days cannot "
            "be helped.\n\n"
            "Days add up faster than anybody notices: two days a month are ten percent of a school year, "
            "and each day here counts for reading, for friends and for what comes next.\n\n"
            "If something makes it hard to get to school – health, the way, a worry – please tell us. "
            "{person} is glad to help: {phone}.\n\n"
            "Thank you for all that you do.\n\n"
            "{school}"
        ),
    ),
    ("nudge", "es"): (
        "Extrañamos a {student} cuando no está",
        (
            "Apreciable {family}:\n\n"
            "{student} ha faltado {days} días a la escuela en lo que va del año. Sabemos que a veces no "
            "se puede evitar.\n\n"
            "Los días se suman más rápido de lo que parece: dos días al mes son el diez por ciento del "
            "año escolar, y cada día aquí cuenta para leer, para las amistades y para lo que viene "
            "después.\n\n"
            "Si algo dificulta llegar a la escuela – la salud, el camino, una preocupación – por favor "
            "díganos. {person} le ayudará con gusto: {phone}.\n\n"
            "Gracias por todo lo que hace.\n\n"
            "{school}"
        ),
    ),
    ("personal", "en"): (
        "How can we help {student} be here every day?",
        (
            "Dear {family},\n\n"
            "we noticed that {student} has now missed {days} of {enrolled} days of school. You know "
            "{student} best, so we would like to hear from you what makes it hard, and what would help.\n\n"
            "Other families have told us that these made a difference: a ride, a word with the school "
            "nurse, a friend to walk with, a quiet start to the day. All of that can be arranged.\n\n"
            "{person} will call you in the next days, or call {phone} whenever it suits you. We speak "
            "your language or bring somebody who does.\n\n"
            "{school}"
        ),
    ),
    ("personal", "es"): (
        "¿Cómo podemos ayudar a que {student} venga todos los días?",
        (
            "Apreciable {family}:\n\n"
            "Hemos notado que {student} ha faltado {days} de {enrolled} días de clase. Nadie conoce a "
            "{student} mejor que usted; por eso quisiéramos saber qué lo hace difícil y qué ayudaría.\n\n"
            "Otras familias nos han dicho que esto les sirvió: transporte, hablar con la enfermera, "
            "alguien con quien caminar, empezar el día con calma. Todo eso se puede organizar.\n\n"
            "{person} le llamará en los próximos días; también puede llamar al {phone} cuando le "
            "convenga. Hablamos su idioma o traemos a alguien que lo habla.\n\n"
            "{school}"
        ),
    ),
    ("invitation", "en"): (
        "Please sit down with us: a plan for {student}",
        (
            "Dear {family},\n\n"
            "{student} has missed {days} of {enrolled} days of school. We would like to meet with you and"
            " find out together what is in the way and who can help. Nobody is in trouble.\n\n"
            "When: {date}\n"
            "Where: {place}\n\n"
            "Bring whomever you like. If the time does not suit you, call {person} at {phone}, and we "
            "find another; we can also come to you, or talk by phone. An interpreter is free.\n\n"
            "{school}"
        ),
    ),
    ("invitation", "es"): (
        "Reunámonos: un plan para {student}",
        (
            "Apreciable {family}:\n\n"
            "{student} ha faltado {days} de {enrolled} días de clase. Quisiéramos reunirnos con usted "
            "para ver juntos qué lo impide y quién puede ayudar. Nadie está en problemas.\n\n"
            "Cuándo: {date}\n"
            "Dónde: {place}\n\n"
            "Venga con quien desee. Si la hora no le conviene, llame a {person} al {phone} y buscamos "
            "otra; también podemos ir a verle o hablar por teléfono. El intérprete es gratuito.\n\n"
            "{school}"
        ),
    ),
    ("plan", "en"): (
        "What we agreed for {student}",
        (
            "Dear {family},\n\n"
            "thank you for making a plan with us. {student} has missed {days} of {enrolled} days so far, "
            "and together we want the rest of the year to be different.\n\n"
            "The plan is enclosed: what {student} does, what you do and what we do. We look at it "
            "together on {date}. What goes well we celebrate; what does not, we change.\n\n"
            "Call {person} at {phone} at any time.\n\n"
            "{school}"
        ),
    ),
    ("plan", "es"): (
        "Lo que acordamos para {student}",
        (
            "Apreciable {family}:\n\n"
            "Gracias por hacer un plan con nosotros. {student} ha faltado {days} de {enrolled} días hasta"
            " ahora, y juntos queremos que el resto del año sea distinto.\n\n"
            "Adjuntamos el plan: lo que hace {student}, lo que hace usted y lo que hacemos nosotros. Lo "
            "revisaremos juntos el {date}. Lo que va bien lo celebramos; lo que no, lo cambiamos.\n\n"
            "Llame a {person} al {phone} cuando quiera.\n\n"
            "{school}"
        ),
    ),
}


_ONE_DAY: Final = re.compile(r"(?<![\w½.,])([1½] (?:day|día))s\b")
"""One day is no days, nor is half of one, whoever worded the letter."""


@dataclass(frozen=True)
class Facts:
    """What stands in the places of a wording; `days` and `enrolled` as people write them."""

    student: str
    family: str
    school: str
    days: str
    enrolled: str
    person: str
    phone: str
    date: str = ""
    place: str = ""

    def fill(self, text: str) -> str:
        for name in PLACES:
            text = text.replace("{" + name + "}", getattr(self, name) or "________")
        return _ONE_DAY.sub(r"\1", text)


FAMILY: Final[Mapping[str, str]] = {"en": "family of {student}", "es": "familia de {student}"}
"""Whom a letter is to where no guardian is chosen, by its language."""


def family_of(student: str, language: str) -> str:
    """The same for one student; in a language that we do not know, their name."""
    return FAMILY.get(language, "{student}").format(student=student)


def wording(district_id: int, stage: str, language: str) -> tuple[str, str]:
    """Title and text of a stage: the district's own, else ours; in English where a language has none."""
    with system("how a district words its letters"):
        own = (
            db.session()
            .scalars(
                select(Wording).where(
                    Wording.district_id == district_id, Wording.stage == stage, Wording.language == language
                )
            )
            .one_or_none()
        )
    if own is not None:
        return own.title, own.text
    return OURS.get((stage, language)) or OURS[stage, "en"]


def languages_of(district_id: int) -> dict[str, str]:
    """The languages in which a district has letters, by code: ours, and those that it worded itself."""
    with system("how a district words its letters"):
        statement = select(Wording.language).where(Wording.district_id == district_id).distinct()
        own = set(db.session().scalars(statement)) - set(LANGUAGES)
    return LANGUAGES | {code: own_name(code) for code in sorted(own)}


def languages_in(district_id: int, stage: str) -> frozenset[str]:
    """The languages in which a district has one letter: ours, and those in which it worded it."""
    with system("how a district words its letters"):
        statement = select(Wording.language).where(Wording.district_id == district_id, Wording.stage == stage)
        own = set(db.session().scalars(statement))
    return frozenset(own | {language for of_stage, language in OURS if of_stage == stage})


def check_language(district_id: int, stage: str, language: str) -> None:
    """UserError where a letter has no words in a language: no family gets it in another one unawares."""
    if language not in languages_in(district_id, stage):
        raise UserError(
            _(
                "Nobody has worded this letter in %(language)s yet. Do it under “Letters” on the district's "
                "overview, or choose another language.",
                language=own_name(language),
            )
        )


def check_wording(title: str, text: str) -> None:
    """UserError where a wording asks for something that nobody can fill in."""
    rest = title + " " + text
    for name in PLACES:
        rest = rest.replace("{" + name + "}", "")
    if "{" in rest or "}" in rest:
        raise UserError(
            _(
                "Between braces only these can stand: %(places)s. Look for a brace that is not closed or a "
                "word that is spelled otherwise.",
                places=", ".join("{" + name + "}" for name in PLACES),
            )
        )


def next_stage(sent: Sequence[Letter]) -> str:
    """The stage that comes next: a notice follows the one before it, never skips it (EveryDay Labs)."""
    done = {letter.stage for letter in sent if letter.status == "sent"}
    return next((stage for stage in ORDER if stage not in done), ORDER[-1])


def check_stage(stage: str, sent: Sequence[Letter]) -> None:
    """UserError where an earlier stage was not sent yet."""
    place = ORDER.index(stage)
    allowed = ORDER.index(next_stage(sent))
    if place > allowed:
        raise UserError(
            _(
                "First send “%(stage)s”: each letter builds on the one before, so that no family hears of "
                "a meeting out of the blue.",
                stage=STAGES[ORDER[allowed]],
            )
        )
