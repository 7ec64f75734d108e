"""Working groups: the page of each, who is in it and who chairs it."""

from flask import abort, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, load, may, requires, visible
from crm.coalitions.forms import GroupForm, GroupMembersForm
from crm.coalitions.models import Coalition, GroupMember, WorkingGroup
from crm.coalitions.names import seen
from crm.coalitions.permissions import EDIT, VIEW
from crm.coalitions.services import groups as services
from crm.coalitions.views.blueprint import blueprint, dialog, save
from crm.coalitions.views.coalitions import seen_names
from crm.contacts.models import Contact
from crm.errors import UserError
from crm.pages import say, url_for_known


@blueprint.route("/<int:coalition_id>/groups/new", methods=["GET", "POST"])
@requires(EDIT)
def new_group(coalition_id: int) -> Response:
    coalition: Coalition = load(Coalition, coalition_id, EDIT)
    form = GroupForm()
    address = url_for("coalitions.show", coalition_id=coalition_id)
    if form.sent():
        made: list[WorkingGroup] = []
        summary = _("Added the working group %(name)s", name=form.name.data)
        change = save(form, "coalitions.group.create", summary, lambda _c: made.append(
            services.create(coalition_id, form.name.data or "", form.purpose.data or "")))  # fmt: skip
        if change is not None:
            say(_("The working group %(name)s is added.", name=form.name.data), change)
            return htmx.go(url_for("coalitions.group", group_id=made[0].id))
    action = url_for("coalitions.new_group", coalition_id=coalition_id)
    return dialog(_("New working group of %(name)s", name=coalition.name), form, action, address)


@blueprint.get("/groups/<int:group_id>")
@requires(VIEW)
def group(group_id: int) -> Response:
    found: WorkingGroup = load(WorkingGroup, group_id)
    actor = current_actor()
    members = (
        visible(GroupMember, actor)
        .join(Contact, seen(GroupMember.contact_id, actor), isouter=True)
        .where(GroupMember.group_id == group_id)
        .order_by(GroupMember.is_chair.desc(), Contact.id.is_(None), Contact.sort_name, GroupMember.id)
        .limit(500)
        .with_only_columns(
            GroupMember.id, GroupMember.is_chair, Contact.id.label("contact_id"), Contact.name, Contact.kind,
            Contact.photo_key,
        )
    )  # fmt: skip
    return htmx.render(
        "coalitions/group.html",
        None,
        group=found,
        coalition=load(Coalition, found.coalition_id),
        members=db.session().execute(members).all(),
        can_edit=may(WorkingGroup, group_id, EDIT),
        new_event=url_for_known("events.new", coalition_id=found.coalition_id, group_id=group_id),
    )


@blueprint.route("/groups/<int:group_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit_group(group_id: int) -> Response:
    found: WorkingGroup = load(WorkingGroup, group_id, EDIT)
    form = GroupForm(found)
    if request.method == "GET":
        form.remember(found)
    address = url_for("coalitions.group", group_id=group_id)
    if form.sent():
        summary = _("Changed the working group %(name)s", name=found.name)
        change = save(form, "coalitions.group.edit", summary, lambda _c: services.change(
            found, form.name.data or "", form.purpose.data or ""), found)  # fmt: skip
        if change is not None:
            say(_("The working group is saved."), change)
            return htmx.go(address)
    return dialog(
        _("Change the working group"), form, url_for("coalitions.edit_group", group_id=group_id), address
    )


@blueprint.route("/groups/<int:group_id>/members", methods=["GET", "POST"])
@requires(EDIT)
def add_group_members(group_id: int) -> Response:
    found: WorkingGroup = load(WorkingGroup, group_id, EDIT)
    form = GroupMembersForm()
    address = url_for("coalitions.group", group_id=group_id)
    if form.sent():
        counts: list[int] = []
        summary = _("Members of the working group %(name)s", name=found.name)
        change = save(form, "coalitions.group.join", summary, lambda _c: counts.append(_join(found, form)))
        if change is not None:
            said = ngettext("%(count)s is in the group now.", "%(count)s are in the group now.", counts[0],
                            count=counts[0])  # fmt: skip
            say(said, change)
            return htmx.go(address)
    action = url_for("coalitions.add_group_members", group_id=group_id)
    return dialog(_("Add to the group %(name)s", name=found.name), form, action, address, save=_("Add"))


def _join(found: WorkingGroup, form: GroupMembersForm) -> int:
    if not form.contacts.data:
        raise UserError(_("Say who joins: type a name and choose from what is offered."))
    count = services.add_members(found, form.contacts.data, bool(form.is_chair.data))
    if not count:
        raise UserError(_("They are in this group already."))
    return count


def _member(group_id: int, member_id: int) -> GroupMember:
    load(WorkingGroup, group_id, EDIT)
    statement = visible(GroupMember, current_actor(), EDIT).where(
        GroupMember.id == member_id, GroupMember.group_id == group_id
    )
    found: GroupMember = db.session().scalars(statement).one_or_none() or abort(404)
    return found


@blueprint.post("/groups/<int:group_id>/members/<int:member_id>/chair")
@requires(EDIT)
def chair(group_id: int, member_id: int) -> Response:
    """Let somebody chair the group, or not any more."""
    member = _member(group_id, member_id)
    name = seen_names([member.contact_id]).get(member.contact_id, _("Member"))
    summary = _("Who chairs a working group: %(name)s", name=name)
    with db.transaction(current_actor(), "coalitions.group.edit", summary) as change:
        member.is_chair = not member.is_chair
        db.session().flush()
        now_chair = member.is_chair
    words = (
        _("%(name)s chairs the group.", name=name)
        if now_chair
        else _("%(name)s does not chair the group any more.", name=name)
    )
    say(words, change)
    return htmx.go(url_for("coalitions.group", group_id=group_id))


@blueprint.post("/groups/<int:group_id>/members/<int:member_id>/remove")
@requires(EDIT)
def leave_group(group_id: int, member_id: int) -> Response:
    member = _member(group_id, member_id)
    name = seen_names([member.contact_id]).get(member.contact_id, _("Member"))
    summary = _("%(name)s left a working group", name=name)
    with db.transaction(current_actor(), "coalitions.group.edit", summary) as change:
        db.session().delete(member)
    say(_("%(name)s is not in the group any more.", name=name), change)
    return htmx.go(url_for("coalitions.group", group_id=group_id))


@blueprint.post("/groups/<int:group_id>/delete")
@requires(EDIT)
def delete_group(group_id: int) -> Response:
    found: WorkingGroup = load(WorkingGroup, group_id, EDIT)
    coalition_id, name = found.coalition_id, found.name
    summary = _("Deleted the working group %(name)s", name=name)
    with db.transaction(current_actor(), "coalitions.group.delete", summary) as change:
        services.delete(found)
    say(_("The working group %(name)s is deleted; its people stay in the coalition.", name=name), change)
    return htmx.go(url_for("coalitions.show", coalition_id=coalition_id))
