"""Mail that comes back, and the way out of it: returned messages, the mailbox they lie in, the link that ends
our mail."""

from typing import Any

from flask import abort, request, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import Actor, UserError, current_actor, db, public, render, requires
from crm.plugin_api import gettext as _
from crm.plugin_api.outside import read_signed, without_session
from crm_media.forms.outreach import ReturnsForm
from crm_media.permissions import OUTREACH
from crm_media.reading import bounces
from crm_media.services import mailbox, refusals, returns, sending
from crm_media.views.blueprint import blueprint, do, save


@blueprint.route("/returns", methods=["GET", "POST"])
@requires(OUTREACH)
def mail_returns() -> Response:
    """Mail that came back, as a file or pasted."""
    form = ReturnsForm()
    raw, noted = _given(form), returns.Noted()

    def write(_change: Any) -> None:
        if not raw.strip():
            raise UserError(_("Choose a file or paste the message."))
        returns.take(raw, noted)
        if why := _nothing_of(noted):
            raise UserError(why)

    complaint = bounces.complains(raw)
    sentence = (
        _("Noted that somebody complained; they get no more mail from us")
        if complaint
        else _("Noted mail that came back; the reporter asks to be verified")
    )
    return save(
        form, write, returns.action_of(complaint), sentence, url_for("media.releases"),
        _("Mail that came back"), label=_("Note it"), upload=True, template="media/returns.html",
        mailbox=mailbox.shown(),
    )  # fmt: skip


def _given(form: ReturnsForm) -> bytes:
    """The message as a file or pasted; nothing while the page is only looked at."""
    given = request.files.get("file")
    if given and given.filename:
        return given.stream.read(10 * 1024 * 1024)
    return (form.text.data or "").encode()


def _nothing_of(noted: returns.Noted) -> str:
    """Why a message changed nothing; empty where it did."""
    if noted.noted or noted.complaints:
        return ""
    if noted.others:
        return _("This message does not say that mail came back.")
    if noted.unproven:
        return _(
            "It does not quote the number of a message of ours, and anybody could have written it, so "
            "nothing was changed. If you believe it, open the release and note “Came back” there."
        )
    if noted.trying:
        return _("The other server is still trying; nothing came back for good.")
    return _("It is noted already, or they answered meanwhile.")


@blueprint.post("/returns/read")
@requires(OUTREACH)
def read_returns() -> Response:
    """Read the mailbox now."""
    return do(
        lambda _change: mailbox.ask(current_actor()), "media.returns", _("The mailbox is being read"),
        url_for("media.mail_returns"),
    )  # fmt: skip


@blueprint.route("/no-mail/<token>", methods=["GET", "POST"])
@public
@without_session("The address is signed for one person, and nothing but a refusal follows from it.")
def no_mail(token: str) -> Response:
    """The link at the foot of each mail: one click, no account, nothing asked. Opening it changes nothing,
    for scanners of mail open every link; mail programs send the click by themselves (RFC 8058)."""
    found = read_signed(token, sending.NO_MAIL)
    if not found or not isinstance(found[0], int):
        abort(404)
    contact_id, address = found[0], str(found[1]) if len(found) > 1 else ""
    several, everywhere = refusals.has_others(contact_id, address), bool(request.form.get("everywhere"))
    done = False
    if request.method == "POST":
        with db.transaction(Actor.system(), "media.no_mail", _("Somebody refused mail from us")):
            done = refusals.refuse_mail(contact_id, address, everywhere=everywhere)
    only = several and not everywhere
    return render("media/no_mail.html", None, done=done, address=address, several=several, only=only)
