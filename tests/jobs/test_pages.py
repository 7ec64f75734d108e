"""What people see of background work, and what outsiders do not."""

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import update

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.jobs import inline, pieces
from crm.jobs.models import Job
from crm.plugin_api.testing.people import MakeUser, SignIn, sign_in_browser
from tests.infrastructure.browser import LiveServer, accessibility_problems
from tests.jobs.conftest import Enqueue, read

HTMX = {"HX-Request": "true"}


def half_way(app: Flask, job: Job) -> None:
    assert pieces.begin(app, job.id, "worker-1")
    assert pieces.advance(app, job.id, "worker-1") == "more"


def fail(app: Flask, job: Job, sentence: str) -> None:
    values = {"status": "failed", "error": sentence, "finished_at": db.now()}
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().execute(update(Job).where(Job.id == job.id).values(**values))


def test_the_page_asks_for_itself_until_the_work_is_done(
    app: Flask, make_user: MakeUser, sign_in: SignIn, enqueue: Enqueue
) -> None:
    user = make_user(role="viewer")
    client = sign_in(user)
    job = enqueue("count", user=user, n=4)
    assert "This begins in a moment." in client.get(f"/jobs/{job.id}").text
    half_way(app, job)
    page = client.get(f"/jobs/{job.id}")
    assert "<!doctype html>" in page.text
    fragment = client.get(f"/jobs/{job.id}", headers=HTMX).text
    assert "<!doctype html>" not in fragment
    for text in (page.text, fragment):
        assert 'hx-trigger="every 1s"' in text
        assert f'hx-get="/jobs/{job.id}"' in text
        assert 'value="2" max="4"' in text
        assert "50 % done." in text
    inline.run_waiting(app)
    done = client.get(f"/jobs/{job.id}", headers=HTMX).text
    assert "hx-trigger" not in done
    assert "4 numbers written." in done
    assert "See the result" in done


def test_an_outsider_finds_nothing(
    app: Flask, make_user: MakeUser, sign_in: SignIn, enqueue: Enqueue
) -> None:
    owner = make_user(role="organizer")
    job, systems = enqueue("count", user=owner, n=4), enqueue("count", n=4)
    outsider = sign_in(role="organizer")
    for hidden in (job, systems):
        assert outsider.get(f"/jobs/{hidden.id}").status_code == 404
        assert outsider.post(f"/jobs/{hidden.id}/cancel").status_code == 404
        assert read(app, hidden).status == "waiting"
    assert "Do count" not in outsider.get("/jobs").text
    absent = outsider.get("/jobs/999999")
    assert absent.status_code == 404


def test_everybody_sees_their_own_and_administrators_see_all(
    make_user: MakeUser, sign_in: SignIn, enqueue: Enqueue
) -> None:
    owner = make_user(role="organizer", name="Ana Organizer")
    job = enqueue("count", user=owner, n=4)
    assert "Do count" in sign_in(owner).get("/jobs").text
    administrator = sign_in(role="administrator")
    assert "Ana Organizer" in administrator.get("/jobs").text
    assert administrator.get(f"/jobs/{job.id}").status_code == 200


def test_the_owner_stops_a_job_once(
    app: Flask, make_user: MakeUser, sign_in: SignIn, enqueue: Enqueue
) -> None:
    user = make_user(role="viewer")
    client = sign_in(user)
    job = enqueue("count", user=user, n=4)
    half_way(app, job)
    answer = client.post(f"/jobs/{job.id}/cancel")
    assert (answer.status_code, answer.location) == (303, f"/jobs/{job.id}")
    assert "What was finished before stays." in client.get(f"/jobs/{job.id}").text
    again = client.post(f"/jobs/{job.id}/cancel")
    assert again.status_code == 422
    assert "nothing to stop" in again.text
    assert client.get(f"/jobs/{job.id}/cancel").status_code == 405
    assert (read(app, job).status, read(app, job).progress_done) == ("cancelled", 2)


def test_a_failure_is_told_in_its_sentence(
    app: Flask, make_user: MakeUser, sign_in: SignIn, enqueue: Enqueue
) -> None:
    user = make_user(role="viewer")
    job = enqueue("count", user=user, n=4)
    fail(app, job, "Row 7 has no name; <b>add one</b>.")
    page = sign_in(user).get(f"/jobs/{job.id}").text
    assert "Row 7 has no name; &lt;b&gt;add one&lt;/b&gt;." in page
    assert "every 1s" not in page


def test_nothing_to_see_says_what_will_be_here(sign_in: SignIn) -> None:
    assert "you can follow it here" in sign_in(role="viewer").get("/jobs").text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_browser_follows_the_work_to_its_end(
    app: Flask,
    live_server: LiveServer,
    context: BrowserContext,
    page: Page,
    make_user: MakeUser,
    enqueue: Enqueue,
) -> None:
    user = make_user(role="organizer")
    sign_in_browser(context, app, live_server.url, user)
    job = enqueue("count", user=user, n=6)
    page.goto(f"/jobs/{job.id}")
    expect(page.get_by_role("progressbar")).to_be_visible()
    assert accessibility_problems(page) == []
    half_way(app, job)
    expect(page.get_by_text("33 % done.")).to_be_visible()
    inline.run_waiting(app)
    expect(page.get_by_text("6 numbers written.")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    assert accessibility_problems(page) == []
    page.get_by_role("link", name="Background work").first.click()
    expect(page.get_by_role("link", name="Do count")).to_be_visible()
    assert accessibility_problems(page) == []
