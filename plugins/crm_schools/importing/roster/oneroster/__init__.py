"""OneRoster 1.1 and 1.2: the archive, its tables put together, and stays out of class enrolments."""

from crm_schools.importing.roster.oneroster.archive import OneRoster, is_archive

__all__ = ["OneRoster", "is_archive"]
