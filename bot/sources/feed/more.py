"""Reads by lxml what fastfeedparser leaves out: xml:base, languages, all authors, keywords, XHTML titles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from lxml import etree  # type: ignore[import-untyped]

__all__ = ["More", "read_more"]

XML = "{http://www.w3.org/XML/1998/namespace}"


@dataclass(frozen=True, slots=True)
class More:
    """What one item says beyond what fastfeedparser tells of it; empty where it says nothing.

    `permalink` is False where it has no link but a guid that says it is no address.
    """

    title: str = ""
    summary: str = ""
    authors: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    lang: str = ""
    base: str = ""
    permalink: bool = True
    dated: str = ""
    """When it was published, as it is written."""


def read_more(body: bytes, count: int) -> tuple[More, ...]:
    """One More for each item, in order; () where the two parsers do not see the same `count` of items."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser=parser)
    except etree.LxmlError:
        return ()
    if root is None:
        return ()
    items = [node for node in root.iter() if _local(node) in {"item", "entry"}]
    return tuple(_more(node) for node in items) if len(items) == count else ()


def _local(node: Any) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _more(node: Any) -> More:
    authors, creators, keywords = [], [], []
    title = summary = lang = dated = ""
    permalink, linked = True, False
    for child in node:
        match _local(child):
            case "author":
                authors.append(_author(child))
            case "creator" if child.text:
                creators.append(child.text.strip())
            case "keywords" if child.text:
                keywords += child.text.split(",")
            case "title" if child.get("type") == "xhtml":
                title = _inner(child)
            case "summary" if child.get("type") == "xhtml":
                summary = _inner(child)
            case "language" if child.text:
                lang = child.text.strip()
            case "link":
                linked = linked or bool(child.text or child.get("href"))
            case "pubDate" | "date" | "published" | "issued" if child.text:
                dated = dated or child.text.strip()
            case "guid":
                permalink = child.get("isPermaLink", "true").lower() != "false"
            case "content" | "group":
                keywords += [
                    word
                    for each in child.iter()
                    if _local(each) == "keywords"
                    for word in (each.text or "").split(",")
                ]
    return More(
        title=title,
        summary=summary,
        authors=tuple(each for each in creators or authors if each),
        keywords=tuple(dict.fromkeys(word.strip() for word in keywords if word.strip())),
        lang=lang or _inherited(node, "lang"),
        base=_base(node),
        permalink=permalink or linked,
        dated=dated,
    )


def _author(node: Any) -> str:
    name = next((child.text for child in node if _local(child) == "name"), None) if len(node) else node.text
    return (name or "").strip()


def _inner(node: Any) -> str:
    return "".join([node.text or "", *(etree.tostring(child, encoding="unicode") for child in node)]).strip()


def _inherited(node: Any, name: str) -> str:
    while node is not None:
        value = node.get(f"{XML}{name}")
        if value:
            return str(value)
        node = node.getparent()
    return ""


def _base(node: Any) -> str:
    bases = [each.get(f"{XML}base") for each in [node, *node.iterancestors()] if each.get(f"{XML}base")]
    base = ""
    for each in reversed(bases):
        base = urljoin(base, each)
    return base
