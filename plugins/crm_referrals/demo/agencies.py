"""Made-up agencies with their services. None of them is real."""

from datetime import time, timedelta
from typing import Any

from crm.plugin_api import Actor, day_here, db
from crm_referrals.models import Location, Service
from crm_referrals.services import entries, places

AGENCIES = (
    (
        "Riverbend Family Center",
        "family",
        (
            (
                "Ride to School",
                ("transport",),
                "A seat in a van when the bus does not come.",
                5,
                18,
                "00010,00012",
                "en,es",
                "open",
            ),
            (
                "Parent Circle",
                ("family_support", "language"),
                "Talk with other parents, with child care.",
                None,
                None,
                "00010,00011,00012",
                "en,es,ar",
                "open",
            ),
        ),
    ),
    (
        "Cedar Street Clinic",
        "health",
        (
            (
                "School Health Visits",
                ("health", "dental"),
                "Check-ups, asthma plans, teeth and glasses.",
                3,
                19,
                "",
                "en,es",
                "waitlist",
            ),
            (
                "Calm Mornings",
                ("mental_health",),
                "Short talks for students who dread school.",
                8,
                18,
                "00010,00011",
                "en",
                "none",
            ),
        ),
    ),
    (
        "Open Door Pantry",
        "food",
        (
            (
                "Weekend Backpacks",
                ("food",),
                "Food for the weekend, packed for one family.",
                None,
                None,
                "00011,00012,00013",
                "en,es,so",
                "open",
            ),
            (
                "Laundry and Shoes",
                ("clothing",),
                "Washing machines, shoes and coats.",
                None,
                None,
                "00012",
                "en,es",
                "open",
            ),
        ),
    ),
    (
        "Harbor Housing Help",
        "housing",
        (
            (
                "Bus Pass Fund",
                ("transport", "income"),
                "A month of bus passes for a family.",
                None,
                None,
                "",
                "en,es",
                "waitlist",
            ),
            (
                "Rent Bridge",
                ("housing", "income"),
                "One month of rent for a family with school children.",
                None,
                None,
                "",
                "en,es",
                None,
            ),
        ),
    ),
    (
        "Lantern Mentors",
        "mentors",
        (
            (
                "Lunch Mentors",
                ("mentoring",),
                "The same adult, once a week at lunch.",
                9,
                18,
                "00010,00011,00012,00013",
                "en",
                "open",
            ),
            (
                "Walking Bus",
                ("transport", "mentoring"),
                "A grown-up walks a group of children to school.",
                5,
                12,
                "00010,00011",
                "en,es",
                "open",
            ),
            (
                "Homework Hour",
                ("tutoring", "after_school"),
                "A quiet room and help until six.",
                6,
                15,
                "00010",
                "en,es",
                "waitlist",
            ),
        ),
    ),
)


CITIES = (
    ("Alder Falls", "00010"),
    ("Port Linden", "00011"),
    ("Juniper Flats", "00012"),
    ("Mossbridge", "00013"),
    ("Cedar Landing", "00014"),
)
"""Where the rest of the demo takes place, too."""
STREETS = ("Ferry St.", "Lantern Way", "Granary Rd.", "Quince Ave.", "Towpath Ln.")


def _place(service: Service, number: int) -> None:
    """Where an agency gives its services: a street of the made-up state, a few miles from the next."""
    city, zip_code = CITIES[number % len(CITIES)]
    known = places.others_of(service)
    if known:
        places.join(service, db.session().get_one(Location, known[0][0]))
        return
    places.save_location(
        service,
        None,
        {
            "kind": "physical",
            "name": "",
            "address": f"{12 + 7 * number} {STREETS[number % len(STREETS)]}",
            "city": city,
            "state": "CB",
            "postal_code": zip_code,
            "transportation": "",
            "latitude": 41.30 + 0.05 * number,
            "longitude": -72.50 + 0.04 * (number % 3),
            "is_confidential": False,
        },
    )


def write(actor: Actor) -> dict[str, int]:
    """Agencies that hear of nothing by mail while the demo is written; the ids of services by their names."""
    made = {}
    for number, (name, mailbox, services) in enumerate(AGENCIES):
        values = {
            "name": name,
            "description": f"{name} works with families of the county.",
            "website": f"https://{mailbox}.example.org",
            "phone": "+12205550100",
            "notice_email": f"intake@{mailbox}.example.org",
            "notice": "none",
        }
        agency = entries.save_agency(None, entries.with_contact(values, actor))
        for title, terms, text, low, high, areas, languages, full in services:
            said: dict[str, Any] = {
                "name": title,
                "description": text,
                "minimum_age": low,
                "maximum_age": high,
                "area_codes": areas,
                "language_codes": languages,
                "is_free": True,
                "is_sensitive": "mental_health" in terms,
                "assured_on": day_here() - timedelta(days=30 + len(title) * 15),
                "application_process": "Call, or ask the school to refer you.",
            }
            service = entries.save_service(agency, None, said, terms)
            places.add_schedule(service, ["MO", "TU", "WE", "TH", "FR"], time(8), time(16, 30), "")
            places.set_documents(service, "A letter from the school")
            _place(service, number)
            made[title] = service.id
            if full:
                entries.say_capacity(service, full, None, "", name)
    return made
