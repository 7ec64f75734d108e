"""`rollcall schools …`: numbers and reports on the command line."""

import click

from crm_schools.rate_commands import load, rates
from crm_schools.reporting_commands import report


@click.group()
def schools() -> None:
    """Who is missing too much school, in numbers."""


schools.add_command(report)
schools.add_command(rates)
schools.add_command(load)
