"""Polls a folder of Markdown: what was added, changed or taken away since the last time."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from fnmatch import fnmatch
from hashlib import sha256
from json import loads
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from bot.domain.article import Entry
from bot.domain.errors import SourceError
from bot.http.answer import NOT_MODIFIED, check_status
from bot.ports.source import Cursor, Harvest, Offload, Request, Response, SourceOptions, Steps
from bot.sources.directory.document import NotPublic, entry_of_file
from bot.sources.directory.options import DirectoryOptions

__all__ = ["Connector"]

MAX_BYTES = 1_000_000
MAX_LIST = 20_000_000
MAX_ENTRIES = 1_000
AT_ONCE = 32
OK = 200
NOTES = 5
FEW = 4
"""More changed files than that would hold up the other sources: they are read in another process."""

Kept = dict[str, list[str]]
"""By file: its state, and the address it was shown under, "" where it was no article."""


class Connector:
    """A folder as a source."""

    Options: ClassVar[type[SourceOptions]] = DirectoryOptions

    def __init__(self, options: DirectoryOptions) -> None:
        self._options = options
        self._folder = Path(options.path).absolute().as_uri().rstrip("/") + "/"

    def poll(self, cursor: Cursor) -> Steps:
        """Look through the folder, and read the files that changed; see Source.

        Raises:
            SourceError: there is no such folder, or it cannot be read.
        """
        identity = [self._options.path, self._options.url, self._options.permalink, self._options.style]
        known: Mapping[str, Any] = cursor if cursor.get("for") == identity else {}
        answer: Response = yield Request(self._folder, max_bytes=MAX_LIST)
        if answer.status == NOT_MODIFIED:
            return Harvest((), cursor, unchanged=True, status=answer.status)
        check_status(answer, self._options.path)
        listed = self._listed(answer)
        digest = sha256(answer.body).hexdigest()
        if digest == known.get("sha256"):
            return Harvest((), known, unchanged=True)
        before: Kept = known.get("files", {})
        changed = [name for name, state in listed.items() if before.get(name, [""])[0] != state]
        entries, notes = yield from self._read(changed)
        urls = {name: entries[name].url if name in entries else "" for name in changed}
        files = {
            name: [state, urls.get(name, before.get(name, ["", ""])[1])] for name, state in listed.items()
        }
        return Harvest(
            tuple(entries.values()),
            {"for": identity, "sha256": digest, "files": files},
            notes=tuple(notes),
            gone=_gone(before, files),
            back=_back(before, files) if known else (),
            left=_left(before, files),
        )

    def _listed(self, answer: Response) -> dict[str, str]:
        """The Markdown files, at most the thousand that changed last: name and state."""
        try:
            found = [(str(name), int(size), int(changed)) for name, size, changed in loads(answer.body)]
        except (ValueError, TypeError, RecursionError):
            raise SourceError(f"{self._options.path} is listed in no form that can be read") from None
        fit = [each for each in found if fnmatch(each[0], self._options.files)]
        newest = sorted(fit, key=lambda each: -each[2])[:MAX_ENTRIES]
        return {name: f"{changed}:{size}" for name, size, changed in newest}

    def _read(self, names: list[str]) -> Generator[Any, Any, tuple[dict[str, Entry], list[str]]]:
        entries: dict[str, Entry] = {}
        notes: list[str] = []
        for start in range(0, len(names), AT_ONCE):
            lot = names[start : start + AT_ONCE]
            addresses = [f"{self._folder}{quote(name)}" for name in lot]
            asked = tuple(Request(each, max_bytes=MAX_BYTES, truncate=True) for each in addresses)
            answers: tuple[Response, ...] = yield asked
            there = [(name, each.body) for name, each in zip(lot, answers, strict=True) if each.status == OK]
            few = len(there) <= FEW
            found, said = read(there, self._options) if few else (yield Offload(read, (there, self._options)))
            entries |= found
            notes += said
        more = len(notes) - NOTES
        return entries, notes[:NOTES] + ([f"… and {more} more such files"] if more > 0 else [])


def read(files: list[tuple[str, bytes]], options: DirectoryOptions) -> tuple[dict[str, Entry], list[str]]:
    """The articles among these files, by name, and why others are none; many run elsewhere."""
    entries: dict[str, Entry] = {}
    notes: list[str] = []
    for name, body in files:
        try:
            entries[name] = entry_of_file(name, body.decode("utf-8", "replace"), options)
        except NotPublic as error:
            notes += [f"{name} {error}"] if str(error) else []
        except ValueError as error:
            notes.append(f"{name} has {error}")
    return entries, notes


def _gone(before: Kept, after: Kept) -> tuple[str, ...]:
    """Files that were articles and are taken away, or drafts again; one that only moved is still there."""
    there = {url for _, url in after.values() if url}
    return tuple(
        name
        for name, (_, url) in before.items()
        if url and url not in there and not after.get(name, ["", ""])[1]
    )


def _left(before: Kept, after: Kept) -> tuple[str, ...]:
    """Files under whose address of before there is nothing any more, the files that are gone among them."""
    there = {url for _, url in after.values() if url}
    return tuple(name for name, (_, url) in before.items() if url and url not in there)


def _back(before: Kept, after: Kept) -> tuple[str, ...]:
    """Files that are articles and were none at the last poll: they may have been before."""
    return tuple(name for name, (_, url) in after.items() if url and not before.get(name, ["", ""])[1])
