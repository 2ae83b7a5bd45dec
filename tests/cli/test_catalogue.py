"""`sharewire catalogue`: a source's past is learnt, none of it is shared, evergreen rules live on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.ports.source import Request
from tests.cli.conftest import Desk
from tests.fakes.site import Page

YEAR = timedelta(days=365)


def item(desk: Desk, slug: str, ago: timedelta) -> str:
    at = format_datetime(datetime.now(UTC) - ago)
    return (
        f"<item><title>Old {slug}</title><link>{desk.url(slug)}</link><guid>{slug}</guid>"
        f"<pubDate>{at}</pubDate><description>What was known of {slug}.</description></item>"
    )


@pytest.fixture
def archive(working: Desk) -> Desk:
    """Behind the feed's first page, three pages of two articles each, a year apart, and then a 404."""

    def answer(request: Request) -> Page | None:
        parts = urlsplit(request.url)
        number = int(parse_qs(parts.query).get("paged", ["1"])[0])
        if parts.path != "/feed/" or number == 1:
            return None
        if number > 4:
            return Page(status=404)
        items = "".join(item(working, f"y{number}{n}", (number - 1) * YEAR) for n in "ab")
        body = f'<rss version="2.0"><channel><title>Desk</title>{items}</channel></rss>'
        return Page(body.encode(), headers={"Content-Type": "application/rss+xml"})

    working.site.live = answer
    return working


def since(ago: timedelta) -> str:
    return f"{datetime.now(UTC) - ago:%Y-%m-%d}"


def test_it_learns_back_to_the_day_and_shares_nothing(archive: Desk) -> None:
    done = archive.json("catalogue", "site", "--since", since(2.5 * YEAR))
    assert (done["learnt"], done["complete"], done["left"]) == (4, True, 0)
    assert archive("run", "--once")[0] == 0
    assert archive.json("queue", "list") == []
    assert archive.json("explain", archive.url("y2a"))["article"]["title"] == "Old y2a"
    said = archive.json("explain", archive.url("y2a"))["decisions"]
    assert {each["reason"] for each in said} == {"baseline"}


def test_it_can_be_run_again_and_goes_on_where_it_ended(archive: Desk) -> None:
    assert archive.json("catalogue", "site", "--since", "2000-01-01", "--limit", "3")["learnt"] == 3
    code, out, _ = archive("catalogue", "site", "--since", "2000-01-01", "--limit", "1")
    assert (code, "learnt: 1 article, on 3 pages" in out, "run it again" in out) == (0, True, True)
    assert archive.json("catalogue", "site", "--since", "2000-01-01")["learnt"] == 2
    assert archive.json("catalogue", "site", "--since", "2000-01-01")["learnt"] == 0


def test_what_is_news_is_left_to_the_worker(archive: Desk) -> None:
    archive.publish("rain", "Rain")
    code, out, _ = archive("catalogue", "site", "--since", "2000-01-01")
    assert (code, "left to the worker as news: 1 article" in out) == (0, True)
    assert archive("run", "--once")[0] == 0
    assert {row["title"] for row in archive.json("queue", "list")} == {"Rain"}


def test_an_evergreen_rule_lives_on_it(archive: Desk) -> None:
    archive.configure(
        more='\n[[evergreen]]\nname = "classics"\nsources = ["site"]\naccounts = ["fedi"]\n'
        'cron = "* * * * *"\nmin_age = "400d"\n'
    )
    archive("catalogue", "site", "--since", "2000-01-01")
    shown = archive.json("plan", "--hours", "0.1")
    assert [each["occasion"] for each in shown][:2] == ["evergreen:1"] * 2
    assert {each["route"] for each in shown} == {"classics"}
    assert shown[0]["title"] in ("Old y4a", "Old y4b")
    assert shown[0]["parts"][0]["text"].startswith(f"{shown[0]['title']} (")
    said = archive.json("explain", archive.url("y4a"))["evergreen"]
    assert [(each["rule"], each["why"]) for each in said] == [("classics", "may be brought back")]
    said = archive.json("explain", archive.url("y2a"))["evergreen"]
    assert said[0]["why"].startswith("not now: it is younger than min_age, until ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sight", "--since", "2024-01-01"), "there is no [sources.sight]: choose among site"),
        (("site", "--since", "last year"), "'last year' is no date: write it as 2026-11-01"),
    ],
)
def test_bad_words_are_told_in_one_line(archive: Desk, words: tuple[str, ...], said: str) -> None:
    code, out, err = archive("catalogue", *words)
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.strip().splitlines()) == 1


def test_a_page_that_fails_keeps_those_before_it(archive: Desk) -> None:
    inner = archive.site.live
    assert inner

    def failing(request: Request) -> Page | None:
        return Page(status=500) if "paged=3" in request.url else inner(request)

    archive.site.live = failing
    code, _, err = archive("catalogue", "site", "--since", "2000-01-01")
    assert (code, "500" in err) == (1, True)
    archive.site.live = inner
    assert archive.json("catalogue", "site", "--since", "2000-01-01")["learnt"] == 4


def test_a_source_without_pages_tells_all_it_has_at_once(archive: Desk) -> None:
    Path("posts").mkdir()
    for n, ago in enumerate((YEAR, 3 * YEAR), 1):
        day = f"{datetime.now(UTC) - ago:%Y-%m-%d}"
        Path(f"posts/old-{n}.md").write_text(f"---\ntitle: Kept {n}\ndate: {day}\n---\nIt was so.\n")
    archive.configure(
        more='\n[sources.files]\nkind = "directory"\npath = "posts"\nurl = "https://news.example/{slug}/"\n'
    )
    done = archive.json("catalogue", "files", "--since", since(2 * YEAR))
    assert (done["learnt"], done["pages"], done["complete"]) == (1, 1, True)
    assert archive.json("catalogue", "files", "--since", "2000-01-01")["learnt"] == 1


def test_what_is_only_ever_told_to_us_has_no_past(archive: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_SOURCES__CMS__HOOK_SECRET", "a long secret of the CMS")
    archive.configure(more='\n[sources.cms]\nkind = "push"\n')
    code, _, err = archive("catalogue", "cms", "--since", "2000-01-01")
    assert (code, "a source of kind 'push' cannot tell its past" in err) == (2, True)
