"""Simple markup read without a parser, and read as the parser reads it; all else left to the parser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.extract.body import plain_text
from bot.extract.markup import MARK, text_of_simple

PIECES = [
    *"<>\"'=/ &a",
    "<p>",
    "</p>",
    "<br/>",
    "<b>",
    "</B>",
    '<a x="',
    "<h2 class='c'>",
    "&amp;",
    "&lt;",
    "text",
]
"""What tags are made of, so that some are whole and many are nearly so."""


def by_the_parser(html: str) -> str:
    """An empty comment is not simple, and says nothing."""
    return plain_text(f"{html}<!---->")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("no markup", "no markup"),
        ("a<br>b", f"a{MARK}b"),
        ("<P class='x'>a <em>b</em>&amp;c</P>", f"{MARK}a b&c{MARK}"),
        ('<img src="a.jpg" alt="one two" />a', "a"),
        ("&am<b>p;</b>", "&amp;"),
    ],
)
def test_simple_markup_is_read(html: str, text: str) -> None:
    assert text_of_simple(html) == text


@pytest.mark.parametrize(
    "html",
    [
        "a < b",
        "<!-- x -->",
        "<![CDATA[x]]>",
        "<script>x()</script>",
        "<table><tr><td>x",
        "<a title='a > b'>x</a>",
        '<a x=\'"\' title="a>b">x</a>',
        '<a ="b=" c>d" e>',
        "<a href=x>y</a>",
        "<p",
        "<svg><p>x</p></svg>",
        "<article-list>x</article-list>",
    ],
)
def test_what_may_not_be_what_it_seems_is_left_to_the_parser(html: str) -> None:
    assert text_of_simple(html) is None


@given(
    st.lists(st.sampled_from(PIECES), max_size=14)
    .map("".join)
    .filter(lambda html: text_of_simple(html) is not None)
)
def test_what_is_read_without_the_parser_reads_as_the_parser_reads_it(html: str) -> None:
    assert plain_text(html) == by_the_parser(html)
