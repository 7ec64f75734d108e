"""Pages and feeds made fit for the HTML parser of the standard library, which looks for the end of what is
never closed again and again."""


def closed(text: str) -> str:
    """The same text, in which nothing begins whose end is missing: its parts are words then."""
    text = _without_after(text, "-->", "<!--")
    text = _without_after(text, "]]>", "<![")
    head, mark, tail = text.rpartition(">")
    return f"{head}{mark}{tail.partition('<')[0]}"


def _without_after(text: str, end: str, begin: str) -> str:
    """What begins behind the last end begins nothing."""
    head, mark, tail = text.rpartition(end)
    return f"{head}{mark}{tail.replace(begin, '')}"
