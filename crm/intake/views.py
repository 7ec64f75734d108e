"""The pages of public forms: building them, the form itself, and the answers."""

from typing import Any

import segno
from flask import Blueprint, Response, abort, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.exc import InvalidRequestError
from werkzeug.wrappers import Response as BaseResponse

from crm import db, htmx, public_pages
from crm.access import current_actor, load, may, public, requires, signed_in
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts import limits
from crm.accounts.tokens import address_of
from crm.campaigns.views.blueprint import differences, keep_owner
from crm.contacts import services as contacts
from crm.contacts.models import Contact
from crm.contacts.permissions import EDIT as EDIT_CONTACTS
from crm.errors import UserError
from crm.fields.filters import as_id
from crm.fields.pages import show_list
from crm.intake import forms, noticing, services, taking_over, words
from crm.intake.models import FormAnswer, HelpRequest, PublicForm
from crm.intake.permissions import ANSWERS, EDIT, HELP, VIEW
from crm.pages import say
from crm.signons import services as letters

blueprint = Blueprint("intake", __name__)


@blueprint.get("/intake")
@requires(VIEW)
def index() -> BaseResponse:
    return show_list("public_forms", page="intake/index.html")


@blueprint.route("/intake/new", methods=["GET", "POST"])
@requires(EDIT)
def new() -> BaseResponse:
    kind = request.args.get("kind", "")
    if kind not in words.KINDS:
        return htmx.render("intake/choose.html", None, kinds=words.KINDS)
    begun = words.template(kind)
    first = {**forms.in_fields(begun["texts"]), "name": begun["name"]}
    first |= forms.in_questions(begun["asked"], begun["required"])
    form = forms.BuildForm(data={**first, "notify_user_id": current_actor().user_id})
    if form.sent():
        try:
            with db.transaction(current_actor(), "intake.create") as change:
                made = services.save(None, {**form.values(), "kind": kind}, current_actor())
                change.summary = _("Built the form “%(name)s”", name=made.name)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("The form is a draft. Look at it, then open it."), change)
            return htmx.go(url_for("intake.show", form_id=made.id))
    return htmx.render("intake/edit.html", None, form.status, form=form, record=None, clash=[])


