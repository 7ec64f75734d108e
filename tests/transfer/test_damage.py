"""Files in which anything may have happened end in rows or in a sentence, never in another error."""

from contextlib import suppress
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.transfer.errors import BadFile
from crm.transfer.mapping import compile_mapping, suggest_mapping
from crm.transfer.readers import open_table
from crm.transfer.vcard import CardSource
from crm.transfer.writers import write_rows

CARD = (
    b"BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=91;Ana=\r\n=20B;;;\r\n"
    b'item1.TEL;TYPE="work,voice";PREF=1:tel:+1-418-656-9254;ext=102\r\nitem1.X-ABLabel:_$!<Home>!$_\r\n'
    b"PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQ\r\n SkZJRg==\r\n\r\nADR;WORK:;;1 St;City;DC;20024;USA"
    b"\r\nEND:VCARD\r\n"
)
TABLE = b'Name,Email,Phone,Zip,DoB\n"Ana, B",ana@example.org,202-555-0123,20024,2/3/76\nBo,,,,\n'


def workbook() -> bytes:
    out = BytesIO()
    write_rows("xlsx", ["Name", "Email"], [["Ana", "ana@example.org"], ["Núñez", 5]] * 20, out)
    return out.getvalue()


def damaged(data: bytes, seed: int) -> bytes:
    """The data with some bytes changed, left out, put in or repeated."""
    random, changed = Random(seed), bytearray(data)
    for _ in range(random.randint(1, 6)):
        at, length = random.randrange(len(changed)), random.randint(1, 30)
        match random.randrange(4):
            case 0:
                changed[at] = random.randrange(256)
            case 1:
                del changed[at : at + length]
            case 2:
                changed[at:at] = random.randbytes(length)
            case _:
                changed[at:at] = changed[random.randrange(len(changed)) :][:length]
    return bytes(changed)


def use(path: Path) -> None:
    """Read, map and describe everything that a file holds."""
    with suppress(BadFile):
        _use(path)


def _use(path: Path) -> None:
    if path.suffix == ".vcf":
        for chunk in CardSource(path).chunks():
            assert all(problem.sentence for _number, _record, problems in chunk for problem in problems)
        return
    source = open_table(path)
    mapper = compile_mapping(suggest_mapping(source.headers, source.sample()), source.headers)
    for _number, cells in source.rows():
        assert all(problem.sentence for problem in mapper(cells)[1])
    assert all(notice.sentence for notice in source.notices)


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.vcf"])
@given(seed=st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_damaged_files(tmp_path_factory: pytest.TempPathFactory, name: str, seed: int) -> None:
    whole = {"a.csv": TABLE, "a.xlsx": workbook(), "a.vcf": CARD * 2}[name]
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(damaged(whole, seed))
    use(path)


@pytest.mark.parametrize("name", ["a.csv", "a.vcf"])
@given(data=st.binary(min_size=1, max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, name: str, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(CARD[:40] + data if name == "a.vcf" else data)
    use(path)
