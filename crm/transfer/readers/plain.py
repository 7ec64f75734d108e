"""Lines of a delimited text taken apart column by column, where there is nothing but plain cells in them."""


def columns_of(text: str, delimiter: str, width: int) -> list[list[str]] | None:
    """The cells of lines, as so many columns; None where a line has more or fewer cells or none that holds
    anything, where there are quotes, and where lines end in an old way: that is for a reader of rows."""
    text = text.replace("\r\n", "\n")
    if not text.endswith("\n"):
        text += "\n"
    empty = delimiter * (width - 1) + "\n"
    if width < 2 or '"' in text or "\r" in text or text.startswith(empty) or "\n" + empty in text:
        return None
    # Each line end is made a cell of its own: where they all stand behind as many cells, lines are alike.
    cells = text.replace("\n", f"{delimiter}\n{delimiter}").split(delimiter)
    cells.pop()
    count, step = text.count("\n"), width + 1
    if len(cells) != count * step or cells[width::step].count("\n") != count:
        return None
    return [cells[place::step] for place in range(width)]


def longest(text: str) -> int:
    """How many characters the longest line has."""
    return max(map(len, text.split("\n")))


def lines_behind(text: str, count: int) -> str:
    """The text without its first lines."""
    at = 0
    for _line in range(count):
        at = text.find("\n", at) + 1
        if not at:
            return ""
    return text[at:]
