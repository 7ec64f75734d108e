"""Who may see the history of records, and who may undo what was done to them."""

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, not_, or_, select, true

from crm import db
from crm.access import visible_clause
from crm.access.actor import Actor
from crm.access.guard import SCOPED
from crm.accounts.permissions import STAFF
from crm.i18n import lazy_gettext as _
from crm.journal.images import from_image, journaled
from crm.journal.models import ChangeSet
from crm.journal.recorder import ENTRIES
from crm.plugin_api.types import Permission
from crm.runtime import kept, runtime

VIEW = "journal.view"
UNDO_OWN = "journal.undo_own"
UNDO_ANY = "journal.undo_any"


def permissions() -> Iterable[Permission]:
    return (
        Permission(VIEW, _("See recent changes"), roles=(*STAFF, "viewer")),
        Permission(UNDO_OWN, _("Undo what they did themselves"), roles=(*STAFF, "school")),
        Permission(UNDO_ANY, _("Undo what anybody did")),
    )


class Reach:
    """Whose history an actor may see, or with `to_undo` change back: tables as a `whole`, and `parts`.

    `limited` are tables that have a rule of their own though their history is told with another record's, as
    that of a membership is with its coalition's, and of which the actor does not see all rows.
    """

    def __init__(self, actor: Actor, *, to_undo: bool = False) -> None:
        self.actor = actor
        self.whole: set[str] = set()
        self.parts: dict[str, type[Any]] = {}
        self.limited: dict[str, type[Any]] = {}
        self.permission: dict[str, str] = {}
        for model in _models(subjects=True):
            self._admit(model, to_undo)
        for model in _models(subjects=False):
            self._limit(model, to_undo)

    def _admit(self, model: type[Any], to_undo: bool) -> None:
        name = model.__table__.name
        rule = runtime().access.rule_for(model)
        if rule is None:
            if _may_without_rule(model, self.actor, to_undo):
                self.whole.add(name)
            elif not to_undo and self._sees_some(model):
                self.parts[name] = model
            return
        permission = _undo_permission(model, rule.permission, self.actor) if to_undo else rule.permission
        scopes = self.actor.scopes(permission)
        self.permission[name] = permission
        if scopes.everything:
            self.whole.add(name)
        elif scopes or rule.own:
            self.parts[name] = model

    def _limit(self, model: type[Any], to_undo: bool) -> None:
        name, rule = model.__table__.name, runtime().access.rule_for(model)
        if rule is None or _subject_of(name) not in {*self.whole, *self.parts}:
            return
        edit = _edit_permission(rule.permission)
        permission = edit if to_undo and self.actor.can(edit) else rule.permission
        if not self.actor.can_everywhere(permission):
            self.limited[name], self.permission[name] = model, permission

    def _sees_some(self, model: type[Any]) -> bool:
        named = model.__journal_permissions__
        return bool(
            named and named[0] and self.actor.can(named[0]) and model.journal_within(self.actor) is not None
        )

    def feature_of(self, table_name: str) -> str:
        """Whose rule protects the records of a table, such as `contacts`; empty where there is no rule."""
        return self.permission.get(table_name, "").partition(".")[0]

    def records(self, table_name: str) -> Select[Any]:
        """The ids of those records of one table that the actor reaches; they exist still."""
        table = db.Base.metadata.tables[table_name]
        statement = select(table.c.id).execution_options(**{SCOPED: True})
        if table_name in self.whole:
            withheld = self.withheld(table_name, table.c.id)
            return statement if withheld is None else statement.where(not_(withheld))
        if table_name not in self.parts:
            return statement.where(self._told_elsewhere(table_name))
        model = self.parts[table_name]
        if table_name not in self.permission:
            return statement.where(model.journal_within(self.actor))
        return statement.where(visible_clause(model, self.actor, self.permission[table_name]))

    def _told_elsewhere(self, table_name: str) -> ColumnElement[bool]:
        """Which rows the actor may see of a table whose history is told with another record's."""
        model = next((each for each in _models(subjects=False) if each.__table__.name == table_name), None)
        rule = model and runtime().access.rule_for(model)
        return visible_clause(model, self.actor, rule.permission) if model and rule else false()

    @property
    def entries(self) -> ColumnElement[bool]:
        """The condition on journal entries that they are about a record within reach."""
        clauses: list[ColumnElement[bool]] = [ENTRIES.c.subject_table.in_(sorted(self.whole))]
        clauses += [
            and_(ENTRIES.c.subject_table == name, ENTRIES.c.subject_id.in_(self.records(name)))
            for name in sorted(self.parts)
        ]
        if self.kept_away is not None:
            clauses[0] = and_(clauses[0], not_(self.kept_away))
        return and_(or_(*clauses), self.rows) if self.limited else or_(*clauses)

    def withheld(self, table_name: str, ids: Any) -> ColumnElement[bool] | None:
        """The condition that a record of a table is kept from the actor whatever their roles say; None where
        none is. It may be gone."""
        model = next((each for each in _models(subjects=True) if each.__table__.name == table_name), None)
        return None if model is None else runtime().access.withheld(model, self.actor, ids)

    def kept_among(self, table_name: str, ids: Collection[int]) -> set[int]:
        """Those of these records of a table that are kept from the actor and still there."""
        table = db.Base.metadata.tables[table_name]
        withheld = self.withheld(table_name, table.c.id)
        if withheld is None:
            return set()
        statement = select(table.c.id).where(db.among(table.c.id, ids), withheld)
        return set(db.session().execute(statement.execution_options(**{SCOPED: True})).scalars())

    @cached_property
    def kept_away(self) -> ColumnElement[bool] | None:
        """The same of journal entries, for the tables that the actor sees whole."""
        found = [
            # Not by the index of a table: of a few changes it would read what was done to everybody.
            and_(ENTRIES.c.subject_table + "" == name, withheld)
            for name in sorted(self.whole)
            if (withheld := self.withheld(name, ENTRIES.c.subject_id)) is not None
        ]
        return or_(*found) if found else None

    @property
    def mixed(self) -> set[str]:
        """Tables with whose history that of limited ones is told."""
        return {_subject_of(name) for name in self.limited}

    @cached_property
    def rows(self) -> ColumnElement[bool]:
        """The condition on journal entries that their own row is within reach, too. Of a row that is gone
        nobody can say any more whose it was, so only what the actor did to it themselves is."""
        return self._rows(sorted(self.limited))

    def rows_told_with(self, table_name: str) -> ColumnElement[bool]:
        """The same for entries that are told with the records of one table, which asks about few others."""
        return self._rows(sorted(name for name in self.limited if _subject_of(name) == table_name))

    @cached_property
    def told(self) -> ColumnElement[bool]:
        """The condition on journal entries that their rows are, and ever were, no secret from the actor; it
        holds for what they did themselves, too."""
        secret = (
            model
            for subjects in (True, False)
            for model in _models(subjects=subjects)
            if model.__journal_secret__ and not self.actor.can_everywhere(model.__journal_secret__[1])
        )
        return and_(true(), *(not_(_was_secret(model)) for model in secret))

    def _rows(self, limited: Sequence[str]) -> ColumnElement[bool]:
        if not limited:
            return true()
        return or_(ENTRIES.c.table_name.not_in(limited), *(self._rows_of(name) for name in limited))

    def _rows_of(self, name: str) -> ColumnElement[bool]:
        ids = select(db.Base.metadata.tables[name].c.id).execution_options(**{SCOPED: True})
        seen = visible_clause(self.limited[name], self.actor, self.permission[name])
        within: list[ColumnElement[bool]] = [ENTRIES.c.row_id.in_(ids.where(seen))]
        if self.actor.user_id is not None:
            own = select(ChangeSet.id).where(ChangeSet.actor_user_id == self.actor.user_id)
            within.append(and_(ENTRIES.c.row_id.not_in(ids), ENTRIES.c.change_set_id.in_(own)))
        return and_(ENTRIES.c.table_name == name, or_(*within))


