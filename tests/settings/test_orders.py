from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.settings.checks import check
from bot.settings.loading import Loaded

API = """
[sources.api]
kind = "wordpress"
url = "https://www.example.org/"
overrides = { skip = "nosocial" }
[sources.map]
kind = "sitemap"
url = "https://example.org/news.xml"
[sources.other]
kind = "feed"
url = "https://other.example/feed/"
[accounts.fedi]
platform = "file"
as = "mastodon"
[accounts.press]
platform = "file"
as = "mastodon"
[[routes]]
name = "all"
sources = ["api", "map", "other"]
accounts = ["fedi"]
"""


def warned(loaded: Callable[..., Loaded], text: str) -> list[str]:
    return [
        f"{each.key}: {each.message}" for each in check(loaded(text).settings) if "orders" in each.message
    ]


def test_a_source_that_knows_nothing_of_the_desks_orders_is_named(loaded: Callable[..., Loaded]) -> None:
    (line,) = warned(loaded, API)
    assert line == (
        "sources.map: shows articles of example.org, too, and knows nothing of what the desk orders in them "
        "(sources.api.overrides): what it shows first is shared; take it out of the routes"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('{ skip = "nosocial" }', '{ text = "social" }'),
        ('"api", "map", "other"', '"api", "other"'),
        ("https://example.org/news.xml", "https://news.example.org/news.xml"),
        (
            'sources = ["api", "map", "other"]',
            'sources = ["map"]\naccounts = ["press"]\n[[routes]]\nname = "api"\nsources = ["api"]',
        ),
    ],
)
def test_nothing_is_said_where_no_order_can_be_missed(
    loaded: Callable[..., Loaded], old: str, new: str
) -> None:
    assert old in API
    assert warned(loaded, API.replace(old, new)) == []
