"""Sign-on letters with their public page, and action alerts."""

from flask import abort, request, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import (
    Actor,
    UserError,
    current_actor,
    db,
    go,
    load,
    ngettext,
    public,
    render,
    requires,
    say,
    visible,
)
from crm.plugin_api import gettext as _
from crm.plugin_api.choosing import options
from crm.plugin_api.outside import begin_public
from crm.plugin_api.words import squash
from crm_policy.forms import AlertForm, LetterForm, SignForm
from crm_policy.models import Alert, Bill, Letter, Signature
from crm_policy.permissions import EDIT, VIEW
from crm_policy.services import outreach
from crm_policy.views.bills import name, page_of
from crm_policy.views.blueprint import blueprint, do, save


@blueprint.route("/bills/<int:bill_id>/letters/new", methods=["GET", "POST"], defaults={"letter_id": None})
@blueprint.route("/bills/<int:bill_id>/letters/<int:letter_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit_letter(bill_id: int, letter_id: int | None) -> Response:
    bill: Bill = load(Bill, bill_id, EDIT)
    one = load(Letter, letter_id, EDIT) if letter_id else Letter(bill_id=bill_id)
    if one.bill_id != bill_id or one.closed_at is not None:
        abort(404)
    form = LetterForm(obj=one)

    def write(_change: object) -> None:
        outreach.write_letter(one, form.values())

    back = url_for("policy.letter", letter_id=letter_id) if letter_id else page_of(bill_id)
    return save(
        form, write, "policy.letter", _("A letter on %(name)s", name=name(bill)), back, _("Sign-on letter")
    )


@blueprint.get("/letters/<int:letter_id>")
@requires(VIEW)
def letter(letter_id: int) -> Response:
    one: Letter = load(Letter, letter_id)
    actor = current_actor()
    signatures = (
        visible(Signature, actor).where(Signature.letter_id == letter_id).order_by(Signature.organization_key)
    )
    return render(
        "policy/letter.html",
        None,
        letter=one,
        bill=load(Bill, one.bill_id),
        open=outreach.is_open(one),
        signatures=list(db.session().scalars(signatures)),
        link=outreach.link(one) if actor.can_everywhere(EDIT) else "",
        can_edit=actor.can_everywhere(EDIT),
    )


@blueprint.post("/letters/<int:letter_id>/close")
@requires(EDIT)
def close_letter(letter_id: int) -> Response:
    one: Letter = load(Letter, letter_id, EDIT)
    return do(
        lambda _change: outreach.close(one),
        "policy.letter",
        _("Closed the letter “%(title)s”", title=one.title),
        url_for("policy.letter", letter_id=letter_id),
    )


@blueprint.post("/letters/<int:letter_id>/signatures/<int:signature_id>")
@requires(EDIT)
def check_signature(letter_id: int, signature_id: int) -> Response:
    """A signature that came by the link: keep it or take it away."""
    one: Signature = load(Signature, signature_id, EDIT)
    if one.letter_id != letter_id or load(Letter, letter_id).closed_at is not None:
        abort(404)
    load(Letter, letter_id, EDIT)
    keep = request.form.get("do") == "keep"

    def write(_change: object) -> None:
        if keep:
            outreach.keep_signature(one)
        else:
            db.session().delete(one)

    sentence = (
        _("Kept the signature of %(name)s", name=one.organization)
        if keep
        else _("Removed the signature of %(name)s", name=one.organization)
    )
    return do(write, "policy.letter", sentence, url_for("policy.letter", letter_id=letter_id))


@blueprint.route("/sign/<token>", methods=["GET", "POST"])
@public
def sign(token: str) -> Response:
    """The page behind the link of a letter: what it says, and a form to sign it."""
    one = outreach.letter_of(token)
    if one is None:
        abort(404)
    form, done, status = SignForm(), False, 200
    if form.sent():
        try:
            with db.transaction(Actor.nobody(), "policy.limit"):
                begin_public(f"policy letter {one.id}", squash(form.email.data or "").lower())
            with db.transaction(
                Actor.nobody(), "policy.sign", _("Signed the letter “%(title)s”", title=one.title)
            ):
                outreach.sign(one, form.values(), checked=False)
            done = True
        except UserError as error:
            form.form_errors.append(error.message)
            status = error.status
    elif form.is_submitted():  # type: ignore[no-untyped-call]  # Flask-WTF has no annotations.
        status = 422
    return render(
        "policy/sign.html", None, status, letter=one, form=form, done=done, open=outreach.is_open(one)
    )


@blueprint.route("/bills/<int:bill_id>/alerts/new", methods=["GET", "POST"])
@requires(EDIT)
def new_alert(bill_id: int) -> Response:
    """Written first; how many would get it is said before it is sent."""
    bill: Bill = load(Bill, bill_id, EDIT)
    actor = current_actor()
    form = AlertForm(data={"subject": _("%(bill)s needs your voice", bill=name(bill))})
    form.audience.choices = options(outreach.audiences(actor))
    made: list[Alert] = []
    if form.sent():
        try:
            with db.transaction(actor, "policy.alert", _("Wrote an alert on %(name)s", name=name(bill))):
                made.append(outreach.write_alert(bill_id, form.values(), actor))
            return go(url_for("policy.alert", alert_id=made[0].id))
        except UserError as error:
            form.form_errors.append(error.message)
    return render(
        "policy/dialog_page.html",
        "policy/_form.html",
        form.status,
        form=form,
        back=page_of(bill_id),
        title=_("Action alert"),
        submit=_("Look at it first"),
    )


@blueprint.route("/alerts/<int:alert_id>", methods=["GET", "POST"])
@requires(EDIT)
def alert(alert_id: int) -> Response:
    one: Alert = load(Alert, alert_id, EDIT)
    actor = current_actor()
    if request.method == "POST":
        with db.transaction(actor, "policy.alert", _("Sent the alert “%(subject)s”", subject=one.subject)):
            count = outreach.send_alert(one, actor)
        say(ngettext("Sent to %(num)s person.", "Sent to %(num)s people.", count))
        return go(url_for("policy.alert", alert_id=alert_id))
    count = len(outreach.recipients(one.audience, actor)) if one.sent_at is None else one.sent
    return render(
        "policy/alert.html",
        None,
        alert=one,
        bill=load(Bill, one.bill_id),
        count=count,
        audience=dict(outreach.audiences(actor)).get(one.audience, ""),
    )
