"""What other plugins may use of state policy. Whatever is not here may change without notice.

Name `policy` in `PluginInfo.uses`, ask `enabled("policy")`, then import this where you ask. Keep the number
of a bill and its name (`BillName.name`) in columns of your own: `names_of` leaves out what is gone or not the
reader's to see, and then the name that you kept still says which bill it was. The page of a bill shows the
panels of `crm_record_panels` with kind `policy_bill`. Two bills may become one, where services told of one
session by two names: `crm_records_joined` then says, with that kind, which number takes the place of which;
`heir_of` gives the bill that stayed, for addresses that name the other.

- `BillField` chooses a bill in a form, drawn by the macro `bill_field` of `policy/_choose.html`; `find_bills`
  finds bills by what people type.
- `districts_form` asks in which districts an organization lies, `set_districts` keeps what it gives.
- `districts_of_each` says in which legislative districts organizations and people lie, `upcoming` which
  hearings come up, `deciders` what comes next for a bill and who decides it, each with district and lean.
  Two places are one district when `key_of` gives the same.
"""

from crm_policy.choosing import BillField
from crm_policy.permissions import VIEW
from crm_policy.placing import districts_form
from crm_policy.services.deciding import (
    Decider,
    Decision,
    by_district,
    deciders,
    key_of,
    upcoming,
)
from crm_policy.services.naming import BillName, find_bills, heir_of, names_of
from crm_policy.services.work import Place, chamber_words, districts_of_each
from crm_policy.services.work import set_constituency as set_districts
from crm_policy.words import LEANS, POSITIONS

__all__ = [
    "LEANS",
    "POSITIONS",
    "VIEW",
    "BillField",
    "BillName",
    "Decider",
    "Decision",
    "Place",
    "by_district",
    "chamber_words",
    "deciders",
    "districts_form",
    "districts_of_each",
    "find_bills",
    "heir_of",
    "key_of",
    "names_of",
    "set_districts",
    "upcoming",
]
