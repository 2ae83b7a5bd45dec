"""How an article is followed once it may stand somewhere: when to compare, when to look at its page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

__all__ = [
    "AGAIN",
    "CALM",
    "CONFIRM",
    "FIRST_LOOK",
    "FORGET",
    "HELD_LOOK",
    "NOT_THERE",
    "OK",
    "TELL_FOR",
    "Followed",
    "after_look",
    "changed",
    "still_away",
    "still_held",
    "still_unsaid",
]

CALM = timedelta(minutes=2)
"""Ten edits in a row are one: its shares are compared once it has not changed for so long."""
LONGEST = timedelta(minutes=10)
"""An article that never comes to rest is compared this often all the same."""
LOOKS = tuple(timedelta(minutes=m) for m in (15, 45, 180, 480, 720, 1440, 2880, 4320))
"""The waits before the looks at its page: the last is a week after it was shared."""
FIRST_LOOK = LOOKS[0]
CONFIRM = timedelta(minutes=10)
"""A page that was not found is asked for once more, no sooner than after this."""
FORGET = timedelta(days=1)
"""A page that once was not found, and never answered clearly since, counts as there again."""
PATIENCE = timedelta(days=7)
"""How long the page of an article whose withdrawal is held is asked whether it is there again."""
HELD_LOOK = timedelta(hours=1)
AGAIN = timedelta(minutes=1)
"""How soon shares that were just being sent are looked at again."""
TELL_FOR = timedelta(days=7)
"""How long a person is told of what still stands."""
NOT_THERE = (404, 410)
OK = 200


@dataclass(frozen=True, slots=True)
class Followed:
    """An article as it is followed.

    `check_at` is when its shares are compared with it, `since` its first change not compared yet. `page_at`
    is when its page is looked at, `looks` how often it was, `missing_at` when it was first not found. `by`
    ("person", "page", "source") and `why` are of its withdrawal, or ("desk") of the desk's order not to
    share it; `delete`: a person wants its posts deleted.
    `held_at`: too many were lost with it, so that its withdrawal waits for a person's word since then.
    `back_to` is an address from before at which its source shows it again, `back_at` since when its present
    page does not say whether it is so.
    """

    article: int
    check_at: datetime | None = None
    since: datetime | None = None
    page_at: datetime | None = None
    looks: int = 0
    missing_at: datetime | None = None
    by: str = ""
    why: str = ""
    delete: bool = False
    held_at: datetime | None = None
    back_to: str = ""
    back_at: datetime | None = None


def changed(followed: Followed, at: datetime) -> Followed:
    """It changed just now: compared when it has come to rest, or has been restless for long."""
    since = followed.since or at
    return replace(followed, since=since, check_at=min(at + CALM, since + LONGEST))


def after_look(followed: Followed, status: int | None, now: datetime) -> tuple[Followed, bool]:
    """What a look at the page says, and whether it proves that the article is gone.

    Proof is a 404 or 410 twice, with time between and no page in between. Everything else that is not a
    page (5xx, a log-in, no answer: `status` None) proves nothing.
    """
    missing = followed.missing_at
    if status in NOT_THERE:
        if missing is not None and now - missing >= CONFIRM:
            return replace(followed, page_at=None), True
        return replace(followed, missing_at=missing or now, page_at=now + CONFIRM), False
    if missing is not None and status != OK and now - missing < FORGET:
        return replace(followed, page_at=now + 2 * CONFIRM), False
    looks = followed.looks + 1
    page_at = now + LOOKS[looks] if looks < len(LOOKS) else None
    return replace(followed, looks=looks, missing_at=None, page_at=page_at), False


def still_held(followed: Followed, now: datetime) -> Followed:
    """Its page is not there yet, and nobody has decided: asked again, but not for ever."""
    held = followed.held_at or now
    return replace(followed, page_at=now + HELD_LOOK if now - held < PATIENCE else None)


def still_away(followed: Followed, withdrawn_at: datetime, now: datetime) -> Followed:
    """Its page is not there again, and what was shared of it is taken back: asked ever more rarely."""
    away = now - withdrawn_at
    return replace(followed, page_at=now + max(HELD_LOOK, away) if away < PATIENCE else None)


def still_unsaid(followed: Followed, back: str, now: datetime) -> Followed:
    """Its present page does not say whether it is at one from before: asked ever more rarely, for a day."""
    since = followed.back_at if followed.back_at and followed.back_to == back else now
    if now - since >= FORGET:
        return replace(followed, back_at=None)
    again = now + max(CONFIRM, (now - since) / 2)
    return replace(followed, back_to=back, back_at=since, page_at=again)
