"""A letter that is being signed and two forms with answers, of the made-up coalition."""

from datetime import timedelta
from typing import Final

from sqlalchemy import select

from crm import db
from crm.access.guard import system
from crm.campaigns.models import Campaign
from crm.coalitions.models import Coalition
from crm.contacts.models import Organization
from crm.demo.accounts import Accounts
from crm.i18n import day_here
from crm.intake import services as intake
from crm.intake import words
from crm.intake.models import FormAnswer, HelpRequest, PublicForm
from crm.signons import services as signons
from crm.signons.models import Letter, Signature
from crm.signons.words import WAITING

BODY: Final = (
    "Dear members of the board,\n\nOne child in five misses a month of school or more. Most of them want to "
    "come: the first bus leaves too early, the dentist is open in school hours, nobody called.\n\nWe ask you "
    "for one attendance officer in each high school, and for a first bus that families can reach."
)
ANSWERS: Final = (
    ("Marta", "Quiroga", "marta.quiroga@example.org", "waiting", "es"),
    ("Tom", "Alder", "tom.alder@example.org", "waiting", "en"),
    ("Winning", "Prize", "winner@example.org", "spam", "en"),
)
SIGNERS: Final = (
    {
        "organization": "Riverside Parents Circle", "signer_name": "Dolores Amaya", "signer_title": "Chair",
        "signer_email": "dolores.amaya@example.org",
    },
    {
        "organization": "Cheap Pills Online", "signer_name": "Winning Prize", "signer_title": "Winner",
        "signer_email": "winner@example.org",
    },
)  # fmt: skip


def open_doors(accounts: Accounts) -> None:
    """Write the letter with its signers, and the forms with what came in."""
    account = accounts.organizers[0]
    with system("the demo looks who can sign"):
        organizations = db.session().execute(
            select(Organization.name).order_by(Organization.id).limit(9)
        ).scalars().all()  # fmt: skip
        coalition = db.session().scalar(select(Coalition.id).order_by(Coalition.id).limit(1))
        campaign = db.session().scalar(select(Campaign.id).order_by(Campaign.id).limit(1))
    with db.transaction(account.actor, "signons.create", "Wrote an open letter"), system("the demo"):
        values = {
            "title": "A bus that families can reach", "addressee": "To the board of the school district",
            "language": "en", "closes_on": day_here() + timedelta(days=40), "coalition_id": coalition,
            "campaign_id": campaign, "owner_user_id": account.user_id, "body": BODY,
        }  # fmt: skip
        letter = signons.create(values, account.actor)
        for name in organizations:
            signons.sign_for(letter, {"organization": name, "evidence": "Said so at the autumn assembly"})
        _came_in(letter)
    with db.transaction(account.actor, "intake.create", "Built public forms"), system("the demo"):
        for kind in words.KINDS:
            begun = {**words.template(kind), "kind": kind, "sites": [], "tags": [], "unknown": "queue"}
            places = {"coalition_id": coalition, "campaign_id": None, "notify_user_id": None}
            form = intake.save(None, {**begun, **places}, account.actor)
            form.status = "open"
            _answer(form, kind)


def _came_in(letter: Letter) -> None:
    """One signature that waits and one of a robot; no mail goes out for either."""
    for number, values in enumerate(SIGNERS):
        signons.sign(letter, values, "en", f"demo-{number}", robot=True)
    row = db.session().scalars(select(Signature).where(Signature.submission_key == "demo-0")).one()
    row.status, row.confirmed_at = WAITING, db.now()
    db.session().flush()


def _answer(form: PublicForm, kind: str) -> None:
    if kind == words.SIGN_UP:
        return
    model = HelpRequest if kind == words.HELP else FormAnswer
    for number, (given, family, email, status, language) in enumerate(
        ANSWERS[: 1 if kind == words.HELP else 3]
    ):
        message = (
            "The first bus leaves before our shift ends." if kind == words.HELP else "I would like to help."
        )
        db.session().add(
            model(
                form_id=form.id, given_name=given, family_name=family, email=email, status=status,
                language=language, message=message, consent=form.texts[language]["consent"],
                submission_key=f"demo-{kind}-{number}",
                confirmed_at=db.now() if status == "waiting" else None, link_mailed_at=db.now(),
            )
        )  # fmt: skip
    db.session().flush()
