"""`rollcall demo load`."""

import click

from crm.cli.support import answer, json_option, with_app


@click.group()
def demo() -> None:
    """A made-up coalition to try Rollcall with."""


@demo.command()
@click.option(
    "--people",
    default=250,
    show_default=True,
    type=click.IntRange(20, 1_000_000),
    help="How many people; a tenth as many organizations, at least sixty.",
)
@json_option
@with_app
def load(people: int, as_json: bool) -> None:
    """Fill an empty database with made-up people, and print who to sign in as."""
    from crm.demo.accounts import add_partners, limit_partner, make_accounts
    from crm.demo.activities import add_activities
    from crm.demo.campaigns import load_campaigns
    from crm.demo.coalitions import load_coalitions
    from crm.demo.duplicates import look_for_duplicates
    from crm.demo.events import hold_events
    from crm.demo.history import live_on
    from crm.demo.lists import add_lists
    from crm.demo.load import load as load_people
    from crm.demo.load import require_empty
    from crm.demo.public import open_doors
    from crm.i18n import today
    from crm.runtime import runtime

    require_empty()
    accounts = make_accounts()
    change_set_id = load_people(people, accounts.loader, accounts.authors)
    limit_partner(accounts)
    live_on(accounts)
    load_coalitions(accounts)
    load_campaigns(accounts)
    add_activities(accounts)
    hold_events(accounts, today())
    add_lists(accounts)
    open_doors(accounts)
    asked = [each for _plugin, each in runtime().plugins.collect("crm_demo", actor=accounts.loader)]
    accounts = add_partners(accounts, asked)
    look_for_duplicates(people, accounts.loader)
    data = {
        "people": people,
        "change_set": change_set_id,
        "password": accounts.password,
        "accounts": [{"email": each.email, "role": each.role} for each in accounts.everybody],
    }
    answer(as_json, data, accounts.in_words())
