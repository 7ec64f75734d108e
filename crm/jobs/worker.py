"""The process of `rollcall worker`: runs jobs until a signal ends it."""

import gc
import logging
import os
import signal

from crm import create_app
from crm.jobs.children import follow_parent
from crm.jobs.runner import Worker

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def work() -> None:
    """Run jobs until a signal ends it, the pieces at hand finished first. Does not return."""
    logging.basicConfig(level=logging.WARNING, format=LOG_FORMAT)
    follow_parent(signal.SIGTERM)
    worker = Worker(create_app())
    gc.freeze()  # What is there by now stays as long as the process.

    def leave(_signal: int, _frame: object) -> None:
        if worker.stopping.is_set():
            os._exit(1)  # Asked twice: at once. Unfinished pieces roll back.
        worker.stop()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    worker.run()
    logging.shutdown()
    os._exit(0)  # Parked workflows hold their threads; nothing of theirs is unsaved.


if __name__ == "__main__":
    work()
