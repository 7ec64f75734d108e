"""Templates, with less to do for each part of a page."""

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment as FlaskEnvironment


class Environment(FlaskEnvironment):
    """As Flask's. A template without values of its own takes the common ones as they are: Jinja would lay a
    chain over them and walk through it anew for every included part."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals
