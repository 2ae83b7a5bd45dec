"""What a feed quotes is told apart from its own markup."""

from __future__ import annotations

import pytest

from bot.sources.feed.outline import outline


@pytest.mark.parametrize(
    ("body", "own"),
    [
        (b"<a>b</a>", b"<a>b</a>"),
        (b"<a><![CDATA[<item>]]></a><b><![CDATA[]]></b>", b"<a>]]></a><b>]]></b>"),
        (b"<a><![CDATA[one]]><item><![CDATA[<item> never closed", b"<a>]]><item><item> never closed"),
        (b"", b""),
    ],
)
def test_what_is_quoted_is_left_out_unless_it_never_ends(body: bytes, own: bytes) -> None:
    assert outline(body) == own
