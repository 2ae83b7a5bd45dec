"""Chooses an entry's image: what the feed names first, else the first one of the body; never an avatar."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
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
        lazy = found.get("data-src") or found.get("data-lazy-src") or found.get("data-original")
        src = found.get("src") or "data:"
        stands_in = src.startswith("data:") or NOT_THE_ARTICLE.search(src) or "lazy" in src.lower()
        url = lazy if lazy and stands_in else found.get("src", "")
        face = "avatar" in found.get("class", "").lower()
        if not face:
            yield Picture(
                url or "", found.get("alt", ""), _pixels(found.get("width")), _pixels(found.get("height"))
            )


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
