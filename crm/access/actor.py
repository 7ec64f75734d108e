"""Who acts: a signed-in user with grants, a job on a user's behalf, or the system itself."""

from dataclasses import dataclass
from typing import Self

EVERYTHING = "everything"


@dataclass(frozen=True)
class Grant:
    """A role over a scope: its permissions hold for everything, or for one record and what is under it.

    `scope_kind` is `everything` or a kind that a feature declares, such as `organization`; `scope_id`
    is the id of that record.
    """

    permissions: frozenset[str] | None
    scope_kind: str = EVERYTHING
    scope_id: int | None = None

    def allows(self, permission: str) -> bool:
        return self.permissions is None or permission in self.permissions


@dataclass(frozen=True)
class Scopes:
    """Over what a permission holds: everything, or ids by kind of scope; nothing when both are empty."""

    everything: bool
    ids: dict[str, frozenset[int]]

    def __bool__(self) -> bool:
        return self.everything or bool(self.ids)


@dataclass(frozen=True)
class Actor:
    """The one on whose behalf something is read or written. `label` is the name that history keeps."""

    user_id: int | None
    label: str
    grants: tuple[Grant, ...] = ()
    contact_id: int | None = None
    roles: frozenset[str] = frozenset()
    """The names of the roles behind the grants, for what is offered first; never for what is allowed."""

    @classmethod
    def system(cls, label: str = "Rollcall") -> Self:
        """May do everything: the command line and scheduled work."""
        return cls(None, label, (Grant(None),))

    @classmethod
    def nobody(cls) -> Self:
        """Not signed in; no permission at all."""
        return cls(None, "Somebody not signed in")

    @classmethod
    def only(cls, *permissions: str) -> Self:
        """May do these everywhere and nothing else: for what is the same for all who may, whoever asks."""
        return cls(None, "", (Grant(frozenset(permissions)),))

    def can(self, permission: str) -> bool:
        """Whether the permission holds over anything at all; records are checked by `visible`."""
        return any(grant.allows(permission) for grant in self.grants)

    def can_everywhere(self, permission: str) -> bool:
        return self.scopes(permission).everything

    def scopes(self, permission: str) -> Scopes:
        ids: dict[str, set[int]] = {}
        for grant in self.grants:
            if not grant.allows(permission):
                continue
            if grant.scope_kind == EVERYTHING:
                return Scopes(True, {})
            if grant.scope_id is not None:
                ids.setdefault(grant.scope_kind, set()).add(grant.scope_id)
        return Scopes(False, {kind: frozenset(found) for kind, found in ids.items()})
