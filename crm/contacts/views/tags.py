"""The tags in use: what they mean, who looks after them, and putting them in order."""

from collections.abc import Sequence

from flask import abort, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, requires
from crm.access.guard import system
from crm.accounts.models import User
from crm.contacts import tags
from crm.contacts.forms import TagForm
from crm.contacts.models import Tag
from crm.contacts.permissions import TAGS, VIEW
from crm.contacts.views.blueprint import blueprint
from crm.errors import UserError
from crm.fields.filters import as_id
from crm.pages import say


def _tag(tag_id: int) -> Tag:
    return db.session().get(Tag, tag_id) or abort(404)


def _owners(present: int | None = None) -> Sequence[tuple[int, str]]:
    """Everybody who may sign in, and who looks after the tag now even if they may not any more."""
    statement = select(User.id, User.name).where(User.active | (User.id == present)).order_by(User.name)
    with system("the names of users, to choose one"):
        return [(row[0], row[1]) for row in db.session().execute(statement)]


@blueprint.get("/tags")
@requires(VIEW)
def tag_list() -> Response:
    return htmx.render("contacts/tags/index.html", None, uses=tags.in_use(current_actor()))


@blueprint.route("/tags/new", methods=["GET", "POST"])
@requires(TAGS)
def new_tag() -> Response:
    actor = current_actor()
    form = TagForm(_owners(), data={"owner": actor.user_id})
    if form.sent():
        try:
            with db.transaction(actor, "contacts.tags") as change:
                tag = tags.create(
                    form.name.data or "", form.description.data or "", form.owner.data or None, actor
                )
                change.summary = _("Made the tag “%(name)s”", name=tag.name)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("The tag “%(name)s” is made.", name=tag.name), change)
            return htmx.go(url_for("contacts.tag_list"))
    return _form(form, None)


@blueprint.route("/tags/<int:tag_id>", methods=["GET", "POST"])
@requires(TAGS)
def edit_tag(tag_id: int) -> Response:
    tag = _tag(tag_id)
    form = TagForm(_owners(tag.owner_user_id), obj=tag, data={"owner": tag.owner_user_id})
    if form.sent():
        try:
            with db.transaction(current_actor(), "contacts.tags") as change:
                change.summary = _("Changed the tag “%(name)s”", name=tag.name)
                tags.change(tag, form.name.data or "", form.description.data or "", form.owner.data or None)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("The tag “%(name)s” is saved.", name=tag.name), change)
            return htmx.go(url_for("contacts.tag_list"))
    return _form(form, _tag(tag_id))


def _form(form: TagForm, tag: Tag | None) -> Response:
    return htmx.render(
        "contacts/tags/form_page.html", "contacts/tags/_form.html", form.status, form=form, tag=tag
    )


@blueprint.route("/tags/<int:tag_id>/merge", methods=["GET", "POST"])
@requires(TAGS)
def merge_tag(tag_id: int) -> Response:
    """Choose the tag that stays, see what that means, then do it."""
    tag = _tag(tag_id)
    into = db.session().get(Tag, as_id(request.values.get("into", "")))
    if request.method == "POST":
        return _merge(tag, into or abort(404))
    others = [use for use in tags.in_use(current_actor()) if use.tag.id != tag.id]
    return htmx.render(
        "contacts/tags/merge_page.html",
        "contacts/tags/_merge.html",
        tag=tag,
        into=into if into is not None and into.id != tag.id else None,
        others=others,
        closest=tags.closest(tag, [use.tag for use in others]),
        count=len(tags.tagged(tag)),
        both=tags.shared(tag, into) if into else 0,
    )


def _merge(tag: Tag, into: Tag) -> Response:
    loser, survivor = tag.name, into.name
    with db.transaction(current_actor(), "contacts.tags") as change:
        change.summary = _("Merged the tag “%(loser)s” into “%(survivor)s”", loser=loser, survivor=survivor)
        tags.merge(into, tag)
    say(_("“%(loser)s” is now “%(survivor)s”.", loser=loser, survivor=survivor), change)
    return htmx.go(url_for("contacts.tag_list"))


@blueprint.route("/tags/<int:tag_id>/delete", methods=["GET", "POST"])
@requires(TAGS)
def delete_tag(tag_id: int) -> Response:
    tag = _tag(tag_id)
    if request.method == "GET":
        count = len(tags.tagged(tag))
        return htmx.render(
            "contacts/tags/delete_page.html", "contacts/tags/_delete.html", tag=tag, count=count
        )
    name = tag.name
    with db.transaction(
        current_actor(), "contacts.tags", _("Deleted the tag “%(name)s”", name=name)
    ) as change:
        count = tags.remove(tag)
    say(
        ngettext(
            "The tag “%(name)s” is deleted; %(count)s contact had it.",
            "The tag “%(name)s” is deleted; %(count)s contacts had it.",
            count,
            name=name,
            count=count,
        ),
        change,
    )
    return htmx.go(url_for("contacts.tag_list"))
