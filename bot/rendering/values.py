"""The variables of a template: all always there, an absent one empty, an article's text made harmless."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from bot.domain.article import Article
from bot.ports.render import Brief
from bot.rendering.marks import clean

__all__ = ["ALIASES", "VARIABLES", "link_of", "values"]

ALIASES = {
    "link": "url",
    "permalink": "url",
    "excerpt": "summary",
    "description": "summary",
    "date": "published_at",
}
VARIABLES = (
    "title",
    "url",
    "summary",
    "content",
    "tags",
    "categories",
    "author",
    "authors",
    "site_name",
    "published_at",
    "updated_at",
    "image",
    "lang",
    "reading_minutes",
    "label",
    "override_text",
    "account",
    "platform",
    "route",
    "items",
)


class Item(SimpleNamespace):
    """One article of an edition, as templates see it: every variable an attribute."""


def link_of(article: Article, brief: Brief) -> str:
    """The article's address with the account's utm parameters; what it carries already is left alone."""
    if not brief.utm or not article.url:
        return article.url
    parts = urlsplit(article.url)
    have = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    words = {"route": brief.route, "account": brief.account, "platform": brief.platform}
    add = []
    for name, value in brief.utm.items():
        key = name if name.startswith("utm_") else f"utm_{name}"
        if key not in have:
            for word, said in words.items():
                value = value.replace("{" + word + "}", said)  # noqa: PLW2901 - filled in step by step
            add.append((key, value))
    query = "&".join(filter(None, (parts.query, urlencode(add, quote_via=quote))))
    return urlunsplit(parts._replace(query=query))


def values(article: Article, brief: Brief) -> dict[str, Any]:
    """What a template of this article can name."""
    authors = tuple(map(clean, article.authors))
    out: dict[str, Any] = {
        "title": " ".join(clean(article.title).split()),
        "url": link_of(article, brief),
        "summary": " ".join(clean(article.summary).split()),
        "content": clean(article.content).strip(),
        "tags": tuple(map(clean, article.tags)),
        "categories": tuple(map(clean, article.categories)),
        "author": authors[0] if authors else "",
        "authors": authors,
        "site_name": clean(article.site_name),
        "published_at": article.published_at or "",
        "updated_at": article.updated_at or "",
        "image": article.image.url if article.image else "",
        "lang": article.lang,
        "reading_minutes": article.reading_minutes or "",
        "label": clean(brief.label),
        "override_text": clean(brief.override_text),
        "account": brief.account,
        "platform": brief.platform,
        "route": brief.route,
    }
    out["items"] = tuple(Item(**values(each, brief)) for each in article.items)
    return out | {alias: out[name] for alias, name in ALIASES.items()}
