"""What each step's outcome does to its job; run in this process, where pieces are the same as a worker's."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text, update

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.errors import UserError
from crm.jobs import inline, pieces, schedule, services
from crm.jobs.models import Job
from crm.plugin_api.testing.people import MakeUser
from tests.jobs.conftest import Enqueue, effects, read


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inline, "PAUSE", 0)


def test_a_job_counts_to_its_end(app: Flask, enqueue: Enqueue) -> None:
    job = enqueue("count", n=7)
    seen: list[int] = []
    with inline.here(app) as here:
        done = here.run(job.id, lambda each: seen.append(each.progress_done))
    assert (done.status, done.percent, done.result["summary"]) == ("done", 100, "7 numbers written.")
    assert seen == [2, 4, 6]
    assert effects(app, job) == list(range(7))
    assert done.started_at is not None
    assert done.finished_at is not None


def test_asking_is_part_of_the_transaction(app: Flask) -> None:
    def change_my_mind() -> None:
        with db.transaction(Actor.system(), "test"):
            services.enqueue("counting.once", {}, "Do it", Actor.system())
            raise UserError("No, rather not.")

    with app.app_context(), pytest.raises(UserError):
        change_my_mind()
    assert inline.run_waiting(app) == []


def test_nobody_and_unknown_kinds_are_refused(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(RuntimeError, match="inside a transaction"):
            services.enqueue("counting.once", {}, "Do it", Actor.system())
        with db.transaction(Actor.system(), "test"):
            with pytest.raises(RuntimeError, match="nobody"):
                services.enqueue("counting.once", {}, "Do it", Actor.nobody())
            with pytest.raises(RuntimeError, match="no plugin declares"):
                services.enqueue("counting.nothing", {}, "Do it", Actor.system())


def test_the_sentence_of_a_user_error_is_shown_and_nothing_is_written(app: Flask, enqueue: Enqueue) -> None:
    job = enqueue("refused")
    inline.run_waiting(app)
    failed = read(app, job)
    assert (failed.status, failed.error) == ("failed", "Row 7 has no name; add one and try again.")
    assert failed.attempts == 1
    assert effects(app, job) == []


def test_another_error_is_tried_again_and_then_told_without_detail(
    app: Flask, enqueue: Enqueue, caplog: pytest.LogCaptureFixture
) -> None:
    job = enqueue("broken")
    inline.run_waiting(app)
    failed = read(app, job)
    assert (failed.status, failed.attempts) == ("failed", pieces.MOST_ATTEMPTS)
    assert "reference" in failed.error
    assert "canary" not in failed.error
    assert failed.error.split("reference ")[1].rstrip(".") in caplog.text
    assert effects(app, job) == []


def test_a_passing_mistake_leaves_one_effect(app: Flask, enqueue: Enqueue) -> None:
    job = enqueue("hasty")
    inline.run_waiting(app)
    assert read(app, job).status == "done"
    assert effects(app, job) == [0]


def test_a_cursor_moved_outside_of_its_transaction_is_an_error(app: Flask, enqueue: Enqueue) -> None:
    job = enqueue("strayed")
    inline.run_waiting(app)
    assert read(app, job).status == "failed"


def test_a_job_cut_off_too_often_is_given_up(app: Flask, enqueue: Enqueue) -> None:
    job = enqueue("once")
    for _attempt in range(pieces.MOST_ATTEMPTS):
        assert pieces.begin(app, job.id, "worker-1")  # And the process dies.
    assert not pieces.begin(app, job.id, "worker-1")
    failed = read(app, job)
    assert failed.status == "failed"
    assert "5 times" in failed.error


def test_a_finished_piece_clears_the_attempts(app: Flask, enqueue: Enqueue) -> None:
    job = enqueue("count", n=100)
    for _attempt in range(pieces.MOST_ATTEMPTS * 2):
        assert pieces.begin(app, job.id, "worker-1")
        assert pieces.advance(app, job.id, "worker-1") == "more"
    assert read(app, job).attempts == 0


def test_of_two_processes_at_one_piece_one_commits(app: Flask, enqueue: Enqueue) -> None:
    """The second claims the job while the first is in the middle of its piece."""
    job = enqueue("count", n=10)
    assert pieces.begin(app, job.id, "worker-1")
    with app.app_context():
        claimed = pieces.claim(job.id, "worker-1")
        assert claimed is not None
        assert pieces.begin(app, job.id, "worker-2")
        assert pieces.advance(app, job.id, "worker-2") == "more"
        with pytest.raises(pieces.Superseded):
            pieces.do_piece(claimed)
    assert pieces.advance(app, job.id, "worker-1") == "over"
    assert effects(app, job) == [0, 1]


def test_a_cancelled_job_stops_before_its_next_piece(app: Flask, enqueue: Enqueue) -> None:
    job = enqueue("count", n=10)

    def stop(_job: Job) -> None:
        with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
            services.cancel(db.session().get_one(Job, job.id), Actor.system())

    with inline.here(app) as here:
        stopped = here.run(job.id, stop)
    assert stopped.status == "cancelled"
    assert effects(app, job) == [0, 1]


def test_a_permission_is_asked_for_when_the_job_runs(
    app: Flask, enqueue: Enqueue, make_user: MakeUser
) -> None:
    allowed, not_allowed = make_user(role="administrator"), make_user(role="viewer")
    good, bad = enqueue("guarded", user=allowed), enqueue("guarded", user=not_allowed)
    inline.run_waiting(app)
    assert read(app, good).status == "done"
    assert (read(app, bad).status, effects(app, bad)) == ("failed", [])
    assert "may not do it any more" in read(app, bad).error


def test_somebody_disabled_meanwhile_gets_nothing_done(
    app: Flask, enqueue: Enqueue, make_user: MakeUser
) -> None:
    user = make_user(role="administrator")
    job = enqueue("once", user=user)
    with app.extensions["crm"].engine.begin() as connection:
        connection.execute(text("UPDATE user_account SET active = false WHERE id = :id"), {"id": user.id})
    inline.run_waiting(app)
    assert (read(app, job).status, effects(app, job)) == ("failed", [])


MORNING = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def ticks(app: Flask) -> list[str | None]:
    with app.app_context(), system("test"):
        return [
            job.tick for job in db.session().query(Job).filter(Job.kind == "counting.early").order_by(Job.id)
        ]


def due(app: Flask, since: datetime, now: datetime) -> None:
    with app.app_context():
        schedule.enqueue_due(since, now)


def test_each_tick_has_one_job_however_often_it_is_looked_at(app: Flask) -> None:
    since = MORNING - timedelta(hours=1)
    due(app, since, MORNING - timedelta(minutes=1))
    assert ticks(app) == []
    for seconds in (0, 0, 5, 3600):
        due(app, since, MORNING + timedelta(seconds=seconds))
    assert ticks(app) == ["counting.early@2026-03-02T06:00:00Z"]
    due(app, since, MORNING + timedelta(days=1))
    assert len(ticks(app)) == 1, "the last one is not finished"
    inline.run_waiting(app)
    due(app, since, MORNING + timedelta(days=1))
    due(app, since, MORNING)  # The clock went back.
    assert ticks(app)[1:] == ["counting.early@2026-03-03T06:00:00Z"]


def test_what_was_missed_is_caught_up_once_and_a_new_kind_waits_for_its_time(app: Flask) -> None:
    due(app, MORNING + timedelta(hours=1), MORNING + timedelta(hours=2))
    assert ticks(app) == []
    due(app, MORNING - timedelta(hours=1), MORNING)
    inline.run_waiting(app)
    due(app, MORNING + timedelta(days=7), MORNING + timedelta(days=9))
    assert ticks(app)[1:] == ["counting.early@2026-03-11T06:00:00Z"]


def test_two_workers_at_one_tick_make_one_job(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "_is_due", lambda *_arguments: True)  # Both looked before either wrote.
    due(app, MORNING, MORNING)
    due(app, MORNING, MORNING)
    assert ticks(app) == ["counting.early@2026-03-02T06:00:00Z"]


def test_old_jobs_are_forgotten_but_not_the_newest_of_a_schedule(app: Flask, enqueue: Enqueue) -> None:
    old, kept = enqueue("once"), enqueue("once")
    due(app, MORNING - timedelta(hours=1), MORNING)
    inline.run_waiting(app)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        long_ago = update(Job).where(Job.id != kept.id).values(finished_at=db.now() - timedelta(days=400))
        db.session().execute(long_ago)
    with app.app_context(), db.transaction(Actor.system(), "test"):
        assert services.tidy() == 1
    assert ticks(app) == ["counting.early@2026-03-02T06:00:00Z"]
    assert read(app, kept).status == "done"
    with app.app_context(), system("test"):
        assert db.session().get(Job, old.id) is None
