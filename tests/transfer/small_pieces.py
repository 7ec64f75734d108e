"""What a process does that imports in many small pieces, so that it can be killed between and within them."""

from pathlib import Path

from crm import create_app
from crm.config import Config
from crm.jobs.inline import here
from crm.transfer import applying, at_once, planning, sources


def import_file(config: Config, path: Path) -> None:
    """As `rollcall import contacts FILE` does it."""
    _in_small_pieces()
    app = create_app(config)
    with app.app_context(), here(app) as process:
        at_once.finish_what_broke_off(process, lambda job: None)
        at_once.import_file(
            process, "contacts", path, at_once.Wishes(), change_set_id=None, watch=lambda job: None
        )


def finish(config: Config) -> None:
    """What the next process does first."""
    _in_small_pieces()
    app = create_app(config)
    with app.app_context(), here(app) as process:
        at_once.finish_what_broke_off(process, lambda job: None)


def _in_small_pieces() -> None:
    for module, name, size in ((sources, "CHUNK", 20), (applying, "CHUNK", 20), (planning, "TOGETHER", 5)):
        setattr(module, name, size)
