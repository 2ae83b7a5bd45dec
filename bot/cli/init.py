"""`sharewire init`: a configuration that runs without credentials."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from bot.cli.options import ConfigOption
from bot.cli.output import console
from bot.domain.errors import UserError

__all__ = ["init"]

TEMPLATE = """\
#:schema {schema}
# Sharewire's configuration. `sharewire check` reads it over; docs/configuration.md has every key.
timezone = "{timezone}"
languages = [{languages}]

[sources.site]
kind = "feed"
url = "{url}"
every = "5m"{private}

# These accounts write files under out/ and count exactly as the platform they play. To post for real, set
# `platform` to x, mastodon or bluesky, drop `as`, and put the secrets in the environment (docs/platforms/).
[accounts.main_x]
platform = "file"
as = "x"

[accounts.fedi]
platform = "file"
as = "mastodon"

[accounts.bluesky]
platform = "file"
as = "bluesky"

[[routes]]
name = "everything"
sources = ["site"]
accounts = ["main_x", "fedi", "bluesky"]
timing = "now"
max_age = "24h"
"""


def init(
    url: Annotated[str, typer.Argument(help="Your feed, or your site.")] = "",
    config: ConfigOption = None,
    *,
    timezone: Annotated[str, typer.Option(help="The desk's IANA time zone.")] = "UTC",
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="The site is on a private or local address.")
    ] = False,
) -> None:
    """Write a configuration for your site; it posts nowhere until you say so."""
    path = config or Path("config/bot.toml")
    if path.exists() and not force:
        raise UserError(f"{path} is there already: edit it, or say --force to write it anew")
    address = url or typer.prompt("The address of your site or its feed")
    found, langs, titles = _look(address, allow_private=allow_private)
    text = TEMPLATE.format(
        schema="./bot.schema.json",
        timezone=timezone,
        languages=", ".join(f'"{lang}"' for lang in langs or ["en"]),
        url=found,
        private="\nallow_private = true" if allow_private else "",
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    out = console()
    out.print(f"The feed is {found}", markup=False)
    for title in titles[:3]:
        out.print(f"  {title}", markup=False, style="dim")
    out.print(f"{path} is written. Next: `sharewire preview latest`, then `sharewire run`.", markup=False)


def _look(address: str, *, allow_private: bool) -> tuple[str, list[str], list[str]]:
    """The feed's address, the languages it declares, its newest titles."""
    import asyncio

    from bot import registry
    from bot.domain.errors import SourceError
    from bot.http.drive import drive
    from bot.http.fetch import Fetcher
    from bot.http.offload import Offloader
    from bot.services.discover import Discovered, discover

    feed = registry.source("feed")
    host = urlsplit(address if "://" in address else f"https://{address}").netloc

    async def run() -> Discovered:
        steps = discover(
            address,
            lambda url: feed(feed.Options(kind="feed", url=url, allow_private=allow_private)).poll({}),
        )
        async with Fetcher("") as fetcher, Offloader() as offloader:
            return await drive(steps, fetcher, private=host if allow_private else None, offload=offloader)

    try:
        found = asyncio.run(run())
    except SourceError as error:
        raise UserError(str(error)) from error
    entries = found.harvest.entries
    langs = list(dict.fromkeys(e.lang.split("-")[0] for e in entries if e.lang))
    return found.url, langs, [entry.title for entry in entries]
