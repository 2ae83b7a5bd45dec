"""What becomes of an item: plain text, absolute addresses, UTC dates, one fit image."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.article import Entry
from bot.domain.post import Image
from bot.extract.body import plain_text
from bot.extract.entry import entry_of, text_of
from bot.sources.feed.ladder import read

URL = "https://example.org/feed/"
SPACES = (
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom"'
)
LINK = "<link>https://example.org/1/</link>"
REAL = "The minister said on Monday that the road would open by the end of the year."
BODY = f"<p>By Jane Doe</p><p>2 Min Read</p><p>{REAL}</p><p>{'It was a long story. ' * 90}</p>"


def parsed(body: str) -> list[Entry]:
    channel = read(body.encode(), "application/xml; charset=utf-8")
    return [entry for item in channel.items if (entry := entry_of(item, channel, URL))]


def rss(item: str, head: str = "") -> Entry:
    (entry,) = parsed(f'<rss version="2.0"{SPACES}><channel>{head}<item>{item}</item></channel></rss>')
    return entry


def atom(entry: str, attributes: str = "") -> Entry:
    (found,) = parsed(
        f'<feed xmlns="http://www.w3.org/2005/Atom"{attributes}><title>S</title><entry>{entry}</entry></feed>'
    )
    return found


def json_feed(**item: object) -> Entry:
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Site", "language": "fr", "items": [item]}
    (entry,) = parsed(json.dumps(feed))
    return entry


def content(html: str) -> str:
    return f"<content:encoded><![CDATA[{html}]]></content:encoded>"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Plain", "Plain"),
        ("AT&amp;T", "AT&T"),
        ("AT&amp;amp;T", "AT&T"),
        ("<![CDATA[A & <b>B</b>]]>", "A & B"),
        ("It&amp;#8217;s", "It’s"),
        ("2 &lt; 3", "2 < 3"),
        (" two\n lines ", "two lines"),
        ("x" * 9_000, "x" * 5_000),
        ("", ""),
    ],
)
def test_a_title_is_plain_text(title: str, expected: str) -> None:
    assert rss(f"<title>{title}</title>{LINK}").title == expected


@pytest.mark.parametrize(
    "said",
    [
        f"<description>{REAL}</description>",
        f"<description><![CDATA[<p>{REAL}</p><p>The post A appeared first on B.</p>]]></description>",
        f"<description>&lt;p&gt;{REAL}&lt;/p&gt;</description>",
        f"<description>&amp;lt;p&amp;gt;{REAL}&amp;lt;/p&amp;gt;</description>",
        f"<description><![CDATA[<p>By Jane Doe</p><p>{REAL}</p>]]></description>",
        f"<description><![CDATA[{BODY}]]></description>",
        f"<description>By Jane Doe 2 Min Read [&amp;#8230;]</description>{content(BODY)}",
        f"<description>{REAL}</description>{content(BODY)}",
        content(BODY),
    ],
)
def test_the_summary_is_what_the_article_says(said: str) -> None:
    assert rss(f"<title>T</title>{LINK}{said}").summary == REAL


def test_a_teaser_alone_is_not_taken_for_the_body() -> None:
    assert rss(f"{LINK}<description>{REAL}</description>").html == ""


def test_html_is_the_bodys_text_in_paragraphs_and_no_other_markup() -> None:
    entry = rss(
        LINK
        + content(
            f"<p onclick='x()'>{REAL}</p><script>x()</script><h2 title='a>b'>A &amp; B</h2>"
            "<ul><li><a href='javascript:x()'>One</a></li></ul>&lt;img src=x onerror=x()&gt;"
            "<iframe><p>x</iframe>"
        )
    )
    assert entry.html == (f"<p>{REAL}</p><p>A &amp; B</p><p>One</p><p>&lt;img src=x onerror=x()&gt;</p>")


def test_the_bodys_text_reads_the_same_from_its_entry() -> None:
    lines = f"{REAL}\nA & B < C\n<script>x()</script>"
    body = f"<p>{REAL}</p><p>A &amp; B &lt; C<br>&lt;script&gt;x()&lt;/script&gt;</p>"
    assert plain_text(rss(LINK + content(body)).html) == plain_text(body) == lines


@given(st.lists(st.sampled_from(["<p>", "</p>", "<br>", "&amp;", "&amp;lt;p&gt;", "\xa0", "  ", "a", "…"])))
def test_an_entrys_text_is_read_off_as_a_parser_would(pieces: list[str]) -> None:
    html = rss(LINK + content("".join(pieces))).html
    assert text_of(html) == plain_text(html)


@pytest.mark.parametrize("html", ["a  b", "<p>a <b>b</b></p>", "<p>a  b<p>c", "</p>", "<p></p>"])
def test_the_text_of_what_is_no_entrys_is_read_all_the_same(html: str) -> None:
    assert text_of(html) == plain_text(html)


@pytest.mark.parametrize(
    ("item", "url", "guid"),
    [
        ("<link>/2/</link><guid>g</guid>", "https://example.org/2/", "g"),
        ("<link>https://example.org/2/</link>", "https://example.org/2/", "https://example.org/2/"),
        ("<guid>https://example.org/2/</guid>", "https://example.org/2/", "https://example.org/2/"),
        ("<link>\n https://example.org/2/\n</link><guid>g</guid>", "https://example.org/2/", "g"),
        (
            '<atom:link rel="alternate" href="https://example.org/2/"/><guid>g</guid>',
            "https://example.org/2/",
            "g",
        ),
        (
            '<link>https://example.org/2/</link><guid isPermaLink="false">https://example.org/2/</guid>',
            "https://example.org/2/",
            "https://example.org/2/",
        ),
    ],
)
def test_an_items_address_and_guid(item: str, url: str, guid: str) -> None:
    entry = rss(f"<title>T</title>{item}")
    assert (entry.url, entry.guid) == (url, guid)


@pytest.mark.parametrize(
    "link", ["", "<link>javascript:alert(1)</link>", "<link>http://[bad</link>", "<guid>urn:x:1</guid>"]
)
def test_an_item_without_an_address_is_no_entry(link: str) -> None:
    assert parsed(f"<rss><channel><item><title>T</title>{link}</item></channel></rss>") == []


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Mon, 23 Nov 2026 10:00:00 +0200", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 10:00:00 EST", datetime(2026, 11, 23, 15, tzinfo=UTC)),
        ("2026-11-23T10:00:00Z", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("Fri, 23 Nov 2096 10:00:00 GMT", datetime(2096, 11, 23, 10, tzinfo=UTC)),
        ("Tue, 31 Feb 2026 10:00:00 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("0000-00-00 00:00:00", None),
        ("soon", None),
        ("", None),
    ],
)
def test_dates_are_utc_and_impossible_ones_none(date: str, expected: datetime | None) -> None:
    assert rss(f"{LINK}<pubDate>{date}</pubDate>").published_at == expected


def test_a_guid_that_looks_like_a_date_is_none() -> None:
    assert rss(f"{LINK}<guid>20260101</guid>").published_at is None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("<dc:creator>Jane Doe</dc:creator>", ("Jane Doe",)),
        ("<dc:creator>Jane Doe</dc:creator><dc:creator>John Roe</dc:creator>", ("Jane Doe", "John Roe")),
        ("<author>jane@example.org (Jane Doe)</author>", ("Jane Doe",)),
        ("<author>jane@example.org</author>", ()),
        ("<author>Jane &lt;i&gt;Doe&lt;/i&gt;</author>", ("Jane Doe",)),
        ("<author>Jane Doe &lt;jane@example.org&gt;</author>", ("Jane Doe",)),
        ("<author>jane@example.org</author><dc:creator>Jane Doe</dc:creator>", ("Jane Doe",)),
        ("", ()),
    ],
)
def test_authors_are_names_and_never_addresses(said: str, expected: tuple[str, ...]) -> None:
    assert rss(LINK + said).authors == expected


def test_terms_are_both_categories_and_tags_and_keywords_are_tags() -> None:
    media = "<media:content url='a.mp4'><media:keywords>roads, works</media:keywords></media:content>"
    entry = rss(f"{LINK}<category>News</category><category><![CDATA[R & D]]></category>{media}")
    assert entry.categories == ("News", "R & D")
    assert entry.tags == ("News", "R & D", "roads", "works")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            (
                '<media:content url="/a.jpg" medium="image" width="800" height="600">'
                "<media:description>A road</media:description></media:content>"
            ),
            Image("https://example.org/a.jpg", "A road", 800, 600),
        ),
        ('<media:thumbnail url="https://example.org/a.jpg"/>', Image("https://example.org/a.jpg")),
        (
            '<enclosure url="https://example.org/a.jpg" type="image/jpeg" length="1"/>',
            Image("https://example.org/a.jpg"),
        ),
        ('<enclosure url="https://example.org/a.mp3" type="audio/mpeg" length="1"/>', None),
        (
            content('<p>x</p><img src="a.jpg" alt="A &amp; B">'),
            Image("https://example.org/feed/a.jpg", "A & B"),
        ),
        (
            content('<img src="data:image/gif;base64,x" data-src="/lazy.jpg">'),
            Image("https://example.org/lazy.jpg"),
        ),
        (
            content('<img src="https://secure.gravatar.com/avatar/x"><img src="/b.jpg">'),
            Image("https://example.org/b.jpg"),
        ),
        (content('<img src="/p.gif" width="1" height="1"><img class="avatar" src="/c.jpg">'), None),
        (
            content('<img src="https://stats.wp.com/b.gif"><img src="/wp-includes/images/smilies/x.png">'),
            None,
        ),
        (
            (
                '<media:content url="https://secure.gravatar.com/avatar/x?s=96" medium="image"/>'
                '<enclosure url="/a.jpg" type="image/jpeg"/>'
            ),
            Image("https://example.org/a.jpg"),
        ),
        (
            '<enclosure url="/i/a-1024x768.jpg" type="image/jpeg"/>'
            + content('<img src="/i/a-300x200.jpg" alt="A road">'),
            Image("https://example.org/i/a-1024x768.jpg", "A road"),
        ),
    ],
)
def test_the_image_is_the_articles_and_never_an_avatar_or_a_pixel(said: str, expected: Image | None) -> None:
    assert rss(LINK + said).image == expected


@pytest.mark.parametrize(
    ("head", "item", "expected"),
    [
        ("<language>en-us</language>", "", "en-US"),
        ("<language>rw</language>", "<dc:language>fr</dc:language>", "fr"),
        ("<language>xx yy</language>", "", ""),
        ("", "", ""),
    ],
)
def test_the_language_is_the_items_then_the_feeds(head: str, item: str, expected: str) -> None:
    assert rss(LINK + item, head).lang == expected


def test_atom_brings_its_alternate_link_all_authors_and_its_base() -> None:
    entry = atom(
        '<id>urn:1</id><link rel="self" href="/self"/><link rel="enclosure" type="image/png" href="/p.png"/>'
        '<link rel="alternate" type="text/html" href="1/"/><title type="html">A &amp;amp; B</title>'
        "<author><name>Jane</name></author><author><name>John</name></author>"
        "<category term='x' label='News'/>"
        "<published>2026-11-23T10:00:00+02:00</published><updated>2026-11-23T11:00:00+02:00</updated>"
        f'<content type="html">&lt;p&gt;{REAL * 40}&lt;/p&gt;</content>',
        ' xml:base="https://example.com/news/" xml:lang="rw"',
    )
    assert (entry.url, entry.guid, entry.title) == ("https://example.com/news/1/", "urn:1", "A & B")
    assert (entry.authors, entry.categories, entry.lang) == (("Jane", "John"), ("News",), "rw")
    assert entry.image == Image("https://example.com/p.png")
    assert entry.published_at == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert entry.updated_at == datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_atoms_xhtml_is_read() -> None:
    div = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'
    entry = atom(
        f'<id>https://example.org/1</id><link href="/1"/>'
        f'<title type="xhtml">{div.format("The <b>road</b>")}</title>'
        f'<content type="xhtml">{div.format(f"<p>{REAL}</p><p>{REAL * 20}</p>")}</content>'
    )
    assert (entry.title, entry.summary, entry.url) == ("The road", REAL, "https://example.org/1")


def test_atom_03_is_read() -> None:
    (entry,) = parsed(
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>S</title><entry><id>1</id><title>T</title>'
        '<link rel="alternate" type="text/html" href="https://example.org/1"/><issued>2026-11-23T10:00:00Z</issued>'
        "</entry></feed>"
    )
    assert (entry.title, entry.url, entry.published_at) == (
        "T",
        "https://example.org/1",
        datetime(2026, 11, 23, 10, tzinfo=UTC),
    )


def test_rss_10_is_read() -> None:
    (entry,) = parsed(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        f'{SPACES}><channel rdf:about="https://example.org"><title>S</title></channel>'
        '<item rdf:about="https://example.org/1"><title>T</title><link>https://example.org/1</link>'
        "<dc:creator>Jane</dc:creator><dc:date>2026-11-23T10:00:00Z</dc:date></item></rdf:RDF>"
    )
    assert (entry.title, entry.guid, entry.authors) == ("T", "https://example.org/1", ("Jane",))
    assert entry.published_at == datetime(2026, 11, 23, 10, tzinfo=UTC)


def test_rss_091_is_read() -> None:
    (entry,) = parsed(
        f'<rss version="0.91"><channel><title>S</title><item><title>T</title>{LINK}</item></channel></rss>'
    )
    assert (entry.title, entry.site_name) == ("T", "S")


def test_json_feed_is_read() -> None:
    entry = json_feed(
        id=7,
        url="/1/",
        title="The road",
        content_html=BODY,
        tags=["News", 5],
        authors=[{"name": "Jane"}, {"url": "https://example.org"}],
        image="/i.jpg",
        date_published="2026-11-23T10:00:00+02:00",
    )
    assert (entry.guid, entry.url, entry.summary) == ("7", "https://example.org/1/", REAL)
    assert (entry.tags, entry.authors, entry.lang) == (("News", "5"), ("Jane",), "fr")
    assert entry.image == Image("https://example.org/i.jpg")
    assert entry.published_at == datetime(2026, 11, 23, 8, tzinfo=UTC)


def test_the_text_of_a_json_feed_is_not_taken_for_html() -> None:
    entry = json_feed(
        id="1", url="/1/", content_text=f"1 < 2 & <b>no tag</b> {REAL * 20}\n\nMore.", author={"name": "Jane"}
    )
    assert entry.html.startswith("<p>1 &lt; 2 &amp; &lt;b&gt;no tag&lt;/b&gt;")
    assert entry.authors == ("Jane",)


def test_what_is_behind_a_password_is_nothing_to_share() -> None:
    """As WordPress 6.5 shows a protected post in its feed."""
    form = '<form action="https://example.org/wp-login.php?action=postpass" class="post-password-form">'
    teaser = "<description>There is no excerpt because this is a protected post.</description>"
    body = f"<content:encoded><![CDATA[{form}<p>It is protected.</p></form>]]></content:encoded>"
    item = f"<item><title>Protected: A</title>{LINK}{teaser}{body}</item>"
    assert parsed(f'<rss version="2.0"{SPACES}><channel>{item}</channel></rss>') == []


def test_an_excerpt_begins_with_what_the_article_says() -> None:
    entry = rss(
        f"{LINK}<title>T</title><dc:creator>Jane Doe</dc:creator>"
        f"<description>By Jane Doe By Jane Doe 2 Min Read {REAL[:50]} […]</description>"
    )
    assert entry.summary == f"{REAL[:50].rstrip()}…"
