"""Reading feeds, whatever they are, and finding in them what is looked for."""

from datetime import UTC, datetime

import pytest

from crm_media.reading import feed
from crm_media.services.matching import Matcher, Wanted
from crm_media.tests.feeds import ATOM, CORPUS, RSS

NOW = datetime(2026, 9, 30, tzinfo=UTC)
URL = "https://l.example/feed"


def read(content: bytes | str) -> feed.Feed:
    return feed.read(content.encode() if isinstance(content, str) else content, "", URL, NOW)


def test_there_are_enough_odd_feeds() -> None:
    assert len(CORPUS) >= 40


@pytest.mark.parametrize("name", list(CORPUS))
def test_a_feed_is_read_as_far_as_it_goes(name: str) -> None:
    content, titles = CORPUS[name]
    if titles is None:
        with pytest.raises(feed.NoFeed):
            read(content)
        return
    found = read(content)
    assert [each.title for each in found.items] == titles
    assert all(each.url == "" or each.url.startswith(("https://", "http://")) for each in found.items)
    assert all(each.published is None or each.published <= NOW for each in found.items)


def test_relative_links_and_wrapped_ones_lead_to_the_piece() -> None:
    assert read(CORPUS["relative links"][0]).items[0].url == "https://l.example/news/a"
    assert read(CORPUS["google alert"][0]).items[0].url == "https://l.example/a"
    assert read(CORPUS["xhtml content"][0]).items[0].summary == "Two days"


def test_author_outlet_and_day_are_read() -> None:
    item = (
        "<item><title>A</title><link>https://l.example/a</link><dc:creator>Ada Lane</dc:creator>"
        "<source url='https://t.example'>Mill City Times</source>"
        "<pubDate>Wed, 02 Sep 2026 06:00:00 GMT</pubDate></item>"
    )
    found = read(RSS.format(item)).items[0]
    assert (found.author, found.outlet) == ("Ada Lane", "Mill City Times")
    assert found.published == datetime(2026, 9, 2, 6, tzinfo=UTC)
    entry = "<entry><title>A</title><author><name>Ada Lane</name></author>{}</entry>"
    entry = entry.format("<updated>2026-09-02T06:00:00Z</updated>")
    found = read(ATOM.format(entry)).items[0]
    assert (found.author, found.published) == ("Ada Lane", datetime(2026, 9, 2, 6, tzinfo=UTC))


@pytest.mark.parametrize(
    "query,text,fits",
    [
        (Wanted(1, "absen*"), "Chronic Absenteeism rises", True),
        (Wanted(1, "absen*"), "Abs of steel", False),
        (Wanted(1, "chronic absence"), "chronic-absence rates", True),
        (Wanted(1, "chronic absence"), "absence, chronic", False),
        (Wanted(1, "absen*", "school*, district"), "Absentee ballots mailed", False),
        (Wanted(1, "absen*", "", "ballot*"), "Absentee ballots mailed", False),
        (Wanted(1, "truan*, attendance"), "Attendance up", True),
        (Wanted(1, "niños"), "NINOS en la escuela", True),
        (Wanted(1, "can't wait"), "They can’t wait", True),
        (Wanted(1, "can't"), "They said 'can't' and left", True),
        (Wanted(1, "chron* absen*"), "Chronic absence is up", True),
        (Wanted(1, "chron* absen*"), "Absence is chronic", False),
        (Wanted(1, "ab*"), "about", True),
        (Wanted(1, ""), "anything", False),
        (Wanted(1, "*"), "anything", False),
        (Wanted(1, "(a|b)*", "", ""), "aaa", False),
    ],
)
def test_a_query_finds_what_it_says(query: Wanted, text: str, fits: bool) -> None:
    assert Matcher([query]).find(text) == ([1] if fits else [])


def test_what_makes_no_sense_is_read_without_an_error() -> None:
    from datetime import UTC, datetime

    from crm_media.reading import page, when

    now = datetime(2026, 11, 26, tzinfo=UTC)
    assert when.moment("0001-01-01T00:00:00+05:00", now) is None
    assert page.decode(b"caf\xc3\xa9", "undefined") == "caf\u00e9"
    odd = b'<title>News</title><script type="application/ld+json">{"@type":[{"a":1}]}</script>'
    assert page.read(odd, "", "https://ledger.example/a", now).title == "News"


def test_halves_of_characters_and_control_characters_are_left_out() -> None:
    from datetime import UTC, datetime

    from crm_media.reading import page

    told = rb'{"@type":"NewsArticle","headline":"Ne\ud800w\u0000s","author":{"name":"A\udc00da"}}'
    html = b'<script type="application/ld+json">' + told + b"</script>"
    about = page.read(html, "", "https://ledger.example/a", datetime(2026, 11, 26, tzinfo=UTC))
    assert (about.title, about.author) == ("News", "Ada")


def test_stars_within_a_word_keep_nobody_busy() -> None:
    """Nothing is measured: with a star for each the search would not end."""
    assert not Matcher([Wanted(1, "a*a*a*a*a*a*a*a*b c*")]).find("a" * 5000)


def test_a_deep_feed_and_marks_without_an_end_are_read_in_the_time_of_their_length() -> None:
    deep = RSS.format("<item><title>Deep</title>" + "<a>" * 100_000 + "</a>" * 100_000 + "</item>")
    assert [each.title for each in read(deep).items] == ["Deep"]
    endless = RSS.format(
        f"<item><title>Open</title><description>{'&lt;![CDATA[' * 50_000}</description></item>"
    )
    assert [each.title for each in read(endless).items] == ["Open"]


@pytest.mark.parametrize(
    "begun", ["<![CDATA[", "<!--", "<meta charset=", "<?", "<![if ", "<a '", "<!DOCTYPE [", "<!---- "]
)
@pytest.mark.parametrize("end", ["", ">", "]>"])
def test_what_begins_without_end_keeps_nobody_busy(begun: str, end: str) -> None:
    """Nothing is measured: with a search for each missing end these would take minutes."""
    from crm_media.reading import page

    hostile = begun * 100_000 + end
    whole = RSS.partition("{}")[0] + "<item><title>A</title></item>" + hostile
    assert [each.title for each in read(whole).items] == ["A"]
    assert page.read(f"<title>News</title>{hostile}".encode(), "", URL, NOW).title == "News"
