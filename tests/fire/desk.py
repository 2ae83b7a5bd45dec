"""The installation of a newsday: six sources, two accounts, and a worker in haste that listens for pushes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.crash.rig import QUICK, More, Rig
from tests.fakes.file import FakeFolder
from tests.fakes.mastodon import FakeMastodon
from tests.fire.messengers import SECRET
from tests.fire.press import Press

__all__ = ["Desk", "desk"]

TABLE = """
log = "json"

[web]
port = {top}
public_url = "http://127.0.0.1:{top}"

[sources.rss]
kind = "feed"
url = "{feed}/rss"
every = "1s"
allow_private = true
withdrawals = 50

[sources.api]
kind = "wordpress"
url = "{feed}/"
every = "1s"
allow_private = true
withdrawals = 50

[sources.sitemap]
kind = "sitemap"
url = "{feed}/news-sitemap.xml"
every = "2s"
allow_private = true
withdrawals = 50

[sources.page]
kind = "page"
url = "{feed}/latest/"
links = "article h2 a"
every = "2s"
allow_private = true
withdrawals = 50

[sources.push]
kind = "push"
enrich = false
withdrawals = 50

[sources.hub]
kind = "feed"
url = "{feed}/atom"
every = "4s"
allow_private = true
withdrawals = 50

{accounts}

[[routes]]
name = "everything"
sources = ["rss", "api", "sitemap", "page", "push", "hub"]
accounts = {names}
{route}

[delivery]
{delivery}
{rules}
"""


class Fedi(FakeMastodon):
    """An account that corrects and takes back."""

    def options(self) -> dict[str, Any]:
        return super().options() | {"on_update": "edit", "on_withdrawal": "delete"}


class Folder(FakeFolder):
    """One that corrects, and has a person told of what was taken back."""

    def options(self) -> dict[str, Any]:
        return super().options() | {"on_update": "edit", "on_withdrawal": "alert"}


class Desk(Rig):
    """An installation that reads the press in all its ways."""

    table, feed = TABLE, ""
    program = ("tests.fire.hasty", "run", "--web")

    def publish(self, count: int) -> None:
        """The press does."""


def desk(folder: Path, press: Press, port: int) -> Desk:
    """One that listens on this port; its accounts are `platforms`."""
    accounts: dict[str, Any] = {"fedi": Fedi(), "file": Folder()}
    rig = Desk(folder, press, accounts, delivery=QUICK, more=More(top=str(port)))
    rig.environment |= {"BOT_SOURCES__PUSH__HOOK_SECRET": SECRET, "BOT_TOKEN_KEY": "a long random text"}
    return rig
