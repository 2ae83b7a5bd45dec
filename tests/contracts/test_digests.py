"""Editions on both databases: made once at their time, frozen when first told, remembered once out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from bot.domain.article import Article
from bot.domain.delivery import Delivery, Reason, State
from bot.domain.digest import Digest
from bot.domain.errors import Ambiguous, Unavailable
from bot.domain.labels import Label
from bot.domain.post import Findable, Keyed
from bot.domain.routing import Match, Route
from bot.domain.schedule import Quiet, Schedule
from bot.ports.records import Pause
from bot.ports.render import Brief, Rendering
from bot.services.apply import apply
from bot.services.edition import make_edition, where_told
from bot.services.explain import explain
from bot.services.plan import plan
from bot.services.preview import preview_edition
from bot.services.review import approve, skip
from bot.services.rhythm import Rhythm
from bot.services.settle import settle_next
from bot.services.withdraw import withdraw
from bot.storage.store import SqlStore
from tests.fakes.newsroom import NOON, Desk, PlainRenderer, account, entry, newsroom
from tests.fakes.platform import FakePlatform
from tests.storage.desk import at_once

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
AT_SIX = Schedule("evening", "UTC", ((time(18),),) * 7)
EVENING = Digest("evening", ("fedi",), AT_SIX, least=2, most=3, title="The evening")


class Paper(Desk):
    """A desk with one route that shares nothing by itself, and a digest."""

    rhythm: Rhythm
    platform: FakePlatform

    def rows(self) -> list[Delivery]:
        with self.store.read() as tx:
            found = [row for row in tx.outbox.list() if row.source.startswith("digest:")]
        return sorted(found, key=lambda row: row.id)

    def tick(self, store: SqlStore | None = None, worker: str = "w2") -> list[int]:
        rhythm = Rhythm(store, worker) if store else self.rhythm
        return rhythm.keep(self.newsroom, self.clock.now())

    def news(self, *numbers: int, **more: object) -> None:
        self.poll(*(entry(n, published_at=self.clock.now(), **more) for n in numbers))

    def until(self, at: datetime, step: timedelta = timedelta(minutes=15)) -> None:
        while self.clock.now() < at:
            self.clock.forward(step)
            self.tick()
            with self.store.write() as tx:
                tx.outbox.expire(self.clock.now())
            self.send_all()

    def digest(self, **more: object) -> None:
        (rule,) = self.newsroom.digests
        self.newsroom = replace(self.newsroom, digests=(replace(rule, **more),))  # type: ignore[arg-type]
        self.rhythm = Rhythm(self.store, "w1")

    def told(self) -> list[list[str]]:
        """Of each post, the numbers of the articles in it."""
        return [
            [word.split("/")[3] for word in each.text.split() if word.startswith("https")]
            for each in self.platform.sent
        ]


@pytest.fixture
def paper(store: SqlStore) -> Paper:
    platform = FakePlatform()
    route = Route("none", ("site",), ("fedi",), match=Match(categories_any=("Nothing",)), priority=0)
    wired = replace(newsroom([account("fedi", platform)], [route]), digests=(EVENING,))
    desk = Paper(store, wired, worker="w1")
    platform.now = desk.clock.now
    desk.platform, desk.rhythm = platform, Rhythm(store, "w1")
    desk.seed()
    desk.tick()
    desk.clock.forward(timedelta(minutes=15))
    return desk


def test_an_edition_goes_out_at_its_time_with_what_is_new_the_newest_first(paper: Paper) -> None:
    for n in range(1, 5):
        paper.clock.forward(timedelta(minutes=1))
        paper.news(n)
    paper.until(NOON + 7 * HOUR)
    assert paper.told() == [["4", "3", "2"]]
    (row,) = paper.rows()
    assert (row.state, row.route, row.rule, row.sent_at) == (
        State.PUBLISHED,
        "evening",
        "digest evening",
        NOON + 6 * HOUR + timedelta(minutes=4),
    )
    assert paper.platform.sent[0].text.startswith("digest: The evening\n")


def test_the_next_edition_tells_only_what_came_since(paper: Paper) -> None:
    paper.news(1, 2)
    paper.until(NOON + 7 * HOUR)
    paper.news(3, 4)
    paper.until(NOON + 31 * HOUR)
    assert [sorted(each) for each in paper.told()] == [["1", "2"], ["3", "4"]]


def test_an_article_that_must_bear_a_label_stands_in_no_edition_and_that_is_said(paper: Paper) -> None:
    label = Label("sponsored", Match(categories_any=("Sponsored",)), {"": "Sponsored"})
    paper.newsroom = replace(paper.newsroom, labels=(label,))
    paper.news(1, 2)
    paper.poll(entry(1), entry(2), entry(3, categories=("Sponsored",)))
    paper.until(NOON + 7 * HOUR)
    assert [sorted(each) for each in paper.told()] == [["1", "2"]]
    with paper.store.read() as tx:
        article = next(each for each in tx.articles.latest(9) if each.title == "Article 3")
        (said,) = where_told(tx, paper.newsroom, article, paper.clock.now())
    assert said["why"].startswith("in no edition: it must bear the label sponsored")


def test_with_too_few_there_is_none_it_is_said_and_they_stand_in_the_next(paper: Paper) -> None:
    paper.news(1)
    paper.until(NOON + 7 * HOUR)
    (row,) = paper.rows()
    why = "1 new article, and [[digests]] evening asks for 2"
    assert (row.state, row.reason, row.detail) == (State.SKIPPED, Reason.TOO_FEW, why)
    document = explain(paper.store, paper.newsroom, "digest:evening", paper.clock.now())
    assert document
    assert [(each["verdict"], each["reason"], each["rule"]) for each in document["decisions"]] == [
        ("pass", "too_few", why)
    ]
    paper.news(2)
    paper.until(NOON + 31 * HOUR)
    assert [sorted(each) for each in paper.told()] == [["1", "2"]]


def test_priority_is_the_routes(paper: Paper) -> None:
    routes = (
        Route("top", ("site",), ("fedi",), match=Match(title_matches="Top"), priority=5),
        *paper.newsroom.routes,
    )
    paper.newsroom = replace(paper.newsroom, routes=routes)
    paper.news(1, title="Top story")
    paper.clock.forward(timedelta(minutes=1))
    paper.news(2, 3, 4)
    paper.send_all()
    paper.platform.sent.clear()
    paper.until(NOON + 7 * HOUR)
    assert paper.told()[0][0] == "1"


def test_members_are_frozen_when_first_told_whatever_comes_after(paper: Paper) -> None:
    paper.news(1, 2)
    paper.platform.before = [Unavailable("refused")]
    paper.clock.at = NOON + 6 * HOUR
    paper.tick()
    assert paper.send_all() == ["queued"]
    paper.clock.forward(timedelta(minutes=2))
    paper.news(3)
    assert paper.send_all() == ["published"]
    assert [sorted(each) for each in paper.told()] == [["1", "2"]]
    assert paper.rows()[0].extra["members"] == paper.rows()[0].extra["members"]
    paper.news(4)
    paper.until(NOON + 31 * HOUR)
    assert sorted(paper.told()[1]) == ["3", "4"]


def test_what_is_withdrawn_between_two_tries_is_told_no_more(paper: Paper) -> None:
    paper.news(1, 2, 3)
    paper.platform.before = [Unavailable("refused")]
    paper.clock.at = NOON + 6 * HOUR
    paper.tick()
    paper.send_all()
    with paper.store.write() as tx:
        article = next(a for a in tx.articles.latest(10) if a.title == "Article 2")
        tx.articles.withdraw(article.id, paper.clock.now())
    paper.clock.forward(timedelta(minutes=2))
    assert paper.send_all() == ["published"]
    assert [sorted(each) for each in paper.told()] == [["1", "3"]]


@pytest.mark.parametrize("uploading", [False, True])
def test_what_the_desk_forbids_before_its_edition_is_out_is_told_no_more(
    paper: Paper, *, uploading: bool
) -> None:
    def order() -> None:
        paper.poll(entry(2, published_at=NOON, skip="the desk says not to share it"))

    paper.news(1, 2, 3)
    paper.clock.at = NOON + 6 * HOUR
    paper.tick()
    if uploading:
        paper.platform.on_prepare = order
    else:
        paper.platform.before = [Unavailable("refused")]
        paper.send_all()
        order()
        paper.clock.forward(timedelta(minutes=2))
    assert paper.send_all()[-1] == "published"
    assert [sorted(each) for each in paper.told()] == [["1", "3"]]


def drop_article_2(paper: Paper, into: int | None = None) -> None:
    """Article 2 is withdrawn; or another one, which it turned out to be, is."""
    with paper.store.read() as tx:
        article = next(a for a in tx.articles.latest(10) if a.title == "Article 2")
    if into is not None:
        with paper.store.write() as tx:
            tx.articles.merge(into, article.id)
    now = paper.clock.now()
    withdraw(paper.store, paper.newsroom, into or article.id, now, by="person", why="wrong")


def test_what_became_a_part_of_what_is_withdrawn_is_told_no_more(paper: Paper) -> None:
    paper.poll(entry("old", published_at=NOON - DAY))
    with paper.store.read() as tx:
        old = next(each.id for each in tx.articles.latest(9) if each.title == "Article old")
    paper.news(1, 2, 3)
    paper.platform.before = [Unavailable("refused")]
    paper.clock.at = NOON + 6 * HOUR
    paper.tick()
    paper.send_all()
    drop_article_2(paper, into=old)
    paper.clock.forward(timedelta(minutes=2))
    assert paper.send_all() == ["published"]
    assert [sorted(each) for each in paper.told()] == [["1", "3"]]


def test_what_is_withdrawn_while_its_edition_is_uploaded_is_not_told(paper: Paper) -> None:
    paper.news(1, 2, 3)
    paper.clock.at = NOON + 6 * HOUR
    paper.tick()
    paper.platform.on_prepare = lambda: drop_article_2(paper)
    assert paper.send_all() == ["queued", "published"]
    assert [sorted(each) for each in paper.told()] == [["1", "3"]]


class Threading(PlainRenderer):
    """An edition as a thread, a part for each article."""

    def render(self, article: Article, brief: Brief, at: datetime) -> Rendering:
        made = super().render(article, brief, at)
        parts = ("The day", *(f"{each.title} {each.url}" for each in article.items))
        return replace(made, post=replace(made.post, parts=parts))


def half_sent(paper: Paper, parts: int) -> None:
    """So many parts of a thread are out when its account fails."""
    paper.newsroom = replace(paper.newsroom, renderer=Threading())
    paper.news(1, 2, 3)
    paper.platform.before = [*[None] * parts, Unavailable("refused")]
    paper.clock.at = NOON + 6 * HOUR
    paper.tick()
    assert paper.send_all() == ["queued"]
    assert len(paper.platform.sent) == parts


def test_the_rest_of_a_thread_that_tells_what_was_withdrawn_waits_for_a_person(paper: Paper) -> None:
    half_sent(paper, 1)
    drop_article_2(paper)
    paper.clock.forward(timedelta(minutes=2))
    assert paper.send_all() == ["held"]
    (row,) = paper.rows()
    assert (row.reason, row.part, len(paper.platform.sent)) == (Reason.WITHDRAWN, 1, 1)
    approve(paper.store, paper.newsroom, row.id, paper.clock.now())
    assert paper.send_all() == ["held"]
    assert str(skip(paper.store, paper.newsroom, row.id, paper.clock.now()).state) == "skipped"


def test_the_rest_of_a_thread_goes_on_where_only_a_part_that_stands_tells_what_was_withdrawn(
    paper: Paper,
) -> None:
    half_sent(paper, 3)
    (last,) = paper.told()[-1]
    with paper.store.read() as tx:
        article = next(a for a in tx.articles.latest(10) if a.title == f"Article {last}")
    withdraw(paper.store, paper.newsroom, article.id, paper.clock.now(), by="person", why="wrong")
    paper.clock.forward(timedelta(minutes=2))
    assert paper.send_all() == ["published"]
    assert len(paper.platform.sent) == 4
    with paper.store.read() as tx:
        assert any("still tells it" in each.text for each in tx.alerts.open())


def test_an_edition_nobody_knows_of_is_not_sent_again_with_what_was_withdrawn(paper: Paper) -> None:
    paper.news(1, 2, 3)
    paper.platform.replay = (Findable(), Keyed(DAY))
    paper.platform.before = [Ambiguous("reset")]
    paper.clock.at = NOON + 6 * HOUR
    paper.tick()
    assert paper.send_all() == ["unknown"]
    drop_article_2(paper)
    for _ in range(3):
        paper.clock.forward(timedelta(minutes=5))
        settle_next(paper.courier)
    assert paper.send_all() == ["published"]
    assert [sorted(each) for each in paper.told()] == [["1", "3"]]


def test_a_person_is_told_of_the_edition_that_still_tells_what_was_withdrawn(paper: Paper) -> None:
    paper.news(1, 2)
    paper.until(NOON + 7 * HOUR)
    drop_article_2(paper)
    (row,) = paper.rows()
    with paper.store.read() as tx:
        (text,) = [each.text for each in tx.alerts.open()]
    assert f"the edition of share {row.id} on fedi still tells it at {row.remote_url}" in text
    withdraw(paper.store, paper.newsroom, row.article, paper.clock.now(), by="person", why="x", delete=True)
    assert paper.send_all() == ["published"]
    assert paper.platform.deleted == [0]


def test_too_many_withdrawn_before_it_was_sent_and_there_is_none(paper: Paper) -> None:
    paper.news(1, 2)
    paper.clock.at = NOON + 6 * HOUR
    paper.tick()
    with paper.store.write() as tx:
        article = next(a for a in tx.articles.latest(10) if a.title == "Article 2")
        tx.articles.withdraw(article.id, paper.clock.now())
    assert paper.send_all() == ["skipped"]
    assert (paper.rows()[0].reason, paper.told()) == (Reason.TOO_FEW, [])


def test_a_rule_that_fails_keeps_no_other_from_its_time(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = (replace(EVENING, name="broken"), EVENING)
    paper.newsroom = replace(paper.newsroom, digests=digests)
    paper.tick()
    paper.news(1, 2)
    paper.clock.at = NOON + 6 * HOUR

    def faulty(tx: object, newsroom: object, digest: Digest, *times: datetime) -> list[int]:
        if digest.name == "broken":
            raise RuntimeError("a fault")
        return make_edition(tx, newsroom, digest, *times)  # type: ignore[arg-type]

    with monkeypatch.context() as fault:
        fault.setattr("bot.services.rhythm.make_edition", faulty)
        assert len(paper.tick()) == 1
    paper.clock.forward(timedelta(minutes=1))
    assert len(paper.tick()) == 1


def test_an_unconfirmed_edition_is_remembered_and_found(paper: Paper) -> None:
    paper.news(1, 2)
    paper.platform.after = [Ambiguous("reset")]
    paper.clock.at = NOON + 6 * HOUR
    paper.tick()
    assert paper.send_all() == ["unknown"]
    with paper.store.read() as tx:
        assert len(tx.outbox.told("fedi", ["evening"], NOON)) == 1
    paper.clock.forward(timedelta(minutes=5))
    assert settle_next(paper.courier)
    assert (paper.rows()[0].state, len(paper.platform.sent)) == (State.PUBLISHED, 1)


def test_a_span_longer_than_the_rhythm_still_tells_nothing_twice(paper: Paper) -> None:
    paper.digest(since=72 * HOUR, least=1)
    paper.news(1, 2)
    paper.until(NOON + 7 * HOUR)
    paper.news(3)
    paper.until(NOON + 31 * HOUR)
    assert [sorted(each) for each in paper.told()] == [["1", "2"], ["3"]]


def test_two_workers_make_one_edition(paper: Paper, open_another: Callable[[], SqlStore]) -> None:
    paper.news(1, 2)
    paper.clock.at = NOON + 6 * HOUR
    others = [open_another() for _ in range(3)]
    at_once([partial(paper.tick, store, f"w{n}") for n, store in enumerate(others)])
    assert len(paper.rows()) == 1


def test_a_crash_before_the_rows_leaves_no_half_edition(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper.news(1, 2)
    paper.clock.at = NOON + 6 * HOUR

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("bot.services.rhythm.place_all", crash)
        with pytest.raises(KeyboardInterrupt):
            paper.tick()
    with paper.store.read() as tx:
        assert tx.articles.latest(5, "digest:evening") == []
    assert len(paper.tick()) == 1


@pytest.mark.parametrize(("late", "made"), [(5 * HOUR, 1), (7 * HOUR, 0), (29 * HOUR, 1)])
def test_after_a_deploy_the_newest_time_is_made_up_for_once_while_it_still_makes_sense(
    paper: Paper, late: timedelta, made: int
) -> None:
    paper.news(1, 2)
    paper.clock.at = NOON + 6 * HOUR + late
    paper.rhythm = Rhythm(paper.store, "another process")
    assert len(paper.tick()) == made
    assert paper.tick() == []
    paper.send_all()
    assert len(paper.told()) == made


def test_a_worker_that_began_and_was_killed_before_it_looked_has_met_its_rules(paper: Paper) -> None:
    paper.digest(name="late")
    paper.rhythm.meet(paper.newsroom, paper.clock.now())
    paper.news(1, 2)
    paper.clock.at = NOON + 6 * HOUR + timedelta(minutes=1)
    paper.rhythm = Rhythm(paper.store, "another process")
    assert len(paper.tick()) == 1
    paper.send_all()
    assert sorted(map(sorted, paper.told())) == [["1", "2"]]


def test_an_edition_keeps_quiet_hours_and_ends_with_its_age(paper: Paper) -> None:
    day = Schedule("day", quiet=(Quiet(time(17), time(20)),))
    wired = account("fedi", paper.platform, schedule="day")
    paper.newsroom = replace(paper.newsroom, accounts={"fedi": wired}, schedules={"day": day})
    paper.news(1, 2)
    paper.until(NOON + 9 * HOUR)
    assert [f"{each.at:%H:%M}" for each in paper.platform.sent] == ["20:00"]
    paper.digest(max_age=HOUR)
    paper.news(3, 4)
    paper.until(NOON + 33 * HOUR)
    assert [row.state for row in paper.rows()] == [State.PUBLISHED, State.SKIPPED]


def test_a_paused_digest_makes_none_and_a_removed_one_is_held(paper: Paper) -> None:
    paper.news(1, 2)
    with paper.store.write() as tx:
        tx.accounts.pause(Pause("route:evening", NOON, NOON + 20 * HOUR, "", "person"))
    paper.until(NOON + 7 * HOUR)
    assert paper.rows() == []
    paper.clock.at = NOON + 30 * HOUR
    paper.tick()
    paper.newsroom = replace(paper.newsroom, digests=())
    apply(paper.store, paper.newsroom, paper.clock.now())
    assert [(row.state, row.reason) for row in paper.rows()] == [(State.HELD, Reason.ROUTE_REMOVED)]


def test_a_rename_keeps_its_memory(paper: Paper) -> None:
    paper.digest(since=72 * HOUR, least=1)
    paper.news(1, 2)
    paper.until(NOON + 7 * HOUR)
    paper.digest(name="night", was=("evening",))
    paper.tick()
    paper.news(3)
    paper.until(NOON + 31 * HOUR)
    assert [sorted(each) for each in paper.told()] == [["1", "2"], ["3"]]


def test_plan_preview_and_explain_know_it(paper: Paper) -> None:
    paper.news(1, 2)
    now = paper.clock.now()
    (shown,) = plan(paper.store, paper.newsroom, now, 12 * HOUR)
    assert (shown["at"], shown["state"], shown["tentative"], shown["route"], shown["article"]) == (
        (NOON + 6 * HOUR).isoformat(),
        "planned",
        True,
        "evening",
        None,
    )
    assert shown["parts"][0]["text"].splitlines()[0] == "digest: The evening"
    with paper.store.read() as tx:
        article = tx.articles.latest(1)[0]
        (said,) = where_told(tx, paper.newsroom, article, now)
    assert said["why"] == "it stands in the next edition as it looks now"
    assert len(plan(paper.store, paper.newsroom, now, 36 * HOUR)) == 2
    paper.clock.at = NOON + 6 * HOUR
    paper.tick()
    (shown,) = plan(paper.store, paper.newsroom, paper.clock.now(), 12 * HOUR)
    assert (shown["state"], len(shown["parts"][0]["text"].splitlines())) == ("queued", 3)
    paper.send_all()
    with paper.store.read() as tx:
        (said,) = where_told(tx, paper.newsroom, article, paper.clock.now())
        edition = tx.articles.latest(1, "digest:evening")[0]
    assert said["why"] == f"in the edition of 2026-11-24 18:00 UTC: share {paper.rows()[0].id}, published"
    paper.news(3)
    (shown,) = preview_edition(paper.store, paper.newsroom, edition, paper.clock.now())
    assert shown["parts"][0]["text"] == paper.platform.sent[0].text


def test_editions_are_no_article_to_preview_by_default(paper: Paper) -> None:
    paper.news(1, 2)
    paper.until(NOON + 7 * HOUR)
    with paper.store.read() as tx:
        assert {each.source for each in tx.articles.latest(10)} == {"site"}


def test_a_fortnight_through_a_change_of_clock_with_a_restart_each_week(paper: Paper) -> None:
    zone = "Europe/Brussels"
    paper.clock.at = datetime(2027, 10, 25, 12, 0, tzinfo=UTC)
    slots = ((time(6, 45),),) * 6 + ((time(2, 30),),)
    paper.digest(when=Schedule("evening", zone, slots), least=1)
    number = 100
    for _ in range(2):
        paper.rhythm = Rhythm(paper.store, "w1")
        for _ in range(7):
            number += 1
            paper.news(number)
            paper.until(paper.clock.now() + DAY)
    local = [f"{each.at.astimezone(ZoneInfo(zone)):%a %d %H:%M}" for each in paper.platform.sent]
    assert local == [
        "Tue 26 06:45",
        "Wed 27 06:45",
        "Thu 28 06:45",
        "Fri 29 06:45",
        "Sat 30 06:45",
        "Sun 31 02:30",
        "Mon 01 06:45",
        "Tue 02 06:45",
        "Wed 03 06:45",
        "Thu 04 06:45",
        "Fri 05 06:45",
        "Sat 06 06:45",
        "Sun 07 02:30",
        "Mon 08 06:45",
    ]
    assert [each for told in paper.told() for each in told] == [str(n) for n in range(101, 115)]


@pytest.mark.parametrize(("opens", "told"), [(8 * HOUR, [["2", "1"]]), (5 * HOUR, [["2", "3", "1"]])])
def test_an_article_dated_ahead_stands_in_no_edition_before_its_date(
    paper: Paper, opens: timedelta, told: list[list[str]]
) -> None:
    paper.news(1)
    paper.clock.forward(timedelta(minutes=1))
    paper.news(2)
    paper.poll(entry(3, published_at=NOON + opens))
    paper.until(NOON + 7 * HOUR)
    assert paper.told() == told


def test_why_an_embargoed_article_stands_in_none_is_said(paper: Paper) -> None:
    paper.poll(entry(1, published_at=NOON + 8 * HOUR))
    with paper.store.read() as tx:
        (article,) = tx.articles.latest(1, "site")
        (said,) = where_told(tx, paper.newsroom, article, paper.clock.now())
    assert said["why"] == "in no edition: it is not to be shared before 2026-11-24 20:00 UTC"
