"""`sharewire init`: a configuration that runs without credentials."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, print_json
from bot.domain.errors import UserError

__all__ = ["init"]

EXAMPLE = 'url = "https://example.org/feed/"'
"""Stands in the configuration that Sharewire ships: while it does, the file is nobody's work."""

TEMPLATE = """\
#:schema {schema}
# Sharewire's configuration. `sharewire check` reads it over; docs/configuration.md has every key.
timezone = "{timezone}"
languages = [{languages}]

[sources.site]
kind = "feed"
url = {url}
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
    url: Annotated[str, typer.Argument(metavar="[URL]", help="Your feed, or your site.")] = "",
    config: ConfigOption = None,
    *,
    timezone: Annotated[str, typer.Option(help="The desk's IANA time zone.")] = "UTC",
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="The site is on a private or local address.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a configuration for your site; it posts nowhere until you say so."""
    path = config or Path(os.environ.get("BOT_CONFIG") or "config/bot.toml")
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    if before and EXAMPLE not in before and not force:
        raise UserError(f"{path} is there already: edit it, or say --force to write it anew")
    _check_zone(timezone)
    if not url and not sys.stdin.isatty():
        raise UserError("name your site: sharewire init https://your.site")
    address = url or typer.prompt("The address of your site or its feed")
    found, langs, titles = _look(address, allow_private=allow_private)
    text = TEMPLATE.format(
        schema="./bot.schema.json",
        timezone=timezone,
        languages=", ".join(f'"{lang}"' for lang in langs or ["en"]),
        url=json.dumps(found, ensure_ascii=False),
        private="\nallow_private = true" if allow_private else "",
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    old = path.with_suffix(".toml.old")
    if before:
        old.write_text(before, encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    if as_json:
        print_json({"config": str(path), "feed": found, "languages": langs, "titles": titles[:3]})
        return
    out = console()
    if before:
        out.print(f"What stood in {path} is kept as {old}", markup=False)
    out.print(f"The feed is {found}", markup=False)
    for title in titles[:3]:
        out.print(f"  {title}", markup=False, style="dim")
    out.print(f"{path} is written. Next: `sharewire preview latest`, then `sharewire run`.", markup=False)


def _check_zone(name: str) -> None:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UserError(f"--timezone: {name!r} is no IANA zone: write it as Africa/Kigali") from None


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
    parts = urlsplit(address if "://" in address else f"https://{address}")
    if parts.scheme not in ("http", "https") or not parts.netloc or any(map(str.isspace, address)):
        raise UserError(f"{address!r} is no address of a site: write it as https://your.site")

    async def run() -> Discovered:
        steps = discover(
            address,
            lambda url: feed(feed.Options(kind="feed", url=url, allow_private=allow_private)).poll({}),
        )
        async with Fetcher("") as fetcher, Offloader() as offloader:
            return await drive(
                steps, fetcher, private=parts.netloc if allow_private else None, offload=offloader
            )

    try:
        found = asyncio.run(run())
    except SourceError as error:
        if "not a public address" in str(error) and not allow_private:
            raise UserError(
                f"{address} is on a private address: say --allow-private if it is yours"
            ) from None
        raise
    entries = found.harvest.entries
    said = (entry.lang.partition("-")[0].lower() for entry in entries)
    langs = list(dict.fromkeys(lang for lang in said if re.fullmatch("[a-z]{2,3}", lang)))
    return found.url, langs, [entry.title for entry in entries]
