"""What a platform allows, as values: the fitter and the preview read them, the adapter declares them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["ImageLimits", "Limits", "Measure"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One count of a text and its maximum. `count` is pure and monotonic enough to cut by."""

    unit: str
    count: Callable[[str], int]
    maximum: int


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """Images one post may carry. `pixels` is width × height; 0 means the platform names no maximum."""

    count: int
    bytes: int
    types: tuple[str, ...] = ("image/jpeg", "image/png")
    pixels: int = 0
    side: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """A platform's limits. The first measure is the one shown to people; all must hold.

    `card` says who builds the link card: "client" (we do), "server" (from the page's tags), "none";
    `card_bytes` is the largest picture that it shows.
    `thread` says whether a second part can be published under the first.
    """

    text: tuple[Measure, ...]
    images: ImageLimits | None = None
    alt: int = 0
    card: str = "server"
    thread: bool = True
    warning: bool = False
    languages: bool = False
    card_bytes: int = 5_000_000

    def fits(self, text: str) -> bool:
        return all(measure.count(text) <= measure.maximum for measure in self.text)
