"""Plain text, the first real paragraph, reading minutes."""

import pytest

from bot.extract.body import first_paragraph, plain_text, reading_minutes

REAL = "The minister said on Monday that the road would open by the end of the year."


@pytest.mark.parametrize(
    "before",
    [
        "<p>By Jane Doe</p>",
        "<p>By Jane Doe</p><p>By Jane Doe</p>",
        "<p>2 Min Read</p>",
        "<p>By Jane Doe</p><p>2 Min Read</p><p>Share this Article</p>",
        "<figure><img src='a.jpg'><figcaption>People cheer as the bus comes.</figcaption></figure>",
        "<p class='wp-caption-text'>People cheer as the first bus comes down the new road today.</p>",
        "<div class='wp-caption'><p>People cheer as the first bus comes down the new road today.</p></div>",
        "<p>Share this Article</p>",
        "<p>Leave a comment</p>",
        "<p>KIGALI (AFP)</p>",
        "<p>12 May 2026</p>",
        "<script>var a = 'This is a sentence that nobody should ever read.';</script>",
        "<style>p { color: red; }</style>",
        "<aside><p>Read the ten stories that everybody is talking about today.</p></aside>",
        "<p> </p><p>&nbsp;</p>",
        "",
    ],
)
def test_the_first_paragraph_is_the_first_real_one(before: str) -> None:
    assert first_paragraph(f"{before}<p>{REAL}</p><p>And a second paragraph follows it.</p>") == REAL


def test_in_a_whole_page_it_is_the_articles_own() -> None:
    beside = "<p>We keep the lights on by showing you ads here.</p>"
    page = f"<html><body>{beside}<article><p>{REAL}</p></article></body></html>"
    assert first_paragraph(page) == REAL


def test_a_body_without_paragraph_tags_is_read_by_its_lines() -> None:
    assert first_paragraph(f"By Jane Doe<br>2 Min Read<br><br>{REAL}<br>More of it.") == REAL


def test_it_is_found_below_much_that_is_none() -> None:
    assert first_paragraph(f"{'<p>By Jane Doe</p>' * 600}<p>{REAL}</p>") == REAL


@pytest.mark.parametrize(
    "html", ["", "<p>By Jane Doe</p>", "<img src=a>", "<p>Share this Article</p><p>2 Min Read</p>"]
)
def test_where_there_is_none_there_is_none(html: str) -> None:
    assert first_paragraph(html) == ""


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>ab</p><p>cd</p>", "ab\ncd"),
        ("a<br>b", "a\nb"),
        ("<p>a <b>bold</b> word</p>", "a bold word"),
        ("<p>2 &lt; 3 &amp; 4</p>", "2 < 3 & 4"),
        ("plain", "plain"),
        ("", ""),
        ("<p>seen</p><script>alert(1)</script><style>p{}</style>", "seen"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
    ],
)
def test_plain_text_keeps_blocks_apart_and_leaks_no_script(html: str, expected: str) -> None:
    assert plain_text(html) == expected


@pytest.mark.parametrize(("words", "minutes"), [(0, 0), (1, 1), (220, 1), (440, 2), (1100, 5)])
def test_reading_minutes(words: int, minutes: int) -> None:
    assert reading_minutes("word " * words) == minutes
