"""A made-up directory for the demo. No agency in it is real."""

from datetime import timedelta

from crm.plugin_api import Actor, db
from crm_referrals.services import directory

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


def load(actor: Actor) -> None:
    """Agencies with their services and how full they are; the same each time."""
    with db.transaction(actor, "demo.load", "The directory of services of the demo"):
        for name, mailbox, services in AGENCIES:
            agency = directory.save_agency(
                None,
                {
                    "name": name,
                    "description": f"{name} works with families of the county.",
                    "website": f"https://{mailbox}.example.org",
                    "phone": "615-555-0100",
                    "notice_email": f"intake@{mailbox}.example.org",
                },
            )
            for title, terms, text, low, high, areas, languages, full in services:
                values = {
                    "name": title,
                    "description": text,
                    "minimum_age": low,
                    "maximum_age": high,
                    "area_codes": areas,
                    "language_codes": languages,
                    "is_free": True,
                    "is_sensitive": "mental_health" in terms,
                    "assured_on": db.now().date() - timedelta(days=30 + len(title)),
                }
                service = directory.save_service(agency, None, values, terms)
                if full:
                    directory.say_capacity(service, full, None, "", name)
