"""What a page says of itself in its head."""

from datetime import UTC, datetime

import pytest

from bot.domain.post import Image
from bot.extract.head import decoded, read_head

URL = "https://example.org/2026/road/"
FULL = """<!doctype html><html lang="fr-RW"><head><meta charset="utf-8"><title>La route | Exemple</title>
<meta property="og:title" content="La route &amp; le pont">
<meta property="og:description" content="Elle ouvre lundi.">
<meta property="og:image" content="/i/route.jpg"><meta property="og:image:alt" content="Une route">
<meta property="og:image:width" content="1200"><meta property="og:image:height" content="630">
<meta property="og:site_name" content="Exemple"><link rel="canonical" href="/2026/road/">
<meta property="article:published_time" content="2026-05-12T10:00:00+02:00">
<meta property="article:modified_time" content="2026-05-12T11:00:00+02:00">
<meta property="article:tag" content="Routes"><meta property="article:tag" content="Travaux">
<meta name="author" content="Marie Uwase"><meta name="robots" content="noindex, nofollow">
</head><body></body></html>"""
LD = """<html><head><script type="application/ld+json">{"@context": "https://schema.org", "@graph": [
{"@type": "WebPage", "description": "the page"},
{"@type": "NewsArticle", "headline": "The road", "description": "It opens.", "inLanguage": "en-US",
"image": [{"@type": "ImageObject", "url": "https://example.org/i.jpg", "width": 800, "height": 600,
"caption": "A road"}],
"author": [{"@type": "Person", "name": "Jane Doe"}, {"@type": "Person", "name": "John Roe"}],
"datePublished": "2026-05-12T08:00:00Z", "publisher": {"@type": "Organization", "name": "Example"},
"keywords": "roads, works"}]}</script></head></html>"""


def test_opengraph_and_meta_tags_are_read() -> None:
    head = read_head(FULL.encode(), "text/html; charset=utf-8", URL)
    assert (head.title, head.description, head.lang) == ("La route & le pont", "Elle ouvre lundi.", "fr-RW")
    assert head.image == Image("https://example.org/i/route.jpg", "Une route", 1200, 630)
    assert (head.canonical_url, head.site_name, head.authors) == (URL, "Exemple", ("Marie Uwase",))
    assert head.published_at == datetime(2026, 5, 12, 8, tzinfo=UTC)
    assert head.updated_at == datetime(2026, 5, 12, 9, tzinfo=UTC)
    assert head.tags == ("Routes", "Travaux")
    assert head.noindex


def test_json_ld_is_read_and_the_article_wins_over_the_page() -> None:
    head = read_head(LD.encode(), "text/html", URL)
    assert (head.title, head.description, head.lang, head.site_name) == (
        "The road",
        "It opens.",
        "en-US",
        "Example",
    )
    assert head.image == Image("https://example.org/i.jpg", "A road", 800, 600)
    assert head.authors == ("Jane Doe", "John Roe")
    assert head.published_at == datetime(2026, 5, 12, 8, tzinfo=UTC)
    assert head.tags == ("roads", "works")
    assert not head.noindex


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"\x00\xff\xfe<<<<",
        b'<script type="application/ld+json">{broken</script>',
        b'<script type="application/ld+json">[1, null, {"@type": null, "@graph": 3}]</script>',
        b"<meta property='og:image' content='javascript:alert(1)'><link rel=canonical href='http://[bad'>",
        b'<script type="application/ld+json">' + b"[" * 50_000 + b"</script>",
    ],
)
def test_a_broken_page_says_nothing_and_raises_nothing(page: bytes) -> None:
    head = read_head(page, "text/html", URL)
    assert (head.image, head.canonical_url, head.description) == (None, "", "")


def test_only_the_first_128_kb_are_read() -> None:
    late = b"<html><head>" + b" " * 140_000 + b'<meta property="og:title" content="late"></head>'
    assert read_head(late, "text/html", URL).title == ""


@pytest.mark.parametrize(
    ("page", "content_type"),
    [
        ("<p>é</p>".encode("latin-1"), "text/html; charset=iso-8859-1"),
        ("<meta charset=windows-1252><p>é</p>".encode("cp1252"), "text/html"),
        ("<p>é</p>".encode(), "text/html"),
        ("<p>é</p>".encode("cp1252"), "text/html"),
        ("<p>é</p>".encode("utf-16"), "text/html"),
        ("<p>é</p>".encode(), "text/html; charset=no-such-thing"),
        ("<p>é</p>é".encode()[:-1], "text/html; charset=utf-8"),
    ],
)
def test_a_page_is_read_in_its_own_encoding(page: bytes, content_type: str) -> None:
    assert "<p>é</p>" in decoded(page, content_type)


TWO = '<time class="published" datetime="2026-11-20"><time class="published" datetime="2026-11-19">'


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ('<time itemprop="datePublished" datetime="2026-11-20T08:00:00+02:00">', "2026-11-20T06:00:00+00:00"),
        ('<time pubdate datetime="2026-11-20">', "2026-11-20T00:00:00+00:00"),
        ('<time class="updated" datetime="2026-11-21">', ""),
        (TWO, ""),
        ('<time class="published" datetime="yesterday">', ""),
    ],
)
def test_a_time_in_the_text_is_when_it_was_published_if_it_is_the_only_one(body: str, at: str) -> None:
    head = read_head(f"<html><body>{body}</body></html>".encode(), "text/html", "https://example.org/a")
    assert (head.published_at.isoformat() if head.published_at else "") == at
