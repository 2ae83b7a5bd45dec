"""The kinds of malformed feeds that validators and parsers collect: none crashes, none hangs, none floods.

After the sections of feedparser's test corpus (wellformed, illformed, encoding, bozo) and the messages of the
W3C feed validator (https://validator.w3.org/feed/docs/, read 2026-11-25); every feed is written anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from bot.domain.article import Entry
from bot.domain.errors import SourceError
from bot.ports.source import Harvest, Offload, Response
from bot.sources.feed import Connector, FeedOptions

URL = "https://example.org/feed/"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
GOOD = "<item><title>Two</title><link>https://example.org/2/</link><guid>2</guid></item>"


def rss(*items: str, head: str = "", attributes: str = ' version="2.0"') -> bytes:
    channel = f"<title>Site</title><link>https://example.org/</link>{head}{''.join(items)}"
    return f"{HEAD}<rss{attributes}><channel>{channel}</channel></rss>".encode()


def atom(*entries: str) -> bytes:
    return (
        f'{HEAD}<feed xmlns="http://www.w3.org/2005/Atom"><title>S</title>{"".join(entries)}</feed>'.encode()
    )


def one(inner: str) -> bytes:
    return rss(f"<item><title>One</title><link>https://example.org/1/</link>{inner}</item>", GOOD)


def poll(body: bytes, kind: str = "application/rss+xml") -> Harvest:
    steps = Connector(FeedOptions(kind="feed", url=URL)).poll({})
    request = next(steps)
    answer: object = Response(URL, 200, {"content-type": kind}, body[: getattr(request, "max_bytes", None)])
    try:
        while True:
            wanted = steps.send(answer)
            assert isinstance(wanted, Offload)
            answer = wanted.fn(*wanted.args)
    except StopIteration as end:
        harvest: Harvest = end.value
        return harvest


def titles(body: bytes) -> list[str]:
    return [entry.title for entry in poll(body).entries]


READ: dict[str, bytes] = {
    "no version": rss(GOOD, attributes=""),
    "a version nobody knows": rss(GOOD, attributes=' version="9.11"'),
    "no title of the feed": rss(GOOD).replace(b"<title>Site</title>", b""),
    "items beside the channel": f"{HEAD}<rss><channel><title>S</title></channel>{GOOD}</rss>".encode(),
    "upper-case elements": rss(GOOD).replace(b"item>", b"ITEM>").replace(b"title>", b"TITLE>"),
    "a doctype": rss(GOOD).replace(
        b"<rss", b'<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "x.dtd"><rss', 1
    ),
    "a DTD with entities": rss(GOOD).replace(b"<rss", b'<!DOCTYPE rss [<!ENTITY a "b">]><rss', 1),
    "a stylesheet and comments": rss(GOOD).replace(
        b"<rss", b'<?xml-stylesheet href="x.xsl"?><!-- x --><rss', 1
    ),
    "attributes without quotes": rss(GOOD, attributes=" version=2.0"),
    "an attribute twice": rss(GOOD, attributes=' version="2.0" version="2.0"'),
    "tags that cross": one("<description><b><i>x</b></i></description>"),
    "an element that nobody closes": rss(
        GOOD, "<item><title>One</title><link>/1/</link><description>x</item>"
    ),
    "a lone less-than sign": one("<description>5 < 6 and 7 > 6</description>"),
    "CDATA inside CDATA": one("<description><![CDATA[a <![CDATA[b]]> c]]></description>"),
    "CDATA that never ends": rss(GOOD, "<item><title>Last</title><description><![CDATA[x"),
    "an entity that never ends": one("<description>a &amp b &lt c</description>"),
    "an unknown entity": one("<description>a &foo; b</description>"),
    "a reference to nothing": one("<description>&#xD800; &#x110000; &#;</description>"),
    "letters that are none": one("<description>a\ufffe\uffff b</description>"),
    "an empty item": rss("<item/>", "<item></item>", GOOD),
    "an item of spaces": rss("<item>  \n </item>", GOOD),
    "two channels": rss(GOOD).replace(b"</rss>", b"<channel><title>x</title></channel></rss>"),
    "a title twice": one("<title>Another</title>"),
    "a link twice": one("<link>https://example.org/other/</link>"),
    "a guid twice": one("<guid>a</guid><guid>b</guid>"),
    "an empty guid": one("<guid></guid>"),
    "a relative link": rss("<item><title>One</title><link>/1/</link></item>", GOOD),
    "a link with spaces and line breaks": rss("<item><title>x</title><link>\n  /a b/\n </link></item>", GOOD),
    "a link of another scheme": rss("<item><title>x</title><link>javascript:alert(1)</link></item>", GOOD),
    "a link to nowhere": rss("<item><title>x</title><link>http://[::1/</link></item>", GOOD),
    "a date that is none": one("<pubDate>yesterday at noon</pubDate>"),
    "a date of no calendar": one("<pubDate>Thu, 31 Feb 2026 25:61:61 GMT</pubDate>"),
    "a date of Unix": one("<pubDate>1764072000</pubDate>"),
    "a date in another language": one("<pubDate>mar., 24 nov. 2026 08:00:00 +0000</pubDate>"),
    "a zone nobody knows": one("<pubDate>Tue, 24 Nov 2026 08:00:00 KIGALI</pubDate>"),
    "an enclosure without address": one("<enclosure length='0' type='image/jpeg'/>"),
    "an image without address": one("<image><title>x</title></image>"),
    "an e-mail address for an author": one("<author>jo@example.org (Jo)</author>"),
    "an empty category": one("<category/><category> </category>"),
    "HTML in the title": rss("<item><title>&lt;b&gt;One</title><link>/1/</link></item>", GOOD),
    "deep nesting": one("<description>" + "<div>" * 3_000 + "x" + "</div>" * 3_000 + "</description>"),
    "a very long title": rss(f"<item><title>{'x' * 100_000}</title><link>/1/</link></item>", GOOD),
    "ten thousand categories": one("<category>c</category>" * 10_000),
    "a million spaces": rss(" " * 1_000_000, GOOD),
    "a namespace undeclared": one("<foo:bar baz:x='1'>x</foo:bar>"),
    "a namespace for itunes only": one("<itunes:summary>x</itunes:summary>"),
    "Atom without ids": atom("<entry><title>Two</title><link href='https://example.org/2/'/></entry>"),
    "Atom without updated": atom(
        "<entry><id>2</id><title>Two</title><link href='https://example.org/2/'/></entry>"
    ),
    "Atom with many links": atom(
        "<entry><id>2</id><title>Two</title><link rel='self' href='/x'/><link rel='replies' href='/y'/>"
        "<link href='https://example.org/2/'/></entry>"
    ),
    "Atom in RSS": one("<atom:link xmlns:atom='http://www.w3.org/2005/Atom' href='x' rel='self'/>"),
    "text before the feed": b"Content-Type: text/xml\r\n\r\n" + rss(GOOD),
    "a feed behind a feed": rss(GOOD) + rss(GOOD),
    "nothing behind half of an item": rss(GOOD, "<item><title>Ha")[:-25],
}


@pytest.mark.parametrize("kind", READ)
def test_what_can_be_read_of_it_is_read(kind: str) -> None:
    began = time.monotonic()
    assert "Two" in titles(READ[kind])
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("kind", READ)
def test_nothing_of_it_is_more_than_plain_text_and_addresses(kind: str) -> None:
    for entry in poll(READ[kind]).entries:
        assert entry.url.startswith(("https://", "http://"))
        assert "<script" not in entry.title + entry.summary
        assert entry.title == " ".join(entry.title.split())
        assert entry.published_at is None or entry.published_at.tzinfo is UTC


def test_how_many_kinds_are_read_beside_feedparser() -> None:
    import feedparser

    ours = sum("Two" in titles(body) for body in READ.values())
    theirs = 0
    for body in READ.values():
        with suppress(Exception):  # it falls over half a surrogate
            theirs += "Two" in [each.get("title") for each in feedparser.parse(body).entries]
    print(f"malformed feeds read: ours {ours}, feedparser {theirs}, of {len(READ)}")  # noqa: T201
    assert ours == len(READ) >= theirs


REFUSED: dict[str, bytes] = {
    "nothing": b"",
    "spaces": b" \n\t ",
    "zeros": bytes(5_000),
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
    "text": b"Service Unavailable",
    "a log-in page": b"<!DOCTYPE html><html><head><title>Log in</title></head><body></body></html>",
    "a sitemap": b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>',
    "an OPML list": b'<opml version="2.0"><body/></opml>',
    "JSON of something else": b'{"posts": []}',
    "half of a JSON Feed": b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "ti',
    "deep JSON": b"[" * 100_000,
    "an error in XML": b"<?xml version='1.0'?><error>limit exceeded</error>",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_feed_is_an_error_of_one_line(kind: str) -> None:
    with pytest.raises(SourceError) as caught:
        poll(REFUSED[kind], "text/xml")
    assert len(str(caught.value).splitlines()) == 1


BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "lol"}">' for n in range(10))
HOSTILE: dict[str, Callable[[], bytes]] = {
    "a billion laughs": lambda: f"<!DOCTYPE rss [{BOMB}]>".encode() + one("<description>&a9;</description>"),
    "a file by an entity": lambda: (
        b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + one("<description>&x;</description>")
    ),
    "a parameter entity": lambda: b'<!DOCTYPE rss [<!ENTITY % x SYSTEM "http://x.test/"> %x;]>' + rss(GOOD),
    "half a million open tags": lambda: rss("<a>" * 500_000, GOOD),
    "ampersands": lambda: one("<description>" + "&" * 500_000 + "</description>"),
    "open comments": lambda: one("<description>" + "<!--" * 100_000 + "</description>"),
    "open CDATA": lambda: rss("<![CDATA[" * 100_000, GOOD),
    "one huge word": lambda: one(f"<description>{'a' * 4_000_000}</description>"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_feed_takes_neither_time_nor_secrets(kind: str) -> None:
    body, began = HOSTILE[kind](), time.monotonic()
    found: tuple[Entry, ...] = ()
    try:
        found = poll(body).entries
    except SourceError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017 - an answer is fine, and so is a refusal
    assert time.monotonic() - began < 20
    assert all("root:" not in entry.summary + entry.html for entry in found)
    assert sum(len(entry.summary) + len(entry.title) for entry in found) < 5_000_000


LONE = (
    '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "\\ud800", "title": "One \\ud800", '
    '"url": "https://a.example/\\ud800", "summary": "\\udfff x", "tags": ["\\ud800"], '
    '"content_text": "\\ud800 b"}]}'
)


def test_halves_of_letters_are_dropped() -> None:
    (entry,) = poll(LONE.encode(), "application/feed+json").entries
    texts = (entry.title, entry.summary, entry.html, entry.url, *entry.tags, entry.guid)
    assert [text for text in texts if not text.isascii()] == []


def test_of_three_hundred_thousand_items_the_first_thousand_are_read() -> None:
    items = (
        f"<item><title>{n}</title><link>https://example.org/{n}/</link><guid>{n}</guid></item>"
        for n in range(300_000)
    )
    body, began = rss(*items), time.monotonic()
    assert len(body) > 20_000_000
    harvest = poll(body)
    assert time.monotonic() - began < 15
    assert [harvest.entries[0].title, harvest.entries[-1].title, len(harvest.entries)] == ["0", "999", 1_000]
    assert harvest.notes == ("very long: only its first 1,000 items are read",)


@pytest.mark.parametrize(
    ("date", "read"),
    [
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Wed, 31 Dec 1969 23:59:59 GMT", None),
        ("Mon, 01 Jan 0001 00:00:00 GMT", None),
        ("Thu, 31 Dec 2099 23:59:59 GMT", datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("Fri, 31 Dec 9999 23:59:59 -1400", None),
        ("Tue, 24 Nov 2026 24:00:00 GMT", datetime(2026, 11, 25, tzinfo=UTC)),
    ],
)
def test_dates_at_the_edges(date: str, read: datetime | None) -> None:
    first = poll(one(f"<pubDate>{date}</pubDate>")).entries[0]
    assert first.title == "One"
    assert first.published_at in {read, None}
    assert (first.published_at is None) == (read is None)
