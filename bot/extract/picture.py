"""Chooses an entry's image: what the feed names first, else the first one of the body; never an avatar."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import unescape

from bot.domain.post import Image
from bot.extract.address import absolute
from bot.extract.item import Picture
from bot.extract.text import tidy

__all__ = ["image_of"]

IMG = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
NOT_THE_ARTICLE = re.compile(
    r"gravatar\.com|/avatars?[/._-]|[/_-]avatar\b|googleusercontent\.com/a/|profile_images|/emoji/|/smil(?:ey|ies)/"
    r"|pixel|/1x1|spacer|blank\.(?:gif|png)|transparent\.(?:gif|png)|feedburner|/~r/|/~ff/|feedsportal|doubleclick"
    r"|stats\.wp\.com|/b\.gif|count(?:er)?\.(?:gif|png|php)|/tr\?|track(?:ing|er)?[./]|share-?(?:button|icon)"
    r"|/icons?/|favicon|/badges?/|placeholder",
    re.IGNORECASE,
)
SIZE_OF = re.compile(r"-\d{2,4}x\d{2,4}(?=\.\w+$)|-scaled(?=\.\w+$)")
SIZE = re.compile(r"\d+(?:\.\d+)?[wx]")
UNSEEN = re.compile(r"(?:^|[;\s])(?:width|height)\s*:\s*[01]px|display\s*:\s*none", re.IGNORECASE)
FILE_NAME = re.compile(r"\S+\.(?:jpe?g|png|gif|webp)|(?:IMG|DSCN?|PXL)[_-]?\d+\S*", re.IGNORECASE)
SMALL = 100


def image_of(pictures: Sequence[Picture], html: str, base: str) -> Image | None:
    """The first fit one, its address absolute, described as beside the same picture in the body."""
    html = unescape(html) if "<" not in html and "&lt;img" in html else html
    inside = list(_inside(html)) if "<img" in html or "<IMG" in html else []
    for picture in (*pictures, *inside):
        url = absolute(picture.url, base)
        if url and _fit(picture, url):
            alt = picture.alt or next((each.alt for each in inside if _stem(each.url) == _stem(url)), "")
            return Image(url, tidy(unescape(re.sub(r"<[^>]*>", "", alt))), picture.width, picture.height)
    return None


def _inside(html: str) -> Iterable[Picture]:
    for tag in IMG.findall(html):
        found = {name.lower(): unescape(a or b or c) for name, a, b, c in ATTRIBUTE.findall(tag)}
        # Where a script is to load the picture, what stands in `src` only holds its place.
        lazy = found.get("data-src") or found.get("data-lazy-src") or found.get("data-original")
        src = found.get("src") or ""
        url = lazy or ("" if src.startswith("data:") else src) or _largest(found)
        face = "avatar" in found.get("class", "").lower()
        if not face and not UNSEEN.search(found.get("style", "")):
            yield Picture(url, _said(found), _pixels(found.get("width")), _pixels(found.get("height")))


def _largest(found: Mapping[str, str]) -> str:
    """The widest of a `srcset`: "a.jpg 400w, b.jpg 800w"."""
    offers = (each.split() for each in (found.get("srcset") or found.get("data-srcset") or "").split(", "))
    sized = [(float(size[:-1]) if SIZE.fullmatch(size) else 1.0, url) for url, size in _pairs(offers)]
    return max(sized)[1] if sized else ""


def _pairs(offers: Iterable[list[str]]) -> Iterable[tuple[str, str]]:
    return ((each[0], each[1] if len(each) > 1 else "") for each in offers if each)


def _said(found: Mapping[str, str]) -> str:
    """What a picture is said to show; its file's name says nothing."""
    alt = found.get("alt", "")
    return "" if FILE_NAME.fullmatch(alt.strip()) else alt


def _fit(picture: Picture, url: str) -> bool:
    sizes = [size for size in (picture.width, picture.height) if size is not None]
    return (
        not NOT_THE_ARTICLE.search(url)
        and not any(size < SMALL for size in sizes)
        and not url.endswith(".svg")
    )


def _pixels(value: str | None) -> int | None:
    number = (value or "").strip().removesuffix("px")
    return int(number) if number.isascii() and number.isdigit() else None


def _stem(url: str) -> str:
    return SIZE_OF.sub("", url.partition("?")[0]).rpartition("/")[2]
