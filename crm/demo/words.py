"""What the made-up coalition is made of. No person, organization or place in it is real.

Emails end in example.org, phone numbers are 555-0100 to 555-0199, the state does not exist, and no ZIP code
begins with 000.
"""

from typing import Final, NamedTuple

STATE: Final = "CB"
"""The state of Columbine."""

CITIES: Final = (
    "Alder Falls", "Port Linden", "Juniper Flats", "Mossbridge", "Cedar Landing", "Harrow Springs",
    "Wren Hollow", "Tamarack", "Bellwether", "Quarry Point", "Saltmarsh", "Larkfield",
)  # fmt: skip
STREETS: Final = (
    "Orchard", "Ferry", "Millrace", "Foundry", "Heron", "Lantern", "Old Post", "Kettle", "Sycamore",
    "Granary", "Towpath", "Quince", "Bell", "Rookery", "Hollow Oak", "Cooper", "Weaver", "Drover",
    "Saddler", "Beacon",
)  # fmt: skip
STREET_KINDS: Final = ("St.", "Ave.", "Rd.", "Ln.", "Way", "Ct.")

GIVEN_NAMES: Final = tuple(
    """
    María James Aaliyah Wei Fatima José Olivia DeShawn Linh Amara Noah Guadalupe Priya Michael Zoë Ahmed
    Grace Luis Tamika Søren Ana David Mei Kwame Elena Robert Nadia Carlos Keisha Thomas Rosa Malik Chloé
    Juan Emily Hiroshi Inés William Leila Óscar Hannah Tyrone Ayesha Daniel Lucía Patrick Nia Andrés
    Sofia Marcus Yuki Beatriz Samuel Imani Jürgen Valentina Peter Asha Miguel Ruth Jamal Catalina Ben
    Xiomara Ravi Joy Félix Deborah Nkechi Alan Marisol Omar Karen Tomás Shanice Ivan Paloma George Thuy
    Lamar Irene Raúl Adaeze Frank Noemí Curtis Salma Héctor Joanna Dante Mónica Walter Anh Terrence
    Pilar Eli Soledad Victor Zainab Nicolás Helen Jerome Adriana Louis Farah Pablo Denise Łukasz Camila
    Otis Renée Martín Bao Estela Gordon Halima Iván Monique Isaac
    """.split()  # noqa: SIM905  # A line of names reads better than a list of 120.
)
FAMILY_NAMES: Final = tuple(
    """
    García Johnson Nguyen Williams Hernández Okafor Patel Brown Kim Martínez Jones Chen Davis López
    Washington Singh Miller Torres Jackson O’Brien Rivera Wilson Hassan Núñez Thompson Tran Moore
    Ramírez Robinson Mensah Clark Flores Lewis Yamamoto Walker Peña Young Diallo Hall Castillo Allen
    Kowalski Wright Morales King Ali Scott Delgado Green Begay Baker Vargas Adams Müller Nelson Ortega
    Carter Le Mitchell Ibarra Roberts Cohen Phillips Salazar Campbell Osei Parker Quiñones Evans Sato
    Edwards Montoya Collins Abdi Stewart Guzmán Morris Larsen Rogers Velázquez Reed Haddad Cook Figueroa
    Morgan Park Bell Zamora Murphy Bailey Escobar Cooper Phan Richardson Ávila Cox Howard Barrios Ward
    Smith-Reyes Peterson Lozano Gray Adeyemi Watson Espinoza Brooks Choi Kelly Sandoval Sanders Bui
    Price Valdez Bennett Novak Wood Maldonado Barnes Jabari Ross Cárdenas Henderson Mora Coleman
    D’Angelo Jenkins Trujillo Perry Ntim Powell Arroyo Long
    """.split()  # noqa: SIM905  # A line of names reads better than a list of 120.
)
NAME_BEGINNINGS: Final = (
    "Ald", "Ash", "Bar", "Black", "Brad", "Brook", "Burn", "Cald", "Clay", "Cole", "Crom", "Dal", "Den",
    "Elm", "Fair", "Farn", "Gar", "Gren", "Hal", "Har", "Hath", "Hol", "Kings", "Lang", "Lind", "Lock", "Mar",
    "Mer", "Nor", "Oak", "Pem", "Red", "Rock", "Ship", "Stan", "Thorn", "Wake", "Wel", "West", "Whit",
)  # fmt: skip
NAME_ENDS: Final = (
    "berg", "bridge", "brook", "bury", "by", "cott", "croft", "den", "field", "ford", "ham", "hurst", "land",
    "ley", "low", "man", "more", "ridge", "shaw", "stead", "ton", "well", "wick", "wood", "worth",
)  # fmt: skip
"""Family names of many people are put together of these: Ashford, Kingsley, Whitmore."""
PRONOUNS: Final = ("she/her", "he/him", "they/them")
LANGUAGES: Final = ("es", "vi", "so", "ar", "zh", "ht")


class OrganizationKind(NamedTuple):
    """A kind of organization: how many of it a coalition of 250 people knows, how they are called, and what
    the people in it do, the head first. `below` names the sector of a parent in the same city."""

    sector: str
    many: int
    names: tuple[str, ...]
    roles: tuple[str, ...]
    below: str = ""


