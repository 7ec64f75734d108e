"""Finding: a few words, whatever they are part of, among what the actor may see."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask_babel import get_locale
from sqlalchemy import ColumnElement, Row, Select, and_, false, not_, or_, select, true

from crm import db, menu
from crm.access import Actor, current_actor, sees_all, visible
from crm.access.guard import SCOPED
from crm.addresses import address
from crm.plugin_api.types import NavItem, SearchProvider
from crm.runtime import kept, runtime
from crm.search import dialects
from crm.search.indexing import DOCUMENTS
from crm.search.words import typed_words, words


@dataclass(frozen=True)
class Hit:
    """A record that fits, ready to show. `kind` is its provider's, `url` leads to its page."""

    kind: str
    id: int
    title: str
    subtitle: str
    url: str
    icon: str


def find(text: str, actor: Actor, limit: int = 10, kinds: Sequence[str] | None = None) -> list[Hit]:
    """The best hits among what `actor` may see. First titles that are or begin with the whole words, then
    titles that have them, then the same for words that only begin so, last any other text of a record."""
    typed = typed_words(text)
    providers = open_providers(actor, kinds)
    if not typed or not providers:
        return []
    best: dict[int, Row[Any]] = {}
    for statement in _statements(providers, actor, typed):
        # A document may come from several parts, so ask for more than are wanted.
        values = {**dialects.values(typed), "most": 2 * limit + len(best)}
        rows = db.plain(statement, values).all()
        for row in sorted(rows, key=lambda row: (row.rank, row.title_key)):
            best.setdefault(row.id, row)
        if len(best) >= limit:
            break
    found = list(best.values())[:limit]
    whole = {kind for kind in {row.kind for row in found} if _sees_all_by_role(providers[kind], actor)}
    return [_hit(row, providers[row.kind], sees_all=row.kind in whole) for row in found]


def matching_ids_clause(text: str, kind: str, actor: Actor | None = None) -> Select[Any]:
    """The ids of the records of a kind (or of a table with several kinds) that have every word of `text`,
    for `Model.id.in_(...)` in a query over that model. Says nothing of who may see them: the list's own
    query does. For an actor (this request's by default) who does not see all of them, only words of the
    record itself count, for others may stand in records that are not theirs to see."""
    providers = [each for each in runtime().search.values() if kind in {each.kind, each.subject_table}]
    typed = typed_words(text)
    if not typed or not providers:
        return select(DOCUMENTS.c.record_id).where(false())
    kinds = [each.kind for each in providers]
    actor = actor or current_actor()
    whole = all(_sees_all_by_role(each, actor) for each in providers)
    own = () if whole else (dialects.has_own_words(typed),)
    if dialects.are_common(typed):
        statement = dialects.record_id_if_it_fits(typed, providers[0].id_column)
        return statement.where(DOCUMENTS.c.kind.in_(kinds), *own)
    return dialects.record_ids(typed).where(dialects.of_kinds(kinds), *own)


def commands(text: str, actor: Actor, limit: int = 6) -> list[NavItem]:
    """Pages and actions whose name has every typed word, or begins one with it."""
    typed = [f" {word}" for word in typed_words(text)]
    return [item for item, label in _named_pages(actor) if all(word in label for word in typed)][:limit]


def makers(actor: Actor) -> list[NavItem]:
    """Actions that make something of a name that was not found."""
    return [item for item in menu.navigation("command") if item.named]


def _named_pages(actor: Actor) -> list[tuple[NavItem, str]]:
    """What may be opened, with the words of its name: the same at each key for all with the same rights."""

    def make() -> list[tuple[NavItem, str]]:
        items = menu.navigation("command", "main", "settings")
        return [(item, f" {words(str(item.label))}") for item in items]

    # Fewer while a plugin fails: those are not kept for good.
    many = len(menu.offered_by_rights("crm_nav_items", actor))
    return kept(("named pages", actor.grants, actor.roles, many, str(get_locale())), make)


def open_providers(actor: Actor, kinds: Sequence[str] | None) -> dict[str, SearchProvider]:
    return {
        provider.kind: provider
        for provider in runtime().search.values()
        if (kinds is None or provider.kind in kinds)
        and (provider.permission is None or actor.can(provider.permission))
    }


def _statements(
    providers: dict[str, SearchProvider], actor: Actor, typed: list[str]
) -> Iterator[Select[Any]]:
    """One statement after the other, until there are enough hits; made once for those who see everything."""
    dialect = db.dialect()
    everything = all(_sees_all(provider, actor) for provider in providers.values())
    for step in dialects.STEPS:
        if everything:
            yield _kept_statement(dialect, step, tuple(providers))
        else:
            condition = visible_documents(providers, actor, typed)
            yield dialects.step(dialect, step, condition).execution_options(**{SCOPED: True})


def _sees_all(provider: SearchProvider, actor: Actor) -> bool:
    return sees_all(provider.model, actor)


def _sees_all_by_role(provider: SearchProvider, actor: Actor) -> bool:
    """Whether the roles of an actor show every record: some may be kept from them all the same, but none that
    the words of another record name."""
    rule = runtime().access.rule_for(provider.model)
    return rule is None or actor.can_everywhere(rule.permission)


def _models(providers: dict[str, SearchProvider]) -> set[type[Any]]:
    return {provider.model for provider in providers.values()}


@lru_cache(maxsize=64)
def _kept_statement(dialect: str, step: str, kinds: tuple[str, ...]) -> Select[Any]:
    made = dialects.step(dialect, step, dialects.of_kinds(kinds))
    # The ordered titles give the hits of most questions, whatever was typed. Anywhere in the texts a word is
    # rare or in nearly all, as it falls, and the way to it another.
    return made if step == dialects.ANYWHERE else made.execution_options(**db.KEPT_PLAN)


def visible_documents(
    providers: dict[str, SearchProvider], actor: Actor, typed: Sequence[str] = ()
) -> ColumnElement[bool]:
    """The condition on documents of records that the actor may see, each from `visible`; where that is not
    all of them, words of other records do not count."""
    allowed = []
    for model in _models(providers):
        mine = [provider for provider in providers.values() if provider.model is model]
        kinds = dialects.of_kinds([provider.kind for provider in mine])
        if _sees_all_by_role(mine[0], actor):
            # A list of all the others would be made for each key that is typed.
            withheld = runtime().access.withheld(model, actor, DOCUMENTS.c.record_id)
            allowed.append(kinds if withheld is None else and_(kinds, not_(withheld)))
            continue
        ids = visible(model, actor).with_only_columns(model.id)
        own = dialects.has_own_words(typed) if typed else true()
        allowed.append(and_(kinds, DOCUMENTS.c.record_id.in_(ids), own))
    return or_(*allowed)


def hit_of(row: Row[Any], provider: SearchProvider, actor: Actor) -> Hit:
    """A subtitle may name records that somebody who does not see everything must not know of."""
    return _hit(row, provider, sees_all=_sees_all_by_role(provider, actor))


def _hit(row: Row[Any], provider: SearchProvider, *, sees_all: bool) -> Hit:
    url = address(provider.endpoint, **{provider.id_argument: row.record_id})
    subtitle = row.subtitle if sees_all else ""
    return Hit(row.kind, row.record_id, row.title, subtitle, url, provider.icon)
