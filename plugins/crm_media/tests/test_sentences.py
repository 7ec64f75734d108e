"""How well framing and messages are found, on sentences labelled by hand; and the odd ends of texts."""

from datetime import UTC, date, datetime

import pytest

from crm_media.reading import page, sentences, urls, when
from crm_media.starters import STARTERS
from crm_media.tests.labelled import LABELLED

NOW = datetime(2026, 9, 30, tzinfo=UTC)
PHRASES = {number: sentences.Sought(each["phrases"], each["also"]) for number, each in enumerate(STARTERS)}
FIRST = {number: each["name"].split()[0] for number, each in enumerate(STARTERS)}


def measure(wanted: list[set[str]], found: list[set[str]]) -> tuple[float, float]:
    """Precision and recall of labels."""
    right = sum(len(one & other) for one, other in zip(wanted, found, strict=True))
    return right / max(1, sum(map(len, found))), right / max(1, sum(map(len, wanted)))


def test_framing_and_messages_are_found_well_enough() -> None:
    """The figures are printed with `-s`, the wrong ones beside them."""
    assert len(LABELLED) >= 60
    wanted = [{frame} - {""} for _text, frame, _messages in LABELLED]
    found = [{sentences.frame(text)} - {""} for text, _frame, _messages in LABELLED]
    carried = [_messages_in(f"Attendance in Harbor County. {text}") for text, _f, _m in LABELLED]
    named = [set(messages.split()) for _text, _frame, messages in LABELLED]
    wrong = [(each[0], *sorted(one), "->", *sorted(other)) for each, one, other in
             zip(LABELLED, wanted, found, strict=True) if one != other]  # fmt: skip
    wrong_messages = [(each[0], *sorted(one), "->", *sorted(other)) for each, one, other in
                      zip(LABELLED, named, carried, strict=True) if one != other]  # fmt: skip
    for title, figures, lines in (
        ("framing", measure(wanted, found), wrong), ("messages", measure(named, carried), wrong_messages),
    ):  # fmt: skip
        print(f"{title}: precision {figures[0]:.2f}, recall {figures[1]:.2f}")  # noqa: T201  # For -s.
        print(*lines, sep="\n")  # noqa: T201  # For -s.
        assert min(figures) >= 0.85, (title, figures, lines)


@pytest.mark.parametrize(
    "text,wanted",
    [
        ("The district wants to cut class sizes in kindergarten.", "neither"),
        ("Budget gap: the college will cut classes next fall.", "neither"),
        ("The superintendent skipped school board meetings twice.", "neither"),
        ("Parents ditch school uniforms for jeans.", "neither"),
        ("Jones missed a month with a knee injury.", "neither"),
        ("Children miss a month of lessons.", "chronic"),
        ("Some students cut classes every Friday.", "truancy"),
        ("Chronic absenteeism and truancy are not going away.", "both"),
        ("Truancy and chronic absence are a problem that the board does not take seriously.", "both"),
        ("Truancy is down, but chronic absence is not.", "both"),
        ("Truancy is not the same as chronic absence.", "chronic"),
        ("Absence is not just kids skipping school.", "chronic"),
        ("It is a myth that chronic absence means kids are skipping school.", "chronic"),
        ("El absentismo crónico no es hacer novillos.", "chronic"),
        ("La inasistencia crónica subió en Santiago.", "chronic"),
        ("Children who miss 18 or more days of school a year fall behind.", "chronic"),
        ("Teachers who are chronically absent cost the district money.", "neither"),
        ("Lawmakers missed a deadline to pass the chronic absenteeism bill.", "chronic"),
        ("Staff missed the signs as chronic absenteeism rose to 30 percent.", "chronic"),
        ("Chronic absenteeism among teachers is up, the union said.", "neither"),
        ("One in four teachers missed more than 15 school days.", "neither"),
        ("Where teachers are chronically absent, students are, too.", "chronic"),
        ("Teachers say chronic absence is rising in every school.", "chronic"),
        ("Chronically absent children worry teachers who miss them.", "chronic"),
    ],
)
def test_words_count_only_for_what_they_say(text: str, wanted: str) -> None:
    assert sentences.verdict(sentences.framing(text)) == wanted


def _messages_in(text: str) -> set[str]:
    return {FIRST[each] for each in sentences.carried(text, PHRASES)}


@pytest.mark.parametrize(
    "text",
    [
        "The mayor refused to give any reason for the cuts.",
        "Kindergarten registration opens Monday at 9 a.m.",
        "About 10 percent of residents voted.",
        "The numbers do not add up, the auditor said.",
        "The truancy trial lasted 18 days.",
        "Police and prosecutors will work together to jail truants' parents.",
        "Concrete barriers closed Main Street.",
        "A preschool teacher was arrested.",
        "Every day counts in a trial like this, the judge said.",
        "Barriers to trade fell by a tenth of the year.",
        "The whole community mourned the bus driver.",
        "Two days a month he drives to the mine.",
    ],
)
def test_a_message_is_in_no_piece_about_something_else(text: str) -> None:
    assert _messages_in(text) == set()