def _was_secret(model: type[Any]) -> ColumnElement[bool]:
    """The condition on journal entries that some entry of the same row calls it a secret."""
    entry, table = ENTRIES.alias(), db.table(model)
    column = table.c[model.__journal_secret__[0]]
    said = or_(*(from_image(column, entry.c[each], db.dialect()) for each in ("before", "after")))
    keys = ("subject_table", "subject_id", "table_name", "row_id")
    same = (entry.c[each] == ENTRIES.c[each] for each in keys)
    found = select(entry.c.id).where(*same, said).execution_options(**{SCOPED: True})
    return and_(ENTRIES.c.table_name == table.name, found.correlate(ENTRIES).exists())


def _models(*, subjects: bool) -> list[type[Any]]:
    """The models of the tables that history is about, or of those whose history is told with another's; those
    of switched-off plugins left out."""
    return kept(("journaled models", subjects), lambda: _find_models(subjects=subjects))


def _find_models(*, subjects: bool) -> list[type[Any]]:
    enabled = runtime().plugins.plugins
    found: dict[str, type[Any]] = {}
    for mapper in db.Base.registry.mappers:
        model = mapper.class_
        if mapper.inherits is None and any(plugin.has(model.__module__) for plugin in enabled):
            specification = journaled(model.__table__.name)
            if specification is not None and (specification.subject_column == "id") == subjects:
                found[model.__table__.name] = model
    return list(found.values())


