"""`rollcall doctor`."""

import click

from crm.cli.support import answer, json_option

MARKS = {"ok": click.style("ok  ", fg="green"), "warn": click.style("warn", fg="yellow")}
MARKS["fail"] = click.style("FAIL", fg="red", bold=True)


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Look the installation over and say what is wrong and what to do. Changes nothing.

    Exit code 1 when something is wrong.
    """
    from crm.doctor import examine

    found = []
    for finding in examine():
        found.append(finding)
        advice = f"\n      {'':<15}{finding.advice}" if finding.advice else ""
        if not as_json:
            click.echo(f"{MARKS[finding.level]}  {finding.what:<15}{finding.message}{advice}")
    wrong = sum(finding.level == "fail" for finding in found)
    checks = [
        {"level": each.level, "check": each.what, "message": each.message, "advice": each.advice}
        for each in found
    ]
    text = "" if not wrong else f"\n{wrong} of {len(found)} checks found something wrong."
    answer(as_json, {"ok": not wrong, "checks": checks}, text)
    click.get_current_context().exit(1 if wrong else 0)
