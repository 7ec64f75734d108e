"""What the states have on the books: map, comparison, scorecard, one element in one state; and the public
page."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import abort, make_response, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from crm.plugin_api import UserError, current_actor, db, go, public, render, requires, say, setting
from crm.plugin_api import gettext as _
from crm.plugin_api.words import day, day_here
from crm_policy.forms import ElementValueForm
from crm_policy.models import Bill, Element, ElementValue
from crm_policy.permissions import EDIT, VIEW
from crm_policy.places import PLACES, STATES, TILES, Place, name_of
from crm_policy.services import element_files, elements
from crm_policy.views import drawing
from crm_policy.views.blueprint import blueprint, for_all, save
from crm_policy.words import ELEMENT_STATUSES

LARGEST_FILE = 4 * 1024 * 1024
EMBED_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "script-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors *"
)


def _element(key: str, found: Sequence[Element]) -> Element:
    return next((each for each in found if each.key == key), None) or abort(404)


def day_of_request() -> date | None:
    try:
        return date.fromisoformat(request.args["on"]) if request.args.get("on") else None
    except ValueError as error:
        raise UserError(
            _("“%(text)s” is not a day. Days look like 2026-02-03.", text=request.args["on"])
        ) from error


def _tile(place: Place, chosen: Element, values: Mapping[tuple[int, str], ElementValue]) -> tuple[Any, ...]:
    """A state, its value, the value's status, the mark and the words for it."""
    value = values.get((chosen.id, place.code))
    status = elements.tile_status(value)
    return place, value, status, elements.MARKS[status], elements.words_of(chosen, value)


def _links(chosen: Element) -> dict[str, str]:
    """The page of each state's value: one address, with the state put in, for fifty-six of them."""
    before, _mark, after = url_for("policy.element_of_state", state="STATE", key=chosen.key).partition(
        "STATE"
    )
    return {place.code: f"{before}{place.code}{after}" for place in TILES}


def _map(key: str | None, on: date | None) -> dict[str, Any]:
    found = elements.all_elements()
    chosen: Element | None = _element(key, found) if key else next(iter(found), None)
    values = elements.current(chosen.id, on) if chosen is not None else {}
    tiles = [] if chosen is None else [_tile(place, chosen, values) for place in TILES]
    counts = {status: sum(1 for tile in tiles if tile[2] == status) for status in elements.MARKS}
    return {
        "elements": found,
        "chosen": chosen,
        "tiles": tiles,
        "counts": counts,
        "marks": elements.MARKS,
        "statuses": {key: str(label) for key, label in ELEMENT_STATUSES.items()},
        "days": {each: day(each) for each in {value.as_of for value in values.values()}},
        "links": _links(chosen) if chosen is not None else {},
        "on": on,
        "draw_map": drawing.map_of,
        "draw_table": drawing.table_of,
        "today": day_here(),
    }


@blueprint.get("/states")
@requires(VIEW)
def states() -> Response:
    """One element on a map of tiles, now or on an earlier day."""
    return render(
        "policy/states.html",
        "policy/_map.html",
        can_edit=current_actor().can_everywhere(EDIT),
        is_public=bool(setting("policy.public")),
        **_map(request.args.get("element"), day_of_request()),
    )


@blueprint.post("/states/begin")
@requires(EDIT)
def begin_elements() -> Response:
    for_all()
    with db.transaction(current_actor(), "policy.elements", _("Added the policy elements")) as change:
        elements.begin()
    say(_("The elements are here. Fill in your own state first."), change)
    return go(url_for("policy.states"))


@blueprint.get("/states/compare")
@requires(VIEW)
def compare_states() -> Response:
    """Every element of some states side by side."""
    chosen = [code for code in request.args.getlist("state") if code in STATES][:8]
    found, values = elements.all_elements(), elements.current(on=day_of_request())
    chosen = chosen or sorted({state for _element_id, state in values})[:4]
    return render(
        "policy/compare_states.html",
        None,
        elements=found,
        values=values,
        chosen=chosen,
        places=PLACES,
        words_of=elements.words_of,
        marks=elements.MARKS,
        statuses=ELEMENT_STATUSES,
    )


@blueprint.get("/states/scorecard")
@requires(VIEW)
def scorecard() -> Response:
    """What each state has of what it could have, with how that is counted."""
    found, on = elements.all_elements(), day_of_request()
    rows, known = score_rows(found, on)
    ranked, others = elements.ranked(rows, known, len(found))
    return render(
        "policy/scorecard.html", None, ranked=ranked, others=others, elements=found, known=known, on=on
    )


