"""`rollcall schools …`: numbers and reports on the command line."""

import click

from crm_schools.reporting_commands import report


@click.group()
def schools() -> None:
    """Who is missing too much school, in numbers."""


schools.add_command(report)
