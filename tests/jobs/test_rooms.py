"""Who works beside whom in one process."""

from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLongError
from threading import Event

import pytest

from crm.jobs.rooms import Closed, Room

SHORTLY = 0.05
PATIENCE = 30


def stay(room: Room, inside: Event, leave: Event, *, alone: bool = False) -> None:
    with room.enter(alone=alone):
        inside.set()
        assert leave.wait(PATIENCE)


def is_waiting(future: "Future[None]", inside: Event) -> bool:
    with pytest.raises(TooLongError):
        future.result(SHORTLY)
    return not inside.is_set()


def test_one_that_wants_to_be_alone_waits_for_the_others_and_keeps_them_out() -> None:
    room, leave = Room(2), [Event() for _piece in range(3)]
    inside = [Event() for _piece in range(3)]
    with ThreadPoolExecutor() as threads:
        first = threads.submit(stay, room, inside[0], leave[0])
        assert inside[0].wait(PATIENCE)
        suspect = threads.submit(stay, room, inside[1], leave[1], alone=True)
        assert is_waiting(suspect, inside[1])
        third = threads.submit(stay, room, inside[2], leave[2])
        leave[0].set()
        assert inside[1].wait(PATIENCE)
        assert is_waiting(third, inside[2])
        leave[1].set()
        leave[2].set()
        for each in (first, suspect, third):
            each.result(PATIENCE)


def test_a_closing_room_waits_for_those_inside_and_lets_nobody_in() -> None:
    room, inside, leave = Room(2), Event(), Event()
    with ThreadPoolExecutor() as threads:
        piece = threads.submit(stay, room, inside, leave)
        assert inside.wait(PATIENCE)
        closing = threads.submit(room.close)
        with pytest.raises(TooLongError):
            closing.result(SHORTLY)
        leave.set()
        piece.result(PATIENCE)
        closing.result(PATIENCE)
    with pytest.raises(Closed), room.enter():
        pass
