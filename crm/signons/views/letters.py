"""The pages of open letters for staff."""

from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import case, select
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, load, may, requires, visible
from crm.accounts import limits
from crm.accounts.tokens import address_of
from crm.campaigns.models import Campaign
from crm.campaigns.views.blueprint import differences, keep_owner
from crm.coalitions.models import Coalition
from crm.contacts.models import Contact
from crm.errors import Conflict, UserError
from crm.fields.filters import as_id
from crm.fields.pages import show_list
from crm.forms import Form
from crm.pages import offered, say
from crm.signons import forms, invitations, services
from crm.signons.models import Letter, LetterText, Signature, SignInvitation
from crm.signons.permissions import EDIT, VIEW
from crm.signons.views.blueprint import blueprint
from crm.signons.words import APPROVED, SIGNATURE_STATUSES, SPAM, STATUSES, UNCONFIRMED, WAITING

WHO = ("organization", "signer_name", "signer_title")
SHOWN = 50
"""So many signatures the page of a letter shows, those to approve first; the list has all."""


@blueprint.get("/signons")
@requires(VIEW)
def index() -> Response:
    return show_list("signons", page="signons/index.html")


@blueprint.get("/signons/signatures")
@requires(VIEW)
def signatures() -> Response:
    return show_list("signatures", page="signons/list.html")


@blueprint.get("/signons/invitations")
@requires(VIEW)
def invitations_of_letters() -> Response:
    return show_list("sign_invitations", page="signons/list.html")


@blueprint.get("/signons/signatures/<int:signature_id>")
@requires(VIEW)
def signature_of_letter(signature_id: int) -> Response:
    """Where a row of the list leads: the page of its letter, which begins with that signature."""
    row: Signature = load(Signature, signature_id)
    return htmx.go(url_for("signons.show", letter_id=row.letter_id, signature=row.id))


@blueprint.get("/signons/invitations/<int:invitation_id>")
@requires(VIEW)
def invitation_of_letter(invitation_id: int) -> Response:
    return _to(load(SignInvitation, invitation_id).letter_id)


@blueprint.route("/signons/new", methods=["GET", "POST"])
@requires(EDIT)
def new() -> Response:
    actor = current_actor()
    form = forms.LetterForm(
        data={
            "campaign_id": as_id(request.args.get("campaign_id", "")) or None,
            "owner_user_id": actor.user_id,
        }
    )
    if form.sent():
        try:
            with db.transaction(actor, "signons.create") as change:
                letter = services.create(form.values(), actor)
                change.summary = _("Wrote the letter “%(title)s”", title=letter.title)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("The letter can be signed. Share its link or invite organizations."), change)
            return _to(letter.id)
    return _page(form, None, _("New letter"))


def _to(letter_id: int) -> Response:
    return htmx.go(url_for("signons.show", letter_id=letter_id))


def _page(form: Form, letter: Letter | None, name: str, status: int = 0, **values: Any) -> Response:
    return htmx.render("signons/edit.html", None, status or form.status, form=form, letter=letter, name=name,
                       **{"clash": [], "hint": "", "question": "", **values})  # fmt: skip


