"""Child processes: started again when they die, and gone when their parent is."""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time

log = logging.getLogger(__name__)

PARENT_VARIABLE = "ROLLCALL_PARENT"
PR_SET_PDEATHSIG = 1
LONGEST_GOODBYE = 60
SOON_DEAD = 30.0
LONGEST_PAUSE = 30.0


def be_parent() -> None:
    """Let the children of this process know whom to follow."""
    os.environ[PARENT_VARIABLE] = str(os.getpid())


def follow_parent(ending: signal.Signals) -> None:
    """Get the signal `ending` when the parent ends, even when that was killed."""
    parent = int(os.environ.get(PARENT_VARIABLE, "0"))
    if not parent:
        return  # Started by hand.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, ending)
    else:
        threading.Thread(target=_watch, args=(parent, ending), daemon=True).start()
    if os.getppid() != parent:
        os._exit(1)  # It was gone before we could ask.


def _watch(parent: int, ending: signal.Signals) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), ending)


class Keeper:
    """Keeps one child process running, with longer and longer pauses if it keeps dying."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask the child to finish its piece and wait for it; kill it when that takes too long."""
        self._stopping.set()
        child = self._child
        if child is None:
            return
        child.terminate()
        try:
            child.wait(LONGEST_GOODBYE)
        except subprocess.TimeoutExpired:
            child.kill()

    def _keep(self) -> None:
        # One thread for the whole life: Linux binds the death signal to the thread that started the child.
        pause = 0.0
        while not self._stopping.wait(pause):
            started = time.monotonic()
            self._child = subprocess.Popen(self._command)
            status = self._child.wait()
            if not self._stopping.is_set():
                log.error("the job worker ended with status %s; starting it again", status)
            pause = min(LONGEST_PAUSE, pause * 2 or 0.5) if time.monotonic() - started < SOON_DEAD else 0.0
