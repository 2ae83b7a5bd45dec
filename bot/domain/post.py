"""The rendered, platform-ready content of a post and the values around its publication."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

__all__ = [
    "Accepted",
    "Addressed",
    "Card",
    "Deduped",
    "Findable",
    "Identity",
    "Image",
    "Keyed",
    "OwnPost",
    "Pending",
    "Post",
    "Prepared",
    "Ref",
    "Repeatable",
    "Replay",
]


@dataclass(frozen=True, slots=True)
class Image:
    """An image by its URL. `alt` is "" when nobody described it; sizes in pixels, None when unknown."""

    url: str
    alt: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A link card. Bluesky's is built by us; elsewhere the platform reads the page's own tags."""

    url: str
    title: str
    description: str = ""
    image: Image | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """What one delivery will say.

    `parts` are final: fitted, escaped, counted; two or more make a thread. `link` is the article's
    address as it stands in this post (with utm, where configured). `card` is None where the account
    shows none. `images` go on the first part. `lang` is BCP 47, "" when unknown. `warning` is the
    content warning, "" for none. `at` is when it was rendered, and what a record says of its creation.
    """

    parts: tuple[str, ...]
    link: str
    title: str
    at: datetime
    card: Card | None = None
    images: tuple[Image, ...] = ()
    lang: str = ""
    warning: str = ""


Ref = Mapping[str, Any]
"""What a platform needs to name something of its own again (JSON): at least {"id": str}."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that will be sent, frozen as JSON, one payload a part: a replay sends the same bytes."""

    parts: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...] = ()
    """What had to be left out, a line each ("image left out: 404"): kept on the attempt."""


@dataclass(frozen=True, slots=True)
class Pending:
    """The platform is still processing media or a container: call `prepare` again with `ref`."""

    ref: Ref
    again_in: timedelta


@dataclass(frozen=True, slots=True)
class Accepted:
    """The platform took it. `ref` names the post, `url` is where people see it ("" if unknown)."""

    ref: Ref
    url: str = ""


@dataclass(frozen=True, slots=True)
class OwnPost:
    """One of the account's own posts, read back."""

    ref: Ref
    url: str
    text: str
    links: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a token speaks for. `handle` as the platform writes it; `expires_at` of the token, if it ends."""

    handle: str
    id: str = ""
    url: str = ""
    expires_at: datetime | None = None
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Addressed:
    """We choose the record's address: read it, write only if absent."""


@dataclass(frozen=True, slots=True)
class Findable:
    """The account's own posts can be read back."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """The same key sent again within `ttl` of the first mark does nothing twice."""

    ttl: timedelta


@dataclass(frozen=True, slots=True)
class Deduped:
    """The platform refuses the same content soon after: send once more, read its refusal as "there"."""


@dataclass(frozen=True, slots=True)
class Repeatable:
    """The same call made again leaves things as the first one left them: an edit, a withdrawal."""


Replay = Addressed | Findable | Keyed | Deduped | Repeatable
