"""The form that asks in which districts an organization lies, as it is known now."""

from crm.plugin_api import Contact
from crm_policy.forms import ConstituencyForm
from crm_policy.services import work


def districts_form(contact: Contact) -> ConstituencyForm:
    """Filled in with what is known; `values()` is what `set_districts` takes."""
    places = work.districts_of(contact)
    given = {
        "state": places[0].state if places else None,
        "school": work.school_district_of(contact)
        or work.numbers_of([contact.id]).get(contact.id)
        or work.suggested_school_district(contact),
    }
    given |= {each.chamber: each.district for each in places if not each.via}
    return ConstituencyForm(data=given, record=contact)