@pytest.mark.parametrize(
    "text,name",
    [
        ("El ausentismo crónico no es lo mismo que faltar sin permiso.", "Chronic"),
        ("Todo empieza en el kínder, dijo la directora.", "It"),
        ("Chronic absence starts as early as kindergarten.", "It"),
        ("Cada día cuenta en la escuela.", "Every"),
        ("Las familias necesitan ayuda, no castigo: las escuelas lo saben.", "Families"),
        ("Families need support, not punishment, the school says.", "Families"),
        ("Las escuelas no pueden hacerlo solas.", "Schools"),
        ("Schools can’t do this alone.", "Schools"),
    ],
)
def test_a_message_is_found_in_either_language(text: str, name: str) -> None:
    assert _messages_in(text) == {name}


@pytest.mark.parametrize(
    "one,other",
    [
        ("https://www.Example.org/a/?utm_source=x#top", "http://example.org/a"),
        ("https://m.example.org/a/amp", "https://example.org/a/"),
        ("https://example.org/a?b=1&a=2", "https://example.org/a?a=2&b=1&fbclid=3"),
        ("https://www.google.com/url?rct=j&url=https://example.org/a&ct=ga", "https://example.org/a"),
        ("https://example.org/caf%C3%A9", "https://example.org/café"),
    ],
)
def test_one_page_has_one_key(one: str, other: str) -> None:
    assert urls.key(one) == urls.key(other) != ""


_NONE = ["", "javascript:alert(1)", "ftp://example.org", "http://", "http://[::1"]


@pytest.mark.parametrize("text", _NONE)
def test_what_is_no_web_address_has_none(text: str) -> None:
    assert urls.clean(text) == urls.key(text) == ""


@pytest.mark.parametrize(
    "text,day",
    [
        ("2026-09-02T06:00:00-04:00", "2026-09-02"), ("Wed, 02 Sep 2026 06:00:00 GMT", "2026-09-02"),
        ("Sept. 2, 2026", "2026-09-02"), ("2 de septiembre de 2026", "2026-09-02"), ("9/2/26", "2026-09-02"),
        ("20260902T101500Z", "2026-09-02"), ("2190-01-01", ""), ("1970-01-01", ""), ("yesterday", ""),
        ("0000-00-00", ""), ("99/99/9999", ""), ("", ""),
    ],
)  # fmt: skip
def test_days_are_read_as_pages_write_them(text: str, day: str) -> None:
    found = when.moment(text, NOW)
    assert (found.date().isoformat() if found else "") == day


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\xfe", b"<", b"<html", b"<script type='application/ld+json'>{", b"<p>" * 50_000,
        b"<meta charset='no-such'>\xe9", b"<title>\xe9t\xe9</title>", "<title>é</title>".encode("utf-16"),
        b"<script type='application/ld+json'>" + b"[" * 5000 + b"</script>", b"<![CDATA[<title>x",
        b"<meta property='og:title'>", b"<!doctype html><!--" + b"-" * 10_000, b"\x00\x01\x02" * 1000,
    ],
)  # fmt: skip
def test_no_page_is_too_broken(content: bytes) -> None:
    page.read(content, "", "https://example.org/a", NOW)


def test_open_graph_and_plain_meta_are_read_where_there_is_no_json() -> None:
    text = """<html><head><meta property="og:title" content="Buses &amp; absence"><meta name="author"
    content="By Ada Lane"><meta property="og:site_name" content="Ledger"><meta name="date"
    content="2026-09-02"><meta property="og:url" content="https://elsewhere.example/x"></head></html>"""
    about = page.read(text.encode(), "", "https://ledger.example.org/a?utm_medium=x", NOW)
    assert (about.title, about.author, about.outlet) == ("Buses & absence", "Ada Lane", "Ledger")
    assert about.published is not None
    assert about.url.startswith("https://ledger.example.org/a"), "a page may not pass itself off as another's"


def test_a_day_in_the_future_is_not_believed() -> None:
    text = b'<meta property="article:published_time" content="2190-01-01T00:00:00Z">'
    about = page.read(text, "", "https://example.org/", NOW)
    assert (about.published, about.notes) == (None, ["future"])


@pytest.mark.parametrize(
    "text",
    ["2026-11-25", "2026/11/25", "11/25/2026", "11-25-2026", "25/11/2026", "25.11.2026", "46351",
     "Nov. 25, 2026", "25 de noviembre de 2026"],
)  # fmt: skip
def test_a_day_is_read_as_trackers_write_it(text: str) -> None:
    assert when.day(text) == date(2026, 11, 25)


def test_the_day_of_a_piece_is_the_day_where_it_was_written() -> None:
    late = b'<meta property="article:published_time" content="2026-09-20T23:30:00-05:00"><p>x</p>'
    assert page.read(late, "", "https://l.example/a", NOW).day == date(2026, 9, 20)
    assert when.moment("2026-09-20", NOW) == datetime(2026, 9, 20, 12, tzinfo=UTC)


def test_a_feed_in_an_old_encoding_says_so_in_its_declaration_alone() -> None:
    text = '<?xml version="1.0" encoding="koi8-r"?><rss><channel><title>школа</title></channel></rss>'
    assert "школа" in page.decode(text.encode("koi8-r"))
