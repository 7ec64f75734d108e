"""The places of workers: one process each, seen by all without being in anybody's way."""

import threading
from functools import partial

from flask import Flask

from crm.jobs.places import Place, occupied
from crm.runtime import Runtime
from tests.jobs.conftest import wait_until


def is_free(runtime: Runtime, name: str) -> bool:
    return not occupied(runtime, name)


def test_looking_never_keeps_a_worker_from_its_place(app: Flask) -> None:
    runtime = app.extensions["crm"]
    first = Place.take(runtime)
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            occupied(runtime, "worker-2")

    looking = [threading.Thread(target=look) for _glance in range(2)]
    for thread in looking:
        thread.start()
    names = set()
    for _round in range(20):
        second = Place.take(runtime)
        names.add(second.name)
        second.release()
        wait_until(partial(is_free, runtime, second.name), "its session to end")
    over.set()
    for thread in looking:
        thread.join()
    first.release()
    assert names == {"worker-2"}


def test_a_place_is_occupied_for_as_long_as_it_is_held(app: Flask) -> None:
    runtime = app.extensions["crm"]
    assert not occupied(runtime, "worker-1")
    place = Place.take(runtime)
    assert (place.name, occupied(runtime, "worker-1")) == ("worker-1", True)
    assert not occupied(runtime, "worker-2")
    place.release()
    wait_until(partial(is_free, runtime, "worker-1"), "its session to end")
    assert not occupied(runtime, "nobody")
