"""Fields that administrators gave to coverage: on its page, in its list, and in its import."""

from flask import Flask
from sqlalchemy import select

from crm.access.actor import Actor
from crm.fields.custom import services as custom
from crm.plugin_api import Contact, db, system
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn
from crm.plugin_api.transfer import Line, Settings
from crm.runtime import runtime
from crm_media.importing.coverage import CoverageImport
from crm_media.importing.outlets import OutletImport
from crm_media.models import Clip, Outlet
from crm_media.services import holdings

HEADERS = ["Headline", "Outlet", "Region", "Column inches"]


@on_sqlite
def test_coverage_has_own_fields_in_import_list_and_page(app: Flask, sign_in: SignIn) -> None:
    with app.test_request_context():
        with db.transaction(Actor.system(), "test", "For a test"):
            kind_of_record = runtime().fields.by_table("media_clip")
            assert kind_of_record is not None
            field = custom.add(kind_of_record, {"label": "Area", "kind": "text"})
            custom.add(kind_of_record, {"label": "Column inches", "kind": "number"})
            custom.change(
                field, {"label": "Region", "section": "", "help": "", "required": False}, Actor.system()
            )
        kind = CoverageImport()
        rows = [["Buses are late", "Courier", "North", "12"], ["Schools open", "Courier", "South", "many"]]
        mapping = kind.suggest(HEADERS, rows, {}, keep_unmapped=True)
        assert [kind.target_label(mapping[each]) for each in (2, 3)] == ["Region", "Column inches"]
        lines = []
        for number, row in enumerate(rows):
            line = Line(number, kind.cleaner(HEADERS, mapping, "US")(row)[0])
            lines.append(line)
        with db.transaction(Actor.system(), "test", "For a test") as change:
            settings = Settings(1, Actor.system(), "a file")
            kind.plan(lines, settings)
            kind.apply(lines, settings, change)
        with system("test"):
            kept = db.session().execute(select(Clip.custom, Clip.note).order_by(Clip.id)).all()
        assert list(kept[0][0].values()) == ["North", 12.0]
        assert (list(kept[1][0].values()), "many" in kept[1][1]) == (["South"], True)
    staff = sign_in(role="administrator")
    listed = staff.get("/media/coverage?columns=title,custom_1").text
    assert "North" in listed
    page = staff.get("/media/coverage/1").text
    assert "Column inches" in page
    assert "/lists/media_clip/own/1" in page


@on_sqlite
def test_a_list_of_outlets_fills_own_fields_and_merging_keeps_them(app: Flask, sign_in: SignIn) -> None:
    with app.test_request_context():
        with db.transaction(Actor.system(), "test", "For a test"):
            custom.add(runtime().fields.type("media_outlet"), {"label": "Deadline", "kind": "text"})
            custom.add(runtime().fields.type("media_outlet"), {"label": "Pages", "kind": "number"})
        kind = OutletImport()
        headers = ["Name", "Deadline", "Pages"]
        rows = [["The Courier", "Noon", ""], ["Courier", "", "48"]]
        mapping = kind.suggest(headers, rows, {}, keep_unmapped=True)
        lines = [
            Line(number, kind.cleaner(headers, mapping, "US")(row)[0]) for number, row in enumerate(rows)
        ]
        with db.transaction(Actor.system(), "test", "For a test") as change:
            settings = Settings(1, Actor.system(), "a file")
            kind.plan(lines, settings)
            kind.apply(lines, settings, change)
        with system("test"):
            kept, lost = db.session().scalars(select(Outlet).order_by(Outlet.id)).all()
            assert (kept.custom, lost.custom) == ({"deadline": "Noon"}, {"pages": 48.0})
            contacts = [db.session().get_one(Contact, each.contact_id) for each in (kept, lost)]
            with db.transaction(Actor.system(), "test", "For a test"):
                holdings.merge(*contacts)
            assert kept.custom == {"deadline": "Noon", "pages": 48.0}
            number = kept.contact_id
    page = sign_in(role="administrator").get(f"/media/contact/{number}").text
    assert "Deadline" in page
    assert "/lists/media_outlet/own/1" in page
