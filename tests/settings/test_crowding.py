from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from bot.domain.article import Article
from bot.settings.crowding import crowding
from bot.settings.loading import Loaded

Load = Callable[..., Loaded]

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TABLES = """
[sources.site]
kind = "wire"
url = "https://example.org/feed/"
[accounts.main_x]
platform = "relay"
schedule = "day"
[accounts.fedi]
platform = "relay"
[accounts.rw]
platform = "relay"
schedule = "day"
[schedules.day]
slots = { mon-sun = ["08:00", "12:30"] }
"""
URGENT = """
[[routes]]
name = "breaking"
sources = ["site"]
match.categories_any = ["Breaking"]
accounts = ["main_x"]
urgent = true
"""
ROUTES = """
[[routes]]
name = "kinyarwanda"
sources = ["site"]
match.languages = ["rw"]
accounts = ["rw"]
timing = "slot"
[[routes]]
name = "all"
sources = ["site"]
accounts = ["main_x"]
timing = "slot"
"""


def met(number: int, *, source: str = "site", lang: str = "en", category: str = "News") -> list[Article]:
    url = "https://example.org/1/"
    one = Article(1, source, url, "A", NOW, NOW, lang=lang, categories=(category,), published_at=NOW)
    return [one] * number


def test_without_articles_it_tells_the_places_of_each_account_that_keeps_slots(loaded: Load) -> None:
    assert crowding(loaded(TABLES + ROUTES).settings) == ["2 places on main_x a day", "2 places on rw a day"]


def test_only_what_a_route_brings_there_meets_its_places(loaded: Load) -> None:
    some = [*met(8), *met(3, lang="rw"), *met(4, source="other"), *met(2, category="Breaking")]
    assert crowding(loaded(TABLES + URGENT + ROUTES).settings, some, 2) == [
        "5.5 articles a day meet 2 places on main_x",
        "1.5 articles a day meet 2 places on rw",
    ]


def test_it_is_silent_about_accounts_that_share_at_once(loaded: Load) -> None:
    now = ROUTES.replace('timing = "slot"', 'timing = "now"')
    assert crowding(loaded(TABLES + now).settings, met(25)) == []
