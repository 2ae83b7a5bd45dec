"""Fetches an article's picture and brings it within a platform's limits."""

from __future__ import annotations

from bot.domain.errors import Rejected
from bot.domain.limits import ImageLimits
from bot.http import send
from bot.media.images import Shrunk, shrink

__all__ = ["obtain"]


def obtain(url: str, limits: ImageLimits, *, user_agent: str, allow_private: bool = False) -> Shrunk:
    """The picture at an address an article names, ready for upload.

    Raises:
        Unavailable: it could not be had now.
        Rejected: it is not there, no picture, or cannot be made to fit.
    """
    data = send.download(url, user_agent=user_agent, allow_private=allow_private)
    try:
        return shrink(data, limits)
    except ValueError as error:
        raise Rejected(str(error)) from error
