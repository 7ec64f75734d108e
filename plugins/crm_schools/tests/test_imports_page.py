"""What the pages of imports say of rosters and attendance."""

from flask import Flask

from crm.jobs.inline import run_waiting
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.tests.made_up import make, school_days
from crm_schools.tests.support import upload

pytestmark = on_sqlite


def test_an_import_that_stopped_for_its_codes_says_so_in_the_list(app: Flask, sign_in: SignIn) -> None:
    make(app, students=4)
    client = sign_in(role="administrator")
    text = f"student,school,date,code\n00000,1,{school_days()[3]},NEW\n"
    at = upload(client, "attendance", "days.csv", text)
    assert "Being looked through" in client.get("/imports").text
    run_waiting(app)
    assert "nobody has said what 1 code means" in client.get(at).text
    listed = client.get("/imports").text
    assert "Stopped, nothing was imported" in listed
    assert "Being looked through" not in listed


def test_the_form_says_which_files_the_chosen_kind_reads(sign_in: SignIn) -> None:
    page = sign_in(role="administrator").get("/imports/new?kind=roster").text
    hints = {
        kind: page.partition(f'<span data-shown-for="{kind}"')[2].partition("</span>")[0]
        for kind in ("roster", "contacts")
    }
    assert ".zip" in hints["roster"]
    assert not hints["roster"].startswith(" hidden")
    assert "vCard" in hints["contacts"]
    assert hints["contacts"].startswith(" hidden")
