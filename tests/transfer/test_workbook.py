"""XLSX as Excel, other programs and attackers write it."""

import struct
import tracemalloc
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from crm.transfer.readers import BadFile, Limits, WorkbookTable, open_table
from crm.transfer.readers.cells import number_text, parse_format
from tests.transfer.workbooks import sheet, text_row, workbook

PEOPLE = sheet(text_row(1, "Name", "City") + text_row(2, "Ana", "Rome"))


def table(path: Path, sheet: str | None = None) -> WorkbookTable:
    source = open_table(path, sheet=sheet)
    assert isinstance(source, WorkbookTable)
    return source


def cells(source: WorkbookTable) -> list[list[str]]:
    return [row for _number, row in source.rows()]


def refusal(path: Path) -> str:
    with pytest.raises(BadFile) as caught:
        cells(table(path))
    return caught.value.message


def test_values_look_as_people_see_them(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet()
    page.write_row(0, 0, [f"h{i}" for i in range(14)])
    formats = [book.add_format({"num_format": code}) for code in ("yyyy-mm-dd", "m/d/yy h:mm", "0%", "0.00%")]
    page.write_datetime(1, 0, datetime(1976, 2, 3), formats[0])  # noqa: DTZ001 - as in a cell
    page.write_datetime(1, 1, datetime(2024, 3, 5, 14, 30), formats[1])  # noqa: DTZ001 - as in a cell
    page.write_number(1, 2, 0.25, formats[2])
    page.write_number(1, 3, 0.125, formats[3])
    page.write_number(1, 4, 20024.0)
    page.write_number(1, 5, 2134, book.add_format({"num_format": "00000"}))
    page.write_number(1, 6, 21341234, book.add_format({"num_format": "00000-0000"}))
    page.write_string(1, 7, "02134")
    page.write_number(1, 8, 12.5)
    page.write_number(1, 9, 2025550123)
    page.write_boolean(1, 10, True)
    page.write_string(1, 11, "José _x0041_ “Núñez”\n2nd line")
    page.write_number(1, 12, 0.1 + 0.2)
    page.write_number(1, 13, 1234.5, book.add_format({"num_format": '"$"#,##0.00;[Red]-0.00'}))
    book.close()
    assert cells(table(path)) == [
        [
            "1976-02-03",
            "2024-03-05 14:30",
            "25%",
            "12.50%",
            "20024",
            "02134",
            "02134-1234",
            "02134",
            "12.5",
            "2025550123",
            "TRUE",
            "José _x0041_ “Núñez”\n2nd line",
            "0.3",
            "1234.5",
        ]
    ]


@pytest.mark.parametrize(
    "code, value, shown",
    [
        ("d/m/yyyy", "27793", "1976-02-03"),
        ("[$-409]mmmm d, yyyy;@", "27793", "1976-02-03"),
        ('"Due: "0', "5", "5"),
        ("[h]:mm", "0.5", "12:00"),
        ("General", "27793", "27793"),
        ("@", "27793", "27793"),
        ("000-00-0000", "12345678", "012-34-5678"),
        ("0.0%", "0.0725", "7.2%"),
        ("yyyy-mm-dd", "59", "1900-02-28"),
        ("yyyy-mm-dd", "61", "1900-03-01"),
        ("yyyy-mm-dd", "1e300", "1e+300"),
        ("0.00", "nan", "nan"),
        ("0.00", "abc", "abc"),
    ],
)
def test_number_formats(code: str, value: str, shown: str) -> None:
    assert number_text(value, parse_format(164, code)) == shown


def test_dates_that_count_from_1904(tmp_path: Path) -> None:
    styles = '<cellXfs><xf numFmtId="14"/></cellXfs>'
    rows = text_row(1, "Born") + '<row r="2"><c r="A2" s="0"><v>26331</v></c></row>'
    path = workbook(
        tmp_path / "a.xlsx", {"A": sheet(rows)}, styles=styles, properties='<workbookPr date1904="1"/>'
    )
    assert cells(table(path)) == [["1976-02-03"]]


def test_shared_strings_with_rich_text_and_phonetics(tmp_path: Path) -> None:
    shared = (
        "<si><t>Name</t></si><si><r><t>Ana </t></r><r><rPr><b/></rPr><t>López</t></r></si>"
        "<si><t>課長</t><rPh><t>カチョウ</t></rPh></si>"
    )
    rows = "".join(f'<row r="{i + 1}"><c t="s"><v>{i}</v></c></row>' for i in range(3))
    path = workbook(tmp_path / "a.xlsx", {"A": sheet(rows)}, shared=shared)
    assert cells(table(path)) == [["Ana López"], ["課長"]]


def test_a_dimension_that_lies_hides_no_rows(tmp_path: Path) -> None:
    rows = "".join(text_row(i, f"n{i}", "x") for i in range(1, 3001))
    path = workbook(tmp_path / "a.xlsx", {"A": sheet(rows, '<dimension ref="A1"/>')})
    assert len(cells(table(path))) == 2999


def test_gaps_between_rows_and_cells(tmp_path: Path) -> None:
    rows = (
        text_row(1, "Name", "City", "Zip")
        + '<row r="4"><c r="C4"><v>7</v></c></row>'
        + '<row r="9"><c r="A9" t="str"><f>A1</f><v>Bo</v></c><c r="XFD9" s="1"/></row>'
    )
    source = table(workbook(tmp_path / "a.xlsx", {"A": sheet(rows)}))
    assert list(source.rows()) == [(4, ["", "", "7"]), (9, ["Bo", "", ""])]
    assert source.notices == []


def test_formulas_give_their_saved_result_and_what_is_lost_is_said(tmp_path: Path) -> None:
    rows = (
        text_row(1, "Name", "City", "Zip")
        + '<row r="2"><c t="str"><f>"A"</f><v>Ana</v></c><c><f>NOW()</f></c><c t="e"><v>#N/A</v></c></row>'
    )
    source = table(workbook(tmp_path / "a.xlsx", {"A": sheet(rows)}))
    assert cells(source) == [["Ana", "", ""]]
    assert [notice.code for notice in source.notices] == ["formula_error", "formula_unsaved"]


def test_the_first_visible_sheet_that_holds_anything_is_read(tmp_path: Path) -> None:
    sheets = {"Secret": PEOPLE, "Empty": sheet(""), "People": PEOPLE, "Other": sheet(text_row(1, "A", "B"))}
    path = workbook(tmp_path / "a.xlsx", sheets, hidden=("Secret",))
    source = table(path)
    assert (source.sheet, source.sheets) == ("People", ["Secret", "Empty", "People", "Other"])
    assert "“People” was read" in source.notices[0].sentence
    assert table(path, sheet="Secret").headers == ["Name", "City"]
    with pytest.raises(BadFile, match="Secret, Empty, People, Other"):
        table(path, sheet="Nope")


def test_prefixed_and_strict_vocabulary(tmp_path: Path) -> None:
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    rows = '<x:row><x:c t="inlineStr"><x:is><x:t>{}</x:t></x:is></x:c></x:row>'
    xml = f'<x:worksheet xmlns:x="{strict}"><x:sheetData>{rows.format("Name")}{rows.format("Ana")}'
    path = workbook(tmp_path / "a.xlsx", {"A": xml + "</x:sheetData></x:worksheet>"})
    assert cells(table(path)) == [["Ana"]]


def test_empty_workbooks_and_headers_alone(tmp_path: Path) -> None:
    assert "is empty" in refusal(workbook(tmp_path / "a.xlsx", {"A": sheet("")}))
    assert "no rows" in refusal(workbook(tmp_path / "b.xlsx", {"A": sheet(text_row(1, "Name"))}))


def test_500_columns_and_10000_characters(tmp_path: Path) -> None:
    row = [f"v{i}" for i in range(499)] + ["ñ" * 10_000]
    rows = text_row(1, *(f"h{i}" for i in range(500))) + text_row(2, *row)
    assert cells(table(workbook(tmp_path / "a.xlsx", {"A": sheet(rows)}))) == [row]


def test_a_cell_beyond_the_last_column_says_where(tmp_path: Path) -> None:
    rows = text_row(1, "Name") + '<row r="2"><c r="ZZZ2"><v>1</v></c></row>'
    assert "Row 2" in refusal(workbook(tmp_path / "a.xlsx", {"A": sheet(rows)}))


def test_a_small_file_that_declares_to_unpack_to_much_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    row = text_row(2, "Ana" * 30)
    rows = text_row(1, "Name") + row * (299 * 1024 * 1024 // len(row))
    workbook(path, {"A": sheet(rows)})
    assert path.stat().st_size < 1_500_000
    tracemalloc.start()
    message = refusal(path)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "unpack to far more" in message
    assert peak < 5 * 1024 * 1024


def test_more_than_the_limit_unpacked_is_not_opened(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"A": PEOPLE}, extra={"xl/media/a.bin": b"ab" * 600_000})
    with pytest.raises(BadFile, match="1 MB unpacked"):
        open_table(path, limits=Limits(unpacked_bytes=1024 * 1024))


def lie(path: Path, member: str, declared: int) -> None:
    """Write another unpacked size into both directories of the archive."""
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        local = archive.getinfo(member).header_offset
    data[local + 22 : local + 26] = struct.pack("<I", declared)
    name = member.encode()
    central = data.rfind(name) - 46
    assert data[central : central + 4] == b"PK\x01\x02"
    data[central + 24 : central + 28] = struct.pack("<I", declared)
    path.write_bytes(data)


def test_a_declared_size_that_lies_ends_in_a_sentence_not_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "liar.xlsx"
    row = text_row(2, "Ana" * 30)
    workbook(path, {"A": sheet(text_row(1, "Name") + row * (120 * 1024 * 1024 // len(row)))})
    lie(path, "xl/worksheets/sheet1.xml", 50_000)
    tracemalloc.start()
    message = refusal(path)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "damaged" in message
    assert peak < 8 * 1024 * 1024


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_documents_with_entities_are_refused(tmp_path: Path, prolog: str) -> None:
    xml = sheet(text_row(1, "Name") + text_row(2, "&a;")).replace("<worksheet", prolog + "<worksheet", 1)
    assert "damaged" in refusal(workbook(tmp_path / "a.xlsx", {"A": xml}))


def test_entities_hidden_by_another_encoding_are_refused(tmp_path: Path) -> None:
    xml = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "b">]><x/>'.encode("utf-16")
    path = workbook(tmp_path / "a.xlsx", {"A": PEOPLE}, extra={"xl/styles.xml": xml})
    assert "damaged" in refusal(path)


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="' + "A" * 3_000_000 + '"/></row>',
        "<row>" + "<x>" * 100_000 + "</x>" * 100_000 + "</row>",
        '<row r="1"><c t="inlineStr"><is><t>' + "ab" * 6_000_000 + "</t></is></c></row>",
        '<row r="1"><c t="s"><v>7</v></c></row>',
        "<row><c><v>1</v>",
    ],
    ids=["endless tag", "endless depth", "endless text", "missing string", "torn"],
)
def test_sheets_made_to_hurt_are_refused_with_flat_memory(tmp_path: Path, rows: str) -> None:
    path = workbook(tmp_path / "a.xlsx", {"A": sheet(rows)})
    tracemalloc.start()
    refusal(path)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40 * 1024 * 1024


def test_too_much_shared_text_is_refused(tmp_path: Path) -> None:
    shared = "".join(f"<si><t>{i} {'x' * 1000}</t></si>" for i in range(3000))
    path = workbook(tmp_path / "a.xlsx", {"A": PEOPLE}, shared=shared)
    with pytest.raises(BadFile, match="more text"):
        open_table(path, limits=Limits(shared_text_bytes=1024 * 1024))


def test_an_archive_of_very_many_files_is_refused_before_they_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(10_100):
            archive.writestr(f"{i}", b"")
    assert "10100 files inside" in refusal(path)


def other_zip(path: Path, **members: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "."), text)
    return path


def test_other_archives_say_what_they_are(tmp_path: Path) -> None:
    assert "archive of 1 files" in refusal(other_zip(tmp_path / "a.xlsx", people__csv="Name\nAna\n"))
    path = other_zip(tmp_path / "b.xlsx", mimetype="x", content__xml="y")
    assert "OpenDocument" in refusal(path)
    path = workbook(tmp_path / "c.xlsx", {"A": PEOPLE}, extra={"xl/workbook.bin": b"x"})
    assert "XLSB" in refusal(path)
    path = workbook(tmp_path / "people.csv", {"A": PEOPLE})
    assert "rename it so that it ends in .xlsx" in refusal(path)


def test_workbooks_inside_a_workbook_stay_closed(tmp_path: Path) -> None:
    inner = workbook(tmp_path / "inner.xlsx", {"A": PEOPLE}).read_bytes()
    path = workbook(tmp_path / "a.xlsx", {"A": PEOPLE}, extra={"xl/embeddings/inner.xlsx": inner})
    assert cells(table(path)) == [["Ana", "Rome"]]


def test_a_password_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    )
    assert "password" in refusal(path)


@pytest.mark.parametrize("at", [0.2, 0.5, 0.9])
def test_torn_workbooks_are_damaged(tmp_path: Path, at: float) -> None:
    path = workbook(tmp_path / "a.xlsx", {"A": PEOPLE})
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * at)])
    assert "damaged" in refusal(path)


def test_memory_stays_flat_however_many_rows(tmp_path: Path) -> None:
    path = tmp_path / "many.xlsx"
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    page = book.add_worksheet()
    page.write_row(0, 0, ["Name", "Email"])
    for i in range(1, 40_001):
        page.write_row(i, 0, [f"Ana {i}", f"ana{i}@example.org"])
    book.close()
    tracemalloc.start()
    count = sum(len(chunk) for chunk in table(path).chunks())
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 40_000
    assert peak < 8 * 1024 * 1024
