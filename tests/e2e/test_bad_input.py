"""Two passes with two healthy sources among bad ones: what is good goes out, what is bad is one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.site import Page, Site

ROOT = Path(__file__).parents[2]
ACCOUNTS = {"main_x": "x", "fedi": "mastodon", "bluesky": "bluesky"}
BAD = {
    "html": "answers a web page, not a feed",
    "empty": "answers with nothing (an empty body)",
    "endless": "more than 5,000,000 bytes",
    "bomb": "more than 5,000,000 bytes",
    "loop": "redirects in a circle",
}
SOURCES = ["odd", *BAD, "laughs", "plain"]
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
FAMILY = "👩‍👩‍👧‍👦"
MEAN = "one\n===\ntwo {{ title }} {% raw %} @everyone"


def item(slug: str, title: str, *, at: datetime | None, text: str = "What is known.", link: str = "") -> str:
    date = f"<pubDate>{format_datetime(at)}</pubDate>" if at else ""
    address = f"<link>{link}</link>" if link else ""
    return (
        f"<item><title>{escape(title)}</title>{address}{date}"
        f'<guid isPermaLink="false">{slug}</guid><description>{escape(text)}</description></item>'
    )


def rss(*items: str) -> str:
    return f'<rss version="2.0"><channel><title>Site</title>{"".join(items)}</channel></rss>'


def break_all(site: Site) -> None:
    """The bad sources, and two healthy ones that list nothing yet."""
    site.pages["/html"] = Page(b"<!doctype html><html><body>Log in</body></html>")
    site.pages["/empty"] = Page()
    site.endless("/endless")
    site.endless("/bomb", compressed=True)
    site.redirect("/loop", site.url("/loop/again"))
    site.redirect("/loop/again", site.url("/loop"))
    laughing = rss(item("l", "LAUGH", at=None, link=site.url("/a/laugh/"))).replace("LAUGH", "&l9;")
    site.feed("/laughs", f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "ha">{LAUGHS}]>{laughing}')
    site.feed("/odd", rss())
    site.feed("/plain", rss())


def publish(site: Site) -> None:
    """The odd articles and a good one."""
    now = datetime.now(UTC)

    def url(slug: str) -> str:
        return site.url(f"/a/{slug}/")

    site.feed(
        "/odd",
        rss(
            item("long", "Long " * 1000, at=now, link=url("long")),
            item("emoji", FAMILY * 400, at=now, link=url("emoji")),
            item("rtl", "אזהרה مطر غزير", at=now, link=url("rtl")),
            item("mean", "Mean", at=now, text=MEAN, link=url("mean")),
            item("nodate", "Undated", at=None, link=url("nodate")),
            item("future", "Future", at=now + timedelta(days=400), link=url("future")),
            item("epoch", "Epoch", at=datetime(1970, 1, 1, tzinfo=UTC), link=url("epoch")),
            item("nolink", "Nowhere", at=now),
        ),
    )
    site.feed("/plain", rss(item("good", "Good news", at=now, link=url("good"))))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What two passes came to."""

    code: int
    log: list[dict[str, Any]]
    troubles: list[str]
    status: dict[str, Any]
    posts: dict[tuple[str, str], dict[str, Any]]
    """By account and by the article's slug."""


