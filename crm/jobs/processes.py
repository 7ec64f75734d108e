"""The processes of `rollcall serve`.

Its main process is Granian's: it loads the application once, forks the web workers from it, and keeps one
job worker beside them. Whoever dies is started again; when the main process is gone, by whatever means,
all of them go.
"""

import gc
import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPException

from flask import Flask
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer as Server

from crm import create_app
from crm.errors import ConfigurationError
from crm.jobs.children import Keeper, be_parent, follow_parent
from crm.jobs.doorway import Doorway

log = logging.getLogger(__name__)

WORKER = [sys.executable, "-m", "crm.jobs.worker"]
WEB_GOODBYE = 10
HEADERS_WITHIN = 15_000
SLOW_SENDERS = 64
COLLECTING = (20_000, 20, 50)
"""Objects a page makes before Python looks for rings of them, and how often it looks deeper."""

Say = Callable[[str], None]

_application: Flask | None = None
"""Loaded in the main process, so that what it forks shares its memory and starts at once."""


def serve(host: str, port: int, *, workers: int, threads: int, with_worker: bool, say: Say) -> None:
    """Serve until a signal ends it. `say` gets the address once it answers."""
    global _application  # noqa: PLW0603  # The forked processes find it here.
    port = _free_port(host, port)
    _application = create_app()
    be_parent()
    keeper = Keeper(WORKER) if with_worker else None
    server = _server(host, port, workers, threads)
    threading.Thread(target=_announce, args=(server, say, keeper), daemon=True).start()
    try:
        while not _run(server):
            log.error("the web server stopped; starting it again")
            server = _server(host, port, workers, threads)
    finally:
        if keeper is not None:
            keeper.stop()


def _server(host: str, port: int, workers: int, threads: int) -> Server:
    return Server(
        str(threads),  # The target; Granian hands it to the loader, in a spawned process too.
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads + SLOW_SENDERS,
        respawn_failed_workers=True,
        workers_kill_timeout=WEB_GOODBYE,
        log_level=LogLevels.error,
        http1_settings=HTTP1Settings(header_read_timeout=HEADERS_WITHIN),
    )


def _run(server: Server) -> bool:
    """Serve until Granian ends; whether it was told to."""
    with suppress(SystemExit):  # Granian leaves so after a crash loop.
        server.serve(target_loader=_load_web)
    return bool(server.interrupt_signal)


def _load_web(target: str) -> Doorway:
    """In each web process: the application, and the promise to go when the main process does."""
    follow_parent(signal.SIGKILL)  # No acknowledged change is lost: that is the database's promise.
    app = _application or create_app()
    app.extensions["crm"].engine.dispose(close=False)  # A connection may not cross a fork.
    # What is there by now stays as long as the process: looking through it again and again is a waste, and
    # would make a copy of memory that the workers share.
    gc.freeze()
    gc.set_threshold(*COLLECTING)
    return Doorway(app, int(target))


def _free_port(host: str, port: int) -> int:
    """The port, or a free one for 0. Granian's web workers share theirs, and would share a taken one too."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            raise ConfigurationError(
                f"Cannot serve at {host} port {port}: {error.strerror}. Choose another with --port."
            ) from error
        free: int = probe.getsockname()[1]
        return free


def _announce(server: Server, say: Say, keeper: Keeper | None) -> None:
    """Say the address when it answers; the job worker starts only then, so that it delays nobody."""
    while len(server.wrks) < server.workers:
        time.sleep(0.005)  # And nothing else: a fork would copy whatever lock this thread holds.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(server.bind_addr, server.bind_addr)  # noqa: S104  # Compared.
    while not _answers(host, server.bind_port):
        time.sleep(0.02)
    say(f"http://[{host}]:{server.bind_port}" if ":" in host else f"http://{host}:{server.bind_port}")
    if keeper is not None:
        keeper.start()


def _answers(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=5)
    try:
        connection.request("HEAD", "/")
        return connection.getresponse().status > 0
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
