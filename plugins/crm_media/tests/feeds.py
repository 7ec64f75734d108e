# ruff: noqa: E501, ISC004  # A feed stands on its line, whatever its length.
"""Feeds as they come: odd, broken and hostile ones, all made by hand. Each with the titles that must be
read, or None where it is no feed."""

RSS = '<?xml version="1.0"?><rss version="2.0"><channel><title>Ledger</title>{}</channel></rss>'
ITEM = "<item><title>{}</title><link>https://l.example/{}</link><guid>{}</guid></item>"
ONE = ITEM.format("Absence", "a", "a")
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><title>L</title>{}</feed>'
ENTRY = '<entry><title>{}</title><link href="https://l.example/a"/><id>a</id></entry>'
BOMB = (
    "<!DOCTYPE x ["
    + "".join(
        f'<!ENTITY e{n} "{"&e" + str(n - 1) + ";" if n else "ha"}{"&e" + str(n - 1) + ";" if n else "ha"}">'
        for n in range(30)
    )
    + "]>"
)

CORPUS: dict[str, tuple[bytes | str, list[str] | None]] = {
    "rss 2.0": (RSS.format(ONE), ["Absence"]),
    "rss 0.91 with its doctype": (
        '<!DOCTYPE rss SYSTEM "http://my.netscape.com/rss-0.91.dtd">' + RSS.partition("?>")[2].format(ONE), ["Absence"]),
    "rdf": ('<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
            "<channel><title>L</title></channel><item rdf:about='x'><title>Absence</title><link>https://l.example/a"
            "</link></item></rdf:RDF>", ["Absence"]),
    "atom": (ATOM.format(ENTRY.format("Absence")), ["Absence"]),
    "atom with a prefix": (ATOM.replace("<", "<atom:").replace("<atom:/", "</atom:").replace("xmlns=", "xmlns:atom=")
                           .format(ENTRY.replace("<", "<atom:").replace("<atom:/", "</atom:").format("Absence")),
                           ["Absence"]),
    "google alert": (ATOM.format("<entry><id>tag:google.com,2013:x</id><title type='html'>&lt;b&gt;Chronic&lt;/b&gt; absence"
                     "</title><link href='https://www.google.com/url?rct=j&amp;url=https://l.example/a&amp;ct=ga'/>"
                     "</entry>"), ["Chronic absence"]),
    "xhtml content": (ATOM.format("<entry><title>Absence</title><content type='xhtml'><div><p>Two <b>days</b></p></div>"
                      "</content><id>a</id></entry>"), ["Absence"]),
    "two entries without an end": (ATOM.partition("{}")[0] + ENTRY.format("One") + "<entry><title>Two", ["One", "Two"]),
    "cut in the middle of a tag": (RSS.partition("{}")[0] + ONE + "<item><tit", ["Absence"]),
    "cut in the middle of a word": (RSS.partition("{}")[0] + ITEM.partition("{}")[0] + "Abs", ["Abs"]),
    "bare ampersands": (RSS.format(ITEM.format("Buses & absence", "a?b=1&c=2", "a")), ["Buses & absence"]),
    "entities of html": (RSS.format(ITEM.format("Ni&ntilde;os", "a", "a")), ["Niños"]),
    "cdata": (RSS.format(ITEM.format("<![CDATA[Buses & absence]]>", "a", "a")), ["Buses & absence"]),
    "html in the title": (RSS.format(ITEM.format("&lt;i&gt;Absence&lt;/i&gt;", "a", "a")), ["Absence"]),
    "escaped twice": (RSS.format(ITEM.format("Buses &amp;amp; absence", "a", "a")), ["Buses & absence"]),
    "a script in the title": (RSS.format(ITEM.format("&lt;script&gt;alert(1)&lt;/script&gt;", "a", "a")), ["alert(1)"]),
    "entity bomb": (BOMB + RSS.partition("?>")[2].format(ITEM.format("&e29;", "a", "a")), ["&e29;"]),
    "entity that names a file": ('<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
                                 + RSS.partition("?>")[2].format(ITEM.format("&f;", "a", "a")), ["&f;"]),
    "parameter entity": ('<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1/"> %p;]>' + RSS.partition("?>")[2].format(ONE),
                         ["Absence"]),
    "nested without end": ("<rss><channel><item><title>A</title>" + "<x>" * 20_000, ["A"]),
    "closed too often": (RSS.format(ONE + "</x>" * 5000), ["Absence"]),
    "utf-16": (RSS.replace('"1.0"', '"1.0" encoding="utf-16"').format(ONE).encode("utf-16"), ["Absence"]),
    "windows-1252 that says so": (b'<?xml version="1.0" encoding="windows-1252"?>'
                                  + RSS.partition("?>")[2].format(ITEM.format("Niños", "a", "a")).encode("cp1252"),
                                  ["Niños"]),
    "windows-1252 that says utf-8": (b'<?xml version="1.0" encoding="utf-8"?>'
                                     + RSS.partition("?>")[2].format(ITEM.format("Niños", "a", "a")).encode("cp1252"),
                                     ["Niños"]),
    "an encoding that nobody knows": (RSS.replace('"1.0"', '"1.0" encoding="klingon"').format(ONE), ["Absence"]),
    "byte-order mark": (b"\xef\xbb\xbf" + RSS.format(ONE).encode(), ["Absence"]),
    "blank lines before": ("\n\n \n" + RSS.format(ONE), ["Absence"]),
    "letters that xml forbids": (RSS.format(ITEM.format("Ab\x0bsence", "a", "a")), ["Absence"]),
    "zero bytes": (RSS.format(ONE).encode() + b"\0" * 1000, ["Absence"]),
    "relative links": (RSS.format(ITEM.format("Absence", "a", "a").replace("https://l.example/a<", "/news/a<")), ["Absence"]),
    "no links": (RSS.format("<item><title>Absence</title></item>"), ["Absence"]),
    "no titles": (RSS.format("<item><link>https://l.example/a</link></item>"), ["https://l.example/a"]),
    "neither": (RSS.format("<item><description>x</description></item>"), []),
    "a link that is code": (RSS.format("<item><title>A</title><link>javascript:alert(1)</link></item>"), ["A"]),
    "the same ten times": (RSS.format(ONE * 10), ["Absence"]),
    "the same address under two numbers": (RSS.format(ONE + ITEM.format("Absence", "a", "b")), ["Absence", "Absence"]),
    "no items": (RSS.format(""), []),
    "a day in the future": (RSS.format(ONE.replace("</item>", "<pubDate>Mon, 01 Jan 2190 00:00:00 GMT</pubDate></item>")),
                            ["Absence"]),
    "a day that is none": (RSS.format(ONE.replace("</item>", "<pubDate>last week</pubDate></item>")), ["Absence"]),
    "upper case": (RSS.format(ONE).replace("item", "ITEM").replace("title", "TITLE"), ["Absence"]),
    "pictures with titles of their own": (RSS.format(ONE.replace("<guid>", "<media:title>Photo</media:title><guid>")),
                                          ["Absence"]),
    "a title of a megabyte": (RSS.format(ITEM.format("A" * 1_000_000, "a", "a")), ["A" * 500]),
    "a web page": ("<!doctype html><html><body><h1>Not found</h1></body></html>", None),
    "json": ('{"version": "https://jsonfeed.org/version/1", "items": []}', None),
    "nothing": (b"", None),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, None),
}  # fmt: skip
