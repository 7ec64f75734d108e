"""Bills: the list, the page of one, and what staff writes on it."""

from typing import Any

from flask import abort, request, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import (
    UserError,
    current_actor,
    db,
    go,
    load,
    offered,
    render,
    requires,
    say,
    show_list,
    signons,
    visible,
)
from crm.plugin_api import gettext as _
from crm.plugin_api.choosing import options
from crm.plugin_api.records import Campaign
from crm.plugin_api.words import day_here
from crm_policy import words
from crm_policy.fields import campaigns
from crm_policy.forms import (
    ActionForm,
    BillForm,
    OverrideForm,
    PointForm,
    PositionForm,
    VersionForm,
)
from crm_policy.models import (
    Action,
    Bill,
    Document,
    Point,
    Vote,
)
from crm_policy.permissions import EDIT, VIEW
from crm_policy.places import name_of
from crm_policy.services import (
    assessing,
    bills,
    carrying,
    elements,
    gathering,
    kinship,
    letters,
    naming,
    removing,
    sheets,
    work,
)
from crm_policy.views.blueprint import blueprint, do, for_all, load_bill, number_of, save


def page_of(bill_id: int) -> str:
    return url_for("policy.bill", bill_id=bill_id)


def name(bill: Bill) -> str:
    return f"{bill.state} {bill.identifier}"


@blueprint.get("/")
@requires(VIEW)
def index() -> Response:
    return show_list("policy", page="policy/index.html")


@blueprint.get("/bills/<int:bill_id>")
@requires(VIEW)
def bill(bill_id: int) -> Response:
    found: Bill = load_bill(bill_id)
    actor = current_actor()
    parts = gathering.of_bill(found, actor)
    can_edit = actor.can_everywhere(EDIT)
    goes_on = parts.pop("named_by") or any(each.kind in kinship.EARLIER for each in parts["related"])
    session, owner, answers = parts.pop("session")[0], parts.pop("owner"), parts.pop("stances")
    return render(
        "policy/bill.html",
        None,
        bill=found,
        session=session,
        state=name_of(found.state),
        freshness=bills.freshness(found, session),
        owner=owner[0].name if owner else "",
        campaign=_campaign(found),
        words=words,
        letters=letters.lines([each.id for each in parts.pop("letters")], actor),
        can_write_letters=actor.can(signons.EDIT),
        tally={key: sum(1 for each in answers if each.stance == key) for key in words.POSITIONS},
        signed=sum(1 for each in answers if each.sign_off == "signed"),
        chamber=lambda code: work.chamber_words(found.state, code),
        can_edit=can_edit,
        is_ours=can_edit and removing.is_ours(found),
        status_on=lambda value: elements.status_on(value, day_here()),
        earlier=carrying.offer(found, actor) if can_edit and goes_on else None,
        panels=offered("crm_record_panels", kind="policy_bill", record_id=bill_id),
        **parts,
    )


def _campaign(found: Bill) -> Any:
    """The campaign that a bill is a part of, for who may see that one."""
    if found.campaign_id is None:
        return None
    mine = visible(Campaign, current_actor()).where(Campaign.id == found.campaign_id)
    return db.session().execute(mine.with_only_columns(Campaign.id, Campaign.name)).first()


@blueprint.get("/bills/offered")
@requires(VIEW)
def offered_bills() -> Response:
    """Bills that fit what is being typed into a field that chooses one, as options of its list."""
    typed = next((each for each in request.args.values() if each), "")
    return render("policy/_offered.html", None, bills=naming.find_bills(typed, current_actor()))


@blueprint.route("/bills/new", methods=["GET", "POST"])
@requires(EDIT)
def new_bill() -> Response:
    """A bill that no source has (yet)."""
    for_all()
    form, made = BillForm(data={"state": bills.home_state(current_actor())}), []
    if form.sent():
        try:
            with db.transaction(current_actor(), "policy.bill") as change:
                made.append(bills.by_hand(form.values()))
                change.summary = _("Added %(name)s", name=name(made[0]))
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(change.summary, change)
            return go(page_of(made[0].id))
    return render(
        "policy/dialog_page.html",
        "policy/_form.html",
        form.status,
        form=form,
        back=url_for("policy.index"),
        title=_("A bill by hand"),
    )


