"""Whether one of the account's own posts, read back, is the one we sent."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from bot.domain.identity import host_of, normalise_url
from bot.domain.post import OwnPost

__all__ = ["find_own", "normal_text", "same_post"]

CLOCKS_APART = timedelta(minutes=2)
"""The platform's clock may be behind ours by so much."""
URL = re.compile(r"https?://\S+")


def normal_text(text: str) -> str:
    """Text without what platforms change in it: links, white space, case, compatibility forms."""
    bare = URL.sub(" ", unicodedata.normalize("NFKC", text))
    return " ".join(bare.casefold().split())


def same_post(own: OwnPost, *, text: str, link: str, marked_at: datetime, taken: Collection[str]) -> bool:
    """Made no earlier than the mark, nobody else's, and with the same link or the same text.

    Args:
        own: the post as read back.
        text: what we sent.
        link: what we linked to; "" where the text alone decides (a thread's later parts).
        marked_at: when it was marked as about to be sent.
        taken: ids of posts that are recorded for other deliveries or parts.
    """
    if own.created_at < marked_at - CLOCKS_APART or str(own.ref.get("id", "")) in taken:
        return False
    if link and normalise_url(link) in {normalise_url(each) for each in own.links}:
        return True
    if link and host_of(link) in {host_of(each) for each in own.links}:
        return False  # another article of ours, whatever the words around it
    ours = normal_text(text)
    return bool(ours) and ours == normal_text(own.text)


def find_own(
    posts: Iterable[OwnPost], *, text: str, link: str, marked_at: datetime, taken: Collection[str]
) -> OwnPost | None:
    """The earliest post that is ours, or None."""
    ours = [post for post in posts if same_post(post, text=text, link=link, marked_at=marked_at, taken=taken)]
    return min(ours, key=lambda post: post.created_at, default=None)
