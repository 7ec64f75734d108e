"""The HSDS API: `/hsds/`, services, organizations and taxonomy, for everybody."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Any, TypeVarTuple

from flask import Response, abort, request, stream_with_context
from sqlalchemy import Select, false, or_, select

from crm.plugin_api import Actor, db, public
from crm.plugin_api.outside import TooManyTries, begin_download
from crm_referrals.hsds import documents, reading
from crm_referrals.models import Agency, Location, Placing, Service, ServiceTerm
from crm_referrals.services import finding, nearness
from crm_referrals.views.blueprint import interface
from crm_referrals.words import CATEGORIES, TAXONOMY_ID, TAXONOMY_NAME, TERM_IDS

MOST_ON_A_PAGE, ON_A_PAGE, READ_AT_ONCE = 100, 50, 200
Columns = TypeVarTuple("Columns")
Made = Callable[[Sequence[Any]], Sequence[Any]]


def _answer(value: Any, status: int = 200) -> Response:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return Response(text, status, mimetype="application/json")


def _refuse(sentence: str) -> None:
    abort(_answer({"error": sentence}, 400))


def _whole(name: str, default: int, most: int) -> int:
    try:
        value = int(request.args.get(name, default))
    except ValueError:
        value = 0
    if not 1 <= value <= most:
        _refuse(f"{name} must be a whole number from 1 to {most}.")
    return value


def _is(name: str) -> bool:
    """Whether a parameter is true, as JSON or people write it."""
    return request.args.get(name, "").lower() in ("true", "1")


def _is_whole() -> bool:
    """Whether all is asked for at once: as lines, as the specification wants it, or for a look at all ids."""
    if request.args.get("format", "json") not in ("json", "ndjson"):
        _refuse("format must be json or ndjson.")
    is_minimal = _is("minimal") and "per_page" not in request.args
    return request.args.get("format") == "ndjson" or is_minimal


def _listed(statement: Select[*Columns], key: Any, made: Made) -> Response:
    """A page in the specification's envelope, or all of it, written while it is read. `key` is the id by
    which the rows are in order, `made` writes rows as the specification has them."""
    statement = statement.order_by(key)
    if _is_whole():
        _count_download()
        return _streamed(_in_pages(statement, key, made))
    number, size = _whole("page", 1, 1_000_000), _whole("per_page", ON_A_PAGE, MOST_ON_A_PAGE)
    total = reading.count(statement)
    rows = db.session().execute(statement.offset((number - 1) * size).limit(size)).all()
    return _page(made(rows), total, number, size)


def _told(contents: Sequence[Any]) -> Response:
    """The same of a short list that is always known."""
    if _is_whole():
        return _streamed(iter(contents))
    number, size = _whole("page", 1, 1_000_000), _whole("per_page", ON_A_PAGE, MOST_ON_A_PAGE)
    return _page(contents[(number - 1) * size : number * size], len(contents), number, size)


def _page(contents: Sequence[Any], total: int, number: int, size: int) -> Response:
    pages = max(1, ceil(total / size))
    return _answer(
        {
            "total_items": total,
            "total_pages": pages,
            "page_number": number,
            "size": len(contents),
            "first_page": number == 1,
            "last_page": number >= pages,
            "empty": not contents,
            "contents": contents,
        }
    )


def _count_download() -> None:
    """Whoever takes everything holds a worker for long, so nobody does it all the time."""
    try:
        with db.transaction(Actor.nobody(), "referrals.download"):
            begin_download("hsds")
    except TooManyTries as error:
        abort(_answer({"error": error.message}, error.status))


def _in_pages(statement: Select[*Columns], key: Any, made: Made) -> Iterator[Any]:
    """All of an ordered statement; never more than one page of it is in memory."""
    keyed, last = statement.add_columns(key), ""
    while True:
        rows = db.session().execute(keyed.where(key > last).limit(READ_AT_ONCE)).all()
        yield from made([row[:-1] for row in rows])
        if len(rows) < READ_AT_ONCE:
            return
        last = rows[-1][-1]


def _streamed(contents: Iterator[Any]) -> Response:
    if request.args.get("format") == "ndjson":
        lines = (json.dumps(each, ensure_ascii=False) + "\n" for each in contents)
        return Response(stream_with_context(lines), mimetype="application/x-ndjson")
    return Response(stream_with_context(_envelope(contents)), mimetype="application/json")


def _envelope(contents: Iterator[Any]) -> Iterator[str]:
    """One page that holds all, written as it comes; how many there are is known at its end."""
    count = 0
    yield '{"contents": ['
    for each in contents:
        yield (", " if count else "") + json.dumps(each, ensure_ascii=False, sort_keys=True)
        count += 1
    rest = {"total_items": count, "total_pages": 1, "page_number": 1, "size": count}
    rest |= {"first_page": True, "last_page": True, "empty": not count}
    yield "], " + json.dumps(rest, sort_keys=True)[1:]


@interface.before_request
def refuse_what_no_text_holds() -> None:
    """PostgreSQL keeps no NUL, so nothing that is looked for has one."""
    if "\0" in request.path or any("\0" in value for value in request.args.values()):
        _refuse("An address cannot hold a NUL.")


@interface.get("/")
@public
def root() -> Response:
    return _answer(
        {
            "version": "3.1",
            "profile": "https://docs.openreferral.org/en/v3.1/hsds/",
            "openapi_url": "https://raw.githubusercontent.com/openreferral/specification/3.1/schema/openapi.json",
        }
    )


def _filtered() -> Select[Service, Agency]:
    statement = reading.services()
    for word in finding.words_of(request.args.get("search", "")):
        statement = statement.where(Service.search_text.contains(word, autoescape=True))
    if uid := request.args.get("organization_id"):
        statement = statement.where(Agency.uid == uid)
    statement = _of_kind(statement)
    if text := request.args.get("modified_after"):
        statement = statement.where(Service.updated_at >= _moment(text))
    return statement


def _of_kind(statement: Select[*Columns]) -> Select[*Columns]:
    """Those of a statement about services that meet a kind of need, or any of a taxonomy."""
    if uid := request.args.get("taxonomy_term_id"):
        code = next((code for code, known in TERM_IDS.items() if known == uid), "")
        statement = statement.where(
            Service.id.in_(select(ServiceTerm.service_id).where(ServiceTerm.term == code))
        )
    if uid := request.args.get("taxonomy_id"):
        ours = Service.id.in_(select(ServiceTerm.service_id))
        statement = statement.where(ours if uid == TAXONOMY_ID else false())
    return statement


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):  # A zone can lead out of the years that there are.
        _refuse("modified_after must be a date such as 2026-05-01.")
        raise


@interface.get("/services")
@public
def services() -> Response:
    def contents(rows: Sequence[Any]) -> Sequence[Any]:
        if _is("full"):
            return reading.full([(row[0], row[1]) for row in rows])
        if _is("minimal"):
            names = ("id", "name", "status", "description", "last_modified")
            listed = [documents.service(*row) for row in rows]
            return [{name: each[name] for name in names if name in each} for each in listed]
        return [documents.service(*row) for row in rows]

    return _listed(_filtered(), Service.uid, contents)


@interface.get("/services/<uid>")
@public
def service(uid: str) -> Response:
    row = db.session().execute(reading.services().where(Service.uid == uid)).one_or_none()
    if row is None:
        return _answer({"error": "There is no such service."}, 404)
    return _answer(reading.full([(row[0], row[1])])[0])


@interface.get("/organizations")
@public
def organizations() -> Response:
    statement = reading.organizations()
    for word in finding.words_of(request.args.get("search", "")):
        statement = statement.where(Agency.sort_name.contains(word, autoescape=True))
    if {"taxonomy_term_id", "taxonomy_id"} & request.args.keys():
        offering = _of_kind(select(Service.agency_id).where(Service.is_public))
        statement = statement.where(Agency.id.in_(offering))

    def contents(rows: Sequence[Any]) -> Sequence[Any]:
        found = [row[0] for row in rows]
        if _is("full") or _is("full_service"):
            return reading.full_organizations(found, full_service=_is("full_service"))
        return [documents.organization(each) for each in found]

    return _listed(statement, Agency.uid, contents)


@interface.get("/organizations/<uid>")
@public
def organization(uid: str) -> Response:
    agency = db.session().scalar(reading.organizations().where(Agency.uid == uid))
    if agency is None:
        return _answer({"error": "There is no such organization."}, 404)
    return _answer(reading.full_organizations([agency], full_service=_is("full_service"))[0])


def _at_locations() -> Select[Service, Agency, Placing, Location]:
    """Where services are given, without what is confidential."""
    statement = (
        _filtered()
        .join(Placing, Placing.service_id == Service.id)
        .join(Location, Location.id == Placing.location_id)
        .where(Location.is_confidential.is_(False))
    )
    code = request.args.get("postcode", "")
    if "proximity" in request.args:
        near = nearness.within(*_around(code))
        return statement.where(db.among(Location.id, near)).add_columns(Placing, Location)
    if code:  # Where somebody lives whom it serves, or where it is, if it names no ZIP codes.
        serves = Service.area_codes.contains(f",{code},", autoescape=True)
        names_none = ~Service.area_codes.like("%,_____,%")
        statement = statement.where(or_(serves, names_none & (Location.postal_code == code)))
    return statement.add_columns(Placing, Location)


def _around(code: str) -> tuple[nearness.Point, float]:
    """The middle of a ZIP code, and so many miles around it."""
    metres = _whole("proximity", 0, 1_000_000)
    center = nearness.center_of(code)
    if center is None:
        _refuse("proximity is counted from a postcode with at least one place whose coordinates are known.")
        raise ValueError(code)
    return center, metres / nearness.METRES_IN_A_MILE


@interface.get("/service_at_locations")
@public
def service_at_locations() -> Response:
    full = _is("full")

    def contents(rows: Sequence[Any]) -> Sequence[Any]:
        return [documents.at_location(*row, full=full) for row in rows]

    return _listed(_at_locations(), Placing.uid, contents)


@interface.get("/service_at_locations/<uid>")
@public
def service_at_location(uid: str) -> Response:
    row = db.session().execute(_at_locations().where(Placing.uid == uid)).one_or_none()
    if row is None:
        return _answer({"error": "There is no such place of a service."}, 404)
    return _answer(documents.at_location(*row, full=True))


@interface.get("/taxonomies")
@public
def taxonomies() -> Response:
    words = finding.words_of(request.args.get("search", ""))
    name = finding.fold(TAXONOMY_NAME)
    found = [documents.taxonomy()] if all(each in name for each in words) else []
    return _told(found)


@interface.get("/taxonomies/<uid>")
@public
def taxonomy(uid: str) -> Response:
    known = uid == TAXONOMY_ID
    return _answer(
        documents.taxonomy() if known else {"error": "There is no such taxonomy."}, 200 if known else 404
    )


@interface.get("/taxonomy_terms")
@public
def taxonomy_terms() -> Response:
    words = finding.words_of(request.args.get("search", ""))
    terms = [documents.taxonomy_term(code) for code in CATEGORIES]
    terms = [each for each in terms if all(word in finding.fold(each["name"]) for word in words)]
    if request.args.get("taxonomy_id", TAXONOMY_ID) != TAXONOMY_ID or request.args.get("parent_id"):
        terms = []  # Our list has one level, so no term is below another.
    return _told(terms)


@interface.get("/taxonomy_terms/<uid>")
@public
def taxonomy_term(uid: str) -> Response:
    code = next((code for code, known in TERM_IDS.items() if known == uid), None)
    if code is None:
        return _answer({"error": "There is no such term."}, 404)
    return _answer(documents.taxonomy_term(code))