@blueprint.route("/bills/<int:bill_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit_bill(bill_id: int) -> Response:
    """What staff wrote of a bill that no source tells of."""
    for_all()
    found: Bill = load_bill(bill_id, EDIT)
    if not removing.is_ours(found):
        raise UserError(_("A source tells of this bill, and what it says stands here."))
    form = BillForm(obj=found)
    del form.state, form.session, form.stage  # A bill of another session is another bill.
    return save(
        form,
        lambda _change: bills.rewrite(found, form.values()),
        "policy.bill",
        _("Number and title of %(name)s", name=name(found)),
        page_of(bill_id),
        _("Number and title of %(name)s", name=name(found)),
    )


@blueprint.route("/bills/<int:bill_id>/position", methods=["GET", "POST"])
@requires(EDIT)
def position(bill_id: int) -> Response:
    found: Bill = load_bill(bill_id, EDIT)
    form = PositionForm(obj=found)
    form.campaign_id.choices = options([("", _("None")), *((int(key), label) for key, label in campaigns())])
    return save(
        form,
        lambda change: bills.set_position(found, form.values(), change),
        "policy.position",
        _("Our position on %(name)s", name=name(found)),
        page_of(bill_id),
        _("Our position on %(name)s", name=name(found)),
        note=_("Companions of this bill share it.") if found.group_id else "",
    )


@blueprint.post("/bills/<int:bill_id>/carry")
@requires(EDIT)
def carry_over(bill_id: int) -> Response:
    """What we had on the bill of the session before goes on with this one."""
    found: Bill = load_bill(bill_id, EDIT)
    return do(
        lambda change: carrying.take_over(found, change),
        "policy.position",
        _("%(name)s goes on with the work on the bill before it", name=name(found)),
        page_of(bill_id),
    )


@blueprint.post("/bills/<int:bill_id>/follow")
@requires(EDIT)
def follow_source(bill_id: int) -> Response:
    """Take back what we say of where the bill stands: the source has moved since."""
    found: Bill = load_bill(bill_id, EDIT)

    def write(change: Any) -> None:
        assessing.still_said(found, request.form.get("said", ""))
        assessing.override(found, None, None, "", "", change)

    return do(
        write,
        "policy.override",
        _("%(name)s stands where the source says again", name=name(found)),
        page_of(bill_id),
    )


@blueprint.route("/bills/<int:bill_id>/override", methods=["GET", "POST"])
@requires(EDIT)
def override(bill_id: int) -> Response:
    found: Bill = load_bill(bill_id, EDIT)
    form = OverrideForm(obj=found)

    def write(change: Any) -> None:
        if "said" in request.form:
            assessing.still_said(found, request.form["said"])
        form_values = form.values()
        assessing.override(
            found,
            form_values["stage_override"],
            form_values["disposition_override"],
            form_values["override_reason"] or "",
            current_actor().label,
            change,
        )

    return save(
        form,
        write,
        "policy.override",
        _("Where %(name)s stands, as we say", name=name(found)),
        page_of(bill_id),
        _("Where it stands, as we say"),
        hidden=lambda: {"said": words.said_of(found)},
        note=_(
            "The source says: %(stage)s, %(end)s.",
            stage=words.STAGES[found.source_stage],
            end=words.DISPOSITIONS[found.source_disposition],
        ),
    )


@blueprint.post("/bills/<int:bill_id>/older")
@requires(EDIT)
def take_older(bill_id: int) -> Response:
    """The source took back what it told last: its next file counts, although it ends earlier."""
    found: Bill = load_bill(bill_id, EDIT)
    return do(
        lambda change: bills.take_older(found, change),
        "policy.bill",
        _("The next file about %(name)s is taken, also where it ends earlier", name=name(found)),
        page_of(bill_id),
    )


@blueprint.route("/bills/<int:bill_id>/actions/new", methods=["GET", "POST"])
@requires(EDIT)
def new_action(bill_id: int) -> Response:
    found: Bill = load_bill(bill_id, EDIT)
    form = ActionForm()
    return save(
        form,
        lambda change: bills.add_action(found, form.values(), change),
        "policy.action",
        _("Added an action to %(name)s", name=name(found)),
        page_of(bill_id),
        _("An action that the source lacks"),
    )


@blueprint.post("/bills/<int:bill_id>/actions/<int:action_id>/delete")
@requires(EDIT)
def delete_action(bill_id: int, action_id: int) -> Response:
    found: Action = load(Action, action_id, EDIT)
    if found.bill_id != bill_id:
        abort(404)
    return do(
        lambda change: bills.remove_action(found, change),
        "policy.action",
        _("Removed an action"),
        page_of(bill_id),
    )


@blueprint.route("/bills/<int:bill_id>/versions/new", methods=["GET", "POST"])
@requires(EDIT)
def new_version(bill_id: int) -> Response:
    found: Bill = load_bill(bill_id, EDIT)
    form = VersionForm()
    return save(
        form,
        lambda _change: bills.add_version(found, form.values()),
        "policy.version",
        _("Added a version of %(name)s", name=name(found)),
        page_of(bill_id),
        _("A version of the text"),
    )


@blueprint.route("/bills/<int:bill_id>/versions/<int:document_id>", methods=["GET", "POST"])
@requires(EDIT)
def version_text(bill_id: int, document_id: int) -> Response:
    """Paste the text of a version that a source only links to."""
    found: Document = load(Document, document_id, EDIT)
    if found.bill_id != bill_id:
        abort(404)
    form = VersionForm(obj=found)
    del form.note, form.dated_on, form.url
    return save(
        form,
        lambda _change: bills.set_text(found, form.body.data or ""),
        "policy.version",
        _("Text of “%(note)s”", note=found.note),
        page_of(bill_id),
        found.note or _("Text"),
    )


@blueprint.get("/bills/<int:bill_id>/compare")
@requires(VIEW)
def compare(bill_id: int) -> Response:
    """Two versions side by side."""
    found: Bill = load_bill(bill_id)
    statement = visible(Document, current_actor()).where(Document.bill_id == bill_id, Document.body != "")
    versions = list(db.session().scalars(statement.order_by(Document.dated_on, Document.id)))
    by_id = {each.id: each for each in versions}
    old = by_id.get(number_of("old")) or (versions[0] if versions else None)
    new = by_id.get(number_of("new")) or (versions[-1] if versions else None)
    rows = bills.compare(old.body, new.body) if old and new else []
    return render("policy/compare.html", None, bill=found, versions=versions, old=old, new=new, rows=rows)


@blueprint.get("/votes/<int:vote_id>")
@requires(VIEW)
def vote(vote_id: int) -> Response:
    found: Vote = load(Vote, vote_id)
    return render(
        "policy/vote.html",
        None,
        vote=found,
        bill=load_bill(found.bill_id),
        ballots=bills.ballots(vote_id, current_actor()),
        options=words.OPTIONS,
    )


@blueprint.route("/bills/<int:bill_id>/points/new", methods=["GET", "POST"], defaults={"point_id": None})
@blueprint.route("/bills/<int:bill_id>/points/<int:point_id>", methods=["GET", "POST"])
@requires(EDIT)
def point(bill_id: int, point_id: int | None) -> Response:
    found: Bill = load_bill(bill_id, EDIT)
    one = load(Point, point_id, EDIT) if point_id else Point(bill_id=bill_id)
    if one.bill_id != bill_id:
        abort(404)
    form = PointForm(obj=one)

    def write(_change: Any) -> None:
        for key, value in form.values().items():
            setattr(one, key, value or "")
        db.session().add(one)

    delete = url_for("policy.delete_point", bill_id=bill_id, point_id=point_id) if point_id else None
    return save(
        form,
        write,
        "policy.point",
        _("A talking point for %(name)s", name=name(found)),
        page_of(bill_id),
        _("Talking point or fact"),
        delete_address=delete,
    )


@blueprint.post("/bills/<int:bill_id>/points/<int:point_id>/delete")
@requires(EDIT)
def delete_point(bill_id: int, point_id: int) -> Response:
    found: Point = load(Point, point_id, EDIT)
    if found.bill_id != bill_id:
        abort(404)
    return do(
        lambda _change: db.session().delete(found),
        "policy.point",
        _("Removed a talking point"),
        page_of(bill_id),
    )


@blueprint.get("/bills/<int:bill_id>/sheet")
@requires(VIEW)
def fact_sheet(bill_id: int) -> Response:
    """One page to print and to hand over: what the bill is, what we say, the facts."""
    from crm_policy.views.papers import legislator_of_request

    found: Bill = load_bill(bill_id)
    legislator = legislator_of_request(found)
    return render(
        "policy/sheet.html",
        None,
        bill=found,
        sheet=sheets.of_bill(found, current_actor(), legislator),
        legislator=legislator,
        legislators=work.sitting(found.state, "", current_actor()),
        words=words,
        state=name_of(found.state),
    )
