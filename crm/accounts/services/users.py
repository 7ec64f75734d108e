"""The people who sign in: made, found, disabled, brought back."""

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.accounts import mail, passwords, sessions, tokens
from crm.accounts.models import User
from crm.accounts.services import authority, notices, owners
from crm.errors import UserError
from crm.runtime import runtime


def email_key(email: str) -> str:
    """What two spellings of one address have in common."""
    return email.strip().casefold()


def checked_email(text: str) -> str:
    """The address in its proper form; UserError when it is none."""
    try:
        found = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise UserError(
            _("“%(text)s” is not an email address. It should look like name@example.org.", text=text.strip())
        ) from error
    return found.normalized


def checked_name(text: str) -> str:
    """The name without needless spaces; UserError when nothing is left."""
    name = " ".join(text.split())
    if not name:
        raise UserError(_("Every account needs a name. Write the person’s first and last name."))
    return name[:200]


def user_by_email(email: str) -> User | None:
    return db.session().scalar(select(User).where(User.email_key == email_key(email)))


def create_user(email: str, name: str, password: str | None = None) -> User:
    """Somebody who can sign in, with a password or, for now, without. UserError when the address is no
    address or is taken, the name is missing, or the password is a bad one."""
    email, name = checked_email(email), checked_name(name)
    if user_by_email(email) is not None:
        raise UserError(_("Somebody with the address %(email)s is already here.", email=email))
    hashed = None
    if password is not None:
        passwords.require_good(password, personal_words(email, name))
        hashed = passwords.hash_password(password)
    user = User(email=email, email_key=email_key(email), name=name, password_hash=hashed)
    db.session().add(user)
    db.session().flush()
    return user


def personal_words(email: str, name: str) -> tuple[str, ...]:
    """Words that a password of this person must not be made of."""
    return (name, email.partition("@")[0], email, "rollcall", runtime().config.organization_name)


def disable(actor: Actor, user: User) -> None:
    """Nobody signs in as this user any more, and whoever is, is out; they get no answers to what has still to
    leave. Inside a transaction."""
    if actor.user_id == user.id:
        raise UserError(_("You cannot disable yourself. Ask another administrator."))
    authority.require_may_manage(actor, user)
    with authority.losing_power():
        user.active = False
        sessions.shut_out(user.id)
        for purpose in (tokens.INVITATION, tokens.RESET, tokens.EMAIL):
            tokens.withdraw(purpose, user)
        owners.hand_answers_to_house(user)


def enable(actor: Actor, user: User) -> None:
    """Let a disabled user sign in again. Inside a transaction."""
    authority.require_may_manage(actor, user)
    user.active = True
    db.session().flush()


def rename(actor: Actor, user: User, name: str) -> None:
    """Give an account another name. Inside a transaction."""
    authority.require_may_manage(actor, user)
    user.name = checked_name(name)
    db.session().flush()


def request_email_change(user: User, email: str) -> str:
    """Send a link to the new address; the old one stays until it is opened. Returns the new address.
    Inside a transaction."""
    email = _free_email(user, email)
    token = tokens.issue(tokens.EMAIL, user, {"email": email})
    url = tokens.address_of("accounts.new_email", token=token)
    mail.compose(user, "email_change", tokens.EMAIL, to=email, url=url)
    return email


def confirm_email_change(token: str) -> User:
    """The new address is the account's from now on; the old one is told. Inside a transaction."""
    row = tokens.use(tokens.EMAIL, token)
    user = db.session().get(User, row.user_id)
    if user is None or not user.active:
        raise tokens.SpentLink(_("This account is disabled. Ask your administrator."))
    _change_email(user, _free_email(user, row.data["email"]))
    return user


def change_email(actor: Actor, user: User, email: str) -> None:
    """Give somebody another address, as an administrator; the old one is told. Inside a transaction."""
    authority.require_may_manage(actor, user)
    _change_email(user, _free_email(user, email))


def _free_email(user: User, email: str) -> str:
    email = checked_email(email)
    taken = user_by_email(email)
    if taken is not None and taken.id != user.id:
        raise UserError(_("Somebody with the address %(email)s is already here.", email=email))
    return email


def _change_email(user: User, email: str) -> None:
    before = user.email
    if email == before:
        return
    user.email, user.email_key = email, email_key(email)
    for purpose in (tokens.RESET, tokens.INVITATION, tokens.EMAIL):
        tokens.withdraw(purpose, user)
    db.session().flush()
    notices.tell(user, notices.EMAIL_CHANGED, lambda: _("The new address is %(email)s.", email=email), before)
