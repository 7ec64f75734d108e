"""Files and photos: what is let in, how it is stored, and how it comes out again."""

import os
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.config import Config
from crm.contacts.files import accepting, pictures, storage
from crm.contacts.models import Attachment, Contact
from crm.errors import UserError
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn
from tests.contacts.conftest import Add, Rows, change_sets

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"
GPS = 0x8825


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **values: object) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **values)
    return out.getvalue()


def located_jpeg() -> bytes:
    """A JPEG, taken upright with the camera on its side, that says where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Canary Camera"
    exif[GPS] = {1: "N", 2: (35.0, 46.0, 0.0)}
    return picture(exif=exif, comment=b"canary comment")


def office(*members: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for member in members:
            archive.writestr(member, "<x/>")
    return out.getvalue()


def send(client: PageClient, contact_id: int, *files: tuple[bytes, str]) -> int:
    data = {"file": [(BytesIO(content), name) for content, name in files]}
    answer = client.post(f"/contacts/{contact_id}/files", data=data, content_type="multipart/form-data")
    return answer.status_code


def stored(config: Config) -> list[Path]:
    return [path for path in (config.data_dir / "files").glob("*/*") if path.is_file()]


def test_a_file_comes_back_as_it_was_and_never_as_a_page_of_ours(
    organizer_client: PageClient, config: Config, add: Add, rows: Rows
) -> None:
    amina = add("Amina", "Okafor")
    assert send(organizer_client, amina, (PDF, "Plan für “José”.pdf")) == 303
    (file_id,) = rows(select(Attachment.id))
    answer = organizer_client.get(f"/contacts/{amina}/files/{file_id}", buffered=True)
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert (
        "filename*=UTF-8''Plan%20f%C3%BCr%20%E2%80%9CJos%C3%A9%E2%80%9D.pdf"
        in answer.headers["Content-Disposition"]
    )
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert change_sets(rows)[-1][1] == "Attached a file to Amina Okafor"
    (path,) = stored(config)
    assert ("Plan" in path.name, len(path.name)) == (False, 32)


def test_several_files_are_one_change(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    amina = add("Amina")
    files = (
        (PDF, "a.pdf"),
        ("naïve, ñandú\n".encode("cp1252"), "b.csv"),
        (office("word/document.xml"), "c.docx"),
    )
    assert send(organizer_client, amina, *files) == 303
    assert rows(select(Attachment.file_name).order_by(Attachment.id)) == ["a.pdf", "b.csv", "c.docx"]
    assert change_sets(rows)[-1][1] == "Attached 3 files to Amina"


@pytest.mark.parametrize(
    "name, content, sentence",
    [
        ("tool.exe", b"MZ\x90\x00", "is not a kind of file"),
        ("page.html", b"<html><script>alert(1)</script></html>", "is not a kind of file"),
        ("drawing.svg", b"<svg onload='alert(1)'/>", "is not a kind of file"),
        ("invoice.pdf", b"MZ\x90\x00" * 50, "is not what its name says"),
        ("invoice.pdf", b"<html>", "is not what its name says"),
        ("photo.jpg", PDF, "is not what its name says"),
        ("photo.png", picture("JPEG"), "is not what its name says"),
        ("list.csv", b"a,b\0c\n", "is not what its name says"),
        ("list.csv", office("xl/workbook.xml"), "is not what its name says"),
        ("sheet.xlsx", office("word/document.xml"), "is not what its name says"),
        ("letter.docx", office("word/document.xml", "word/vbaProject.bin"), "is not what its name says"),
        ("letter.docx", b"PK\x03\x04 damaged", "is not what its name says"),
        ("nothing.txt", b"", "is empty"),
        ("photo.jpg", picture()[:200], "cannot be read as a picture"),
    ],
)
@on_sqlite
def test_what_is_not_what_it_says_is_refused_with_a_sentence(
    organizer_client: PageClient,
    config: Config,
    add: Add,
    rows: Rows,
    name: str,
    content: bytes,
    sentence: str,
) -> None:
    amina = add("Amina")
    data = {"file": [(BytesIO(content), name)]}
    answer = organizer_client.post(f"/contacts/{amina}/files", data=data, content_type="multipart/form-data")
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert (rows(select(Attachment.id)), stored(config)) == ([], [])


@on_sqlite
def test_a_file_that_is_too_large_is_refused(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(UserError, match="at most 25 MB"):
        accepting.accept("large.txt", BytesIO(b"x" * (accepting.LARGEST + 1)))


@on_sqlite
def test_a_body_beyond_the_limit_never_reaches_the_page(
    app: Flask, organizer_client: PageClient, config: Config, add: Add
) -> None:
    amina = add("Amina")
    app.config["MAX_CONTENT_LENGTH"] = 10_000
    assert send(organizer_client, amina, (PDF + b" " * 10_000, "a.pdf")) == 413
    assert stored(config) == []


@on_sqlite
def test_names_lose_folders_and_keep_their_suffix(app: Flask) -> None:
    with app.test_request_context():
        assert accepting.safe_name("../../etc/pass\x00wd\n.txt") == "passwd .txt"
        assert accepting.safe_name("C:\\Users\\x\\plan.pdf") == "plan.pdf"
        assert accepting.safe_name("y" * 400 + ".docx") == "y" * 145 + ".docx"
        with pytest.raises(UserError, match="Choose a file"):
            accepting.safe_name("/../")


@on_sqlite
def test_a_picture_tells_neither_place_nor_camera(app: Flask) -> None:
    with app.test_request_context():
        upload = accepting.accept("party.JPG", BytesIO(located_jpeg()))
    assert b"Canary" in located_jpeg()
    assert b"canary comment" in located_jpeg()
    assert b"anary" not in upload.content
    made = Image.open(BytesIO(upload.content))
    assert (made.format, made.size, dict(made.getexif())) == ("JPEG", (40, 60), {})


@on_sqlite
def test_a_flood_of_pixels_is_refused_before_it_is_decoded(app: Flask) -> None:
    flood = picture("PNG", (12_000, 8_000))
    assert len(flood) < 1_000_000
    with app.test_request_context(), pytest.raises(UserError, match="too many pixels"):
        pictures.clean(flood, "flood.png")
    with app.test_request_context(), pytest.raises(UserError, match="too many pixels"):
        pictures.photo(flood, "flood.png")


@on_sqlite
def test_a_small_file_of_a_large_picture_is_refused_too(app: Flask) -> None:
    out = BytesIO()
    Image.new("P", (6320, 6320)).save(out, "PNG")
    for make in (pictures.clean, pictures.photo):
        with app.test_request_context(), pytest.raises(UserError, match="at most 16 million"):
            make(out.getvalue(), "small.png")


@on_sqlite
def test_pictures_are_decoded_one_after_the_other(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    encode, at_work, most = pictures._encode, [0], [0]

    def counted(*args: Any) -> bytes:
        at_work[0] += 1
        most[0] = max(most[0], at_work[0])
        made = encode(*args)
        at_work[0] -= 1
        return made

    monkeypatch.setattr(pictures, "_encode", counted)
    content = picture("PNG", (600, 600))
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda number: pictures.clean(content, f"{number}.png"), range(8)))
    assert (len(set(made)), most) == (1, [1])


@on_sqlite
def test_macros_do_not_hide_behind_many_members(app: Flask) -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
        for number in range(accepting.MOST_MEMBERS):
            archive.writestr(str(number), "")
        archive.writestr("word/vbaProject.bin", "macro")
    with app.test_request_context(), pytest.raises(UserError, match="not what its name says"):
        accepting.accept("letter.docx", BytesIO(out.getvalue()))


@on_sqlite
def test_see_through_pictures_stay_so(app: Flask) -> None:
    out = BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(out, "PNG")
    with app.test_request_context():
        kept = Image.open(BytesIO(pictures.clean(out.getvalue(), "x.png")))
        photo = Image.open(BytesIO(pictures.photo(out.getvalue(), "x.png")))
    assert kept.getpixel((0, 0)) == (0, 0, 0, 0)
    assert (photo.mode, photo.getpixel((0, 0))) == ("RGB", (255, 255, 255))


def test_a_photo_is_shown_everywhere_and_can_be_taken_away(
    organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    amina = add("Amina", "Okafor")
    assert ">AO<" in organizer_client.get(f"/contacts/{amina}").text
    data = {"photo": (BytesIO(located_jpeg()), "me.jpg")}
    assert organizer_client.post(f"/contacts/{amina}/photo/change", data=data).status_code == 303
    for page in (f"/contacts/{amina}", "/contacts"):
        assert f'src="/contacts/{amina}/photo?v=' in organizer_client.get(page).text
    answer = organizer_client.get(f"/contacts/{amina}/photo")
    shown = Image.open(BytesIO(answer.data))
    assert (answer.mimetype, shown.size, dict(shown.getexif())) == ("image/jpeg", (320, 320), {})
    assert organizer_client.post(f"/contacts/{amina}/photo/change", data={"remove": "1"}).status_code == 303
    assert organizer_client.get(f"/contacts/{amina}/photo").status_code == 404
    assert rows(select(Contact.photo_key)) == [None]


@on_sqlite
def test_a_photo_that_is_no_picture_is_said_beside_the_field(organizer_client: PageClient, add: Add) -> None:
    amina = add("Amina")
    for data, sentence in (
        ({}, "Choose a file first"),
        ({"photo": (BytesIO(PDF), "me.jpg")}, "is not what its name says"),
    ):
        answer = organizer_client.post(f"/contacts/{amina}/photo/change", data=data)
        assert (answer.status_code, sentence in answer.text) == (422, True)


def make_old(config: Config) -> None:
    """As if every stored file had been there for two days."""
    for path in stored(config):
        then = time.time() - 2 * storage.YOUNG
        os.utime(path, (then, then))


def test_bytes_stay_as_long_as_undo_can_bring_them_back(
    app: Flask, organizer_client: PageClient, config: Config, add: Add, rows: Rows
) -> None:
    amina = add("Amina")
    send(organizer_client, amina, (PDF, "a.pdf"))
    (file_id,) = rows(select(Attachment.id))
    organizer_client.post(f"/contacts/{amina}/photo/change", data={"photo": (BytesIO(picture()), "me.jpg")})
    organizer_client.post(f"/contacts/{amina}/photo/change", data={"remove": "1"})
    organizer_client.post(f"/contacts/{amina}/files/{file_id}/delete")
    assert organizer_client.get(f"/contacts/{amina}/files/{file_id}").status_code == 404
    with app.app_context():
        lost = storage.keep(b"nobody knows me")
        make_old(config)
        assert storage.orphan_files() == [lost]
        assert storage.remove_orphans() == 1
        fresh = storage.keep(b"on its way into a row")
        assert storage.orphan_files() == []
    assert len(stored(config)) == 3
    assert fresh in {path.name for path in stored(config)}


def test_a_refused_change_leaves_no_row(app: Flask, config: Config, add: Add, rows: Rows) -> None:
    """The file that was written before is found as nobody's."""
    from crm.contacts.files import attaching

    amina = add("Amina")
    upload = accepting.Upload("a.pdf", "application/pdf", PDF)

    def attach_and_fail() -> None:
        with db.transaction(Actor.system(), "test"):
            contact = db.session().get_one(Contact, amina, execution_options={"crm_scoped": True})
            attaching.attach(contact, [upload], Actor.system())
            raise RuntimeError

    with app.app_context(), pytest.raises(RuntimeError):
        attach_and_fail()
    assert rows(select(Attachment.id)) == []
    make_old(config)
    with app.app_context():
        assert storage.orphan_files() == [path.name for path in stored(config)]


