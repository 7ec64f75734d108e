"""What the journal declares to the rest of the program."""

from collections.abc import Iterable

from crm.i18n import lazy_gettext as _
from crm.journal import permissions
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import JobKind, JobRun, Permission, PluginInfo


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("journal", _("History"), "1", models="crm.journal.models")


@hookimpl
def crm_permissions() -> Iterable[Permission]:
    return permissions.permissions()


@hookimpl
def crm_jobs() -> Iterable[JobKind]:
    return (JobKind("journal.undo", _("Undo"), _undo_step),)


def _undo_step(run: JobRun) -> bool:
    from crm.journal.undo.services import step

    return step(run)
