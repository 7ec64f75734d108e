"""Memberships and commitments as what belongs to others, for conditions of lists."""

from collections.abc import Iterable

from crm.coalitions.models import Coalition, Commitment, Membership
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Relation


def relations() -> Iterable[Relation]:
    return (
        Relation("coalitions_memberships", "contacts", _("Member of coalitions"), Membership.contact_id,
                 "memberships", shown=Coalition.name),
        Relation("coalitions_speaks", "contacts", _("Delegate of members"), Membership.delegate_id,
                 "memberships"),
        Relation("coalitions_commitments", "contacts", _("Commitments"), Commitment.contact_id,
                 "commitments"),
        Relation("coalitions_members", "coalitions", _("Members"), Membership.coalition_id, "memberships"),
        Relation("coalitions_promises", "coalitions", _("Commitments"), Commitment.coalition_id,
                 "commitments"),
        Relation("coalitions_pledges", "campaigns", _("Commitments"), Commitment.campaign_id, "commitments"),
    )  # fmt: skip
