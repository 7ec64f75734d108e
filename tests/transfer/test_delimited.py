"""CSV as people really have it."""

import csv
import tracemalloc
from pathlib import Path

import pytest

from crm.transfer.readers import BadFile, Limits, TableSource, open_table

SAMPLES = Path(__file__).parents[2] / ".." / "shared" / "samples" / "contacts"


def write(tmp_path: Path, data: bytes | str, name: str = "people.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def read(tmp_path: Path, data: bytes | str, name: str = "people.csv") -> TableSource:
    return open_table(write(tmp_path, data, name))


def cells(source: TableSource) -> list[list[str]]:
    return [row for _number, row in source.rows()]


def codes(source: TableSource) -> list[str]:
    return [notice.code for notice in source.notices]


def refusal(tmp_path: Path, data: bytes | str, name: str = "people.csv") -> str:
    with pytest.raises(BadFile) as caught:
        cells(read(tmp_path, data, name))
    return caught.value.message


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1", "mac_roman"],
)
def test_names_with_accents_are_right_in_every_common_encoding(tmp_path: Path, encoding: str) -> None:
    text = "Name,City\nJosé Núñez,Córdoba\nZoë Müller,Besançon\nÁngela Peña,Bogotá\n"
    source = read(tmp_path, text.encode(encoding))
    assert source.headers == ["Name", "City"]
    assert cells(source) == [["José Núñez", "Córdoba"], ["Zoë Müller", "Besançon"], ["Ángela Peña", "Bogotá"]]


def test_a_guessed_encoding_is_said(tmp_path: Path) -> None:
    source = read(tmp_path, "Name\nJosé Núñez\n".encode("cp1252"))
    assert "Windows-1252" in source.notices[0].sentence


def test_a_utf8_file_with_lines_in_another_encoding_is_read_line_by_line(tmp_path: Path) -> None:
    data = "Name,City\nJosé,Bogotá\n".encode() + "Núñez,León\n".encode("cp1252") + "Zoë,Köln\n".encode()
    source = read(tmp_path, data)
    assert cells(source) == [["José", "Bogotá"], ["Núñez", "León"], ["Zoë", "Köln"]]
    assert [(n.code, n.values["line"], n.values["count"]) for n in source.notices] == [
        ("encoding_mixed", 3, 1)
    ]
    assert "line 3" in source.notices[0].sentence


def test_a_stray_line_after_megabytes_of_good_ones_is_found(tmp_path: Path) -> None:
    data = b"Name\n" + "José Ñandú\n".encode() * 100_000 + "Núñez\n".encode("cp1252")
    source = read(tmp_path, data)
    assert codes(source) == ["encoding_mixed"]
    assert source.notices[0].values["line"] == 100_002
    assert cells(source)[-1] == ["Núñez"]


def test_typographic_apostrophes_do_not_make_a_file_macintosh(tmp_path: Path) -> None:
    source = read(tmp_path, "Name,Say\nO’Brien,“yes” – it’s fine…\n".encode("cp1252"))
    assert cells(source) == [["O’Brien", "“yes” – it’s fine…"]]


def test_the_encoding_can_be_chosen(tmp_path: Path) -> None:
    path = write(tmp_path, "Name\nИван Петров\n".encode("cp1251"))
    assert cells(open_table(path, encoding="cp1251")) == [["Иван Петров"]]
    with pytest.raises(BadFile, match="no encoding"):
        open_table(path, encoding="rot13")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path: Path, delimiter: str) -> None:
    rows = [["Name", "City", "Note"], ["Ana", "Washington, DC", "a; b | c"], ["Bo", "New York, NY", "x"]]
    path = tmp_path / "people.csv"
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    source = open_table(path)
    assert [source.headers, *cells(source)] == rows


def test_excels_own_declaration_of_the_separator_is_obeyed(tmp_path: Path) -> None:
    source = read(tmp_path, "sep=;\r\nName;City\r\nAna;Rome, Italy\r\n")
    assert source.headers == ["Name", "City"]
    assert list(source.rows()) == [(3, ["Ana", "Rome, Italy"])]


