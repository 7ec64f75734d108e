"""`rollcall serve` and `rollcall worker`."""

import logging
import os

import click


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", envvar="PORT", default=5000, show_default=True, help="The port; 0 takes a free one.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Web processes.")
@click.option(
    "--threads",
    default=4,
    show_default=True,
    type=click.IntRange(1, 256),
    help="Requests each handles at once.",
)
@click.option("--no-worker", is_flag=True, help="Leave background work to a `rollcall worker` elsewhere.")
def serve(host: str, port: int, workers: int, threads: int, no_worker: bool) -> None:
    """Serve the pages, with one worker for background work beside them."""
    from crm.jobs import processes

    if port:
        os.environ["PORT"] = str(port)  # Links in mails lead to this port, unless CRM_BASE_URL says where.

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    processes.serve(host, port, workers=workers, threads=threads, with_worker=not no_worker, say=_say)


@click.command()
def worker() -> None:
    """Do background work: imports, scheduled work, mail. Any number may run, on any machine."""
    from crm.jobs.worker import work

    work()


def _say(address: str) -> None:
    click.echo(f"Rollcall is at {address} (Ctrl-C stops it).")
