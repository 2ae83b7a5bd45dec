"""Chooses the picture of a page: what its head names, then the one that stands with the article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.domain.post import Image
from bot.extract.item import Picture
from bot.extract.picture import image_of

__all__ = ["page_image"]

Metas = dict[str, list[str]]

OF_THE_SITE = re.compile(
    r"logo|site-?icon|(?:default|fallback|generic)[-_]?(?:og|share|social|image|thumb)"
    r"|(?:og|share|social)[-_]?(?:default|fallback|card)|no-?image|dummy",
    re.IGNORECASE,
)
"""Names of pictures that a site puts beside every article."""
FEATURED = (
    "img.wp-post-image, .post-thumbnail img, .featured-image img, .entry-thumbnail img, "
    ".td-post-featured-image img, .gh-feature-image, .post-full-image img, [itemprop=image], "
    ".entry-cover img, article > figure img, article > header img"
)
OTHERS = re.compile(
    r"(?:^|[\s_-])(?:authors?|avatar|byline|bio|share|sharing|social|related|recommended|ads?|adverts?|sponsors?|"
    r"promo|newsletter|comments?|logo)(?:$|[\s_-])",
    re.IGNORECASE,
)
"""How a theme calls what stands within an article and is none of it."""
ANCESTORS = 4
BODIES = ("[itemprop=articleBody]", ".entry-content", ".post-content", ".article-body", "article", "main")


def page_image(tree: LexborHTMLParser, meta: Metas, ld: dict[str, Any], base: str) -> Image | None:
    """The first fit picture; None where there is none but the site's own."""
    named = [*_opengraph(meta), *_linked_data(ld)]
    told = [picture for picture in named if not OF_THE_SITE.search(picture.url.rpartition("/")[2])]
    return image_of(told, _beside(tree), base)


def _opengraph(meta: Metas) -> Iterator[Picture]:
    urls = meta.get("og:image:secure_url") or meta.get("og:image") or meta.get("og:image:url") or []
    alts = meta.get("og:image:alt") or meta.get("twitter:image:alt") or []
    widths, heights = meta.get("og:image:width", []), meta.get("og:image:height", [])
    for i, url in enumerate(urls):
        # One alt or size for several pictures is the first one's.
        yield Picture(url, _nth(alts, i), _number(_nth(widths, i)), _number(_nth(heights, i)))
    for url in (*meta.get("twitter:image", ()), *meta.get("twitter:image:src", ())):
        yield Picture(url, _nth(meta.get("twitter:image:alt", []), 0))


def _linked_data(ld: dict[str, Any]) -> Iterator[Picture]:
    found = ld.get("image")
    for each in found if isinstance(found, list) else [found]:
        if isinstance(each, dict):
            url = _text(each.get("url")) or _text(each.get("contentUrl"))
            alt = _text(each.get("caption")) or _text(each.get("description"))
            yield Picture(url, alt, _number(_text(each.get("width"))), _number(_text(each.get("height"))))
        else:
            yield Picture(_text(each))
    yield Picture(_text(ld.get("thumbnailUrl")))


def _beside(tree: LexborHTMLParser) -> str:
    """The markup of the featured picture, and of the article."""
    featured = "".join(node.html or "" for node in tree.css(FEATURED))
    body = next((node for selector in BODIES if (node := tree.css_first(selector)) is not None), None)
    inside = body.css("img") if body is not None else []
    return featured + "".join(node.html or "" for node in inside if not _of_others(node, body))


def _of_others(picture: LexborNode, body: LexborNode | None) -> bool:
    """Whether a picture is its author's, a button, an advertisement, or another article's."""
    at: LexborNode | None = picture
    for _ in range(ANCESTORS):
        if at is None or at == body:
            return False
        said = at.attributes
        if at.tag in {"aside", "nav", "footer"} or said.get("rel") == "author":
            return True
        if OTHERS.search(f"{said.get('class') or ''} {said.get('id') or ''}"):
            return True
        at = at.parent
    return False


def _nth(values: list[str], n: int) -> str:
    return values[n] if n < len(values) else ""


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _number(value: str) -> int | None:
    digits = value.strip().removesuffix("px")
    return int(digits[:6]) if digits.isascii() and digits.isdigit() else None