def score_rows(
    found: Sequence[Element], on: date | None
) -> tuple[list[tuple[str, str, int, int]], dict[str, int]]:
    """Code, name, points and what they could be of each state where something is known, the best share first;
    and how many elements are known of each."""
    values = elements.current(on=on)
    rows = [
        (code, name_of(code), *score) for code, score in elements.scores(found, values).items() if score[1]
    ]
    rows.sort(key=lambda row: (-row[2] / row[3], row[1]))
    return rows, {code: sum(1 for each in found if (each.id, code) in values) for code, *_rest in rows}


@blueprint.get("/states/<state>/<key>")
@requires(VIEW)
def element_of_state(state: str, key: str) -> Response:
    element = _element(key, elements.all_elements())
    if state not in STATES:
        abort(404)
    rows = elements.history(element.id, state, current_actor())
    with_bills = {each.bill_id for each in rows if each.bill_id}
    known = {each.id: each for each in db.session().scalars(_visible_bills(with_bills))}
    return render(
        "policy/element.html",
        None,
        element=element,
        state=state,
        state_name=name_of(state),
        rows=rows,
        bills=known,
        words_of=elements.words_of,
        statuses=ELEMENT_STATUSES,
        can_edit=current_actor().can_everywhere(EDIT),
    )


def _visible_bills(ids: set[int]) -> Any:
    from crm.plugin_api import visible

    return visible(Bill, current_actor()).where(db.among(Bill.id, ids))


@blueprint.route("/states/<state>/<key>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit_element(state: str, key: str) -> Response:
    for_all()
    element = _element(key, elements.all_elements())
    if state not in STATES:
        abort(404)
    present = elements.current(element.id).get((element.id, state))
    standing = element_files.bill_of(present)
    form = ElementValueForm(
        obj=present, data={"bill": standing, "standing": present.status if present else "effective"}
    )
    if not form.is_submitted():  # type: ignore[no-untyped-call]  # Flask-WTF has no annotations.
        form.as_of.data = day_here()  # What is said now holds from now; the day before it keeps its value.
    form.value.description = ", ".join(f"{each[0]} ({each[1]})" for each in element.answers)

    def write(_change: object) -> None:
        values = form.values()
        bill_id = element_files.bill_behind(values.pop("bill") or "", present)
        elements.set_value(element, state, {**values, "bill_id": bill_id})

    return save(
        form,
        write,
        "policy.elements",
        f"{name_of(state)}: {element.title}",
        url_for("policy.element_of_state", state=state, key=key),
        f"{name_of(state)}: {element.title}",
    )


def _as_file(*, public: bool = False) -> Response:
    text = element_files.as_csv(elements.all_elements(), elements.current(), public=public)
    response = make_response(text)
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = 'attachment; filename="policy-elements.csv"'
    return response


@blueprint.get("/states.csv")
@requires(VIEW)
def states_csv() -> Response:
    return _as_file()


def _text_of(upload: FileStorage | None) -> str:
    if upload is None or not upload.filename:
        raise UserError(_("Choose a file first."))
    content = upload.stream.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise UserError(_("The file is larger than 4 MB. Give it in parts."))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")  # As spreadsheets on Windows write “CSV”.


@blueprint.route("/states/import", methods=["GET", "POST"])
@requires(EDIT)
def import_states() -> Response:
    """The values of states from a CSV; what cannot be used is said row by row."""
    for_all()
    rejected: list[tuple[int, str]] = []
    error = ""
    if request.method == "POST":
        upload = request.files.get("file")
        try:
            text = _text_of(upload)
            with db.transaction(
                current_actor(), "policy.elements", _("Values of states from a file")
            ) as change:
                changed, same, rejected = element_files.import_csv(text, day_here())
            say(
                _(
                    "Changed: %(changed)s, as before: %(same)s, rejected: %(rejected)s.",
                    changed=changed,
                    same=same,
                    rejected=len(rejected),
                ),
                change,
            )
            if not rejected:
                return go(url_for("policy.states"))
        except UserError as problem:
            error = problem.message
    return render("policy/import_states.html", None, 422 if error else 200, rejected=rejected, error=error)


# For everybody.


def _require_public() -> None:
    if not setting("policy.public"):
        abort(404)


@blueprint.get("/public/states")
@public
def public_states() -> Response:
    """The map for everybody, once an administrator has said so; other sites may show it in a frame."""
    _require_public()
    response = render(
        "policy/public_states.html",
        None,
        embed="embed" in request.args,
        **{**_map(request.args.get("element"), None), "links": {}},
    )
    response.headers["Content-Security-Policy"] = EMBED_POLICY
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@blueprint.get("/public/states.csv")
@public
def public_states_csv() -> Response:
    _require_public()
    return _as_file(public=True)
