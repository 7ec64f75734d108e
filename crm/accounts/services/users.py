"""The people who sign in: made, found, disabled, brought back."""

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.accounts import passwords
from crm.accounts.models import User
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


def user_by_email(email: str) -> User | None:
    return db.session().scalar(select(User).where(User.email_key == email_key(email)))


def create_user(email: str, name: str, password: str | None = None) -> User:
    """Somebody who can sign in, with a password or, for now, without. UserError when the address is no
    address or is taken, the name is missing, or the password is a bad one."""
    email, name = checked_email(email), " ".join(name.split())
    if not name:
        raise UserError(_("Every account needs a name. Write the person's first and last name."))
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
