"""What a poll of a CMS remembers: its newest posts, to see which are new to us, and which are missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

__all__ = ["Listed", "Recent"]

KEPT = 100


class Listed(NamedTuple):
    """A post in a CMS's list. Times are as the CMS writes them: they are compared with its own only."""

    id: str
    date: str
    changed: str
    guid: str


@dataclass(frozen=True, slots=True)
class Recent:
    """`posts` by id: date and guid. `changed` is the latest change seen.

    `away` are those missing that were not asked for yet, `gone` those that were public and are no more.
    `begun`: it was polled before, though there may have been no posts.
    """

    posts: Mapping[str, tuple[str, str]]
    changed: str
    away: Sequence[str] = ()
    gone: Sequence[str] = ()
    begun: bool = True

    @classmethod
    def of(cls, cursor: Mapping[str, Any]) -> Recent:
        posts = {str(id_): (str(date), str(guid)) for id_, (date, guid) in cursor.get("recent", {}).items()}
        away, gone = (tuple(map(str, cursor.get(name, ()))) for name in ("away", "gone"))
        return cls(posts, str(cursor.get("changed", "")), away, gone, "recent" in cursor)

    def reaches(self, listed: Iterable[Listed]) -> bool:
        """Whether a list goes back to what we know; on a first poll there is nothing to go back to."""
        return not self.begun or any(post.id in self.posts for post in listed)

    def missing(self, listed: Sequence[Listed], *, full: bool) -> list[str]:
        """Remembered posts that the list spans and does not show, the newest first.

        A list that is not `full` spans all there is; else one pushed off its end is not missing.
        """
        shown = {post.id for post in listed}
        oldest = min((post.date for post in listed), default="") if full else ""
        away = [(date, id_) for id_, (date, _) in self.posts.items() if id_ not in shown and date > oldest]
        return [id_ for _, id_ in sorted(away, reverse=True)]

    def guids(self, ids: Iterable[str]) -> tuple[str, ...]:
        """The guids of those among them that were shown as public."""
        return tuple(self.posts[id_][1] for id_ in ids if id_ in self.posts)

    def back(self, public: Iterable[Listed]) -> tuple[str, ...]:
        """The guids of those that were gone and are public again."""
        return tuple(post.guid for post in public if post.id in self.gone)

    def after(
        self, public: Sequence[Listed], gone: Iterable[str], away: Iterable[str] = ()
    ) -> dict[str, Any]:
        """The memory with what is public now and without what is gone, as a cursor keeps it."""
        both = {id_: list(each) for id_, each in self.posts.items()}
        both |= {post.id: [post.date, post.guid] for post in public}
        left, shown = set(gone), {post.id for post in public}
        kept = sorted((id_ for id_ in both if id_ not in left), key=lambda id_: (both[id_][0], id_))
        ever = [id_ for id_ in dict.fromkeys([*self.gone, *sorted(left & both.keys())]) if id_ not in shown]
        return {
            "recent": {id_: both[id_] for id_ in reversed(kept[-KEPT:])},
            "changed": max([self.changed, *(post.changed for post in public)]),
            "away": [id_ for id_ in away if id_ not in shown],
            "gone": ever[-KEPT:],
        }
