"""What the others are made of."""

from typing import Any, Final

from sqlalchemy import BigInteger, BindParameter, bindparam

API_VERSION = 1
"""Raised when a hook changes in a way that a plugin must follow."""

RECORD_ID: Final[BindParameter[int]] = bindparam("record_id", type_=BigInteger)
"""Stands for the id of the record on whose page a panel may be shown; see `Panel.when`."""

Text = Any
"""A string or a lazily translated one."""
