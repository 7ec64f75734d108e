"""One step of the job that keeps a session fresh."""

import time
from typing import Final

from crm.plugin_api import JobRun
from crm.plugin_api import gettext as _
from crm_policy.services import fetching
from crm_policy.services.syncing import legiscan, openstates, running

NAP: Final = 1.0
"""A step never sleeps longer than this, so that a worker can stop at any time."""


def step(run: JobRun) -> bool:
    """One question to the service, or a nap until it may be asked."""
    source = running.source_of(run)
    left = run.cursor.get("not_before", 0.0) - time.time()
    if left > 0:
        time.sleep(min(left, NAP))
        return False
    phases = legiscan.PHASES if source.provider == "legiscan" else openstates.PHASES
    try:
        return bool(phases[run.cursor.get("phase", "")](run, source))
    except fetching.Busy as error:
        running.put_off(run, source, error.seconds, _("the service asks us to wait"))
    except fetching.Lost as error:
        running.put_off(run, source, None, str(error))
    return False
