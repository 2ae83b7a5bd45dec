"""Reads the editors' side files: who has which handle, which word makes which hashtag."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from bot.domain.errors import UserError
from bot.domain.routing import fold

__all__ = ["Hashtags", "People", "load_hashtags", "load_people", "packaged_templates"]

CAP = 3
NO_WORDS = ("Uncategorized", "Uncategorised", "Non classé", "Non classé(e)")
"""The category that WordPress gives what has none: nothing to show, unless [words] say otherwise."""


@dataclass(frozen=True, slots=True)
class Hashtags:
    """`words`: folded category or tag → hashtag without #, "" to drop it. `cap`: at most so many a post."""

    words: dict[str, str] = field(default_factory=lambda: {fold(word): "" for word in NO_WORDS})
    cap: int = CAP


@dataclass(frozen=True, slots=True)
class People:
    """Folded author → platform → handle; the platform "any" serves where none is named."""

    handles: dict[str, dict[str, str]] = field(default_factory=dict)

    def handle(self, author: str, platform: str) -> str:
        known = self.handles.get(fold(author), {})
        return known.get(platform) or known.get("any", "")


def load_people(path: Path) -> People:
    """Read `["Aline Uwase"] x = "@aline"`; a file that is not there is an empty one.

    Raises:
        UserError: the file is no TOML, or a handle is no text.
    """
    out: dict[str, dict[str, str]] = {}
    for author, table in _toml(path).items():
        if not isinstance(table, dict) or not all(isinstance(each, str) for each in table.values()):
            raise UserError(f'{path}: ["{author}"] must name handles, such as x = "@aline"')
        out[fold(author)] = {platform: handle.strip() for platform, handle in table.items()}
    return People(out)


def load_hashtags(path: Path) -> Hashtags:
    """Read `cap = 3` and `[words] "Volcanoes National Park" = "Volcanoes"`; a missing file is an empty one.

    Raises:
        UserError: the file is no TOML, or a key is unknown or of the wrong kind.
    """
    data = _toml(path)
    if unknown := sorted(data.keys() - {"cap", "words"}):
        raise UserError(f"{path}: unknown key `{unknown[0]}`: it has `cap` and [words]")
    cap, words = data.get("cap", CAP), data.get("words", {})
    if not isinstance(cap, int) or cap < 0:
        raise UserError(f"{path}: `cap` must be a whole number, 0 or more")
    if not isinstance(words, dict) or not all(isinstance(each, str) for each in words.values()):
        raise UserError(f'{path}: [words] must map words to hashtags, such as "Volcanoes Park" = "Volcanoes"')
    ours = {fold(word): tag.lstrip("#") for word, tag in words.items()}
    return Hashtags(Hashtags().words | ours, cap)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UserError(f"{path}: cannot be read: {error}") from error


def packaged_templates() -> Path:
    """The templates that come with Sharewire: in the wheel beside the code, in a checkout at its top."""
    inside = Path(str(files("bot"))) / "templates"
    return inside if inside.is_dir() else Path(str(files("bot"))).parent / "templates"