@on_sqlite
def test_a_file_whose_bytes_are_lost_is_said(
    organizer_client: PageClient, config: Config, add: Add, rows: Rows
) -> None:
    amina = add("Amina")
    send(organizer_client, amina, (PDF, "a.pdf"))
    for path in stored(config):
        path.unlink()
    answer = organizer_client.get(f"/contacts/{amina}/files/{rows(select(Attachment.id))[0]}")
    assert (answer.status_code, "is missing" in answer.text) == (422, True)


@on_sqlite
def test_access(
    organizer_client: PageClient,
    viewer_client: PageClient,
    outsider_client: PageClient,
    sign_in: SignIn,
    add: Add,
    rows: Rows,
) -> None:
    amina, other = add("Amina", at="Harbor"), add("Wei")
    send(organizer_client, amina, (PDF, "a.pdf"))
    organizer_client.post(f"/contacts/{amina}/photo/change", data={"photo": (BytesIO(picture()), "me.jpg")})
    file_id = rows(select(Attachment.id))[0]
    lincoln = add(organization="Lincoln")
    outside = sign_in(role="organizer", scope=lincoln)
    for address in ("files", f"files/{file_id}", "photo", "photo/change"):
        assert outside.get(f"/contacts/{amina}/{address}").status_code == 404
        assert outsider_client.get(f"/contacts/{amina}/{address}").status_code == 403
    for address in ("files", f"files/{file_id}/delete", "photo/change"):
        assert outside.post(f"/contacts/{amina}/{address}").status_code == 404
        assert viewer_client.post(f"/contacts/{amina}/{address}").status_code == 403
    assert viewer_client.get(f"/contacts/{amina}/files/{file_id}", buffered=True).status_code == 200
    assert organizer_client.get(f"/contacts/{other}/files/{file_id}").status_code == 404
    assert "Attach files" not in viewer_client.get(f"/contacts/{amina}/files").text


@on_sqlite
def test_a_bad_file_does_not_take_the_good_one_with_it(
    organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    amina = add("Amina")
    send(organizer_client, amina, (PDF, "good.pdf"), (b"MZ", "bad.exe"))
    assert rows(select(Attachment.file_name)) == ["good.pdf"]
    page = organizer_client.get(f"/contacts/{amina}").text
    assert ("The file is attached." in page, "“bad.exe” is not a kind of file" in page) == (True, True)
