"""Reads what a page says of itself in its head: OpenGraph, JSON-LD, article:*, plain meta tags."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from bot.domain.post import Image
from bot.extract.address import absolute
from bot.extract.language import bcp47
from bot.extract.pictured import page_image
from bot.extract.text import tidy

__all__ = ["HEAD_BYTES", "Head", "decoded", "descriptions", "read_head"]

HEAD_BYTES = 131_072
CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
LATIN_1 = frozenset(
    {b"iso-8859-1", b"iso8859-1", b"latin1", b"latin-1", b"iso_8859-1", b"us-ascii", b"ascii"}
)
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
ARTICLES = {
    "Article",
    "NewsArticle",
    "BlogPosting",
    "ReportageNewsArticle",
    "OpinionNewsArticle",
    "AnalysisNewsArticle",
}
TIMES = "time[itemprop=datePublished], time[pubdate], time.published, time.entry-date, time.dt-published"
"""Schema.org's microdata, HTML 5's first drafts, hAtom, WordPress's themes, microformats 2."""
SEPARATOR = re.compile(r"\s+[|–—·•»-]\s+|\s*[|:]\s+")
LISTS = {"home", "blog", "archive", "page", "category", "tag", "author", "search", "error404"}
"""What WordPress's themes call the body of a page that is no article."""
SITES = {"WebSite", "Organization", "NewsMediaOrganization", "Blog"}
"""What JSON-LD calls a site and who keeps it."""
DESCRIPTIONS = ("og:description", "description", "twitter:description")
ARTICLES |= {"LiveBlogPosting", "ReviewNewsArticle", "BackgroundNewsArticle", "Report", "WebPage"}


@dataclass(frozen=True, slots=True)
class Head:
    """What a page says of itself; "" or empty where it says nothing. URLs absolute, dates aware UTC."""

    title: str = ""
    description: str = ""
    image: Image | None = None
    lang: str = ""
    canonical_url: str = ""
    shortlink: str = ""
    site_name: str = ""
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    tags: tuple[str, ...] = ()
    noindex: bool = False
    other: bool = False
    """It says that it is something else than an article: a home page, a list, a profile."""
    slogans: frozenset[str] = frozenset()
    """What it says of the site as a whole."""


def decoded(html: bytes, content_type: str) -> str:
    """A page's text: by its byte-order mark, the header's charset, its own, else UTF-8 or Windows-1252."""
    if html.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return html.decode("utf-16", "replace")
    names = [
        *CHARSET.findall(content_type.encode("ascii", "replace")),
        *CHARSET.findall(html[:4096]),
        b"utf-8",
    ]
    for name in names:
        # To every browser Latin-1 means Windows-1252 (https://encoding.spec.whatwg.org/#names-and-labels).
        meant = "cp1252" if name.lower() in LATIN_1 else name.decode("ascii")
        try:
            return html.decode(meant)
        except (UnicodeDecodeError, LookupError):
            continue
    # A page cut at the cap may end within a character: that alone does not make it Windows-1252.
    text = html.decode("utf-8", "replace")
    return text if text.rstrip("\ufffd").count("\ufffd") == 0 else html.decode("cp1252", "replace")


def read_head(html: bytes, content_type: str, url: str) -> Head:
    """Read the first 128 KB of a page fetched from `url`; never raises on bad markup."""
    tree = LexborHTMLParser(decoded(html[:HEAD_BYTES], content_type))
    meta = _metas(tree)
    nodes = _nodes(tree)
    ld = _article(nodes)
    base_node = tree.css_first("base[href]")
    base = urljoin(url, (base_node.attributes.get("href") or "") if base_node is not None else "")
    title_node = tree.css_first("title")
    root = tree.css_first("html")
    langs = [root.attributes.get("lang") or "" if root is not None else "", _text(ld.get("inLanguage"))]
    langs += [_one(meta, "content-language"), _one(meta, "og:locale")]
    site = _first(_one(meta, "og:site_name", "application-name"), _name(ld.get("publisher")))
    robots = ",".join(meta.get("robots", ()))
    return Head(
        title=_without_site(
            _first(
                _one(meta, "og:title", "twitter:title"),
                _text(ld.get("headline")),
                title_node.text() if title_node is not None else "",
            ),
            site,
            [_first(node.text()) for node in tree.css("h1")],
        ),
        description=_first(_one(meta, *DESCRIPTIONS), _text(ld.get("description"))),
        image=page_image(tree, meta, ld, base),
        lang=next((bcp47(lang) for lang in langs if LANGUAGE.fullmatch(lang)), ""),
        canonical_url=absolute(_href(tree, "link[rel=canonical]"), base)
        or absolute(_one(meta, "og:url"), base),
        shortlink=absolute(_href(tree, "link[rel=shortlink]"), base),
        site_name=site,
        authors=_authors(meta, ld),
        published_at=_date(
            _one(meta, "article:published_time", "og:published_time", "datepublished"),
            ld.get("datePublished"),
            _only_time(tree),
        ),
        updated_at=_date(_one(meta, "article:modified_time", "og:updated_time"), ld.get("dateModified")),
        tags=_tags(meta, ld),
        noindex="noindex" in robots.lower(),
        other=_is_other(tree, meta, ld),
        slogans=_slogans(nodes),
    )


def descriptions(html: bytes, content_type: str) -> frozenset[str]:
    """All that a page says of itself and of its site in a line."""
    tree = LexborHTMLParser(decoded(html[:HEAD_BYTES], content_type))
    meta = _metas(tree)
    said = [_first(each) for name in DESCRIPTIONS for each in meta.get(name, ())]
    return _slogans(_nodes(tree)) | {each for each in said if each}


