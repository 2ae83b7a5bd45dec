"""What a post costs, in whole millionths of a dollar: never a fraction that adds up wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.links import Span
from bot.domain.text import urls

__all__ = ["Cost", "Prices", "cost_of", "dollars", "micros", "usd"]

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Prices:
    """A platform's prices for one account, in millionths of a dollar.

    `read` is for each post read back, `read_owned` the same where the developer app is the account's own.
    `edit` and `delete` are for each request that corrects or takes back one. `links` finds what the platform
    takes for a link. `source` and `read_on` say where the prices stand.
    """

    post: int
    post_with_link: int
    alt: int = 0
    read: int = 0
    read_owned: int | None = None
    edit: int = 0
    delete: int = 0
    links: Callable[[str], Sequence[Span]] = urls
    source: str = ""
    read_on: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """`parts`: of each part of the post. `alts`: of describing its pictures, which is paid at the upload."""

    parts: tuple[int, ...]
    alts: int

    @property
    def total(self) -> int:
        return sum(self.parts) + self.alts


def cost_of(post: Mapping[str, Any], prices: Prices) -> Cost:
    """What a post costs, from its document: `{parts: [{text}], media: [{alt}]}`."""
    return Cost(
        parts=tuple(
            prices.post_with_link if prices.links(part["text"]) else prices.post for part in post["parts"]
        ),
        alts=prices.alt * sum(bool(image["alt"]) for image in post["media"]),
    )


def micros(dollars: float) -> int:
    """Dollars as a person writes them, in millionths."""
    return round(dollars * MILLION)


def dollars(micros: int) -> float:
    """Millionths as a program reads dollars."""
    return micros / MILLION


def usd(micros: int) -> str:
    """Millionths as a person reads dollars: to the cent, or to what there is below it."""
    text = f"{micros / MILLION:.6f}".rstrip("0")
    whole, _, rest = text.partition(".")
    return f"${whole}.{rest:0<2}"
