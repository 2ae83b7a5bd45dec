"""Reads a sitemap's bytes: https://www.sitemaps.org/protocol.html and its extensions (read 2026-11-25)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from bot.extract.item import Item, Picture

__all__ = ["Sitemap", "parse_sitemap"]

ROOTS = ("urlset", "sitemapindex")


@dataclass(frozen=True, slots=True)
class Sitemap:
    """`items` of a plain one; `children` of an index: address and lastmod. `count` is all that it lists."""

    items: tuple[Item, ...] = ()
    children: tuple[tuple[str, str], ...] = ()
    count: int = 0


def parse_sitemap(body: bytes, cap: int) -> Sitemap:
    """At most `cap` of what it lists: the newest by `lastmod`; without dates, its first and its last.

    Raises:
        ValueError: it is no sitemap.
    """
    if body.lstrip()[:8].lower().startswith((b"http://", b"https://")):
        lines = [line.strip() for line in body.decode("utf-8", "replace").splitlines()]
        items = [Item(link=line) for line in lines if line]
        return Sitemap(tuple(_most(items, cap)), count=len(items))
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser=parser)
    except (etree.LxmlError, ValueError):
        root = None
    kind = _local(root) if root is not None else ""
    if kind not in ROOTS:
        raise ValueError("no sitemap")
    if kind == "sitemapindex":
        found = [_fields(node) for node in root if _local(node) == "sitemap"]
        children = tuple((each["loc"], each.get("lastmod", "")) for each in found if each.get("loc"))
        return Sitemap(children=children, count=len(children))
    items = [_item(node) for node in root if _local(node) == "url"]
    if not body.rstrip().lower().endswith(b"urlset>"):
        items = items[:-1]  # it broke off, and the last address with it
    return Sitemap(tuple(_most(items, cap)), count=len(items))


def _most(items: list[Item], cap: int) -> list[Item]:
    """A site that gives no dates appends what is new, or puts it first."""
    if len(items) <= cap:
        return items
    if all(item.updated or item.published for item in items):
        return sorted(items, key=lambda item: item.published or item.updated, reverse=True)[:cap]
    return items[: cap // 2] + items[-(cap - cap // 2) :]


def _item(node: Any) -> Item:
    said = _fields(node)
    keywords = [word.strip() for word in said.get("news:keywords", "").split(",")]
    picture = Picture(said.get("image:loc", ""), said.get("image:caption") or said.get("image:title", ""))
    return Item(
        link=said.get("loc", ""),
        title=said.get("news:title", ""),
        tags=tuple(word for word in keywords if word),
        apart=True,
        pictures=(picture,) if picture.url else (),
        lang=said.get("news:language", ""),
        published=said.get("news:publication_date", ""),
        updated=said.get("lastmod", ""),
    )


def _fields(node: Any) -> dict[str, str]:
    """The texts below a node by name; the first of each counts. Extensions go by their own prefix."""
    found: dict[str, str] = {}
    for each in node.iter():
        name, text = _local(each), (each.text or "").strip()
        space = each.tag.removesuffix(name) if name else ""
        prefix = "news:" if "news" in space else "image:" if "image" in space else ""
        if text and name:
            found.setdefault(f"{prefix}{name}", text)
    return found


def _local(node: Any) -> str:
    return node.tag.rpartition("}")[2].rpartition(":")[2] if isinstance(node.tag, str) else ""