KINDS: Final = (
    OrganizationKind(
        "district",
        6,
        ("{city} Unified School District",),
        (
            "Superintendent",
            "Director of student services",
            "Attendance coordinator",
            "Data analyst",
            "Transportation director",
        ),
    ),
    OrganizationKind(
        "school",
        22,
        (
            "{street} Elementary School",
            "{street} Middle School",
            "{city} High School",
            "{street} Academy",
            "{street} Early Learning Center",
        ),
        (
            "Principal",
            "Attendance officer",
            "School nurse",
            "Counselor",
            "Parent liaison",
            "Teacher",
            "Parent",
            "Parent",
            "Parent",
            "Assistant principal",
        ),
        below="district",
    ),
    OrganizationKind(
        "health",
        4,
        ("{city} Community Clinic", "{street} Street Health Center"),
        ("Executive director", "School health manager", "Nurse practitioner", "Community health worker"),
    ),
    OrganizationKind(
        "mental_health",
        2,
        ("{city} Youth Counseling Center",),
        ("Clinical director", "Family therapist", "Intake coordinator"),
    ),
    OrganizationKind(
        "housing",
        3,
        ("{city} Housing Network", "{street} House"),
        ("Executive director", "Case manager", "Family shelter coordinator"),
    ),
    OrganizationKind(
        "food",
        2,
        ("{city} Food Pantry",),
        ("Director", "Backpack program coordinator", "Volunteer lead"),
    ),
    OrganizationKind(
        "transport",
        2,
        ("{city} Transit Authority",),
        ("General manager", "School routes planner"),
    ),
    OrganizationKind(
        "youth",
        4,
        ("{city} Boys and Girls House", "{street} Youth Alliance"),
        ("Executive director", "After-school coordinator", "Mentor", "Outreach worker"),
    ),
    OrganizationKind(
        "family",
        3,
        ("{city} Family Resource Center", "Families of {city}"),
        ("Director", "Family navigator", "Promotora", "Home visitor"),
    ),
    OrganizationKind(
        "justice", 1, ("{city} Juvenile Court Liaison Office",), ("Court liaison", "Truancy mediator")
    ),
    OrganizationKind(
        "faith", 3, ("{street} Street Interfaith Council",), ("Pastor", "Youth minister", "Volunteer")
    ),
    OrganizationKind(
        "business", 2, ("{city} Chamber of Commerce",), ("President", "Education committee chair")
    ),
    OrganizationKind(
        "philanthropy",
        2,
        ("{street} Family Fund", "Columbine Children’s Fund"),
        ("Program officer", "Grants manager"),
    ),
    OrganizationKind(
        "government",
        3,
        (
            "Columbine Department of Learning",
            "Office of the Columbine Ombudsman for Children",
            "Columbine State House, Education Committee",
        ),
        ("Legislative aide", "Policy analyst", "Chief of staff", "Deputy director"),
    ),
    OrganizationKind(
        "media",
        3,
        ("The {city} Courier", "Radio Columbine", "{city} Valley News"),
        ("Education reporter", "Editor", "Producer"),
    ),
    OrganizationKind(
        "higher_education",
        1,
        ("Columbine State College of Education",),
        ("Researcher", "Dean", "Field placement coordinator"),
    ),
    OrganizationKind(
        "nonprofit",
        3,
        ("Columbine Attendance Coalition", "Every Day Counts Columbine", "Parents for Columbine Schools"),
        ("Organizer", "Executive director", "Board member", "Communications lead", "Volunteer"),
    ),
)

TAGS: Final = (
    ("Newsletter", "Gets the monthly letter.", "cyan"),
    ("Back to school", "Part of the August campaign of postcards and calls.", "blue"),
    ("Fall summit", "Signed up for the fall summit.", "yellow"),
    ("Volunteer", "Helps with calls, mailings and tables.", "pink"),
    ("Parent leader", "Has spoken for families at a meeting or to the press.", "orange"),
    ("Attendance team", "Works on attendance at a school every week.", "blue"),
    ("Speaks Spanish", "Comfortable to call and write to in Spanish.", "green"),
    ("Call back", "Asked to be called. Take the tag off when done.", "orange"),
    ("Transport working group", "Routes, passes, safe walks.", "lime"),
    ("Health working group", "Asthma, dental days, school nurses.", "teal"),
    ("Data partner", "Has signed a data agreement. Ask before sharing tables with anybody else.", "azure"),
    ("Legislative visit", "Came along, or was visited, at the state house.", "indigo"),
    ("Speaks to press", "Has agreed to be named by reporters.", "red"),
    ("Steering committee", "Meets on the first Tuesday; decides the coalition’s positions.", "purple"),
)
"""Name, description, colour; the first are given most."""

NOTES: Final = (
    "Offered to host the next working group meeting; room for twenty, parking behind the building.",
    "Prefers calls after four. Mornings are home visits.",
    "Asked for last year’s attendance numbers by grade before the board meets.",
    "Will bring two parents to the hearing if there is childcare.",
    "Says the late bus was cut in October, and absences on that route doubled.",
    "Sent the Spanish flyer; wants a Somali one too.",
    "Happy to be quoted, but check the wording first.",
    "New in the job since summer. Knows the attendance team from the old school.",
    "Can refer families the same week; waiting list for evening slots only.",
    "Met at the summit. Interested in the mentor program for ninth grade.",
    "Wants to see the difference between excused and unexcused before supporting the bill.",
    "Asthma is the first reason they hear from families. Put in touch with the clinic.",
    "Sick leave until the end of the month; the assistant principal answers meanwhile.",
    "Confirmed for the steering committee. Send papers a week ahead.",
    "Left a message; try again on Thursday.",
    "Their data sharing agreement runs out in June.",
    "Told us about three families who walk more than two miles.",
    "Would rather get one letter a month than many.",
    "Knows everybody at the transit authority.",
    "Asked us to stop printing the phone number on flyers.",
)
REASONS: Final = (
    ("email", "Asked us to write less"),
    ("phone", "Works nights; please write"),
    ("text", "No plan for texts"),
    ("mail", "Letters came back"),
    ("all", "Asked to be left alone"),
)
MEETING_TIMES: Final = ("Mornings", "Lunch", "After school", "Evenings", "Weekends")
