"""Turns an article into an account's post: the one way to a rendering, for preview, plan and send."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.domain.article import Article
from bot.domain.errors import PlatformError
from bot.domain.labels import disclosure
from bot.domain.limits import Limits
from bot.domain.occasion import NEW, yields
from bot.domain.post import Post, Prepared
from bot.domain.wording import NO_WORDS, Wording
from bot.ports.newsroom import Account, Newsroom
from bot.ports.render import Brief, Rendering

__all__ = ["brief", "compose", "limits_of", "post_document", "reads_as", "thaw"]


def brief(
    newsroom: Newsroom,
    account: Account,
    article: Article,
    *,
    route: str = "",
    template: str = "",
    occasion: str = NEW,
    words: Wording = NO_WORDS,
    limits: Limits | None = None,
    instead: str = "",
) -> Brief:
    """What the renderer must know. The account's own template set wins over the route's for news.

    A person's choice for this share (`words`) wins over both, `instead` over all. The account's `link` wins
    over the route's.

    Raises:
        PlatformError: the account's own limits could not be read.
    """
    own = account.options.template
    named = template or own if yields(occasion) else own or template
    found = newsroom.route(route) if route else None
    return Brief(
        account=account.id,
        platform=account.platform,
        limits=account.connector.limits if limits is None else limits,
        route=route,
        template=instead or words.template or named or "default",
        utm=account.options.utm,
        image=account.options.image,
        override_text=article.override_text,
        disclosure=disclosure(article, newsroom.labels, newsroom.languages),
        link=account.options.link or (found.link if found else ""),
        occasion=occasion,
        words=words,
    )


def compose(
    newsroom: Newsroom,
    account: Account,
    article: Article,
    at: datetime,
    *,
    route: str = "",
    template: str = "",
    occasion: str = NEW,
    words: Wording = NO_WORDS,
    limits: Limits | None = None,
    instead: str = "",
) -> Rendering:
    """The post as it would be sent at `at`.

    Raises:
        TemplateError: the template is wrong, or what may not be cut is too long.
        PlatformError: the account's own limits could not be read.
    """
    asked = brief(
        newsroom,
        account,
        article,
        route=route,
        template=template,
        occasion=occasion,
        words=words,
        limits=limits,
        instead=instead or (words.template or template if article.items else ""),
    )
    return newsroom.renderer.render(article, asked, at)


def limits_of(account: Account) -> tuple[Limits, list[str]]:
    """The account's limits, or the usual ones of its platform and a remark that says so."""
    try:
        return account.connector.limits, []
    except PlatformError as error:
        remark = f"{account.id} was not reached for its own limits, counted by the usual ones: {error}"
        return account.connector.default_limits, [remark]


def post_document(post: Post, rendering: Rendering | None = None) -> dict[str, Any]:
    """A post as the JSON that is kept on its row and shown by `preview`."""
    card, counts = post.card, rendering.counts if rendering else ()
    return {
        "parts": [
            {"text": text, "count": counts[i].count, "limit": counts[i].limit}
            if i < len(counts)
            else {"text": text}
            for i, text in enumerate(post.parts)
        ],
        "link": post.link,
        "title": post.title,
        "card": card
        and {
            "url": card.url,
            "title": card.title,
            "description": card.description,
            "image": card.image.url if card.image else "",
        },
        "media": [{"url": image.url, "alt": image.alt} for image in post.images],
        "lang": post.lang,
        "warning": post.warning,
        "template": rendering.template if rendering else "",
    }


def reads_as(document: Mapping[str, Any]) -> tuple[Any, ...]:
    """What readers see of a kept post: two that read the same need no correction."""
    card = document.get("card") or {}
    texts = tuple(part["text"] for part in document.get("parts", ()))
    return texts, document.get("warning", ""), card.get("title", ""), card.get("description", "")


def thaw(document: Mapping[str, Any]) -> Prepared:
    """The frozen payloads as they were prepared."""
    return Prepared(parts=tuple(document["parts"]), notes=tuple(document.get("notes", ())))
