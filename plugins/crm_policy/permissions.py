"""Who may see and change what policy staff keeps.

Bills, hearings and what the states have on the books are public facts: whoever may see them sees all of
them, and only who may work on everything changes them.
What is about people and organizations of ours follows whether the reader may see those.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, false, true

from crm.plugin_api import Actor, Contact, Permission, Scopes, Visibility, visible
from crm.plugin_api import lazy_gettext as _
from crm_policy import models

VIEW = "policy.view"
EDIT = "policy.edit"
APPROVE = "policy.approve"
IMPORT = "policy.import"
SETTINGS = "settings.change"
EXPORT = "policy.export"
STAFF = ("organizer", "policy")

_FACTS: tuple[Any, ...] = (
    models.Session,
    models.Bill,
    models.FormerBill,
    models.BillLetter,
    models.Action,
    models.Sponsor,
    models.Document,
    models.Vote,
    models.Ballot,
    models.Relation,
    models.Committee,
    models.Seat,
    models.District,
    models.Overlap,
    models.Hearing,
    models.HearingBill,
    models.Term,
    models.Office,
    models.Element,
    models.ElementValue,
    models.Point,
    models.Feed,
)
_OURS: tuple[Any, ...] = (
    models.SavedSearch,
    models.Hit,
    models.Alert,
    models.Unmatched,
    models.Source,
    models.Mark,
)
"""What the coalition notes, looks for and prepares: for whoever works on everything, never for a partner."""
_ABOUT: tuple[Any, ...] = (models.Constituency, models.Stance)
"""What a partner may say of itself."""
_SPOKEN: tuple[Any, ...] = (models.Testimony, models.Lobbying)
"""What the coalition says in its name and answers for in its return: a partner reads what is about itself."""


def permissions() -> Iterable[Permission]:
    return (
        Permission(
            VIEW, _("See bills, legislators, hearings and positions"), roles=(*STAFF, "media", "viewer")
        ),
        Permission(EDIT, _("Work on bills: positions, hearings, testimony, whip sheets"), roles=STAFF),
        Permission(APPROVE, _("Approve testimony"), roles=STAFF),
        Permission(EXPORT, _("Take lists of bills, votes and lobbying out as files"), roles=STAFF),
        Permission(
            IMPORT,
            _("Import bills and legislators, and keep them fresh from services"),
            roles=STAFF,
            everywhere=True,
        ),
    )


def facts(_actor: Actor, _scopes: Scopes) -> ColumnElement[bool]:
    return true()


def nobody(_actor: Actor, _scopes: Scopes) -> ColumnElement[bool]:
    """What is everybody's, such as the coalition's position on a bill, is not to be changed by who works for
    one organization, and what the coalition notes for itself not to be read; whoever has the permission over
    everything is not asked."""
    return false()


def about(model: Any) -> Any:
    """The rows about contacts whom the reader may see. Those about nobody, such as a draft of which nobody
    has said yet who speaks, are the coalition's own."""

    def rule(actor: Actor, _scopes: Scopes) -> ColumnElement[bool]:
        return model.contact_id.in_(  # type: ignore[no-any-return]  # A column of any model.
            visible(Contact, actor).with_only_columns(Contact.id)
        )

    return rule


def legislators(_actor: Actor, _scopes: Scopes) -> ColumnElement[bool]:
    """Who holds an office is a public fact."""
    return true()


def visibility() -> Iterable[Visibility]:
    reading = (EXPORT,)
    yield Visibility(models.Legislator, VIEW, legislators, writing=nobody, reading=reading)
    for model in _FACTS:
        yield Visibility(model, VIEW, facts, writing=nobody, reading=reading)
    for model in _OURS:
        yield Visibility(model, VIEW, nobody, writing=nobody, reading=reading)
    for model in _ABOUT:
        yield Visibility(model, VIEW, about(model), reading=reading)
    yield Visibility(models.LobbyingYear, SETTINGS, nobody)
    for model in _SPOKEN:
        yield Visibility(model, VIEW, about(model), writing=nobody, reading=reading)
