"""What the three kinds of import have in common: they read files themselves, and know most headers of
tables; what a column holds beyond that, people say."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from flask import url_for

from crm.plugin_api import Actor, UserError, current_actor, db, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import Cleaner, Line, Problem, Question, Settings
from crm_schools.importing import columns, day_orders, messages
from crm_schools.lookups import looked
from crm_schools.models import Code, District
from crm_schools.permissions import EDIT, STUDENTS, VIEW


class OwnFiles:
    """The methods of `ImportHandler` that such a kind does not need, and those that are the same for all."""

    match_keys: Mapping[str, Any] = {}
    cards = False
    options: Sequence[str] = ("format", "district", day_orders.OPTION)
    asks_as = ""
    """By which kind of `columns.GROUPS` its tables are read."""

    def suggest(
        self,
        headers: Sequence[str],
        sample: Sequence[Sequence[str]],
        known: Mapping[str, str],
        *,
        keep_unmapped: bool,
    ) -> dict[int, str]:
        return {}

    def choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        return columns.choices(self.asks_as)

    def target_label(self, target: str) -> str:
        return columns.label(self.asks_as, target)

    def questions(self, options: Mapping[str, Any]) -> Sequence[Question]:
        return [*columns.questions(options), day_orders.question(options)]

    def keep_columns(self, headers: Sequence[str], options: Mapping[str, Any]) -> None:
        columns.keep(self.asks_as, headers, options)

    def unique_columns(self, mapping: Mapping[int, str]) -> list[int]:
        return []

    def settle_card(self, record: Any, problems: list[Problem]) -> None:
        """There are no cards of this kind."""

    def cleaner(self, headers: Sequence[str], mapping: Mapping[int, str], region: str) -> Cleaner:
        raise UserError(_("The columns of this file are found by their headers."))

    def dump(self, record: Any) -> str:
        return orjson.dumps(record).decode()

    def load(self, text: str) -> Any:
        return orjson.loads(text)

    def record_url(self, record_id: int) -> str | None:
        return None

    def sentence(self, code: str, column: str, value: str) -> str:
        return messages.sentence(code, column, value)

    def notice(self, code: str, values: Mapping[str, Any]) -> str:
        return messages.notice(code, values)

    def change_words(self, name: str, old: str, new: str) -> tuple[str, str, str]:
        return name, old, new

    def onward(self, run_id: int, options: Mapping[str, Any], *, done: bool) -> Sequence[tuple[str, str]]:
        return _to_the_numbers(options) if done else _to_the_codes(run_id, options)

    def may_read(self, actor: Actor) -> bool:
        """Files of students are for whoever brought them and for those who may see students."""
        return actor.can_everywhere(STUDENTS)

    def together(self, settings: Settings) -> Callable[[Sequence[tuple[int, Line]]], Sequence[Line]]:
        return lambda pairs: ()


def _to_the_numbers(options: Mapping[str, Any]) -> list[tuple[str, str]]:
    actor = current_actor()
    if not actor.can(VIEW):
        return []
    seen = visible(District, actor).where(District.id == columns.district_of(options))
    district = db.session().scalars(seen).one_or_none()
    if district is None:
        return [(url_for("schools.index"), _("See the schools"))]
    return [(url_for("schools.district", district_id=district.id), _("See %(name)s", name=district.name))]


def _to_the_codes(run_id: int, options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The pages of those districts that have codes nobody has mapped, where the reader may map them."""
    actor = current_actor()
    if not actor.can(EDIT):
        return []
    unmapped = visible(Code, actor).with_only_columns(Code.district_id).where(Code.kind == "")
    only = columns.district_of(options)
    found = visible(District, actor, EDIT).where(District.id.in_(unmapped)).order_by(District.name)
    return [
        (
            url_for("schools.settings", district_id=each.id, import_id=run_id),
            _("Say what the codes of %(name)s mean", name=each.name),
        )
        for each in db.session().scalars(found)
        if only in {None, each.id}
    ]


def words_of(problems: Sequence[Problem]) -> list[str]:
    """What is odd about a row, in sentences."""
    return [messages.sentence(problem.code, problem.column, problem.value) for problem in problems]


def keep_problems(line: Line) -> None:
    """What was noticed about a row while it was read becomes a reason of its plan."""
    line.reasons = [[problem.code, problem.column, problem.value] for problem in line.problems]


def keep_to_those_who_may_see(
    lines: Sequence[Line],
    settings: Settings,
    student_of: Callable[[Line], int | None] = lambda line: line.record.get("student"),
) -> None:
    """A plan says of students that are stored whether they differ from the file, and so it answers guesses.
    Who may not see students is told neither what differs nor how much, nor whether anything does: each row is
    one that is taken, and writing what stands there already changes nothing. Their asking is written down."""
    if settings.actor.can_everywhere(STUDENTS):
        return
    compared = [student_of(line) for line in lines if line.action in {"update", "unchanged"}]
    for line in lines:
        line.changes = []
        if line.action == "unchanged" and line.record_id is not None:
            line.action = "update"
    looked(settings.actor, [each for each in compared if each is not None], "import")