def _slogans(nodes: list[dict[str, Any]]) -> frozenset[str]:
    said = (_first(_text(node.get("description"))) for node in nodes if _types(node) & SITES)
    return frozenset(each for each in said if each)


def _without_site(title: str, site: str, headings: list[str]) -> str:
    """The title without the site's name behind it; a heading that stands before a separator is all of it."""
    for found in SEPARATOR.finditer(title):
        rest, behind = title[: found.start()].strip(), title[found.end() :].strip()
        known = {heading.casefold() for heading in headings}
        if rest and (behind.casefold() == site.casefold() or rest.casefold() in known):
            return rest
        if behind.casefold() in known:
            return behind
    return title


def _href(tree: LexborHTMLParser, selector: str) -> str:
    node = tree.css_first(selector)
    return (node.attributes.get("href") or "") if node is not None else ""


def _is_other(tree: LexborHTMLParser, meta: dict[str, list[str]], ld: dict[str, Any]) -> bool:
    """Whether the page says that it is no article; one that says nothing may be one."""
    if "article:published_time" in meta or (_types(ld) & ARTICLES) - {"WebPage"}:
        return False
    kind = _one(meta, "og:type").lower()
    if kind:
        return not kind.startswith(("article", "video", "blog", "news"))
    if not _one(meta, "generator").lower().startswith("wordpress"):
        return False
    body = tree.css_first("body")
    classes = set((body.attributes.get("class") or "").split()) if body is not None else set()
    return bool(classes & LISTS) and "single" not in classes


def _metas(tree: LexborHTMLParser) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for node in tree.css("meta[content]"):
        attributes = node.attributes
        name = (
            attributes.get("property")
            or attributes.get("name")
            or attributes.get("http-equiv")
            or attributes.get("itemprop")
        )
        content = tidy(attributes.get("content") or "")
        if name and content:
            found.setdefault(name.strip().lower(), []).append(content)
    return found


def _nodes(tree: LexborHTMLParser) -> list[dict[str, Any]]:
    """All that the page says in JSON-LD."""
    nodes: list[dict[str, Any]] = []
    for script in tree.css('script[type="application/ld+json"]'):
        text = script.text(deep=True).strip().removeprefix("<!--").removesuffix("-->").rstrip("; \n")
        try:
            nodes += _flat(json.loads(text, strict=False), 0)
        except (ValueError, RecursionError):
            continue
    return nodes


def _article(nodes: list[dict[str, Any]]) -> dict[str, Any]:
    """The page's JSON-LD article, {} where there is none; a WebPage counts if there is nothing better."""
    found = [node for node in nodes if _types(node) & ARTICLES]
    best = next((node for node in found if "WebPage" not in _types(node)), found[0] if found else {})
    named = {str(node["@id"]): node for node in nodes if "@id" in node and len(node) > 1}
    return {key: _meant(value, named) for key, value in best.items()}


def _meant(value: Any, named: dict[str, dict[str, Any]]) -> Any:
    """What a reference stands for ({"@id": "…/#primaryimage"}, as Yoast writes them)."""
    one = value[0] if isinstance(value, list) and len(value) == 1 else value
    reference = one.get("@id") if isinstance(one, dict) and set(one) == {"@id"} else None
    return named.get(str(reference), value) if reference else value


def _flat(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict):
            yield each
            if depth < 2:  # noqa: PLR2004 - a graph in a list, and no deeper
                yield from _flat(each.get("@graph", []), depth + 1)


def _types(node: dict[str, Any]) -> set[str]:
    kind = node.get("@type")
    return {str(each) for each in (kind if isinstance(kind, list) else [kind])}


def _authors(meta: dict[str, list[str]], ld: dict[str, Any]) -> tuple[str, ...]:
    said = ld.get("author")
    named = [_name(each) for each in (said if isinstance(said, list) else [said])]
    written = [*meta.get("author", ()), *meta.get("article:author", ())]
    names = [name for name in named if name] or [
        name for name in written if "//" not in name and "@" not in name
    ]
    return tuple(dict.fromkeys(unescape(name) for name in names))


def _tags(meta: dict[str, list[str]], ld: dict[str, Any]) -> tuple[str, ...]:
    said = ld.get("keywords")
    words = meta.get("article:tag") or (said if isinstance(said, list) else _text(said).split(","))
    return tuple(dict.fromkeys(unescape(tidy(str(word))) for word in words if str(word).strip()))


def _one(meta: dict[str, list[str]], *names: str) -> str:
    return next((meta[name][0] for name in names if name in meta), "")


def _first(*texts: str) -> str:
    return next((unescape(tidy(text)) for text in texts if text.strip()), "")


def _text(value: Any) -> str:
    value = value[0] if isinstance(value, list) and value else value
    if isinstance(value, dict):
        value = value.get("@value") or value.get("alternateName")
    return tidy(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _name(value: Any) -> str:
    return (
        _text(value.get("name")) if isinstance(value, dict) else "" if "//" in _text(value) else _text(value)
    )


def _only_time(tree: LexborHTMLParser) -> str:
    """When the text says it was published; "" where it says several, for then some are other articles'."""
    said = {node.attributes.get("datetime") or "" for node in tree.css(TIMES)} - {""}
    return said.pop() if len(said) == 1 else ""


def _date(*values: Any) -> datetime | None:
    """The first that is a date with a clock time's zone or none (then UTC) after 1970; aware UTC."""
    for value in values:
        try:
            found = datetime.fromisoformat(_text(value))
        except ValueError:
            continue
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        if found.year > 1970:  # noqa: PLR2004 - the epoch is a default, not a date
            return found.astimezone(UTC)
    return None