@blueprint.route("/intake/<int:form_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit(form_id: int) -> BaseResponse:
    """Change a form. Who saves over somebody else's change is asked, and loses nothing of what was typed."""
    record: PublicForm = load(PublicForm, form_id, EDIT)
    form = forms.BuildForm(data=forms.shown(record), record=record)
    keep_owner(form, record)
    status, clash = form.status, None
    if form.sent():
        try:
            with db.transaction(current_actor(), "intake.change", _("Changed the form")) as change:
                seen = as_id(form.version.data or "") or 0
                clash = services.edit(load(PublicForm, form_id, EDIT), form.values(), seen, current_actor())
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            if clash is None:
                say(_("Saved."), change)
                return htmx.go(url_for("intake.show", form_id=form_id))
            form.version.data, status = str(clash.version), 409
    record = load(PublicForm, form_id)
    shown = _differences(form, clash.present, record) if clash else []
    return htmx.render("intake/edit.html", None, status, form=form, record=record, clash=shown)


def _differences(form: forms.BuildForm, present: Any, record: PublicForm) -> list[tuple[str, str]]:
    theirs = forms.present(present)
    if {"asked", "required"} & set(present):
        theirs |= forms.in_questions(record.asked, record.required)
    return differences(form, theirs)


@blueprint.get("/intake/<int:form_id>")
@requires(VIEW)
def show(form_id: int) -> BaseResponse:
    record: PublicForm = load(PublicForm, form_id)
    model = services.model_of(record)
    address = address_of("intake.fill_in", key=record.public_key)
    return htmx.render(
        "intake/show.html",
        None,
        record=record,
        words=words,
        address=address,
        embed=address_of("intake.embedded", key=record.public_key),
        code=segno.make(address, error="m").svg_data_uri(scale=4, border=2, light="#fff", dark="#10201b"),
        may_edit=may(PublicForm, form_id, EDIT),
        may_read=current_actor().can(noticing.permission_of(model)),
        answers=url_for("intake.help_requests" if model is HelpRequest else "intake.form_answers"),
    )


@blueprint.post("/intake/<int:form_id>/status")
@requires(EDIT)
def set_status(form_id: int) -> BaseResponse:
    status = request.form.get("status", "")
    if status not in words.STATUSES:
        abort(400)
    load(PublicForm, form_id, EDIT)
    with db.transaction(current_actor(), "intake.status", _("Opened or closed a form")) as change:
        services.set_status(load(PublicForm, form_id, EDIT), status)
    say(_("The form is open.") if status == "open" else _("The form is closed."), change)
    return htmx.go(url_for("intake.show", form_id=form_id))


@blueprint.post("/intake/<int:form_id>/remove")
@requires(EDIT)
def remove(form_id: int) -> BaseResponse:
    """A form made by mistake or for a trial goes."""
    record: PublicForm = load(PublicForm, form_id, EDIT)
    name = record.name
    with db.transaction(
        current_actor(), "intake.remove", _("Removed the form “%(name)s”", name=name)
    ) as change:
        services.remove(record)
    say(_("The form “%(name)s” is removed.", name=name), change)
    return htmx.go(url_for("intake.index"))


@blueprint.get("/intake/card")
@signed_in
def card() -> BaseResponse:
    """What came in from outside and waits, as far as the reader may handle it."""
    answers, requests, unproven = noticing.waiting(current_actor())
    return htmx.render("intake/card_page.html", "intake/_card.html", answers=answers, requests=requests,
                       unproven=unproven, letters=letters.waiting(current_actor()))  # fmt: skip


# The answers.


@blueprint.get("/intake/answers")
@requires(ANSWERS)
def form_answers() -> BaseResponse:
    return show_list("form_answers", page="intake/answers.html")


@blueprint.get("/intake/requests")
@requires(HELP)
def help_requests() -> BaseResponse:
    return show_list("help_requests", page="intake/answers.html")


@blueprint.get("/intake/answers/<int:answer_id>")
@requires(ANSWERS)
def form_answer(answer_id: int) -> BaseResponse:
    return _answer_page(load(FormAnswer, answer_id))


@blueprint.get("/intake/requests/<int:answer_id>")
@requires(HELP)
def help_request(answer_id: int) -> BaseResponse:
    return _answer_page(load(HelpRequest, answer_id))


def _answer_page(row: Any, chosen: forms.SomebodyForm | None = None) -> BaseResponse:
    with system("whoever may read an answer may know its form"):
        form = db.session().get_one(PublicForm, row.form_id)
    alike = services.candidates(row, current_actor()) if row.status in services.STEPS["add"] else ()
    found = [(each, *_beside(row, each.id)) for each in alike]
    kind = noticing.MODELS.index(type(row))
    return htmx.render(
        "intake/answer.html",
        None,
        200 if chosen is None else 422,
        row=row,
        chosen=chosen or forms.SomebodyForm(formdata=None),
        may_choose=current_actor().can(EDIT_CONTACTS),
        record=form,
        words=words,
        alike=found,
        others=noticing.others(row, current_actor()),
        most_mails=limits.PUBLIC_MAIL.most,
        coalition=taking_over.joinable(form, current_actor()),
        limited=contacts.is_limited(current_actor()),
        kind=kind,
        asked=[*words.ALWAYS.items(), *words.FIELDS.items()],
        offered=taking_over.offered(row),
        steps={what for what, states in services.STEPS.items() if row.status in states},
    )


def _beside(row: Any, contact_id: int) -> tuple[Any, set[str]]:
    """What is known of somebody, and which parts of the answer are among it."""
    there = taking_over.known(load(Contact, contact_id))
    return there, {name for name in taking_over.offered(row) if taking_over.is_known(row, name, there)}


@blueprint.get("/intake/answer/<int:kind>/<int:answer_id>")
@requires(VIEW)
def answer(kind: int, answer_id: int) -> BaseResponse:
    """Where the message about a new answer leads."""
    endpoint = "intake.help_request" if kind else "intake.form_answer"
    return htmx.go(url_for(endpoint, answer_id=answer_id))


@blueprint.post("/intake/answers/<int:answer_id>/decide")
@requires(ANSWERS)
def decide_answer(answer_id: int) -> BaseResponse:
    return _decide(FormAnswer, answer_id)


@blueprint.post("/intake/requests/<int:answer_id>/decide")
@requires(HELP)
def decide_request(answer_id: int) -> BaseResponse:
    return _decide(HelpRequest, answer_id)


def _decide(model: Any, answer_id: int) -> BaseResponse:
    load(model, answer_id)
    actor, what = current_actor(), request.form.get("what", "")
    if what in {"add", "new"} and not actor.can(EDIT_CONTACTS):
        abort(403)
    contact_id = as_id(request.form.get("contact_id", ""))
    if what == "add" and "somebody" in request.form:
        chosen = forms.SomebodyForm()
        if not chosen.sent():
            return _answer_page(load(model, answer_id), chosen)
        contact_id = chosen.somebody.data
    with db.transaction(actor, "intake.decide", _("Looked at an answer")) as change:
        row = load(model, answer_id)
        contact = load(Contact, contact_id, EDIT_CONTACTS) if contact_id else None
        with system("whoever may handle an answer acts for its form"):
            form = db.session().get_one(PublicForm, row.form_id)
        services.decide(row, form, what, contact, request.form.getlist("take"), actor)
    if what == "again":
        say(_("The link that confirms it is sent once more."))
    else:
        say(_("Saved."), change)
    if what in {"add", "new", "again"}:
        endpoint = "intake.help_request" if model is HelpRequest else "intake.form_answer"
        return htmx.go(url_for(endpoint, answer_id=answer_id))
    endpoint = "intake.help_requests" if model is HelpRequest else "intake.form_answers"
    return htmx.go(url_for(endpoint, list="waiting"))


# What everybody sees.


@blueprint.route("/forms/<key>", methods=["GET", "POST"])
@public
@public_pages.without_session(
    "People who answer have no account; the page's signed stamp of one use stands for the token."
)
def fill_in(key: str) -> Response:
    return _fill_in(key, embedded=False)


@blueprint.route("/forms/<key>/embed", methods=["GET", "POST"])
@public
@public_pages.without_session(
    "As the form itself: it also works where a browser gives no cookie to a page within another site's."
)
def embedded(key: str) -> Response:
    """The same within the page of another site that staff has named."""
    return _fill_in(key, embedded=True)


def _fill_in(key: str, *, embedded: bool) -> Response:
    form = services.by_key(key)
    if form is None and request.method == "POST":
        return public_pages.gone_while_writing()
    if form is None or form.status == "draft":
        abort(404)
    language = public_pages.language_of()
    language = language if language in form.texts else next(iter(form.texts), "en")
    shown = {
        "record": form, "text": form.texts.get(language, {}), "words": words, "language": language,
        "endpoint": "intake.embedded" if embedded else "intake.fill_in",
        "sites": tuple(form.sites) if embedded else (), "lacks_email": services.may_lack_email(form),
    }  # fmt: skip
    with force_locale(language):
        if form.status == "closed":
            return public_pages.page("intake/public/closed.html", 410, **shown)
        if request.method == "GET":
            return _form_page(form, {}, {}, "", shown)
        try:
            return _sent(form, language, shown)
        except InvalidRequestError:  # It was removed between two looks at it.
            if services.by_key(key) is not None:
                raise
            return public_pages.gone_while_writing()


def _form_page(
    form: PublicForm, values: Any, wrong: Any, error: str, shown: Any, status: int = 422
) -> Response:
    status = status if wrong or error else 200
    return public_pages.page(
        "intake/public/form.html", status, values=values, wrong=wrong, error=error,
        stamp=public_pages.stamp_again(form.public_key), agreed=bool(request.form.get("consent")), **shown,
    )  # fmt: skip


def _sent(form: PublicForm, language: str, shown: Any) -> Response:
    values, wrong = services.cleaned(form, request.form)
    consent = (form.texts.get(language) or {}).get("consent")
    if consent and not request.form.get("consent"):
        wrong["consent"] = _("Please agree, or we may not keep what you write.")
    again = False
    try:
        public_pages.require_short()
        key = public_pages.read_stamp(form.public_key, request.form.get("stamp", ""))
        again = services.is_sent(form, key)
        if wrong and not again:
            return _form_page(form, values, wrong, "", shown)
        if not again:
            _keep(form, values, language, key)
    except UserError as error:
        return _form_page(form, values, wrong, error.message, shown, max(error.status, 422))
    return public_pages.page("intake/public/sent.html", email=values["email"], again=again,
                             waits=form.kind == words.HELP, **shown)  # fmt: skip


def _keep(form: PublicForm, values: dict[str, str], language: str, key: str) -> None:
    robot, form_id = public_pages.is_robot(), form.id
    with db.transaction(Actor.nobody(), "intake.limit"):
        mails = limits.begin_public(f"form {form_id}", (values["email"] or values["phone"]).lower())
    said = system("somebody answers a public form")
    with db.transaction(Actor.nobody(), "intake.answer", _("An answer to a public form"), alone=True), said:
        found = db.session().get_one(PublicForm, form_id)
        if found.status != "open":
            raise UserError(_("This form is closed."))
        services.answer(found, values, language, key, robot=robot, mails=mails)


@blueprint.route("/forms/confirm/<token>", methods=["GET", "POST"])
@public
@public_pages.without_session(
    "The mailed link is signed for one answer and stands for the token; its page has no session."
)
def confirm(token: str) -> Response:
    """Opening the link changes nothing, for mail programs open every link; the button confirms."""
    found = services.of_token(token)
    if found is None:
        return public_pages.page("intake/public/unknown.html", 404, language=public_pages.language_of())
    row, form = found
    with force_locale(row.language):
        if request.method == "POST":
            # Who answered twice and confirms both at once becomes one contact: the second finds the first.
            said, what = system("somebody confirms their answer"), _("An answer was confirmed")
            with db.transaction(Actor.nobody(), "intake.confirm", what, alone=True), said:
                services.confirm(row, form)
        return public_pages.page(
            "intake/public/confirm.html", record=form, text=form.texts.get(row.language, {}),
            language=row.language, done=services.is_settled(row), row=row,
        )  # fmt: skip
