"""`sharewire init`: a configuration that runs without credentials."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, print_json
from bot.cli.preview import show_posts
from bot.domain.errors import UserError

if TYPE_CHECKING:
    from bot.services.discover import Discovered

__all__ = ["init"]

EXAMPLE = 'url = "https://example.org/feed/"'
"""Stands in the configuration that Sharewire ships: while it does, the file is nobody's work."""

FIRST = "main_x"
SHOWN = 3
KINDS = {"feed": "the feed", "wordpress": "WordPress at", "sitemap": "the sitemap"}

TEMPLATE = """\
#:schema {schema}
# Sharewire's configuration. `sharewire check` reads it over; docs/configuration.md has every key.
timezone = "{timezone}"  # of all times below, {zone}
languages = [{languages}]

[sources.site]
kind = "{kind}"
url = {url}
every = "{every}"{private}
{others}
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
    timezone: Annotated[
        str, typer.Option(help="The desk's IANA time zone; without it what a WordPress is set to, else UTC.")
    ] = "",
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
    _check_zone(timezone or "UTC")
    if not url and not sys.stdin.isatty():
        raise UserError("name your site: sharewire init https://your.site")
    address = url or typer.prompt("The address of your site or its feed")
    from bot.cli.survey import languages_of, look, posts_of

    found = look(address, allow_private=allow_private)
    langs, titles = languages_of(found), [entry.title for entry in found.harvest.entries][:SHOWN]
    text = TEMPLATE.format(
        schema="./bot.schema.json",
        timezone=timezone or found.timezone or "UTC",
        zone=_named(timezone, found.timezone),
        languages=", ".join(f'"{lang}"' for lang in langs or ["en"]),
        kind=found.kind,
        url=json.dumps(found.url, ensure_ascii=False),
        every="15m" if found.kind == "sitemap" else "5m",
        private="\nallow_private = true" if allow_private else "",
        others="".join(f"# {line}\n" for line in _others(found)),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    old = path.with_suffix(".toml.old")
    if before:
        old.write_text(before, encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    posts = posts_of(path, SHOWN)
    if as_json:
        others = [{"kind": each.kind, "url": each.url} for each in found.others]
        print_json(
            {
                "config": str(path),
                "source": {"kind": found.kind, "url": found.url},
                "generator": found.generator,
                "others": others,
                "timezone": timezone or found.timezone or "UTC",
                "languages": langs,
                "titles": titles,
                "posts": posts,
            }
        )
        return
    out = console()
    if before:
        out.print(f"What stood in {path} is kept as {old}", markup=False)
    by = f" (by {found.generator})" if found.generator else ""
    out.print(f"Articles are read from {KINDS[found.kind]} {found.url}{by}", markup=False)
    for line in _others(found):
        out.print(f"  {line}", markup=False, style="dim")
    if found.timezone and not timezone:
        out.print(f"Times are told in {found.timezone}, as the site is set", markup=False)
    show_posts([post for post in posts if post["account"] == FIRST] or posts)
    if not titles:
        out.print("It lists no article yet: is it the address you meant?", style="yellow")
    out.print(f"{path} is written. Next: `sharewire preview latest`, then `sharewire run`.", markup=False)


def _others(found: Discovered) -> list[str]:
    """What else was found, and what a key would open."""
    lines = [f'Also found, {each.how}: {each.url} (kind = "{each.kind}")' for each in found.others]
    if found.generator.lower().startswith("ghost"):
        lines.append('With a Content API key Ghost tells more: kind = "ghost", docs/sources/ghost.md')
    return lines


def _named(ordered: str, found: str) -> str:
    """What is said beside the zone."""
    if ordered or not found:
        return 'such as "Africa/Kigali"'
    if found.startswith("Etc/"):
        return 'the hours from UTC that WordPress is set to: better a zone, such as "Africa/Kigali"'
    return "as WordPress is set"


def _check_zone(name: str) -> None:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UserError(f"--timezone: {name!r} is no IANA zone: write it as Africa/Kigali") from None