def _subject_of(table_name: str) -> str:
    specification = journaled(table_name)
    return table_name if specification is None else specification.subject_table


def _may_without_rule(model: type[Any], actor: Actor, to_undo: bool) -> bool:
    """What no visibility rule protects is open by the permissions its model names, else to administrators."""
    if model.__journal_permissions__ is None:
        return is_administrator(actor)
    view, edit = model.__journal_permissions__
    wanted = edit if to_undo else view
    return is_administrator(actor) if wanted is None else actor.can_everywhere(wanted)


def _undo_permission(model: type[Any], view_permission: str, actor: Actor) -> str:
    """With which permission the actor may take back changes of a model's records: that to edit, else the one
    that the model names besides."""
    edit, named = _edit_permission(view_permission), model.__journal_permissions__
    return named[1] if named and named[1] and not actor.can(edit) else edit


def _edit_permission(view_permission: str) -> str:
    """`contacts.edit` where `contacts.view` lets people see."""
    edit = f"{view_permission.rpartition('.')[0]}.edit"
    return edit if edit in runtime().access.permissions else view_permission


def is_administrator(actor: Actor) -> bool:
    """Whether the actor may do everything everywhere."""
    return any(grant.permissions is None and grant.scope_kind == "everything" for grant in actor.grants)


def is_unprotected(table_name: str) -> bool:
    """Whether neither a visibility rule nor the model says who may see and change a table's records."""
    specification = journaled(table_name)
    protected = runtime().access.protected_tables()
    return specification is not None and specification.permissions is None and table_name not in protected


def is_own(change_set: ChangeSet, actor: Actor) -> bool:
    """Whether the actor made this change; the command line made those of nobody."""
    return change_set.actor_user_id == actor.user_id and (actor.user_id is not None or bool(actor.grants))


def is_final(change_set: ChangeSet) -> bool:
    """Whether somebody outside took back their word by this: it is theirs alone to give again."""
    return any(change_set.action in each.info.final_actions for each in runtime().plugins.plugins)


def may_undo(change_set: ChangeSet, actor: Actor) -> bool:
    """Whether the actor's role lets them undo this change; the records in it are looked at by the plan."""
    if is_final(change_set):
        return False
    return actor.can(UNDO_ANY) or (is_own(change_set, actor) and actor.can(UNDO_OWN))
