"""Saved searches, the inbox, and deciding about many bills at once."""

from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import (
    Conflict,
    UserError,
    current_actor,
    db,
    go,
    load,
    ngettext,
    render,
    requires,
    say,
    visible,
)
from crm.plugin_api import gettext as _
from crm_policy import words
from crm_policy.forms import SearchForm
from crm_policy.models import Bill, Hit, SavedSearch
from crm_policy.permissions import EDIT, VIEW
from crm_policy.services import bills, carrying, searching
from crm_policy.views.blueprint import LONGEST_ID, blueprint, do, for_all, number_of
from crm_policy.writing import delete_rows

SHOWN = 25


@blueprint.get("/inbox")
@requires(VIEW)
def inbox() -> Response:
    actor = current_actor()
    chosen = number_of("search")
    rows = searching.inbox(actor, search_id=chosen)
    return render(
        "policy/inbox.html",
        None,
        rows=rows,
        before=carrying.names_before([each.id for each, _names in rows]),
        count=searching.count_inbox(actor),
        chosen_count=searching.count_inbox(actor, chosen) if chosen else None,
        searches=_searches(),
        chosen=chosen,
        shown=searching.mark_of_inbox(actor, chosen),
        words=words,
        can_edit=actor.can_everywhere(EDIT),
    )


def _searches() -> list[SavedSearch]:
    return list(db.session().scalars(visible(SavedSearch, current_actor()).order_by(SavedSearch.name)))


@blueprint.post("/triage")
@requires(EDIT)
def triage() -> Response:
    """Track, ignore or put off some bills: one of the inbox, several of it, or those chosen in the list."""
    ids = [int(each) for each in request.form.getlist("ids") if each.isdecimal()][:1000]
    to = request.form.get("to") or request.args.get("to", "")
    mine = visible(Bill, current_actor(), EDIT)
    number, chosen = 0, request.form.get("all", "")
    if "all" in request.form:
        number = int(chosen) if chosen.isdecimal() and len(chosen) < LONGEST_ID else 0
        mine = searching.waiting(mine, number).limit(searching.MOST)
    else:
        mine = mine.where(db.among(Bill.id, ids))
    found = list(db.session().scalars(mine.with_only_columns(Bill.id)))
    if "all" in request.form and request.form.get("shown") != searching.mark_of_inbox(
        current_actor(), number
    ):
        raise Conflict(_("Other bills wait in the inbox now than were shown. Look at it again first."))
    if not found:
        raise UserError(_("Choose at least one bill."))
    sentence = ngettext(
        "%(num)s bill: %(to)s", "%(num)s bills: %(to)s", len(found), to=words.TRIAGE.get(to, to)
    )
    back = url_for("policy.index") if request.args.get("to") else url_for("policy.inbox")
    return do(lambda change: bills.set_triage(found, to, change), "policy.triage", sentence, back)


@blueprint.get("/searches")
@requires(VIEW)
def searches() -> Response:
    return render(
        "policy/searches.html", None, searches=_searches(), can_edit=current_actor().can_everywhere(EDIT)
    )


@blueprint.route("/searches/new", methods=["GET", "POST"], defaults={"search_id": None})
@blueprint.route("/searches/<int:search_id>", methods=["GET", "POST"])
@requires(EDIT)
def search(search_id: int | None) -> Response:
    """Words and negatives; looking shows what they find before anything is kept."""
    for_all()
    found = load(SavedSearch, search_id, EDIT) if search_id else SavedSearch(states=[])
    form = SearchForm(obj=found)
    if not form.is_submitted():  # type: ignore[no-untyped-call]  # Flask-WTF has no annotations.
        form.states.data = ", ".join(found.states or [])
    hits: list[Any] = []
    kept = count = 0
    status = form.status
    if search_id and request.method == "GET":
        hits, count = searching.hits_of(found, current_actor(), SHOWN)
    elif form.sent():
        try:
            values = {key: value or "" for key, value in form.values().items()}
            if request.form.get("do") == "save":
                return _keep(found, values)
            hits, kept = searching.preview(values, current_actor())
            count, status = len(hits), 200
        except UserError as error:
            form.form_errors.append(error.message)
            status = 422
    return render(
        "policy/search.html",
        None,
        status,
        form=form,
        search=found,
        hits=hits[:SHOWN],
        count=count,
        kept=kept,
        looked=request.method == "POST" or search_id,
        words=words,
    )


def _keep(found: SavedSearch, values: dict[str, Any]) -> Response:
    with db.transaction(current_actor(), "policy.search") as change:
        searching.save(found, values, current_actor())
        new = searching.run(found, change)
        change.summary = _("Saved the search “%(name)s”", name=found.name)
    text = ngettext("%(num)s bill is new in the inbox.", "%(num)s bills are new in the inbox.", new)
    said = f"{change.summary}. {text}"
    say(said, change)
    return go(url_for("policy.inbox"))


@blueprint.post("/searches/<int:search_id>/delete")
@requires(EDIT)
def delete_search(search_id: int) -> Response:
    found: SavedSearch = load(SavedSearch, search_id, EDIT)

    def write(change: Any) -> None:
        hits = visible(Hit, current_actor()).where(Hit.search_id == found.id).with_only_columns(Hit.id)
        delete_rows(change, Hit, list(db.session().scalars(hits)))
        db.session().delete(found)

    return do(
        write,
        "policy.search",
        _("Removed the search “%(name)s”", name=found.name),
        url_for("policy.searches"),
    )
