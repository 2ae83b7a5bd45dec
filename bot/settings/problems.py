"""What is wrong with a configuration, one line each: where, which key, and the cure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from bot.domain.errors import UserError

__all__ = ["ConfigError", "Problem", "choices", "did_you_mean", "nearest", "unknown"]


@dataclass(frozen=True, slots=True)
class Problem:
    """`where` is the file or "environment"; `key` is dotted ("accounts.main_x.schedule") or a variable."""

    where: str
    key: str
    message: str
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return ": ".join(part for part in (self.where, self.key, self.message) if part)


class ConfigError(UserError):
    """The configuration cannot be used; `problems` are all that were found, its text one line for each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(word: str, known: Collection[str]) -> str:
    """The known word that looks most like it, "" if none does."""
    found = get_close_matches(word.lower(), {k.lower(): k for k in known}, n=1, cutoff=0.6)
    return next((k for k in known if found and k.lower() == found[0]), "")


def did_you_mean(word: str, known: Collection[str]) -> str:
    """A cure: the nearest known word, else the words there are."""
    near = nearest(word, known)
    return f'did you mean "{near}"?' if near else choices(known)


def unknown(word: str, name: str, known: Collection[str]) -> str:
    """A name that leads nowhere, and where it may have been meant to lead."""
    return f'there is no {word} "{name}": {did_you_mean(name, known)}'


def choices(known: Collection[str]) -> str:
    """The words there are, for the end of a message."""
    return "choose among " + ", ".join(sorted(known)) if known else "there is none yet"
