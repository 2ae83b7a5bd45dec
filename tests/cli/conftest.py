"""A desk for the command line: a site that the test publishes on, a configuration, and the command itself."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.__main__ import main
from tests.fakes.site import Page, Site

Run = Callable[..., tuple[int, str, str]]

CONFIG = """\
timezone = "Africa/Kigali"
summary = ""
log = "json"

[sources.site]
kind = "feed"
url = "{feed}"
allow_private = true
enrich = false

[accounts.main_x]
platform = "file"
as = "x"

[accounts.fedi]
platform = "file"
as = "mastodon"

[[routes]]
name = "everything"
sources = ["site"]
accounts = ["main_x", "fedi"]
timing = "now"
"""


@dataclass(slots=True)
class Desk:
    """`desk("status", "--json")` → exit code, stdout, stderr, in a folder of its own."""

    site: Site
    run: Run
    items: list[str] = field(default_factory=list)

    def __call__(self, *words: str) -> tuple[int, str, str]:
        return self.run(*words)

    def json(self, *words: str) -> Any:
        """What a command that is to end well prints as JSON."""
        code, out, err = self.run(*words, "--json")
        assert code == 0, err
        return json.loads(out)

    def url(self, slug: str) -> str:
        return self.site.url(f"/a/{slug}/")

    def publish(self, slug: str, title: str = "", ago: timedelta = timedelta(0), extra: str = "") -> str:
        """One more article, on top of the feed and with a page; its address."""
        url, title = self.url(slug), escape(title or f"News of {slug}")
        at = format_datetime(datetime.now(UTC) - ago)
        self.items.insert(
            0,
            f"<item><title>{title}</title><link>{url}</link><guid>{slug}</guid><pubDate>{at}</pubDate>"
            f"<description>What is known of {slug}.</description>{extra}</item>",
        )
        head = f"<title>{title}</title><meta property='og:title' content='{title}'>"
        page = f"<html><head>{head}</head></html>".encode()
        self.site.pages[f"/a/{slug}/"] = Page(page, headers={"Content-Type": "text/html"})
        self.serve()
        return url

    def serve(self) -> None:
        self.site.feed(
            "/feed/", f'<rss version="2.0"><channel><title>Desk</title>{"".join(self.items)}</channel></rss>'
        )

    def configure(self, *changes: tuple[str, str], more: str = "") -> None:
        """Edit the configuration: each old text by a new one, and lines after it."""
        path = Path("config/bot.toml")
        text = path.read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text + more)


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """`sharewire …` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("BOT_CONFIG", "DATABASE_URL", "DYNO"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("bot.settings.fleeting.EMPTIED", ())  # where tests have their folders
    monkeypatch.setattr("bot.settings.fleeting.IN_MEMORY", frozenset())
    handlers = logging.getLogger().handlers[:]

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sharewire", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return int(ended.value.code or 0), out, err

    yield run
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers


@pytest.fixture
def desk(command: Run) -> Iterator[Desk]:
    """A site with one old article, and a configuration of two accounts; nothing has run yet."""
    with Site() as site:
        desk = Desk(site, command)
        desk.publish("old", ago=timedelta(days=3))
        Path("config").mkdir()
        Path("config/bot.toml").write_text(CONFIG.format(feed=site.url("/feed/")))
        yield desk


@pytest.fixture
def working(desk: Desk) -> Desk:
    """The desk after its first pass: what was there is learnt."""
    assert desk("run", "--once")[0] == 0
    return desk


@pytest.fixture
def shared(working: Desk) -> Desk:
    """The desk after a second pass with one new article, `rain`, that is out on both accounts."""
    working.publish("rain", "Rain & wind [live]")
    assert working("run", "--once")[0] == 0
    return working


@pytest.fixture
def waiting(working: Desk) -> Desk:
    """The desk with one new article, `rain`, that waits on both accounts for a slot hours away."""
    hour = (datetime.now(UTC) + timedelta(hours=4)).strftime("%H:00")
    working.configure(
        ('timezone = "Africa/Kigali"', 'timezone = "UTC"'),
        ('timing = "now"', 'timing = "slot"\nschedule = "day"'),
        more=f'[schedules.day]\nslots = {{ mon-sun = ["{hour}"] }}\n',
    )
    working.publish("rain", "Rain & wind [live]")
    assert working("run", "--once")[0] == 0
    return working