@blueprint.route("/signons/<int:letter_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit(letter_id: int) -> Response:
    """Change what is around the text. Who saves over somebody else's change is asked, and loses nothing."""
    letter: Letter = load(Letter, letter_id, EDIT)
    shown = {name: getattr(letter, name) for name in (*services.FIELDS, "version")}
    form = forms.AroundForm(data=shown, record=letter)
    keep_owner(form, letter)
    name, status, clash = _("Change the letter"), 0, None
    if form.sent():
        try:
            with db.transaction(current_actor(), "signons.change", name) as change:
                seen = as_id(form.version.data or "") or 0
                clash = services.edit(load(Letter, letter_id, EDIT), form.values(), seen, current_actor())
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            if clash is None:
                say(_("Saved."), change)
                return _to(letter_id)
            form.version.data, status = str(clash.version), 409
    theirs = differences(form, clash.present) if clash else []
    return _page(form, load(Letter, letter_id), name, status, clash=theirs)


@blueprint.route("/signons/<int:letter_id>/version", methods=["GET", "POST"])
@requires(EDIT)
def new_version(letter_id: int) -> Response:
    letter: Letter = load(Letter, letter_id, EDIT)
    text = services.text_of(letter_id)
    form = forms.VersionForm(data={"body": text.body, "seen": text.number})
    name, status, clash = _("New version of the text"), 0, []
    if form.sent():
        try:
            with db.transaction(current_actor(), "signons.publish", name) as change:
                seen = as_id(form.seen.data or "") or 0
                letter = load(Letter, letter_id, EDIT)
                asked = services.publish(letter, form.body.data or "", form.changes.data or "", seen)
        except Conflict:
            text = services.text_of(letter_id)
            form.seen.data, status = str(text.number), 409
            clash = [(_("Text, version %(number)s", number=text.number), text.body)]
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_again_words(*asked), change)
            return _to(letter_id)
    hint = _("The earlier text stays as it was signed. Whoever signed it is asked to sign the new one.")
    happens = ""
    if count := services.published_in(text.id):
        happens = _what_happens(count)
        hint += " " + happens
    return _page(form, load(Letter, letter_id), name, status, clash=clash, hint=hint,
                 question=_("Publish the new text?") + " " + happens if happens else "")  # fmt: skip


def _what_happens(count: int) -> str:
    """What becomes of the public list with so many organizations when a new text is published."""
    told = ngettext(
        "The public list begins anew: %(shown)s organization that signed the earlier text stands apart, as a "
        "signer of that one, until it signs the new text.",
        "The public list begins anew: %(shown)s organizations that signed the earlier text stand apart, as "
        "signers of that one, until they sign the new text.",
        count, shown=count,
    )  # fmt: skip
    return str(told)


def _again_words(mailed: int, unmailed: int) -> str:
    told = ngettext(
        "The text is published; %(shown)s signer is asked to sign it again.",
        "The text is published; %(shown)s signers are asked to sign it again.",
        mailed,
        shown=mailed,
    )
    if unmailed:
        told += " " + ngettext(
            "%(shown)s has no email address with us: ask them, then press “Sign for them”.",
            "%(shown)s have no email address with us: ask them, then press “Sign for them”.",
            unmailed, shown=unmailed,
        )  # fmt: skip
    return str(told)


@blueprint.route("/signons/<int:letter_id>/sign-for", methods=["GET", "POST"])
@requires(EDIT)
def sign_for(letter_id: int) -> Response:
    """`signature` is one to the newest text that waits for this, as its organization cannot be mailed."""
    letter, waits = load(Letter, letter_id, EDIT), as_id(request.args.get("signature", ""))
    known = load(Signature, waits, EDIT) if waits else None
    if known is not None and (known.letter_id != letter_id or not services.is_unasked(known)):
        return _to(letter_id)
    form = forms.SignForForm(data={name: getattr(known, name) for name in WHO} if known else {})
    if form.sent():

        def act(letter: Letter) -> str:
            row = services.sign_for(letter, form.data, load(Signature, waits, EDIT) if waits else None)
            return _("%(name)s has signed.", name=row.organization)

        return _do(form, letter, "signons.sign_for", act, _("Sign for an organization"))
    return _page(form, letter, _("Sign for an organization"))


@blueprint.route("/signons/<int:letter_id>/invite", methods=["GET", "POST"])
@requires(EDIT)
def invite(letter_id: int) -> Response:
    form, letter = forms.InviteForm(), load(Letter, letter_id, EDIT)
    hint = _("Each gets a link of its own that knows its name. Whether it is opened is not recorded.")
    if form.sent():
        return _do(form, letter, "signons.invite", lambda found: _invite(found, form),
                   _("Invite organizations"), hint=hint)  # fmt: skip
    return _page(form, letter, _("Invite organizations"), hint=hint)


