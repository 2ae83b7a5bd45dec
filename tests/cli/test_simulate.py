from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.article import Article
from bot.ports.records import Charge, Sighting
from bot.storage.store import open_store
from tests.cli.conftest import Desk

DAYS = timedelta(days=1)
SLOTS = 'slots = { mon-sun = ["08:00", "12:30", "17:45"] }'


@pytest.fixture
def history(desk: Desk) -> Desk:
    """A week of 25 articles a day in the database, and a schedule of three slots; nothing was shared."""
    desk.configure(
        ('timezone = "Africa/Kigali"', 'timezone = "UTC"'),
        ('timing = "now"', 'timing = "slot"\nschedule = "day"'),
        more=f"[schedules.day]\n{SLOTS}\n",
    )
    store = open_store("sqlite:///data/sharewire.db", create=True, migrate=True)
    with store.write() as tx:
        for day in range(7):
            for n in range(25):
                at = datetime(2026, 11, 2 + day, 5, tzinfo=UTC) + n * timedelta(minutes=40)
                url = f"https://news.example/{day}/{n}/"
                new = Article(0, "site", url, f"Article {day}.{n}", at, at, published_at=at)
                id_ = tx.articles.add(new, "", None)
                tx.articles.sight(Sighting("site", url, id_, "", at, baseline=False))
    store.close()
    return desk


def test_it_says_what_would_have_gone_out_and_how_full_it_was(history: Desk) -> None:
    document = history.json("simulate", "--from", "2026-11-02", "--to", "2026-11-08")
    assert (document["articles"], document["from"]) == (175, "2026-11-02T00:00:00+00:00")
    x = document["accounts"]["main_x"]
    assert (x["articles_per_day"], x["places_per_day"], x["published_per_day"]) == (25, 3, 3)
    assert x["not_published"]["skipped: no_room"] > 100
    first = document["shares"][0]
    assert (first["at"], first["state"], first["article"]["title"]) == (
        "2026-11-02T08:00:00+00:00",
        "published",
        "Article 0.4",
    )
    assert first["parts"][0]["text"].startswith("Article 0.4\n")


def test_it_writes_nothing(history: Desk) -> None:
    before = Path("data/sharewire.db").read_bytes()
    history("simulate", "--from", "2026-11-02", "--to", "2026-11-08")
    assert Path("data/sharewire.db").read_bytes() == before
    assert history.json("queue", "list") == []


def test_another_file_is_tried_on_the_same_history(history: Desk) -> None:
    other = Path("config/bot.toml").read_text().replace(SLOTS, 'slots = { mon-sun = ["10:00"] }')
    Path("config/try.toml").write_text(other)
    days = ("--from", "2026-11-02", "--to", "2026-11-08")
    document = history.json("simulate", *days, "--config", "config/try.toml")
    assert document["accounts"]["fedi"]["published"] == 7


def test_for_people_it_is_a_calendar_and_a_summary(history: Desk) -> None:
    code, out, _ = history("simulate", "--from", "2026-11-02", "--to", "2026-11-03")
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == "Monday 02 November 2026"
    assert lines[1].strip() == "08:00  fedi    Article 0.4"
    assert "50 articles from 02 November 2026 to 03 November 2026" in out
    assert "fedi: 50 articles (25 a day) meet 3 places a day\n    out: 6, 3 a day, news 0 h 10 min" in out
    assert "skipped: no_room" in out or "still waiting" in out


def test_all_names_each_that_would_not_have_gone_out_and_why(history: Desk) -> None:
    days = ("--from", "2026-11-02", "--to", "2026-11-04")
    assert "      -  fedi    skipped (no_room): Article 0.0" in history("simulate", *days, "--all")[1]
    assert "Article 0.0" not in history("simulate", *days)[1]


def test_rules_with_times_of_their_own_are_played(history: Desk) -> None:
    history.configure(
        more='[[digests]]\nname = "morning"\nat = { mon-sun = ["06:45"] }\naccounts = ["fedi"]\n'
        'link = "https://news.example/"\n'
    )
    _, out, _ = history("simulate", "--from", "2026-11-02", "--to", "2026-11-04")
    assert out.count("  06:45  fedi    Morning\n") == 3
    assert "12 (3 digest, 9 new)" in out


def test_without_a_database_the_feed_alone_is_played(desk: Desk) -> None:
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    week_ago = f"{datetime.now(UTC) - 7 * DAYS:%Y-%m-%d}"
    desk.publish("rain", ago=timedelta(days=1))
    document = desk.json("simulate", "--feed", "--from", week_ago, "--to", today)
    assert [share["article"]["title"] for share in document["shares"]] == 2 * ["News of old"] + 2 * [
        "News of rain"
    ]
    assert not Path("data").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "there is no database at"),
        (("--feed", "--from", "1 November"), "'1 November' is no day: write it as 2026-11-01"),
        (("--feed", "--from", "2026-11-02", "--to", "2026-11-01"), "--to 2026-11-01 lies before --from"),
        (("--feed", "--source", "site2"), "there is no [sources.site2]: choose among site"),
    ],
)
def test_a_mistake_is_told(desk: Desk, words: tuple[str, ...], says: str) -> None:
    code, _, err = desk("simulate", *words)
    assert (code, says in err) == (2, True)


def test_it_begins_with_empty_queues_and_what_was_spent_and_says_so(history: Desk) -> None:
    history.configure(('as = "x"', 'as = "x"\nbudget = { usd_per_month = 0.15, spent = "skip" }'))
    week = ("simulate", "--from", "2026-11-02", "--to", "2026-11-08")
    assert "It begins with empty queues" in history(*week)[1]
    free = history.json(*week)
    assert free["notes"] == ["It begins with empty queues: what waited then is not played."]
    store = open_store("sqlite:///data/sharewire.db")
    with store.write() as tx:
        bought = [(datetime(2026, 10, 31, tzinfo=UTC), 0), (datetime(2026, 11, 1, tzinfo=UTC), 1)]
        tx.spending.charge(Charge("main_x", 0, "read", 0, turn, 75_000, at) for at, turn in bought)
    store.close()
    spent = history.json(*week)
    counts = [each["accounts"]["main_x"]["published"] for each in (free, spent)]
    assert counts == [10, 5]
