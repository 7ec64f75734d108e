"""What is exported is safe to open and comes back unchanged."""

import csv
from collections.abc import Sequence
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path
from typing import Literal

import pytest
import xlsxwriter
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crm.errors import UserError
from crm.transfer.layout import Shape, headers, is_own, row
from crm.transfer.mapping import compile_mapping, suggest_mapping
from crm.transfer.readers import open_table
from crm.transfer.record import ContactRecord, dumps, loads
from crm.transfer.writers import csv_blocks, safe_text, write_rows
from tests.transfer.strategies import ANY, TRICKY, records

Kind = Literal["csv", "xlsx"]
FULL_WIDTH = [f"{chr(code)}1" for code in (0xFF1D, 0xFF0B, 0xFF0D, 0xFF20)]
FORMULAS = [
    *FULL_WIDTH,
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "'=1+1",
    "''@x",
    "=cmd|' /C calc'!A0",
]
HARMLESS = ["'s-Hertogenbosch", "''", "O'Brien", "a=b", " =1", "1-2", "’=x"]
CELL = st.one_of(ANY, TRICKY, st.sampled_from([*FORMULAS, *HARMLESS]))


def written(kind: Kind, header: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    out = BytesIO()
    assert write_rows(kind, header, rows, out) == len(rows)
    return out.getvalue()


def read_back(
    folder: Path, kind: Kind, header: Sequence[str], rows: Sequence[Sequence[object]]
) -> list[list[str]]:
    path = folder / f"round.{kind}"
    path.write_bytes(written(kind, header, rows))
    source = open_table(path)
    assert source.headers == list(header)
    return [cells for _number, cells in source.rows()]


def has_words(cells: Sequence[str]) -> bool:
    """A row of blanks alone is no row to whoever reads a workbook."""
    return any(cell.strip() for cell in cells)


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_are_made_safe_in_csv(text: str) -> None:
    data = written("csv", ["Name"], [[text]]).decode("utf-8-sig")
    (_header, (cell,)) = csv.reader(StringIO(data, newline=""))
    assert cell == "'" + text


def test_every_cell_is_quoted() -> None:
    """A program that separates cells by semicolons must not begin one in the middle of a text."""
    data = written("csv", ["Name", "Note"], [["Ana", "x;=1+1"], ["", 1]]).decode("utf-8-sig")
    assert data.splitlines() == ['"Name","Note"', '"Ana","x;=1+1"', '"","1"']


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_formula_is_left_alone(text: str) -> None:
    assert safe_text(text) == text


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@given(rows=st.lists(st.tuples(CELL, CELL, CELL).filter(has_words), min_size=1, max_size=8))
@example(rows=[("'=x", "a\r\nb", "\n")])
@example(rows=[("_x0041_", "\x01\x0b", "￿")])
@settings(max_examples=60, deadline=None)
def test_export_and_import_are_the_identity(
    tmp_path_factory: pytest.TempPathFactory, kind: Kind, rows: list[tuple[str, str, str]]
) -> None:
    header = ["Given name", "Note", "=Risky"]
    assert read_back(tmp_path_factory.getbasetemp(), kind, header, rows) == [list(cells) for cells in rows]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_long_and_wide_tables(tmp_path: Path, kind: Kind) -> None:
    header = [f"Field {i}" for i in range(500)]
    cells = ["ñ" * 10_000, *(f"v{i}" for i in range(499))]
    assert read_back(tmp_path, kind, header, [cells]) == [cells]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_values_that_are_no_text(tmp_path: Path, kind: Kind) -> None:
    rows = [[7, 1.5, date(2026, 2, 3), None, True, "a\0b"]]
    assert read_back(tmp_path, kind, list("abcdef"), rows) == [["7", "1.5", "2026-02-03", "", "Yes", "ab"]]


def test_a_workbook_holds_text_never_formulas_or_links(tmp_path: Path) -> None:
    import zipfile

    data = written("xlsx", ["a"], [["=1+1"], ["https://example.org"], ["02134"]])
    with zipfile.ZipFile(BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert 'quotePrefix="1"' in archive.read("xl/styles.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert sheet.count('t="inlineStr"') == 4


def test_what_excel_has_no_room_for_is_said() -> None:
    with pytest.raises(UserError, match="40000 characters"):
        write_rows("xlsx", ["a"], [["x" * 40_000]], BytesIO())
    with pytest.raises(UserError, match="columns"):
        write_rows("xlsx", ["a"] * 16_385, [], BytesIO())


def test_csv_is_sent_in_blocks_while_it_is_made() -> None:
    made = 0

    def rows() -> list[list[str]]:
        return [["x"]] * 100_000

    for block in csv_blocks(["a"], rows()):
        made += 1
        assert len(block) < 10_000
    assert made > 150


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@given(people=st.lists(records(), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_contacts_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, kind: Kind, people: list[ContactRecord]
) -> None:
    shape = Shape.of(people)
    path = tmp_path_factory.getbasetemp() / f"contacts.{kind}"
    path.write_bytes(written(kind, headers(shape), [row(record, shape) for record in people]))
    source = open_table(path)
    assert is_own(source.headers)
    mapper = compile_mapping(suggest_mapping(source.headers, source.sample()), source.headers)
    found = [mapper(cells) for _number, cells in source.rows()]
    for record in people:
        for group in (record.emails, record.phones, record.addresses):
            group.sort(key=lambda item: not item.primary)
        for place in record.addresses:
            place.country = place.country or ""
    assert [record for record, _problems in found] == people
    assert not any(problem.fatal for _record, problems in found for problem in problems)


@given(record=records(), photo=st.binary(max_size=20))
def test_records_survive_json(record: ContactRecord, photo: bytes) -> None:
    record.photo = photo
    assert loads(dumps(record)) == record
    assert loads(dumps(record).decode()) == record


def test_json_leaves_out_what_is_empty() -> None:
    assert dumps(ContactRecord(given_name="Ana")) == b'{"kind":"person","given_name":"Ana"}'


def test_the_reader_of_a_foreign_workbook_keeps_its_apostrophes(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet()
    page.write_column(0, 0, ["Name", "'=x", "''y"])
    book.close()
    assert [cells for _number, cells in open_table(path).rows()] == [["'=x"], ["''y"]]