def _invite(letter: Letter, form: forms.InviteForm) -> str:
    if not form.organizations.data:
        raise UserError(_("Choose at least one organization."))
    count, unmailed, signed = invitations.invite(letter, form.organizations.data)
    told = ngettext(
        "%(shown)s invitation is mailed.", "%(shown)s invitations are mailed.", count, shown=count
    )
    if signed:
        told += " " + ngettext(
            "%(shown)s has signed already.", "%(shown)s have signed already.", signed, shown=signed
        )
    names = ", ".join(unmailed[:10]) + ("…" if len(unmailed) > 10 else "")
    return told + (" " + _("No mail to: %(names)s", names=names) if unmailed else "")


def _do(form: Form, letter: Letter, action: str, act: Any, name: str, **values: Any) -> Response:
    letter_id = letter.id
    try:
        with db.transaction(current_actor(), action, name, alone=True) as change:
            told = act(load(Letter, letter_id, EDIT))
    except UserError as error:
        form.form_errors.append(error.message)
        return _page(form, load(Letter, letter_id), name, 422, **values)
    say(told, change)
    return _to(letter_id)


@blueprint.post("/signons/<int:letter_id>/remind")
@requires(EDIT)
def remind(letter_id: int) -> Response:
    load(Letter, letter_id, EDIT)
    with db.transaction(current_actor(), "signons.remind", _("Reminded organizations")):
        count = invitations.remind(load(Letter, letter_id, EDIT))
    say(ngettext("%(shown)s reminder is mailed.", "%(shown)s reminders are mailed.", count, shown=count))
    return _to(letter_id)


@blueprint.post("/signons/<int:letter_id>/status")
@requires(EDIT)
def set_status(letter_id: int) -> Response:
    """Open or close a letter, as the button said: two who press it do not undo each other."""
    status = request.form.get("status", "")
    if status not in STATUSES:
        abort(400)
    load(Letter, letter_id, EDIT)
    with db.transaction(current_actor(), "signons.status", _("Closed or opened a letter")) as change:
        services.set_status(load(Letter, letter_id, EDIT), status)
    say(_("The letter is open.") if status == "open" else _("The letter is closed."), change)
    return _to(letter_id)


@blueprint.post("/signons/<int:letter_id>/remove")
@requires(EDIT)
def remove(letter_id: int) -> Response:
    """A closed letter goes; its link opens nothing any more."""
    letter: Letter = load(Letter, letter_id, EDIT)
    title = letter.title
    with db.transaction(
        current_actor(), "signons.remove", _("Removed the letter “%(title)s”", title=title)
    ) as change:
        services.remove(letter)
    say(_("The letter “%(title)s” is removed.", title=title), change)
    return htmx.go(url_for("signons.index"))


@blueprint.post("/signons/<int:letter_id>/signatures/<int:signature_id>")
@requires(EDIT)
def decide(letter_id: int, signature_id: int) -> Response:
    load(Letter, letter_id, EDIT)
    with db.transaction(current_actor(), "signons.decide", _("Decided about a signature")) as change:
        row = load(Signature, signature_id, EDIT)
        if row.letter_id != letter_id:
            abort(404)
        what = request.form.get("what", "")
        again = row.status == what == UNCONFIRMED
        services.decide(row, load(Letter, letter_id, EDIT), what)
    if again:
        say(_("The link that confirms it is sent once more."))
    else:
        say(_("Saved."), change)
    return _to(letter_id)