def sharewire(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("BOT_", "DATABASE_URL", "DYNO"))}
    return subprocess.run(
        [sys.executable, "-m", "bot", *words, "--config", "bot.toml"],
        cwd=folder,
        env=clean | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    folder = tmp_path_factory.mktemp("newsroom")
    with Site() as site:
        break_all(site)
        tables = ['log = "json"']
        private = "allow_private = true\nenrich = false"
        tables += [
            f'[sources.{id_}]\nkind = "feed"\nurl = "{site.url("/")}{id_}"\n{private}' for id_ in SOURCES
        ]
        tables += [f'[accounts.{id_}]\nplatform = "file"\nas = "{kind}"' for id_, kind in ACCOUNTS.items()]
        tables.append(
            f'[[routes]]\nname = "all"\nsources = {json.dumps(SOURCES)}\n'
            f'accounts = {json.dumps(list(ACCOUNTS))}\ntiming = "now"'
        )
        (folder / "bot.toml").write_text("\n".join(tables))
        sharewire(folder, "run", "--once")
        publish(site)
        done = sharewire(folder, "run", "--once", "--json")
        status = sharewire(folder, "status", "--json")
        sent = [json.loads(path.read_text()) for path in (folder / "out").glob("*/posts/*.json")]
        yield Outcome(
            done.returncode,
            [json.loads(line) for line in done.stderr.splitlines()],
            json.loads(done.stdout)["troubles"],
            json.loads(status.stdout),
            {(post["account"], post["link"].split("/")[-2]): post for post in sent},
        )


@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize("slug", ["good", "long", "emoji", "rtl", "mean", "nodate", "epoch"])
def test_every_article_with_an_address_goes_out(outcome: Outcome, slug: str, account: str) -> None:
    post = outcome.posts[account, slug]
    assert 0 < post["count"] <= post["limit"]
    assert post["text"].strip()
    assert "None" not in post["text"]


def test_nothing_else_goes_out_and_what_is_dated_ahead_waits(outcome: Outcome) -> None:
    assert {slug for _, slug in outcome.posts} == {
        "good", "long", "emoji", "rtl", "mean", "nodate", "epoch",
    }  # fmt: skip
    counts = {state: n for state, n in outcome.status["counts"].items() if n}
    assert counts == {"published": 7 * len(ACCOUNTS), "queued": len(ACCOUNTS)}


@pytest.mark.parametrize(("source", "said"), BAD.items())
def test_a_bad_source_is_one_clear_line_in_status_log_and_result(
    outcome: Outcome, source: str, said: str
) -> None:
    (row,) = [each for each in outcome.status["sources"] if each["id"] == source]
    (event,) = [each for each in outcome.log if each["event"] == "source.failed" and each["source"] == source]
    (trouble,) = [each for each in outcome.troubles if each.startswith(f"source {source}: ")]
    assert row["failures"] == 2
    assert row["error"] == event["detail"]
    assert trouble == f"source {source}: {row['error']}"
    assert said in trouble
    assert "\n" not in trouble


def test_the_pass_ends_with_1_because_of_the_bad_sources_alone(outcome: Outcome) -> None:
    assert outcome.code == 1
    assert len(outcome.troubles) == len(BAD)


@pytest.mark.parametrize("source", ["odd", "plain"])
def test_a_healthy_source_among_them_is_well(outcome: Outcome, source: str) -> None:
    (row,) = [each for each in outcome.status["sources"] if each["id"] == source]
    assert (row["failures"], row["error"]) == (0, "")


def test_a_billion_laughs_are_not_laughed(outcome: Outcome) -> None:
    assert not any(post["link"].endswith("/a/laugh/") for post in outcome.posts.values())
    assert len(json.dumps(outcome.log)) < 100_000


def test_an_entry_without_an_address_is_noted(outcome: Outcome) -> None:
    notes = [(each["source"], each["note"]) for each in outcome.log if each["event"] == "source.note"]
    assert notes == [("odd", "1 without an address to share, or behind a password, left out")]


def test_what_an_article_says_is_never_read_as_a_template(outcome: Outcome) -> None:
    post = outcome.posts["fedi", "mean"]
    assert post["parts"] == 1
    assert "===" in post["text"]
    assert "{{ title }} {% raw %}" in post["text"]
    assert "@everyone" not in post["text"]


@pytest.mark.parametrize("account", ACCOUNTS)
def test_no_emoji_is_cut_in_the_middle(outcome: Outcome, account: str) -> None:
    first = outcome.posts[account, "emoji"]["text"].split("\n")[0]
    assert set(first.removesuffix("…").split(FAMILY)) == {""}


def test_a_long_title_is_cut_at_a_word_and_keeps_its_link(outcome: Outcome) -> None:
    post = outcome.posts["main_x", "long"]
    assert "Long…" in post["text"]
    assert post["text"].endswith("/a/long/")


def test_no_event_is_a_fault_of_ours(outcome: Outcome) -> None:
    assert [
        each for each in outcome.log if "exception" in each or each["level"] in ("error", "critical")
    ] == []
