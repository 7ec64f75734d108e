"""Made-up agencies with their services. None of them is real."""

from datetime import time, timedelta
from typing import Any

from crm.plugin_api import Actor, db
from crm_referrals.services import directory, places

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
                "37203,37208",
                "en,es",
                "open",
            ),
            (
                "Parent Circle",
                ("family_support", "language"),
                "Talk with other parents, with child care.",
                None,
                None,
                "37203,37206,37208",
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
                "37203,37206",
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
                "37206,37208,37210",
                "en,es,so",
                "open",
            ),
            (
                "Laundry and Shoes",
                ("clothing",),
                "Washing machines, shoes and coats.",
                None,
                None,
                "37208",
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
                "37203,37206,37208,37210",
                "en",
                "open",
            ),
            (
                "Homework Hour",
                ("tutoring", "after_school"),
                "A quiet room and help until six.",
                6,
                15,
                "37203",
                "en,es",
                "waitlist",
            ),
        ),
    ),
)


def write(actor: Actor) -> dict[str, int]:
    """Agencies that hear of nothing by mail while the demo is written; the ids of services by their names."""
    made = {}
    for name, mailbox, services in AGENCIES:
        values = {
            "name": name,
            "description": f"{name} works with families of the county.",
            "website": f"https://{mailbox}.example.org",
            "phone": "615-555-0100",
            "notice_email": f"intake@{mailbox}.example.org",
            "notice": "none",
        }
        agency = directory.save_agency(None, directory.with_contact(values, actor))
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
                "assured_on": db.now().date() - timedelta(days=30 + len(title) * 15),
                "application_process": "Call, or ask the school to refer you.",
            }
            service = directory.save_service(agency, None, said, terms)
            places.add_schedule(service, ["MO", "TU", "WE", "TH", "FR"], time(8), time(16, 30), "")
            places.set_documents(service, "A letter from the school")
            made[title] = service.id
            if full:
                directory.say_capacity(service, full, None, "", name)
    return made