def test_spaces_before_quotes_are_no_part_of_the_cell(tmp_path: Path) -> None:
    source = read(tmp_path, 'Name, City\nAna, "Washington, DC"\nBo, "Rome, Italy"\n')
    assert cells(source) == [["Ana", "Washington, DC"], ["Bo", "Rome, Italy"]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system(tmp_path: Path, end: str) -> None:
    source = read(tmp_path, end.join(["Name,City", "Ana,Rome", 'Bo,"two\nlines"', ""]))
    assert list(source.rows()) == [(2, ["Ana", "Rome"]), (3, ["Bo", "two\nlines"])]


def test_other_separators_of_lines_stay_in_the_cell(tmp_path: Path) -> None:
    source = read(tmp_path, "Name,City\nAna\u2028Bo,\x0bRome\x85\n")
    assert cells(source) == [["Ana\u2028Bo", "\x0bRome\x85"]]


def test_row_numbers_are_those_of_a_spreadsheet(tmp_path: Path) -> None:
    source = read(tmp_path, 'Name,Note\n\nAna,"a\nb"\n,\nBo,c\n')
    assert list(source.rows()) == [(3, ["Ana", "a\nb"]), (5, ["Bo", "c"])]


def test_reading_goes_on_after_a_row(tmp_path: Path) -> None:
    source = read(tmp_path, "Name\n" + "".join(f"n{i}\n" for i in range(2, 5001)))
    first = next(iter(source.chunks(size=1000)))
    rest = [number for number, _row in source.rows(after=first[-1][0])]
    assert [number for number, _row in first] + rest == list(range(2, 5001))


def test_progress_goes_from_nothing_to_everything(tmp_path: Path) -> None:
    source = read(tmp_path, "Name\n" + "Ana\n" * 500_000)
    seen = [source.fraction for _chunk in source.chunks()]
    assert 0 < seen[0] < 0.3
    assert seen == sorted(seen)
    assert source.fraction == 1.0


def test_nul_characters_are_left_out_and_said(tmp_path: Path) -> None:
    source = read(tmp_path, b"Name,City\nA\0na,Rome\nBo,\0Pi\0sa\n")
    assert cells(source) == [["Ana", "Rome"], ["Bo", "Pisa"]]
    assert source.notices[0].sentence == "Empty characters (NUL) that were left out: 3."


def test_ragged_rows(tmp_path: Path) -> None:
    source = read(tmp_path, "Name,City,Zip\nAna\nBo,Rome,1,\nCy,Pisa,2,extra,more\nDi,Bari,3\n")
    assert cells(source) == [
        ["Ana", "", ""],
        ["Bo", "Rome", "1"],
        ["Cy", "Pisa", "2", "extra", "more"],
        ["Di", "Bari", "3"],
    ]
    assert [notice.values for notice in source.notices] == [{"count": 1, "row": 2}]


def test_duplicate_and_empty_headers_become_unique(tmp_path: Path) -> None:
    source = read(tmp_path, "Name,Email,Email,,Email,Email (2),\nAna,a,b,c,d,e,f\n")
    assert source.headers == ["Name", "Email", "Email (3)", "Column 4", "Email (4)", "Email (2)", "Column 7"]
    assert codes(source) == ["header_empty", "header_duplicate"]


def test_a_repeated_header_is_skipped(tmp_path: Path) -> None:
    source = read(tmp_path, "Name,City\nAna,Rome\nName,City\nBo,Pisa\n")
    assert cells(source) == [["Ana", "Rome"], ["Bo", "Pisa"]]
    assert source.notices[0].values == {"count": 1, "row": 3}


def test_a_title_above_the_header_is_skipped(tmp_path: Path) -> None:
    source = read(tmp_path, "Members of the coalition,,\n,,\nName,City,Email\nAna,Rome,a@x.org\n")
    assert source.headers == ["Name", "City", "Email"]
    assert list(source.rows()) == [(4, ["Ana", "Rome", "a@x.org"])]
    assert "row 3" in source.notices[0].sentence


def test_a_list_without_header_loses_nobody(tmp_path: Path) -> None:
    source = read(tmp_path, "Ana López,ana@example.org\nBo Diaz,bo@example.org\n")
    assert source.headers == ["Column 1", "Column 2"]
    assert cells(source) == [["Ana López", "ana@example.org"], ["Bo Diaz", "bo@example.org"]]
    assert codes(source) == ["header_missing"]


def test_five_hundred_columns_and_cells_of_ten_thousand_characters(tmp_path: Path) -> None:
    headers = [f"Field {i}" for i in range(500)]
    row = [f"v{i}" for i in range(499)] + ["ñ" * 10_000]
    path = tmp_path / "wide.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([headers, row])
    source = open_table(path)
    assert source.headers == headers
    assert cells(source) == [row]


def test_a_row_that_is_long_in_all_its_columns(tmp_path: Path) -> None:
    row = ["x" * 10_000] * 500
    source = read(tmp_path, ",".join(f"f{i}" for i in range(500)) + "\n" + ",".join(row) + "\n")
    assert cells(source) == [row]


@pytest.mark.parametrize("data", [b"", b"\n\n  \n", b"\xef\xbb\xbf", b",,,\n,,,\n", b"\xff\xfe"])
def test_an_empty_file_says_so(tmp_path: Path, data: bytes) -> None:
    assert "is empty" in refusal(tmp_path, data)


def test_a_header_alone_says_so(tmp_path: Path) -> None:
    assert "no rows under it" in refusal(tmp_path, "Name,City,Email\n,,\n")


def test_too_many_columns_say_where(tmp_path: Path) -> None:
    assert "Row 1" in refusal(tmp_path, "a," * 2500 + "\nAna\n")
    assert "ow 3" in refusal(tmp_path, "a,b\nAna,x\n" + "y," * 2500 + "\n")


def test_an_unclosed_quote_says_in_which_row(tmp_path: Path) -> None:
    rows = "".join(f"n{i},c{i},{i},z\n" for i in range(10))
    assert "row 3" in refusal(tmp_path, 'Name,City,Zip,Note\nAna,Rome,1,z\nBo,"Pisa,2,z\n' + rows)
    assert "row 3" in refusal(tmp_path, 'Name,City,Zip,Note\nAna,Rome,1,z\nBo,Pisa,2,"z\n' + rows)
    assert "ow 3" in refusal(tmp_path, 'Name,City,Zip,Note\nAna,Rome,1,z\nBo,"Pisa,2,z\n' + rows * 2000)


def test_notes_of_many_lines_are_no_unclosed_quote(tmp_path: Path) -> None:
    note = "12 Main St, Apt 4\nBoston, MA, 02134\nsaid: 5'10\", likes a, b, c\n" * 10
    path = tmp_path / "notes.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["Name", "City", "Zip", "Email", "Note"], ["Ana", "", "", "", note]])
    assert cells(open_table(path)) == [["Ana", "", "", "", note]]


@pytest.mark.parametrize(
    "name, data, expected",
    [
        ("people.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0" + bytes(range(256)) * 4, ".png"),
        ("people.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "not a list."),
        ("people.csv", b"\x1f\x8b\x08\0\0\0\0\0\0\3" + bytes(range(256)), "not a list."),
        ("people.csv", b"\0" * 5000, "not a list."),
        ("people.csv", b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        ("people.xls", b"<html><table><tr><td>Ana</td></tr></table></html>", "web page"),
        ("people.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel"),
        ("people.xls", b"Name\tCity\nAna\tRome\n", "rename it"),
        ("people.xlsx", b"Name,City\nAna,Rome\n", "rename it so that it ends in .csv"),
        ("people.xlsx", b'<?xml version="1.0"?><Workbook/>', "XML document"),
        ("people.csv", b"BEGIN:VCARD\nVERSION:3.0\nFN:Ana\nEND:VCARD\n", "ends in .vcf"),
        ("people.vcf", b"Name,City\nAna,Rome\n", "ends in .csv"),
        ("people.csv", b'[{"name": "Ana"}]', "JSON"),
        ("people.csv", b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", "calendar"),
        ("people.xlsx", b"PK\x03\x04 and then nothing", "damaged"),
    ],
)
def test_a_file_that_is_not_what_its_name_says(tmp_path: Path, name: str, data: bytes, expected: str) -> None:
    message = refusal(tmp_path, data, name)
    assert expected in message
    assert name in message


def test_the_name_that_the_person_gave_counts(tmp_path: Path) -> None:
    path = write(tmp_path, "Name\nAna\n", "3f2a.bin")
    assert cells(open_table(path, name="people.csv")) == [["Ana"]]
    with pytest.raises(BadFile, match=r"people\.xlsx"):
        open_table(path, name="people.xlsx")


def test_a_file_over_the_limit_says_its_size(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.write(b"Name,City\n")
        file.truncate(500 * 1024 * 1024)
    with pytest.raises(BadFile, match="500 MB"):
        open_table(path)


def test_a_line_without_end_stops_early_with_flat_memory(tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    with path.open("wb") as file:
        for _ in range(80):
            file.write(b"x" * 1024 * 1024)
    tracemalloc.start()
    with pytest.raises(BadFile, match="line ends were lost"):
        open_table(path)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40 * 1024 * 1024


def test_rows_over_the_limit_stop_the_reading(tmp_path: Path) -> None:
    source = open_table(write(tmp_path, "Name\n" + "Ana\n" * 50), limits=Limits(rows=20))
    with pytest.raises(BadFile, match="more than 20 rows"):
        list(source.rows())


def test_memory_stays_flat_however_many_rows(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    with path.open("w") as file:
        file.write("Name,City,Email\n")
        for i in range(300_000):
            file.write(f"Ana Núñez {i},Rome,ana{i}@example.org\n")
    tracemalloc.start()
    count = sum(len(chunk) for chunk in open_table(path).chunks())
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 300_000
    assert peak < 12 * 1024 * 1024


def test_the_sample_of_fake_people_is_read_whole() -> None:
    path = SAMPLES / "osdi_fake_people.csv"
    if not path.exists():
        pytest.skip("../shared/samples is not there")
    source = open_table(path)
    rows = cells(source)
    assert len(rows) == 11_540
    assert source.headers[:4] == ["Household ID", "Last", "First", "Middle"]
    assert source.notices == []
    assert rows[0][-1].endswith("@fake.osdi.info")


def by_rows(source: TableSource) -> tuple[list[int], list[list[str]]]:
    """The numbers of rows, and their first cells by header, as reading row by row gives them."""
    rows = list(source.rows())
    width = len(source.headers)
    return [number for number, _cells in rows], [
        [cells[place] for _number, cells in rows] for place in range(width)
    ]


def by_columns(source: TableSource) -> tuple[list[int], list[list[str]]]:
    numbers: list[int] = []
    columns: list[list[str]] = [[] for _header in source.headers]
    for some, cells in source.columns():
        numbers += some
        for column, found in zip(columns, cells, strict=True):
            column.extend(found)
    return numbers, columns


@pytest.mark.parametrize(
    "text",
    [
        "id,day\n1,a\n2,b\n",
        "id,day\r\n1,a\r\n2,b",
        "A title\nid,day,code\n1,a,x\n2,b,y\n",
        "sep=;\nid;day\n1;a\n2;b\n",
        'id,day\n1,a\n2,"b\nc"\n3,d\n',
        'id,day\n1,"a, b"\n2,c\n',
        "id,day\n1,a\n\n,\n2,b\n\n",
        "id,day\n1,a\nid,day\n2,b\n",
        "id,day\n1,a\n2\n3,b,more\n4,c,\n",
        "id,day\r1,a\r2,b\r",
        "id,day\n1,'=a\n2,b\n",
        'id, "day"\n1, "a"\n2, "b"\n',
        "id,day\n1, a \n2,\tb\n",
        "id\n1\n2\n",
        "id,day\n1," + "a" * 9_000 + "\n2,b\n",
    ],
)
@pytest.mark.parametrize("block", [7, 40, 1 << 18])
def test_columns_hold_what_rows_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, block: int
) -> None:
    monkeypatch.setattr("crm.transfer.readers.encodings.BLOCK", block)
    source = read(tmp_path, text)
    rows = by_rows(source)
    said = codes(source)
    assert by_columns(source) == rows
    assert codes(source) == said
    assert len(rows[0]) >= 1


def test_a_cell_that_is_too_long_is_refused_in_columns_too(tmp_path: Path) -> None:
    source = read(tmp_path, "id,day\n" + "1,a\n" * 30 + "2," + "b" * 140_000 + "\n")
    of_process = csv.field_size_limit(131_072)  # A plugin reads bulk files of longer ones.
    try:
        with pytest.raises(BadFile, match="more than 131072 characters"):
            by_columns(source)
    finally:
        csv.field_size_limit(of_process)
