"""Runs the demo: site, worker and terminal, until it is interrupted or has shown enough."""

from __future__ import annotations

import itertools
import shutil
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel

from bot.bootstrap import House, open_house
from bot.demo.articles import ARTICLES, OLD
from bot.demo.site import Site
from bot.domain.delivery import Delivery, State
from bot.domain.errors import UserError
from bot.ports.newsroom import Clock
from bot.ports.store import Store

__all__ = ["Employ", "run_demo"]

OnChange = Callable[[Delivery, State], None]
Employ = Callable[[House, Store, OnChange], tuple[Callable[[], None], Callable[[], None]]]
"""Makes a worker of a house; gives back what runs it until it is stopped, and what stops it."""

CONFIG = """\
timezone = "Africa/Kigali"
languages = ["en", "fr", "rw"]
database = "sqlite:///{folder}/sharewire.db"

[sources.courier]
kind = "feed"
url = "{base}/feed/"
every = "1s"
allow_private = true

[accounts.x]
platform = "file"
as = "x"
folder = "{folder}/posts"

[accounts.mastodon]
platform = "file"
as = "mastodon"
folder = "{folder}/posts"

[accounts.bluesky]
platform = "file"
as = "bluesky"
folder = "{folder}/posts"

[[routes]]
name = "everything"
sources = ["courier"]
accounts = ["x", "mastodon", "bluesky"]
timing = "now"
"""
MARK = ".sharewire-demo"
"""Says that a folder is ours to empty."""
UNATTENDED = 3
"""Articles after which a demo without a terminal ends by itself."""


class Demo:
    """One run. `folder` is emptied first, and holds the posts afterwards."""

    def __init__(self, folder: Path, every: float, clock: Clock, *, attended: bool) -> None:
        self.folder, self.every, self.clock, self.attended = folder, every, clock, attended
        self.console = Console(highlight=False, soft_wrap=True)
        self.site = Site()
        self.ended = threading.Event()
        self.sent: dict[int, int] = {}
        self.published = 0
        self.lock = threading.Lock()

    def run(self, employ: Employ) -> bool:
        """True if every article went out on every account."""
        if self.folder.exists() and any(self.folder.iterdir()) and not (self.folder / MARK).exists():
            raise UserError(f"--folder {self.folder} holds other files: name a new or empty folder")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        (self.folder / MARK).touch()
        self.site.start()
        for i, story in enumerate(OLD):
            self.site.publish(story, self.clock.now() - timedelta(days=i + 1))
        config = self.folder / "bot.toml"
        config.write_text(CONFIG.format(folder=self.folder, base=self.site.base), encoding="utf-8")
        house = open_house(config, self.clock, {})
        self.accounts = len(house.settings.accounts)
        self.store = house.open_store(create=True, migrate=True)
        run, self.stop = employ(house, self.store, self.changed)
        self.hello()
        threading.Thread(target=self.press, name="press", daemon=True).start()
        try:
            run()
        finally:
            self.ended.set()
            self.site.stop()
            self.store.close()
        self.goodbye()
        return self.whole() >= (0 if self.attended else UNATTENDED)

    def press(self) -> None:
        """Publish an article every few seconds, once the site's past has been learnt."""
        while not self.ended.wait(0.2):
            with self.store.read() as tx:
                if any(row.seeded_at for row in tx.sources.rows().values()):
                    break
        self.console.print(
            f"[dim]{len(OLD)} articles were there before: learnt, not shared. "
            "(On your own site: `sharewire share URL` shares one of them now.)[/dim]\n"
        )
        for story in itertools.cycle(ARTICLES):
            if self.ended.is_set() or (not self.attended and self.published >= UNATTENDED):
                return
            self.site.publish(story)
            self.published += 1
            self.console.print(f"[bold]▶ the site publishes:[/bold] {escape(story.title)}")
            self.ended.wait(self.every)

    def changed(self, delivery: Delivery, state: State) -> None:
        """Show a post that went out; end when an unattended run has shown enough."""
        with self.store.read() as tx:
            row = tx.outbox.get(delivery.id)
        if row is None:
            return
        with self.lock:
            self.print(row, state)
            if state is State.PUBLISHED:
                self.sent[row.article] = self.sent.get(row.article, 0) + 1
            if not self.attended and self.whole() >= UNATTENDED:
                self.stop()

    def print(self, row: Delivery, state: State) -> None:
        if state is not State.PUBLISHED:
            self.console.print(f"  {row.account}: {state} {row.detail}", style="red", markup=False)
            return
        parts: list[dict[str, Any]] = (row.post or {}).get("parts", [])
        for part in parts:
            if not self.console.is_terminal:
                head = f"== {row.account} ({part['count']} of {part['limit']})"
                self.console.print(f"{head}\n{part['text']}\n", markup=False)
                continue
            self.console.print(
                Panel(
                    escape(part["text"]),
                    title=f"{row.account}",
                    subtitle=f"{part['count']} of {part['limit']}",
                    title_align="left",
                    subtitle_align="right",
                    width=min(self.console.width, 90),
                ),
                soft_wrap=False,
            )
        card = (row.post or {}).get("card")
        if card:
            self.console.print(f"    card: {card['title']} → {card['url']}", style="dim", markup=False)

    def whole(self) -> int:
        """Articles that are out on all three accounts."""
        return sum(count == self.accounts for count in self.sent.values())

    def hello(self) -> None:
        self.console.print(
            f"[bold]Sharewire demo[/bold]: a news site on {self.site.base}/feed/, a worker, and accounts for "
            "X, Mastodon and Bluesky that count and fit as the real ones do and write files.\n"
            + ("[dim]Ctrl-C ends it.[/dim]" if self.attended else "")
        )

    def goodbye(self) -> None:
        self.console.print(
            f"\n{self.whole()} articles are out on every account. The posts, to open in a browser:"
        )
        for page in sorted((self.folder / "posts").rglob("index.html")):
            self.console.print(f"  {page.resolve().as_uri()}", markup=False, soft_wrap=True)


def run_demo(
    folder: Path, every: float, clock: Clock, employ: Employ, *, attended: bool | None = None
) -> bool:
    """Run the demo in this process.

    Args:
        folder: where database and posts go; emptied first.
        every: seconds between two articles.
        clock: the time.
        employ: makes the worker.
        attended: a person watches and ends it; by default, whether standard output is a terminal.
    """
    if attended is None:
        attended = sys.stdout.isatty()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    return Demo(folder, every, clock, attended=attended).run(employ)
