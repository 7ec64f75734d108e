"""`rollcall user create|invite|disable`: the same services as on the pages."""

import sys
from typing import TYPE_CHECKING

import click

from crm.cli.support import answer, command_actor, json_option, with_app
from crm.errors import UserError

if TYPE_CHECKING:
    from crm.accounts.models import Role, User

role_option = click.option("--role", metavar="NAME", help="A role over everything, such as administrator.")
scope_option = click.option(
    "--scope", metavar="KIND:ID", help="Only over one record, such as organization:12, and what is under it."
)


@click.group()
def user() -> None:
    """Add people who sign in, and lock them out."""


@user.command()
@click.argument("email")
@click.option("--name", help="First and last name; the part before the @ unless given.")
@role_option
@scope_option
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@json_option
@with_app
def create(
    email: str, name: str | None, role: str | None, scope: str | None, password_stdin: bool, as_json: bool
) -> None:
    """Make an account. Without a password it prints a link with which its owner chooses one.

    For an account whose owner never did, it prints a new link.
    """
    from crm import db
    from crm.accounts import services, tokens

    password = _password(password_stdin)
    with db.transaction(command_actor(), "accounts.create", f"Added the account {email}"):
        services.seed_roles()
        made = None if password else _without_password(email)
        if made is None:
            made = services.create_user(email, name or _name_from(email), password)
            _give(made, role, scope)
        link = (
            None
            if password
            else tokens.address_of("accounts.invitation", token=tokens.issue(tokens.INVITATION, made))
        )
        data = {"id": made.id, "email": made.email, "name": made.name, "role": role, "link": link}
    text = f"{made.name} can sign in now."
    if link:
        text = f"{made.name} can choose a password here, once, within seven days:\n{link}"
    answer(as_json, data, text)


@user.command()
@click.argument("email")
@click.option("--name", help="First and last name; the part before the @ unless given.")
@role_option
@scope_option
@json_option
@with_app
def invite(email: str, name: str | None, role: str | None, scope: str | None, as_json: bool) -> None:
    """Make an account and mail its owner a link to choose a password, or mail them a new link."""
    from crm import db
    from crm.accounts import services
    from crm.accounts.services.invitations import send_invitation

    with db.transaction(command_actor(), "accounts.invite", f"Invited {email}"):
        services.seed_roles()
        made = _without_password(email)
        if made is None:
            made = services.create_user(email, name or _name_from(email))
            _give(made, role, scope)
        send_invitation(command_actor(), made)
        data = {"id": made.id, "email": made.email, "name": made.name, "role": role}
    answer(as_json, data, f"An invitation to {made.email} is on its way.")


@user.command()
@click.argument("email")
@json_option
@with_app
def disable(email: str, as_json: bool) -> None:
    """Lock somebody out at once, whatever they have open; what they did stays in history."""
    from crm import db
    from crm.accounts import services

    with db.transaction(command_actor(), "accounts.disable", f"Disabled the account {email}"):
        found = services.user_by_email(email)
        if found is None:
            raise UserError(f"Nobody signs in as {email}.")
        services.disable(command_actor(), found)
    answer(as_json, {"id": found.id, "email": found.email}, f"{found.name} cannot sign in any more.")


def _without_password(email: str) -> "User | None":
    """Somebody who was added and has not chosen a password yet."""
    from crm.accounts import services

    found = services.user_by_email(email)
    return found if found is not None and found.active and found.password_hash is None else None


def _name_from(email: str) -> str:
    return email.partition("@")[0].replace(".", " ").replace("_", " ").title()


def _password(from_stdin: bool) -> str | None:
    """The password from standard input, or asked for at a terminal; None for a link instead."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        return None
    typed: str = click.prompt(
        "Password (Enter for a link instead)", hide_input=True, default="", show_default=False, err=True
    )
    if typed and click.prompt("The same again", hide_input=True, err=True) != typed:
        raise UserError("The two are not the same. Nothing was changed.")
    return typed or None


def _give(made: "User", role: str | None, scope: str | None) -> None:
    from crm.access.actor import EVERYTHING
    from crm.accounts import services

    if role is None:
        if scope is not None:
            raise UserError("A scope needs a role: say --role too.")
        return
    kind, scope_id = EVERYTHING, None
    if scope is not None:
        kind, _, number = scope.partition(":")
        if not number.isdecimal():
            raise UserError(f"“{scope}” is no scope. It should look like organization:12.")
        scope_id = int(number)
    services.grant(made, _role(role), kind, scope_id)


def _role(name: str) -> "Role":
    from crm.accounts import services
    from crm.accounts.services.roles import all_roles

    found = services.role_named(name)
    if found is None:
        names = ", ".join(role.name for role in all_roles())
        raise UserError(f"There is no role {name}. There are: {names}.")
    return found
