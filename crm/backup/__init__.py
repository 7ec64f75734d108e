"""Backups: everything in one file that either database can be restored from."""

from crm.backup.dump import back_up, dump_tables
from crm.backup.restore import restore

__all__ = ["back_up", "dump_tables", "restore"]
