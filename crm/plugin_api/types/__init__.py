"""What hooks return. All of it is plain data, frozen once declared."""

from crm.plugin_api.types.basics import (
    API_VERSION,
    RECORD_ID,
)
from crm.plugin_api.types.basics import (
    Text as Text,
)
from crm.plugin_api.types.dates import (
    CalendarEntry,
    DigestItem,
    TimelineEntry,
)
from crm.plugin_api.types.figures import (
    Counted,
    Measure,
    PublicFigure,
)
from crm.plugin_api.types.pages import (
    Action,
    Card,
    NavItem,
    Panel,
)
from crm.plugin_api.types.people import (
    DataSection,
    DemoAccount,
    Heirs,
    Responsibility,
)
from crm.plugin_api.types.plugins import (
    DefaultRole,
    Permission,
    PluginInfo,
    ReservedIds,
    ScopeKind,
    Setting,
    Visibility,
    Withheld,
)
from crm.plugin_api.types.records import (
    BulkAction,
    ColumnWords,
    Field,
    Linked,
    Preset,
    RecordType,
    Relation,
)
from crm.plugin_api.types.records import (
    Kind as Kind,
)
from crm.plugin_api.types.work import (
    Exporter,
    Importer,
    JobKind,
    JobRun,
    SearchProvider,
)

__all__ = [
    "API_VERSION",
    "RECORD_ID",
    "Action",
    "BulkAction",
    "CalendarEntry",
    "Card",
    "ColumnWords",
    "Counted",
    "DataSection",
    "DefaultRole",
    "DemoAccount",
    "DigestItem",
    "Exporter",
    "Field",
    "Heirs",
    "Importer",
    "JobKind",
    "JobRun",
    "Linked",
    "Measure",
    "NavItem",
    "Panel",
    "Permission",
    "PluginInfo",
    "Preset",
    "PublicFigure",
    "RecordType",
    "Relation",
    "ReservedIds",
    "Responsibility",
    "ScopeKind",
    "SearchProvider",
    "Setting",
    "TimelineEntry",
    "Visibility",
    "Withheld",
]
