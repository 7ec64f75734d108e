"""Made-up outlets and reporters for the made-up coalition."""

from datetime import timedelta
from typing import Final

from crm.plugin_api import Actor, Contact, db, now, system
from crm_media import services
from crm_media.models import Reporter

OUTLETS: Final = (
    ("Harbor County Ledger", "newspaper", "Parents and taxpayers", "Harbor County", "English", 18400),
    ("Radio Puente 98.3", "radio", "Spanish-speaking families", "Harbor County, Mill City", "Spanish", None),
    ("Statehouse Notebook", "newsletter", "Legislators and staff", "Statewide", "English", 6200),
    ("Channel 6 Mill City", "tv", "Families", "Mill City", "English, Spanish", None),
)
REPORTERS: Final = (
    ("Delphine Marchetti", "Harbor County Ledger", "Education reporter", "reporter", "education, families"),
    ("Ramón Ibarra-Solís", "Radio Puente 98.3", "Morning host", "producer", "education, health"),
    ("Winona Castellan", "Statehouse Notebook", "Editor", "editor", "state politics, education"),
    ("Theo Brandvold", "Channel 6 Mill City", "Assignment desk", "desk", "local news"),
    ("Imani Fairweather", "Harbor County Ledger", "Opinion editor", "editor", "opinion"),
)


def load(actor: Actor) -> None:
    """The same ones each time; one has moved, one is to be verified."""
    with db.transaction(actor, "demo.load", "Outlets and reporters of the demo"):
        for name, kind, audience, areas, languages, people in OUTLETS:
            about = {"name": name, "kind": kind, "audience": audience, "areas": areas, "languages": languages}
            source = "Publisher's statement, 2025" if people else ""
            services.new_outlet({**about, "circulation": people, "circulation_source": source}, actor)
        made = [_reporter(each, actor) for each in REPORTERS]
        made[3].verified_on = now().date() - timedelta(days=300)
        with system("the demo reads who it made"):
            moved = db.session().get_one(Contact, made[0].contact_id)
        day = now().date() - timedelta(days=40)
        services.move(made[0], moved, "Statehouse Notebook", "Education reporter", day, actor)


def _reporter(row: tuple[str, str, str, str, str], actor: Actor) -> Reporter:
    name, outlet, role, kind, beats = row
    address = f"{name.split()[-1].lower().replace('í', 'i')}@press.example.org"
    given, _space, family = name.partition(" ")
    about = {"given_name": given, "family_name": family, "email": address, "phone": ""}
    about |= {"outlet": outlet, "role": role}
    return services.new_reporter({**about, "kind": kind, "beats": beats, "areas": ""}, actor)
