"""The variables of a template: all always there, an absent one empty, an article's text made harmless."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from bot.domain.article import Article
from bot.ports.render import Brief
from bot.rendering.marks import LabelText, clean

__all__ = ["ALIASES", "UTM_WORDS", "VARIABLES", "link_in_text", "link_of", "unknown_utm", "values"]

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


UTM_WORDS = ("route", "account", "platform", "source", "lang")
"""What `{…}` in a utm parameter can name."""
BRACED = re.compile(r"\{(.*?)\}")


def link_of(article: Article, brief: Brief) -> str:
    """The article's address with the account's utm parameters; what it carries already is left alone."""
    if not brief.utm or not article.url:
        return article.url
    parts = urlsplit(article.url)
    have = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    said = (brief.route, brief.account, brief.platform, article.source, article.lang)
    add = []
    for name, value in brief.utm.items():
        key = name if name.startswith("utm_") else f"utm_{name}"
        if key not in have:
            for word, filled in zip(UTM_WORDS, said, strict=True):
                value = value.replace("{" + word + "}", filled)  # noqa: PLW2901 - filled in step by step
            add += [(key, value)] if value else []
    query = "&".join(filter(None, (parts.query, urlencode(add, quote_via=quote))))
    return urlunsplit(parts._replace(query=query))


def unknown_utm(utm: Mapping[str, str]) -> list[tuple[str, str]]:
    """What utm parameters name in braces and nothing stands for: parameter, word."""
    named = ((name, word) for name, value in utm.items() for word in BRACED.findall(value))
    return [(name, word) for name, word in named if word not in UTM_WORDS]


def link_in_text(article: Article, brief: Brief) -> str:
    """The address as the text may print it: none where it stands in our card alone, or nowhere.

    Where the platform makes the card from the link in the text, that is where "card" puts it.
    """
    alone = brief.link == "card" and brief.limits.card == "client"
    return "" if alone or brief.link == "none" else link_of(article, brief)


def values(article: Article, brief: Brief) -> dict[str, Any]:
    """What a template of this article can name."""
    authors = tuple(map(clean, article.authors))
    out: dict[str, Any] = {
        "title": " ".join(clean(article.title).split()),
        "url": link_in_text(article, brief),
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
        "label": LabelText(clean(brief.disclosure.text)),
        "override_text": clean(brief.override_text),
        "account": brief.account,
        "platform": brief.platform,
        "route": brief.route,
    }
    out["items"] = tuple(Item(**values(each, brief)) for each in article.items)
    return out | {alias: out[name] for alias, name in ALIASES.items()}
