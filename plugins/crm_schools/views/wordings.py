"""How a district words its letters."""

from flask import abort, request, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import UserError, current_actor, db, go, load, render, requires, say, visible
from crm.plugin_api import gettext as _
from crm_schools.acting import letters
from crm_schools.acting.forms import WordingForm
from crm_schools.acting.words import STAGES
from crm_schools.keeping.languages import choices as languages_to_choose
from crm_schools.keeping.languages import own_name
from crm_schools.models import District, Wording
from crm_schools.permissions import EDIT
from crm_schools.views.blueprint import blueprint
from crm_schools.views.dashboards import shared
from crm_schools.words import LANGUAGES


@blueprint.get("/district/<int:district_id>/letters")
@requires(EDIT)
def wordings(district_id: int) -> Response:
    """All letters of a district, in each language."""
    district: District = load(District, district_id, EDIT)
    languages = letters.languages_of(district.id)
    asked = request.args.get("language", "")
    if asked in dict(languages_to_choose()):
        languages = {asked: own_name(asked)} | languages
    own = {
        (row.stage, row.language)
        for row in db.session().scalars(
            visible(Wording, current_actor()).where(Wording.district_id == district.id)
        )
    }
    found = {
        (stage, language): letters.wording(district.id, stage, language)
        for stage in STAGES
        for language in languages
    }
    return render(
        "schools/wordings.html",
        None,
        district=district,
        stages=STAGES,
        languages=languages,
        more=[each for each in languages_to_choose() if each[0] not in languages],
        found=found,
        own=own,
        **shared(),
    )


@blueprint.route("/district/<int:district_id>/letters/<stage>/<language>", methods=["GET", "POST"])
@requires(EDIT)
def wording(district_id: int, stage: str, language: str) -> Response:
    """Change the words of one letter."""
    district: District = load(District, district_id, EDIT)
    if stage not in STAGES or language not in {*LANGUAGES, *dict(languages_to_choose())}:
        abort(404)
    title, text = letters.wording(district.id, stage, language)
    form = WordingForm(data={"title": title, "text": text}, record=district)
    if form.sent():
        try:
            letters.check_wording(form.title.data or "", form.text.data or "")
            with db.transaction(
                current_actor(), "schools.wording", _("Changed the words of a letter")
            ) as change:
                _keep(district_id, stage, language, form)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("The words are kept."), change)
            return go(url_for("schools.wordings", district_id=district_id))
    return render(
        "schools/form_page.html",
        "schools/_form.html",
        form.status,
        form=form,
        title=f"{STAGES[stage]} · {LANGUAGES.get(language) or own_name(language)}",
        action=url_for("schools.wording", district_id=district_id, stage=stage, language=language),
        back=url_for("schools.wordings", district_id=district_id),
        label=_("Keep these words"),
        **shared(),
    )


def _keep(district_id: int, stage: str, language: str, form: WordingForm) -> None:
    statement = visible(Wording, current_actor()).where(
        Wording.district_id == district_id, Wording.stage == stage, Wording.language == language
    )
    row = db.session().scalars(statement).one_or_none()
    if row is None:
        row = Wording(district_id=district_id, stage=stage, language=language)
        db.session().add(row)
    row.title, row.text = (form.title.data or "").strip(), (form.text.data or "").strip()
    db.session().flush()
