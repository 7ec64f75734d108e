"""Writing the same letter to many families, each in its own language, by the rules of a single letter."""

from collections.abc import Sequence
from functools import cache, partial
from typing import Any

from flask import url_for

from crm.plugin_api import UserError, current_actor, ngettext
from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext as _l
from crm.plugin_api.words import day as in_words
from crm_schools.acting import forms, letters
from crm_schools.keeping.languages import name_of
from crm_schools.models import Letter
from crm_schools.views import writing
from crm_schools.views.bulk.plans import Action, Decide, Line
from crm_schools.views.known import Carer, Known, guardians_of_each


def prepare(form: forms.LettersForm, abouts: Sequence[Known]) -> Decide:
    stage = form.stage.data
    carers, sent = guardians_of_each([each.student.id for each in abouts]), writing.letters_of_each(abouts)
    # Many students are of one district and one year, and these ask the database.
    is_over, wording = cache(writing.is_over), cache(letters.wording)
    languages = cache(lambda district_id: letters.languages_in(district_id, stage))

    def decide(about: Known) -> Line:
        student, district_id = about.student, about.district.id
        _check_stage(stage, sent[student.id])
        writing.check_days(about.rating, is_over=is_over(district_id, about.school_year))
        carer = reader(carers[student.id])
        language = _language(carer, languages(district_id), in_english=bool(form.in_english.data))
        words = wording(district_id, stage, language)
        shown = (carer.name if carer else _("The family"), name_of(language), _days(about))
        return Line(student, shown, partial(writing.draft, about, form, carer, language, words))

    return decide


def _days(about: Known) -> str:
    return writing.halves(about.rating.absent) if about.rating else "–"


def _check_stage(stage: str, sent: Sequence[Letter]) -> None:
    """UserError where the letter has to wait, or was written already: whoever chooses many means nobody who
    has it."""
    letters.check_stage(stage, sent)
    before = [each for each in sent if each.stage == stage and each.status != "dropped"]
    if before:
        day = before[-1].sent_on or before[-1].made_on
        raise UserError(
            _(
                "This letter was written on %(day)s. Write it from the page of the student if it should go "
                "once more.",
                day=in_words(day),
            )
        )


def reader(carers: Sequence[Carer]) -> Carer | None:
    """Whom one turns to first; None where nobody is known, UserError where nobody may be contacted."""
    found = writing.first_of(carers)
    if carers and found is None:
        raise UserError(_("Nobody who cares for this student may be contacted."))
    return found


def _language(carer: Carer | None, worded: frozenset[str], *, in_english: bool) -> str:
    """The language of a family; English where nobody said which it is, or where whoever asks wants so."""
    spoken = writing.spoken(carer) if carer else ""
    if not spoken or spoken in worded:
        return spoken or "en"
    if in_english:
        return "en"
    raise UserError(
        _(
            "The family reads %(languages)s, and this letter is not worded in it yet.",
            languages=name_of(spoken),
        )
    )


def _after(rows: Sequence[Any]) -> str:
    ids = [row.id for row in rows]
    return url_for("schools.letters", letter_id=min(ids), last_id=max(ids))


ACTION = Action(
    "letters",
    _l("Write letters"),
    "mail",
    forms.LettersForm,
    prepare,
    (_l("To"), _l("Language"), _l("Days missed")),
    _l("will get a letter"),
    lambda count: str(ngettext("Write %(shown)s letter", "Write %(shown)s letters", count, shown=count)),
    lambda count: str(
        ngettext(
            "Wrote a letter to %(count)s family", "Wrote letters to %(count)s families", count, count=count
        )
    ),
    lambda count: str(
        ngettext(
            "%(count)s letter is written. Read it, print it, then mark it as sent.",
            "%(count)s letters are written. Read them, print them, then mark them as sent.",
            count,
            count=count,
        )
    ),
    first=lambda: {"person": current_actor().label},
    after=_after,
)
