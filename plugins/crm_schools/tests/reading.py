"""What a person reads on the pages of schools: the tables, and which number each cell of them tells."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from crm_schools import words
from crm_schools.suppression import ALL, Cell, Group

Fact = tuple[int, Cell, Group]
"""A school year, a place as the public report calls it, and the number that was read there."""
NUMBERS = {
    "Students", "Children", "Chronic", "Chronically absent", "Severe", "Truant", "Not truant",
    "Suspended at least once", "Tardy ten times or more", *map(str, words.BANDS.values()),
}  # fmt: skip
"""Heads of columns that count students."""


@dataclass
class Sheet:
    """A table: its caption, the heads of its columns, and its rows, the label first."""

    caption: str = ""
    heads: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    over: list[str] = field(default_factory=list)
    """The heads above those, where there are two lines of them."""

    @property
    def years(self) -> list[int]:
        """The school years under which it has three columns each."""
        return list(dict.fromkeys(_year(head) for head in self.over if "–" in head))


class _Tables(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Sheet] = []
        self._text: list[str] | None = None
        self._cells: list[str] = []
        self._wide = 1
        self._in_head = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.found.append(Sheet())
        elif tag == "thead":
            self._in_head = True
        elif tag in {"tbody", "tfoot"}:
            self._in_head = False
        elif tag == "tr":
            self._cells = []
        elif tag in {"td", "th", "caption"}:
            self._text = []
            self._wide = int(dict(attrs).get("colspan") or 1)

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        text = " ".join("".join(self._text or ()).split())
        if tag == "caption" and self.found:
            self.found[-1].caption = text
        elif tag in {"td", "th"}:
            self._cells += [text] * self._wide
        elif tag == "tr" and self.found:
            cells = self._cells
            if self._in_head:
                before = self.found[-1].heads
                self.found[-1].heads, self.found[-1].over = [*before[:1], *cells], before
            else:
                self.found[-1].rows.append(cells)
        if tag in {"td", "th", "caption"}:
            self._text = None


def sheets(html: str) -> list[Sheet]:
    reader = _Tables()
    reader.feed(html)
    return reader.found


def number(text: str) -> int | None:
    """The whole number of a cell, None where there is none."""
    plain = text.split(" ", maxsplit=1)[0].replace(",", "")
    return int(plain) if plain.isdecimal() else None


def small(html: str, below: int) -> list[tuple[str, str, int]]:
    """Counts of students from 1 to below a number: caption, head and count."""
    return [
        (sheet.caption, head, count)
        for sheet in sheets(html)
        for row in sheet.rows
        for head, text in zip(sheet.heads, row, strict=False)
        if head in NUMBERS and (count := number(text)) is not None and 0 < count < below
    ]


class Reader:
    """Knows the words of a district, and so which cell of its public report a row is about."""

    def __init__(self, schools: Mapping[str, int]) -> None:
        self.schools = schools
        self.values: dict[str, dict[str, str]] = {
            "race": _values(words.RACES),
            "gender": _values(words.GENDERS),
            "housing": _values(words.HOUSING),
            **{name: {"Yes": "yes", "No": "no", "Not said": "none"}
               for name in ("english_learner", "disability", "disadvantaged")},
            "grade": {"Prekindergarten": "PK", "Kindergarten": "K", "No grade": "none",
                      **{f"Grade {n}": str(n) for n in range(1, 13)}},
        }  # fmt: skip
        self.captions = {str(label): name for name, label in words.SUBGROUPS.items()}
        self.captions |= {
            "Chronic absence by grade": "grade", "Chronic absence by grade and year": "grade",
            "By race and ethnicity": "race", "Students with and without disabilities": "disability",
            "By gender": "gender", "Economically disadvantaged (free or reduced lunch)": "disadvantaged",
        }  # fmt: skip

    def facts(self, html: str, school: str, year: int) -> Iterator[Fact]:
        """The year, the place and the number that each row tells; `school` is whose page it is, or ALL."""
        for sheet in sheets(html):
            for row in sheet.rows:
                if row[0] in self.schools:
                    yield from self._of_school(sheet, row, year)
                elif sheet.caption == "Chronic absence by school year":
                    yield from _told(_year(row[0]), Cell(ALL, school, ALL), row[1:3])
                else:
                    yield from self._of_value(sheet, row, school, year)

    def _of_school(self, sheet: Sheet, row: list[str], year: int) -> Iterator[Fact]:
        school = str(self.schools[row[0]])
        if sheet.caption == "Kindergarten by school":
            yield from _told(year, Cell("grade", school, self.values["grade"][row[1]]), row[2:4])
        elif sheet.caption == "Chronic absence by school and year":
            for at, text in enumerate(row[1:]):
                if " of " in text:
                    chronic, _of, every = text.split(" ")[-3:]
                    yield from _told(_year(sheet.heads[at + 1]), Cell(ALL, school, ALL), [every, chronic])
        elif sheet.caption in {"Schools by their rate", "School summary"}:
            yield from _told(year, Cell(ALL, school, ALL), row[1:3])

    def _of_value(self, sheet: Sheet, row: list[str], school: str, year: int) -> Iterator[Fact]:
        dimension = self.captions.get(sheet.caption, "")
        value = self.values.get(dimension, {}).get(row[0])
        if value is None:
            return
        years = sheet.years or [year]
        for at, of_year in enumerate(years):
            yield from _told(of_year, Cell(dimension, school, value), row[1 + 3 * at : 3 + 3 * at])


def _values(known: Mapping[str, object]) -> dict[str, str]:
    return {str(label): name for name, label in known.items()} | {"Not said": "none"}


def _year(text: str) -> int:
    return int(text[:4]) + 1


def _told(year: int, cell: Cell, texts: list[str]) -> Iterator[Fact]:
    students, chronic = (number(text) for text in texts)
    if students is not None and chronic is not None:
        yield year, cell, Group(students, (chronic,))
