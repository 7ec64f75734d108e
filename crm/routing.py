"""How addresses are read and made."""

from collections.abc import Callable

from werkzeug.routing import IntegerConverter, Rule


class Number(IntegerConverter):
    """An id in an address. What no database holds is a page that does not exist."""

    regex = r"\d{1,18}"


class LazyRule(Rule):
    """A rule whose address builder is compiled when the first address is made: compiling all of them took
    three quarters of an application's start."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compile_builder = super()._compile_builder
        made: list[Callable[..., tuple[str, str]]] = []

        def build(rule: Rule, /, **values: object) -> tuple[str, str]:
            if not made:
                made.append(compile_builder(append_unknown))
            return made[0](rule, **values)

        return build