@blueprint.get("/signons/<int:letter_id>")
@requires(VIEW)
def show(letter_id: int) -> Response:
    letter: Letter = load(Letter, letter_id)
    texts = visible(LetterText, current_actor()).where(LetterText.letter_id == letter_id)
    text, (invited, total, signed) = services.text_of(letter_id), invitations.asked(letter)
    may_edit = may(Letter, letter_id, EDIT)
    chosen = as_id(request.args.get("signature", ""))
    rows = _signatures(letter_id, first=chosen)
    before = _signatures(letter_id, older=True, first=chosen)
    more = len(rows) > SHOWN or len(before) > SHOWN
    rows, before = rows[:SHOWN], before[:SHOWN]
    return htmx.render(
        "signons/show.html", None, letter=letter, text=text, published=services.published_in(text.id),
        statuses=SIGNATURE_STATUSES, states=STATUSES, rows=rows, more=more, shown=SHOWN, chosen=chosen,
        spam=_signatures(letter_id, spam=True)[:SHOWN] if may_edit else [],
        before=before, published_before=_only_earlier(letter), most_mails=limits.PUBLIC_MAIL.most,
        rivals=_rivals([*rows, *before]),
        numbers={each.id: each.number for each in db.session().scalars(texts)},
        invited=invited, invited_total=total, invited_signed=signed,
        to_remind=invitations.to_remind(letter) if may_edit else 0,
        address=address_of("signons.read", key=letter.public_key), may_edit=may_edit,
        panels=offered("crm_record_panels", kind="signon_letter", record_id=letter_id),
        open=services.is_open(letter), is_signed=services.is_signed(letter_id),
        ended=letter.status == "open" and not services.is_open(letter),
    )  # fmt: skip


def _signatures(letter_id: int, *, spam: bool = False, older: bool = False, first: int = 0) -> Any:
    """The signatures to the newest text, or all to an older one, or all spam: the chosen one first, then
    those to approve, then by name; one more than is shown."""
    turn = case({WAITING: 0, APPROVED: 1, UNCONFIRMED: 2}, value=Signature.status, else_=3)
    chosen, newer = case((Signature.id == first, 0), else_=1), Signature.text_id.desc()
    statement = visible(Signature, current_actor()).where(
        Signature.letter_id == letter_id, (Signature.status == SPAM) == spam
    )
    if not spam:
        newest = services.text_of(letter_id).id
        statement = statement.where((Signature.text_id != newest) == older)
    ordered = statement.order_by(chosen, newer, turn, Signature.name_key, Signature.id)
    return db.session().scalars(ordered.limit(SHOWN + 1)).all()


def _rivals(rows: Any) -> set[int]:
    """Signatures to approve whose organization another signature to the same text speaks for, too."""
    found: dict[Any, list[Any]] = {}
    for row in rows:
        if row.status in {WAITING, APPROVED}:
            found.setdefault((row.text_id, row.name_key), []).append(row)
    return {row.id for each in found.values() if len(each) > 1 for row in each if row.status == WAITING}


def _panel(model: Any, record_id: int, condition: Any) -> Response:
    load(model, record_id)
    statement = visible(Letter, current_actor()).where(condition).order_by(Letter.id.desc())
    letters = db.session().scalars(statement.limit(20)).all()
    counted = (
        visible(Signature, current_actor())
        .where(Signature.status == APPROVED, db.among(Signature.letter_id, [each.id for each in letters]))
        .where(services.to_newest_text())
        .with_only_columns(Signature.letter_id, services.organizations())
        .group_by(Signature.letter_id)
    )
    return htmx.render("signons/panel_page.html", "signons/_panel.html", letters=letters,
                       counts={row[0]: row[1] for row in db.session().execute(counted)},
                       before={each.id: _only_earlier(each) for each in letters})  # fmt: skip


def _only_earlier(letter: Letter) -> int:
    """How many organizations signed an earlier text of a letter and not the newest."""
    return sum(len(each.signers) for each in services.earlier(letter))


@blueprint.get("/signons/of-campaign/<int:campaign_id>")
@requires(VIEW)
def of_campaign(campaign_id: int) -> Response:
    return _panel(Campaign, campaign_id, Letter.campaign_id == campaign_id)


@blueprint.get("/signons/of-coalition/<int:coalition_id>")
@requires(VIEW)
def of_coalition(coalition_id: int) -> Response:
    return _panel(Coalition, coalition_id, Letter.coalition_id == coalition_id)


@blueprint.get("/signons/of-contact/<int:contact_id>")
@requires(VIEW)
def of_contact(contact_id: int) -> Response:
    theirs = select(Signature.letter_id).where(
        Signature.contact_id == contact_id, Signature.status == APPROVED
    )
    return _panel(Contact, contact_id, Letter.id.in_(theirs))
