"""The list and the tree of coalitions, the page of each, and changing it."""

from dataclasses import dataclass, field
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from sqlalchemy import case, func, select
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, load, may, requires, visible, visible_clause
from crm.accounts.models import User
from crm.coalitions.forms import CoalitionForm, keep_choice
from crm.coalitions.models import Coalition, GroupMember, Membership, WorkingGroup
from crm.coalitions.names import seen
from crm.coalitions.permissions import COMMIT, DELETE, EDIT, VIEW
from crm.coalitions.services import coalitions as services
from crm.coalitions.views.blueprint import asked_id, blueprint, dialog, save
from crm.contacts.models import Contact
from crm.fields.pages import show_list
from crm.pages import offered, say, url_for_known

SHOWN = 12


@blueprint.get("")
@requires(VIEW)
def index() -> Response:
    return show_list("coalitions", page="coalitions/index.html")


@dataclass
class Branch:
    """A coalition of the tree with those within it."""

    id: int
    name: str
    level: str
    region: str
    members: int
    parts: list["Branch"] = field(default_factory=list)


@blueprint.get("/tree")
@requires(VIEW)
def tree() -> Response:
    """All coalitions, one within another; one whose surroundings the reader may not see stands on top."""
    members = (
        select(Membership.coalition_id, func.count().label("count"))
        .where(Membership.status == "active", visible_clause(Membership, current_actor()))
        .group_by(Membership.coalition_id)
        .subquery()
    )
    rank = case((Coalition.level == "national", 0), (Coalition.level == "state", 1), else_=2)
    statement = (
        visible(Coalition, current_actor())
        .join(members, members.c.coalition_id == Coalition.id, isouter=True)
        .order_by(rank, Coalition.sort_name, Coalition.id)
        .with_only_columns(
            Coalition.id, Coalition.name, Coalition.level, Coalition.region,
            func.coalesce(members.c.count, 0), Coalition.parent_id,
        )
    )  # fmt: skip
    rows = db.session().execute(statement).all()
    branches = {row[0]: Branch(*row[:5]) for row in rows}
    roots: list[Branch] = []
    for row in rows:
        around = branches.get(row[5])
        (around.parts if around else roots).append(branches[row[0]])
    return htmx.render("coalitions/tree.html", None, roots=roots)


@blueprint.route("/new", methods=["GET", "POST"])
@requires(EDIT)
def new() -> Response:
    form = CoalitionForm()
    if request.method == "GET":
        form.parent_id.data = asked_id("parent_id")
        form.owner_user_id.data = current_actor().user_id
    if form.sent():
        made: list[Coalition] = []
        summary = _("Added the coalition %(name)s", name=form.name.data)
        change = save(
            form, "coalitions.create", summary, lambda _change: made.append(services.create(form.values()))
        )
        if change is not None:
            say(_("%(name)s is added.", name=form.name.data), change)
            return htmx.go(url_for("coalitions.show", coalition_id=made[0].id))
    return dialog(_("New coalition"), form, url_for("coalitions.new"), url_for("coalitions.index"))


@blueprint.get("/<int:coalition_id>")
@requires(VIEW)
def show(coalition_id: int) -> Response:
    coalition: Coalition = load(Coalition, coalition_id)
    actor = current_actor()
    panels = offered("crm_record_panels", kind="coalition", record_id=coalition_id)
    # How it is doing stands above the members, everything else below them.
    first = [each for each in panels if getattr(each, "name", "") == "health"]
    return htmx.render(
        "coalitions/show.html",
        None,
        coalition=coalition,
        around=around(coalition),
        parts=parts_of(coalition_id),
        owner=db.session()
        .execute(select(User.name).where(User.id == coalition.owner_user_id))
        .scalar_one_or_none(),
        counts=status_counts(coalition_id),
        members=leading_members(coalition_id),
        groups=groups_of(coalition_id),
        first_panels=first,
        panels=[each for each in panels if each not in first],
        can_edit=may(Coalition, coalition_id, EDIT),
        can_delete=may(Coalition, coalition_id, DELETE),
        can_commit=actor.can(COMMIT),
        new_event=url_for_known("events.new", coalition_id=coalition_id),
    )


def around(coalition: Coalition) -> Any:
    """The coalition that this is part of, if the reader may see it."""
    if coalition.parent_id is None:
        return None
    statement = visible(Coalition, current_actor()).where(Coalition.id == coalition.parent_id)
    return db.session().scalars(statement).one_or_none()


def parts_of(coalition_id: int) -> list[Any]:
    statement = (
        visible(Coalition, current_actor())
        .where(Coalition.parent_id == coalition_id)
        .order_by(Coalition.sort_name, Coalition.id)
        .limit(200)
        .with_only_columns(Coalition.id, Coalition.name, Coalition.level, Coalition.region)
    )
    return list(db.session().execute(statement).all())


