"""Op-eds and letters of ours."""

from typing import Any

from flask import url_for
from werkzeug.wrappers import Response

from crm.plugin_api import Contact, current_actor, db, load, render, requires, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.words import day_here
from crm_media import words
from crm_media.forms.common import values_of
from crm_media.forms.outreach import NextPaperForm, OpinionForm
from crm_media.models import Opinion
from crm_media.permissions import OUTREACH
from crm_media.services import coverage
from crm_media.services import opinions as pieces
from crm_media.views.blueprint import blueprint, do, save


@blueprint.get("/opinions")
@requires(OUTREACH)
def opinions() -> Response:
    actor = current_actor()
    rows = db.session().scalars(visible(Opinion, actor).order_by(Opinion.id.desc()).limit(200)).all()
    authors = visible(Contact, actor).where(
        db.among(Contact.id, [each.contact_id for each in rows if each.contact_id])
    )
    named = db.session().execute(authors.with_only_columns(Contact.id, Contact.name))
    return render(
        "media/opinions.html", None, rows=rows, names={row[0]: row[1] for row in named}, words=words,
        before=pieces.counts(actor), over={each.id for each in rows if pieces.is_over(each)},
    )  # fmt: skip


@blueprint.route("/opinions/new", methods=["GET", "POST"], defaults={"opinion_id": None})
@blueprint.route("/opinions/<int:opinion_id>", methods=["GET", "POST"])
@requires(OUTREACH)
def opinion(opinion_id: int | None) -> Response:
    row: Opinion = load(Opinion, opinion_id, OUTREACH) if opinion_id is not None else Opinion()
    form = OpinionForm(row, standing=row.status or "draft")
    sentence = _("Saved “%(name)s”", name=form.title.data or "")
    became = [(each, "") for each in coverage.recent(current_actor(), opinion_id=row.id)] if row.id else ()
    return save(
        form,
        lambda _change: pieces.save(row, values_of(form)),
        "media.opinion",
        sentence,
        url_for("media.opinions"),
        row.title or _("New op-ed or letter"),
        wide=True,
        back_label=_("Op-eds and letters"),
        template="media/opinion.html",
        rows=became,
        opinion=row if row.id else None,
        earlier=pieces.earlier(row.id) if row.id else (),
        stays=pieces.why_not(row) if row.id else "",
        over=bool(row.id) and pieces.is_over(row),
        words=words,
    )


@blueprint.route("/opinions/<int:opinion_id>/next", methods=["GET", "POST"])
@requires(OUTREACH)
def next_paper(opinion_id: int) -> Response:
    """It goes to another paper; those before it stay in its list."""
    row: Opinion = load(Opinion, opinion_id, OUTREACH)
    form = NextPaperForm(data={"submitted_on": day_here()})

    def write(_change: Any) -> None:
        pieces.send_on(row, values_of(form))

    sentence = _("“%(name)s” lies at %(outlet)s now", name=row.title, outlet=form.outlet_name.data or "")
    back = url_for("media.opinion", opinion_id=row.id)
    title = _("“%(name)s” to another paper", name=row.title)
    stays = pieces.why_not(row)
    return save(
        form, write, "media.opinion", sentence, back, title, label=_("It is given to them"),
        warnings=[stays] if stays else [],
    )  # fmt: skip


@blueprint.post("/opinions/<int:opinion_id>/remove")
@requires(OUTREACH)
def remove_opinion(opinion_id: int) -> Response:
    row: Opinion = load(Opinion, opinion_id, OUTREACH)
    sentence = _("Removed “%(name)s”", name=row.title)
    return do(lambda change: pieces.remove(row, change), "media.opinion", sentence, url_for("media.opinions"))
