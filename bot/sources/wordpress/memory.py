"""What a poll of WordPress remembers: its newest posts, to see which are new to us, and which are missing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

from bot.domain.errors import SourceError
from bot.ports.source import Response
from bot.sources.wordpress.post import is_public, number_of

__all__ = ["Memory", "modified", "posts_of", "still_public"]

KEPT = 100
Post = Mapping[str, Any]


def posts_of(said: Any) -> list[dict[str, Any]]:
    """The posts in a listing.

    Raises:
        SourceError: it is no listing.
    """
    if not isinstance(said, list):
        raise SourceError("the REST API answers something else than a list of posts", status=200)
    return [post for post in said if number_of(post)]


def modified(post: Post) -> str:
    """When it was last changed, in UTC, as WordPress writes it; "" where it does not say."""
    value = post.get("modified_gmt")
    return value if isinstance(value, str) else ""


def still_public(answer: Response) -> bool:
    """Whether a post that was asked for by itself is public; what cannot be read says nothing against it."""
    try:
        post = json.loads(answer.body)
    except (ValueError, RecursionError):
        return True
    return not isinstance(post, dict) or is_public(post)


@dataclass(frozen=True, slots=True)
class Memory:
    """`recent` by number: date and guid. `newest_change` is the latest `modified_gmt` seen."""

    recent: Mapping[str, tuple[str, str]]
    newest_change: str

    @classmethod
    def of(cls, cursor: Mapping[str, Any]) -> Memory:
        recent = {
            str(number): (str(date), str(guid)) for number, (date, guid) in cursor.get("recent", {}).items()
        }
        return cls(recent, str(cursor.get("modified", "")))

    def reaches(self, posts: Sequence[Post]) -> bool:
        """Whether a listing goes back to what we know; on a first poll there is nothing to go back to."""
        return not self.recent or any(str(number_of(post)) in self.recent for post in posts)

    def missing(self, listed: Sequence[Post], per_page: int) -> list[str]:
        """Remembered posts that the listing spans and does not show, the newest first."""
        shown = {str(number_of(post)) for post in listed}
        oldest = min((_date(post) for post in listed), default="") if len(listed) >= per_page else ""
        away = [
            (date, number)
            for number, (date, _) in self.recent.items()
            if number not in shown and date > oldest
        ]
        return [number for _, number in sorted(away, reverse=True)]

    def guids(self, numbers: Iterable[str]) -> tuple[str, ...]:
        return tuple(self.recent[number][1] for number in numbers if number in self.recent)

    def after(self, public: Sequence[Post], gone: Iterable[str]) -> dict[str, Any]:
        """The memory with what is public now and without what is gone, as the cursor keeps it."""
        now = {str(number_of(post)): [_date(post), _guid(post)] for post in public}
        both = {number: list(each) for number, each in self.recent.items()} | now
        kept = sorted(
            (n for n in both if n not in set(gone)), key=lambda n: (both[n][0], int(n)), reverse=True
        )
        return {
            "recent": {number: both[number] for number in kept[:KEPT]},
            "modified": max([self.newest_change, *map(modified, public)]),
        }


def _date(post: Post) -> str:
    value = post.get("date_gmt")
    return value if isinstance(value, str) else ""


def _guid(post: Post) -> str:
    guid = post.get("guid")
    return unescape(str(guid.get("rendered", ""))).strip() if isinstance(guid, dict) else ""
