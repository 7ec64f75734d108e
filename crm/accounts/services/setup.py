"""The first administrator: nobody can sign in before somebody with the setup token has chosen a password."""

from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.accounts import tokens
from crm.accounts.models import User
from crm.accounts.permissions import ADMINISTRATOR
from crm.accounts.services import roles
from crm.accounts.services.users import create_user
from crm.accounts.turns import take_turn
from crm.errors import UserError


def is_set_up() -> bool:
    """Whether anybody has an account."""
    return db.session().scalar(select(User.id).limit(1)) is not None


def setup_token() -> str:
    """A new token for the setup page, good once for seven days; earlier ones die. UserError once somebody
    has an account. Inside a transaction."""
    take_turn("setup")
    if is_set_up():
        raise UserError(
            _("Somebody has an account already. They can invite others, or use “rollcall user create”.")
        )
    return tokens.issue(tokens.SETUP)


def setup_url() -> str:
    """The address of the setup page with a new token in it. Inside a transaction."""
    return tokens.address_of("accounts.setup", token=setup_token())


def set_up(token: str, email: str, name: str, password: str) -> User:
    """Make the first administrator; the token is spent. Inside a transaction."""
    take_turn("setup")
    tokens.use(tokens.SETUP, token)
    if is_set_up():
        raise UserError(_("Somebody has an account already. Ask them to invite you."))
    roles.seed_roles()
    user = create_user(email, name, password)
    administrator = roles.role_named(ADMINISTRATOR)
    assert administrator is not None
    roles.grant(user, administrator)
    return user
