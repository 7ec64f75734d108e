"""One step of the job that keeps a session fresh."""

import time
from types import ModuleType
from typing import Final

from crm.plugin_api import JobRun, UserError
from crm.plugin_api import gettext as _
from crm_policy.services import fetching
from crm_policy.services.syncing import legiscan, openstates, running

ENOUGH: Final = 3
"""Tries after which one thing that does not come is passed over."""
MOST_SKIPPED: Final = 5
NAP: Final = 1.0
"""A step never sleeps longer than this, so that a worker can stop at any time."""


def step(run: JobRun) -> bool:
    """One question to the service, or a nap until it may be asked."""
    source = running.source_of(run)
    left = run.cursor.get("not_before", 0.0) - time.time()
    if left > 0:
        time.sleep(min(left, NAP))
        return False
    service = legiscan if source.provider == "legiscan" else openstates
    try:
        return bool(service.PHASES[run.cursor.get("phase", "")](run, source))
    except fetching.Busy as error:
        running.put_off(run, source, error.seconds, _("the service asks us to wait"))
    except running.Refused as error:
        if not _pass_over(run, service):
            raise UserError(str(error)) from error
    except fetching.Lost as error:
        if run.cursor.get("tries", 0) < ENOUGH or not _pass_over(run, service):
            running.put_off(run, source, None, str(error))
    return False


def _pass_over(run: JobRun, service: ModuleType) -> bool:
    """Go on behind the one bill, roll call or text that does not come, so that it keeps none of the others
    away; whether that can be. Several in a row are no fault of theirs."""
    beyond = service.BEYOND.get(run.cursor.get("phase", ""))
    skipped = run.cursor.get("skipped", 0) + 1
    if beyond is None or skipped > MOST_SKIPPED:
        return False
    rejected = run.cursor.get("rejected", 0) + 1
    running.write(run, (), **beyond(run.cursor), skipped=skipped, rejected=rejected)
    return True
