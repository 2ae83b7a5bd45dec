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


def test_what_is_a_link_as_a_whole_is_another_article_s_beginning() -> None:
    """Ghost's theme, below a post that only members may read."""
    told = (
        "The road to the north was closed on Monday, said the police of the district, after two days of rain."
    )
    page = (
        f"<html><body class=post-template><main><article class=gh-article><h1>For members</h1></article>"
        f"<h2>Read more</h2><article class=gh-card><a class=gh-card-link href=/road/><div><h3>The road</h3>"
        f"<p class=gh-card-excerpt>{told}</p></div></a></article></main></body></html>"
    )
    assert first_paragraph(page) == ""
    assert first_paragraph(page.replace("</h1>", f"</h1><p>{told[::-1]}.</p>")) == f"{told[::-1]}."
    open_ended = (
        f"<html><body class=old><a href=/top><div><p>{told}</p>{'<p>And so on for long.</p>' * 60}</div>"
    )
    assert first_paragraph(open_ended) == told
