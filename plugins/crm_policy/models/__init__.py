"""What the plugin keeps."""

from crm_policy.models.bills import (
    Action,
    Ballot,
    Bill,
    Document,
    FormerBill,
    Relation,
    Session,
    Sponsor,
    Vote,
)
from crm_policy.models.elements import Element, ElementValue
from crm_policy.models.outreach import Alert, BillLetter, Feed
from crm_policy.models.people import (
    Committee,
    Constituency,
    District,
    Legislator,
    Office,
    Overlap,
    Seat,
    Term,
    Unmatched,
)
from crm_policy.models.tracking import Hit, SavedSearch, Source
from crm_policy.models.work import (
    Hearing,
    HearingBill,
    Lobbying,
    LobbyingYear,
    Mark,
    Point,
    Stance,
    Testimony,
)

__all__ = [
    "Action",
    "Alert",
    "Ballot",
    "Bill",
    "BillLetter",
    "Committee",
    "Constituency",
    "District",
    "Document",
    "Element",
    "ElementValue",
    "Feed",
    "FormerBill",
    "Hearing",
    "HearingBill",
    "Hit",
    "Legislator",
    "Lobbying",
    "LobbyingYear",
    "Mark",
    "Office",
    "Overlap",
    "Point",
    "Relation",
    "SavedSearch",
    "Seat",
    "Session",
    "Source",
    "Sponsor",
    "Stance",
    "Term",
    "Testimony",
    "Unmatched",
    "Vote",
]
