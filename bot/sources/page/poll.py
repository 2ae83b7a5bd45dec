"""Polls a page that lists articles: the links that a CSS selector finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urljoin

from pydantic import AfterValidator, Field
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from bot.domain.article import Entry
from bot.domain.errors import SourceError
from bot.domain.identity import host_of, normalise_url
from bot.domain.tracking import route_of
from bot.extract.entry import entry_of
from bot.extract.head import decoded
from bot.extract.item import Channel, Item
from bot.extract.left import kept, left
from bot.extract.text import is_cut, is_noise, tidy
from bot.http.answer import NOT_MODIFIED, check_status, conditions, fresh_for, made_for, validators
from bot.http.guard import shown
from bot.ports.source import Cursor, Harvest, Offload, Request, Response, SourceOptions, Steps

__all__ = ["Connector", "PageOptions"]

MAX_BYTES = 5_000_000
MAX_ENTRIES = 1_000
LARGE = 500_000
WORDS = 3
"""From so many words on, a link's text is taken for the title; "Read more" is none."""


def _selector(text: str) -> str:
    try:
        LexborHTMLParser("").css(text)
    except SelectolaxError:
        raise ValueError('is no CSS selector: write one such as "article h2 a"') from None
    return text


class PageOptions(SourceOptions):
    """A `[sources.<id>]` table of `kind = "page"`."""

    kind: Literal["page"]
    url: Annotated[str, Field(pattern=r"^https?://\S+$", examples=["https://example.org/news/"])]
    links: Annotated[str, AfterValidator(_selector), Field(examples=["article h2 a"])]


class Connector:
    """A list page as a source."""

    Options: ClassVar[type[SourceOptions]] = PageOptions

    def __init__(self, options: PageOptions) -> None:
        self._url = options.url
        self._links = options.links

    def poll(self, cursor: Cursor) -> Steps:
        """Ask for the page, conditionally; see Source.

        Raises:
            SourceError: no answer, an error status, or a page on which the selector finds no link.
        """
        known: Mapping[str, Any] = cursor if cursor.get("for") == made_for(self._url, self._links) else {}
        before = known.get("listed", ())
        answer: Response = yield Request(self._url, headers=conditions(known), max_bytes=MAX_BYTES)
        wait = fresh_for(answer.headers)
        if answer.status == NOT_MODIFIED:
            return Harvest((), cursor, unchanged=True, status=answer.status, wait=wait)
        name = shown(self._url)
        check_status(answer, name)
        kind = answer.headers.get("content-type", "")
        arguments = (answer.body, kind, answer.url, self._links)
        found: tuple[str, list[tuple[str, str]]] | None = (
            (yield Offload(read, arguments)) if len(answer.body) > LARGE else read(*arguments)
        )
        if found is None:
            raise SourceError(
                f"{name} has nothing that `links` ({self._links}) finds: was it rebuilt, or is it a log-in?",
                status=answer.status,
            )
        lang, links = found
        # The page itself changes with every visitor count; what it lists is what counts.
        digest = sha256(repr(found).encode(errors="replace")).hexdigest()
        remembered = {"for": made_for(self._url, self._links), "sha256": digest, **validators(answer)}
        if digest == known.get("sha256"):
            names = {"listed": before} if before else {}
            return Harvest((), remembered | names, unchanged=True, status=answer.status, wait=wait)
        entries = [entry for url, title in links if (entry := _entry(url, title, lang, answer.url))]
        guids = [entry.guid for entry in entries]
        return Harvest(
            tuple(entries[:MAX_ENTRIES]),
            remembered | {"listed": kept(guids)},
            status=answer.status,
            wait=wait,
            left=left(before, guids),
        )


def read(body: bytes, content_type: str, url: str, selector: str) -> tuple[str, list[tuple[str, str]]] | None:
    """The page's language, and the address and text of each link; None where the selector finds no element.

    An element that is no link stands for the first link in it.
    """
    tree = LexborHTMLParser(decoded(body, content_type))
    nodes = tree.css(selector)
    root, base_node = tree.css_first("html"), tree.css_first("base[href]")
    lang = (root.attributes.get("lang") or "") if root is not None else ""
    if not nodes:
        return None
    base = urljoin(url, (base_node.attributes.get("href") or "") if base_node is not None else "")
    found: dict[str, str] = {}
    for node in nodes:
        link = node if node.tag == "a" else node.css_first("a[href]")
        href = (link.attributes.get("href") or "").strip() if link is not None else ""
        if href and link is not None and (address := _absolute(href, base)) and _own(address, url):
            text = _text(node) if len(_text(node)) > len(_text(link)) and node.tag != "a" else _text(link)
            found[address] = max(found.get(address, ""), text, key=len)
    return lang, list(found.items())


def _entry(url: str, text: str, lang: str, page: str) -> Entry | None:
    named = len(text.split()) >= WORDS and not is_noise(text) and not is_cut(text)
    title = text if named else ""
    item = Item(id=normalise_url(url), link=url, title=title, lang=lang)
    entry = entry_of(item, Channel(), page)
    return replace(entry, bare=True) if entry else None


def _absolute(href: str, base: str) -> str:
    try:
        page, _, fragment = urljoin(base, href).partition("#")
    except ValueError:
        return ""
    return f"{page}#{fragment}" if route_of(fragment) else page


def _own(address: str, page: str) -> bool:
    """Whether a link stays on the site, and leads elsewhere than to the page it stands on."""
    here, there = host_of(page), host_of(address)
    same = there == here or there.endswith(f".{here}") or here.endswith(f".{there}")
    return bool(there) and same and normalise_url(address) != normalise_url(page)


def _text(node: LexborNode) -> str:
    return tidy(node.text(separator=" "))
