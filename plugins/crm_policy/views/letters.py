"""Sign-on letters on bills, and action alerts."""

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
    signons,
)  # fmt: skip
from crm.plugin_api import gettext as _
from crm.plugin_api.choosing import options
from crm.plugin_api.outside import read_signed, without_session
from crm_policy import words
from crm_policy.forms import AlertForm, ChooseLetterForm
from crm_policy.models import Alert, Bill
from crm_policy.permissions import EDIT, VIEW
from crm_policy.services import letters, outreach
from crm_policy.views.bills import name, page_of
from crm_policy.views.blueprint import blueprint, dialog, do, load_bill, save


@blueprint.route("/bills/<int:bill_id>/letters/new", methods=["GET", "POST"])
@requires(EDIT)
def new_letter(bill_id: int) -> Response:
    """A sign-on letter about a bill: an open letter, whose own page has all that follows."""
    bill: Bill = load_bill(bill_id, EDIT)
    actor = current_actor()
    _may_write()
    given = {"campaign_id": bill.campaign_id, "owner_user_id": actor.user_id}
    form = signons.LetterForm(data=given)
    made: list[int] = []
    if form.sent():
        try:
            with db.transaction(actor, "policy.letter", _("A letter on %(name)s", name=name(bill))) as change:
                made.append(signons.create(form.values(), actor).id)
                letters.put_on(bill, made[0])
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("The letter can be signed. Share its link or invite organizations."), change)
            return go(url_for("signons.show", letter_id=made[0]))
    return dialog(
        "policy/_form.html",
        form.status,
        form=form,
        back=page_of(bill_id),
        title=_("A letter on %(name)s", name=name(bill)),
        note=_("Everybody can read it at its link. Who signs confirms it by mail, and you approve it."),
        submit=_("Publish"),
        other=(url_for("policy.choose_letter", bill_id=bill_id), _("Choose a letter that is there")),
    )


@blueprint.route("/bills/<int:bill_id>/letters/choose", methods=["GET", "POST"])
@requires(EDIT)
def choose_letter(bill_id: int) -> Response:
    """An open letter that was written before is about this bill, too."""
    bill: Bill = load_bill(bill_id, EDIT)
    _may_write()
    form = ChooseLetterForm()
    form.letter_id.choices = options(letters.choices(bill, current_actor()))
    return save(
        form,
        lambda _change: letters.put_on(bill, form.letter_id.data or 0),
        "policy.letter",
        _("A letter on %(name)s", name=name(bill)),
        page_of(bill_id),
        _("A letter on %(name)s", name=name(bill)),
        note="" if form.letter_id.choices else _("There is no other letter. Write one first."),
    )


@blueprint.post("/bills/<int:bill_id>/letters/<int:letter_id>/leave")
@requires(EDIT)
def leave_letter(bill_id: int, letter_id: int) -> Response:
    bill: Bill = load_bill(bill_id, EDIT)
    one: signons.Letter = load(signons.Letter, letter_id)
    return do(
        lambda _change: letters.take_off(bill, letter_id),
        "policy.letter",
        _("“%(title)s” is no longer a letter on %(name)s", title=one.title, name=name(bill)),
        page_of(bill_id),
    )


@blueprint.get("/of-letter/<int:letter_id>")
@requires(VIEW)
def of_letter(letter_id: int) -> Response:
    one: signons.Letter = load(signons.Letter, letter_id)
    return render(
        "policy/panel_page.html",
        "policy/_bills.html",
        part="bills",
        title=_("Bills"),
        empty=_("This letter is about no bill."),
        words=words,
        bills=letters.bills_of(one, current_actor()),
    )


def _may_write() -> None:
    """403 for whoever may not write open letters."""
    if not current_actor().can(signons.EDIT):
        abort(403)


@blueprint.route("/bills/<int:bill_id>/alerts/new", methods=["GET", "POST"], defaults={"alert_id": None})
@blueprint.route("/bills/<int:bill_id>/alerts/<int:alert_id>", methods=["GET", "POST"])
@requires(EDIT)
def new_alert(bill_id: int, alert_id: int | None) -> Response:
    """Written first, and as often as it takes; how many would get it is said before it is sent."""
    bill: Bill = load_bill(bill_id, EDIT)
    actor = current_actor()
    one: Alert = load(Alert, alert_id, EDIT) if alert_id else Alert(bill_id=bill_id)
    if one.bill_id != bill_id:
        abort(404)
    if one.sent_at is not None:
        return go(url_for("policy.alert", alert_id=alert_id))
    given = {} if alert_id else {"subject": _("%(bill)s needs your voice", bill=name(bill))}
    form = AlertForm(obj=one if alert_id else None, data=given)
    form.audience.choices = options(outreach.audiences(actor))
    if form.sent():
        try:
            with db.transaction(actor, "policy.alert", _("Wrote an alert on %(name)s", name=name(bill))):
                outreach.write_alert(one, form.values(), actor)
            return go(url_for("policy.alert", alert_id=one.id))
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
        delete_address=url_for("policy.delete_alert", alert_id=alert_id) if alert_id else None,
    )


@blueprint.post("/alerts/<int:alert_id>/delete")
@requires(EDIT)
def delete_alert(alert_id: int) -> Response:
    """One that was not sent; what was sent stays on the page of the bill."""
    one: Alert = load(Alert, alert_id, EDIT)
    if one.sent_at is not None:
        abort(404)
    return do(
        lambda _change: outreach.remove_alert(one),
        "policy.alert",
        _("Removed the alert “%(subject)s”", subject=one.subject),
        page_of(one.bill_id),
    )


@blueprint.route("/no-mail/<token>", methods=["GET", "POST"])
@public
@without_session("The address is signed for one person, and nothing but a refusal follows from it.")
def no_mail(token: str) -> Response:
    """The link at the foot of each alert. Opening it changes nothing, for scanners of mail open every link;
    mail programs send the click by themselves (RFC 8058)."""
    found = read_signed(token, outreach.NO_MAIL)
    if not found or len(found) != 2:  # A contact and the address that the mail went to.
        abort(404)
    done = request.method == "POST"
    if done:
        with db.transaction(Actor.system(), "policy.no_mail", _("Somebody refused mail from us")):
            outreach.refuse_mail(*found)
    return render("policy/no_mail.html", None, done=done)


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
    count, problem = one.sent, ""
    if one.sent_at is None:
        try:
            count = len(outreach.recipients(one.audience, actor))
        except UserError as error:
            problem = error.message
    return render(
        "policy/alert.html",
        None,
        alert=one,
        problem=problem,
        bill=load_bill(one.bill_id),
        count=count,
        audience=dict(outreach.audiences(actor)).get(one.audience, ""),
    )