def status_counts(coalition_id: int) -> dict[str, int]:
    statement = (
        visible(Membership, current_actor())
        .where(Membership.coalition_id == coalition_id)
        .group_by(Membership.status)
        .with_only_columns(Membership.status, func.count())
    )
    return {row[0]: row[1] for row in db.session().execute(statement)}


def leading_members(coalition_id: int) -> list[Any]:
    """The first active members: who leads and steers, then by name, each with the delegate; all as
    far as the reader may see them."""
    actor = current_actor()
    rank = case((Membership.role == "lead", 0), (Membership.role == "steering", 1), else_=2)
    statement = (
        visible(Membership, actor)
        .join(Contact, seen(Membership.contact_id, actor))
        .where(Membership.coalition_id == coalition_id, Membership.status == "active")
        .order_by(rank, Contact.sort_name, Membership.id)
        .limit(SHOWN)
        .with_only_columns(
            Membership.id, Membership.role, Membership.start_date, Membership.delegate_id,
            Contact.id.label("contact_id"), Contact.name, Contact.kind, Contact.sector, Contact.photo_key,
        )
    )  # fmt: skip
    rows = db.session().execute(statement).all()
    names = seen_names([row.delegate_id for row in rows])
    return [(row, names.get(row.delegate_id, "")) for row in rows]


def seen_names(ids: list[int | None]) -> dict[int | None, str]:
    """Names of those of the contacts that the reader may see."""
    wanted = sorted({each for each in ids if each is not None})
    statement = visible(Contact, current_actor()).where(db.among(Contact.id, wanted))
    rows = db.session().execute(statement.with_only_columns(Contact.id, Contact.name)) if wanted else ()
    return {row[0]: row[1] for row in rows}


def groups_of(coalition_id: int) -> list[Any]:
    """Working groups with how many are in them and who chairs them."""
    actor = current_actor()
    statement = (
        visible(WorkingGroup, actor)
        .where(WorkingGroup.coalition_id == coalition_id)
        .order_by(WorkingGroup.name)
        .with_only_columns(WorkingGroup.id, WorkingGroup.name)
    )
    groups = db.session().execute(statement).all()
    counted = (
        visible(GroupMember, actor)
        .where(db.among(GroupMember.group_id, [row.id for row in groups]))
        .with_only_columns(GroupMember.group_id, func.count())
        .group_by(GroupMember.group_id)
    )
    chairs = (
        visible(Contact, actor)
        .join(GroupMember, GroupMember.contact_id == Contact.id)
        .where(db.among(GroupMember.group_id, [row.id for row in groups]), GroupMember.is_chair)
        .order_by(Contact.sort_name)
        .with_only_columns(GroupMember.group_id, Contact.name)
    )
    counts = {row[0]: row[1] for row in db.session().execute(counted)}
    names: dict[int, list[str]] = {}
    for group_id, name in db.session().execute(chairs):
        names.setdefault(group_id, []).append(name)
    return [(row, counts.get(row.id, 0), names.get(row.id, [])) for row in groups]


@blueprint.route("/<int:coalition_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit(coalition_id: int) -> Response:
    coalition: Coalition = load(Coalition, coalition_id, EDIT)
    form = CoalitionForm(coalition)
    keep_choice(form.parent_id, coalition.parent_id)
    keep_choice(form.owner_user_id, coalition.owner_user_id)
    address = url_for("coalitions.show", coalition_id=coalition_id)
    if request.method == "GET":
        form.remember(coalition)
    if form.sent():
        summary = _("Changed the coalition %(name)s", name=coalition.name)
        change = save(
            form, "coalitions.edit", summary, lambda _c: services.change(coalition, form.values()), coalition
        )
        if change is not None:
            say(_("%(name)s is saved.", name=form.name.data), change)
            return htmx.go(address)
    title = _("Change the coalition")
    return dialog(title, form, url_for("coalitions.edit", coalition_id=coalition_id), address)


@blueprint.route("/<int:coalition_id>/delete", methods=["GET", "POST"])
@requires(DELETE)
def delete(coalition_id: int) -> Response:
    coalition: Coalition = load(Coalition, coalition_id, DELETE)
    if request.method == "POST":
        name = coalition.name
        with db.transaction(current_actor(), "coalitions.delete", _("Deleted %(name)s", name=name)) as change:
            services.delete(coalition)
        say(_("%(name)s is deleted.", name=name), change)
        return htmx.go(url_for("coalitions.index"))
    return htmx.render(
        "coalitions/delete_page.html",
        "coalitions/_delete_form.html",
        coalition=coalition,
        counts=status_counts(coalition_id),
        groups=groups_of(coalition_id),
        parts=parts_of(coalition_id),
    )
