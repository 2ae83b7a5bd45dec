"""Looks at a site for `init`: what can be read of it, and what its last articles would look like as posts."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot import registry
from bot.domain.errors import BotError, SourceError, UserError
from bot.extract.language import detect
from bot.extract.profiles import WORDS
from bot.http.drive import drive
from bot.http.fetch import Fetcher
from bot.http.offload import Offloader
from bot.ports.source import Steps
from bot.services.discover import Discovered, discover

__all__ = ["languages_of", "look", "posts_of"]


def look(address: str, *, allow_private: bool) -> Discovered:
    """What can be read at an address.

    Raises:
        UserError: it is no address, or a private one.
        SourceError: nothing there can be read.
    """
    parts = urlsplit(address if "://" in address else f"https://{address}")
    if parts.scheme not in ("http", "https") or not parts.netloc or any(map(str.isspace, address)):
        raise UserError(f"{address!r} is no address of a site: write it as https://your.site")

    def poll(kind: str, url: str) -> Steps:
        made = registry.source(kind)
        table = {"kind": kind, "url": url, "allow_private": allow_private}
        steps: Steps = made(made.Options.model_validate(table)).poll({})
        return steps

    async def run() -> Discovered:
        async with Fetcher("") as fetcher, Offloader() as offloader:
            private = parts.netloc if allow_private else None
            return await drive(discover(address, poll), fetcher, private=private, offload=offloader)

    try:
        return asyncio.run(run())
    except SourceError as error:
        if "not a public address" in str(error) and not allow_private:
            raise UserError(
                f"{address} is on a private address: say --allow-private if it is yours"
            ) from None
        raise


def languages_of(found: Discovered) -> list[str]:
    """The languages that the articles declare, else those they are surely in, the most frequent first."""
    entries = found.harvest.entries
    said = [entry.lang.partition("-")[0].lower() for entry in entries]
    read = [detect(f"{entry.title}\n{entry.summary}\n{entry.html}", tuple(WORDS)) for entry in entries]
    surely = [ours or theirs for ours, theirs in zip(read, said, strict=True)]
    known = [lang for lang in surely if re.fullmatch("[a-z]{2,3}", lang)]
    return sorted(dict.fromkeys(known), key=lambda lang: -known.count(lang))


def posts_of(config: Path, last: int) -> list[dict[str, Any]]:
    """The last articles as posts, by the configuration just written; [] where they cannot be read now."""
    from bot.cli.session import Session
    from bot.services.preview import preview

    try:
        session = Session(config)
        articles = session.newest(last)
        return [post for each in articles for post in preview(session.newsroom, each, session.now)]
    except BotError:
        return []
