"""What a person says about single rows of a plan before it is carried out."""

from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.errors import UserError
from crm.transfer import rows, runs
from crm.transfer.kinds import ALIKE, KnowsAlike, Line
from crm.transfer.models import ImportRun


def decide(run: ImportRun, number: int, actor: Actor, *, same: bool) -> None:
    """Whether a row that looks like a stored record is that one or somebody else. Inside a transaction."""
    runs.require(run.kind, actor)
    runs.hold(run)
    handler = runs.handler_of(run)
    line = rows.by_lines(run.id, [number], handler).get(number)
    if run.status != "planned" or runs.is_busy(run):
        raise UserError(_("This plan is being carried out, so it cannot be changed any more."))
    if line is None or line.alike is None or not isinstance(handler, KnowsAlike):
        raise UserError(_("There is nothing to decide about this row."))
    if same:
        handler.say_same(line)
        _join(run, line)
    else:
        handler.say_other(line)
    rows.update(run.id, [line])
    run.counts = {**rows.counts(run.id), ALIKE: rows.count_alike(run.id)}


def _join(run: ImportRun, line: Line) -> None:
    """Where another row means the same record already, this one follows it, as rows of one person do."""
    table = rows.ROWS.c
    others = select(table.line).where(
        table.run_id == run.id,
        table.record_id == line.record_id,
        table.same_as.is_(None),
        table.line != line.number,
        table.action.in_(("update", "unchanged")),
    )
    head = db.session().execute(others.order_by(table.line).limit(1)).scalar()
    if head is None:
        return
    followers = select(table.id).where(table.run_id == run.id, table.same_as == line.number).limit(1)
    if head > line.number or db.session().execute(followers).scalar() is not None:
        raise UserError(_("Row %(row)s means that contact already. Join the two rows in the file.", row=head))
    line.same_as = head
