"""What the desk orders in the article itself, and what a second source adds to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from bot.domain.delivery import Delivery
from bot.domain.errors import Throttled, Unavailable
from bot.domain.post import Pending
from bot.domain.routing import Match, Route
from bot.ports.newsroom import Account
from bot.ports.source import SourceOptions
from bot.services.compose import compose
from tests.fakes.newsroom import NOON, Desk, entry, feed
from tests.fakes.platform import FakePlatform

LATER = NOON + timedelta(hours=3)
HOLD = "the article says: do not share"


def test_an_article_that_says_not_to_share_it_is_passed_and_says_why(desk: Desk) -> None:
    desk.poll(entry(1, skip=HOLD))
    assert desk.states() == []
    with desk.store.read() as tx:
        (decision,) = tx.articles.decisions(1)
    assert (decision.verdict, decision.reason, decision.rule) == ("pass", "filtered", HOLD)


def test_a_skip_taken_back_shares_it_after_all(desk: Desk) -> None:
    desk.poll(entry(1, skip=HOLD))
    desk.poll(entry(1))
    assert desk.states() == ["fedi queued"]


def test_a_skip_set_while_the_share_waits_takes_it_back(desk: Desk) -> None:
    desk.poll(entry(1, not_before=LATER))
    desk.poll(entry(1, not_before=LATER, skip=HOLD))
    assert desk.states() == ["fedi skipped"]


def test_nothing_goes_out_before_its_embargo_ends(desk: Desk) -> None:
    desk.poll(entry(1, not_before=LATER))
    assert desk.send_all() == []
    desk.clock.forward(timedelta(hours=3) - timedelta(seconds=1))
    assert desk.send_all() == []
    desk.clock.forward(timedelta(seconds=1))
    assert desk.send_all() == ["published"]


def test_not_even_an_urgent_one(desk_of: Callable[..., Desk], fedi: Account) -> None:
    desk = desk_of([fedi], [Route("breaking", ("site",), ("fedi",), urgent=True)])
    desk.poll(entry(1, not_before=LATER))
    assert desk.send_all() == []


def test_an_embargo_that_is_moved_moves_the_share(desk: Desk) -> None:
    desk.poll(entry(1, not_before=LATER))
    desk.poll(entry(1, not_before=NOON + timedelta(minutes=1)))
    desk.clock.forward(timedelta(minutes=1))
    assert desk.send_all() == ["published"]


def test_an_embargo_longer_than_max_age_does_not_age_the_article(desk: Desk) -> None:
    desk.poll(entry(1, not_before=NOON + timedelta(days=5)))
    desk.clock.forward(timedelta(days=5))
    assert desk.send_all() == ["published"]


def test_the_desks_words_reach_the_template(desk: Desk, fedi: Account) -> None:
    seen: list[Any] = []
    desk.poll(entry(1, override_text="Our words"))
    with desk.store.read() as tx:
        article = tx.articles.get(1)
    assert article is not None
    renderer = desk.newsroom.renderer
    monkey = pytest.MonkeyPatch()
    monkey.setattr(type(renderer), "render", lambda _, article, brief, at: seen.append(brief))
    compose(desk.newsroom, fedi, article, NOON)
    monkey.undo()
    assert seen[0].override_text == "Our words"


def test_an_entry_that_says_nothing_at_all_is_not_shared(desk: Desk) -> None:
    desk.poll(entry(1, title="", summary=""))
    assert desk.states() == []


@pytest.fixture
def two(desk_of: Callable[..., Desk], fedi: Account) -> Desk:
    sport = Route("sport", ("map", "site"), ("fedi",), match=Match(categories_any=("Sport",)))
    desk = desk_of([fedi], [sport], sources=(feed("map"), feed("site")), seed=False)
    desk.seed("map")
    desk.seed("site")
    return desk


def test_a_second_source_fills_in_what_the_first_did_not_know(two: Desk) -> None:
    bare = entry(1, guid="https://news.example/1/", summary="", lang="")
    two.poll(bare, source="map")
    assert two.states() == []
    two.poll(entry(1, categories=("Sport",), summary="What happened."), source="site")
    assert two.states() == ["fedi queued"]
    two.poll(bare, source="map")
    with two.store.read() as tx:
        article = tx.articles.get(1)
    assert article is not None
    assert (article.source, article.categories, article.summary) == ("map", ("Sport",), "What happened.")


def test_an_edit_in_the_first_source_keeps_what_the_second_knew(two: Desk) -> None:
    two.poll(entry(1, guid="https://news.example/1/"), source="map")
    two.poll(entry(1, categories=("Sport",)), source="site")
    two.poll(entry(1, guid="https://news.example/1/", title="Corrected"), source="map")
    with two.store.read() as tx:
        article = tx.articles.get(1)
    assert article is not None
    assert (article.title, article.categories) == ("Corrected", ("Sport",))
    assert two.states() == ["fedi queued"]


class Ordering(SourceOptions):
    told_by_desk: ClassVar[bool] = True


@pytest.mark.parametrize("first", ["map", "site"])
def test_an_order_that_its_source_takes_back_is_over_though_others_show_the_article(
    desk_of: Callable[..., Desk], fedi: Account, first: str
) -> None:
    route = Route("all", ("site", "map"), ("fedi",))
    site = replace(feed("site"), options=Ordering(kind="wordpress"))
    desk = desk_of([fedi], [route], sources=(feed("map"), site), seed=False)
    for source in ("map", "site"):
        desk.seed(source)
    plain = entry(1, guid="https://news.example/1/", summary="")
    ordered = entry(1, skip=HOLD, override_text="Our words", not_before=LATER)
    shown = {"map": plain, "site": ordered}
    for source in (first, *shown.keys() - {first}):
        desk.poll(shown[source], source=source)
    assert desk.states() in ([], ["fedi skipped"])
    desk.poll(replace(plain, title="Corrected"), source="map")
    with desk.store.read() as tx:
        article = tx.articles.get(1)
    assert article is not None
    assert (article.skip, article.override_text, article.not_before) == (HOLD, "Our words", LATER)
    desk.poll(entry(1), source="site")
    assert desk.send_all() == ["published"]


def test_of_two_that_may_order_neither_takes_back_what_the_other_said(
    desk_of: Callable[..., Desk], fedi: Account
) -> None:
    route = Route("all", ("site", "cms"), ("fedi",))
    sources = [replace(feed(name), options=Ordering(kind="wordpress")) for name in ("site", "cms")]
    desk = desk_of([fedi], [route], sources=sources, seed=False)
    for source in ("site", "cms"):
        desk.seed(source)
    desk.poll(entry(1, skip=HOLD), source="site")
    desk.poll(entry(1, guid="7"), source="cms")
    desk.poll(entry(1, guid="7", title="Corrected"), source="cms")
    assert desk.states() == []


def test_a_category_that_its_only_source_takes_away_is_gone(desk: Desk) -> None:
    desk.poll(entry(1, categories=("Sport",)))
    desk.poll(entry(1))
    with desk.store.read() as tx:
        article = tx.articles.get(1)
    assert article is not None
    assert article.categories == ()


@pytest.mark.parametrize(
    "trouble", [Throttled("slowly"), Unavailable("down"), Pending({"id": 1}, timedelta(0))]
)
def test_a_skip_set_between_two_tries_takes_the_share_back(
    desk: Desk, platform: FakePlatform, trouble: Any
) -> None:
    platform.preparing = [trouble]
    desk.poll(entry(1))
    assert desk.courier.carry_out(claimed(desk)) in ("queued", "awaiting")
    desk.poll(entry(1, skip=HOLD))
    desk.clock.forward(timedelta(hours=1))
    assert (desk.send_all(), desk.states(), platform.sent) == ([], ["fedi skipped"], [])
    desk.poll(entry(1))
    assert desk.send_all() == ["published"]


def claimed(desk: Desk) -> Delivery:
    row = desk.courier.claim()
    assert row is not None
    return row
