"""Shows posts as they would be sent, and writes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.domain.article import Article
from bot.domain.errors import PlatformError, TemplateError
from bot.domain.routing import decide
from bot.ports.newsroom import Account, Newsroom
from bot.services.compose import compose, post_document

__all__ = ["preview", "preview_on"]


def preview(newsroom: Newsroom, article: Article, at: datetime, only: str = "") -> list[dict[str, Any]]:
    """`[{account, platform, article, template, parts, link, card, media, lang, cost_usd, warnings}]`.

    One for each account that the article's routes name; where no route takes it, for every account, with
    a warning that says so.
    """
    routed = {v.account: v for v in decide(article, newsroom.routes, (article.source,))}
    names = list(routed) or list(newsroom.accounts)
    out = []
    for name in [only] if only else names:
        verdict = routed.get(name)
        route = verdict.route if verdict else None
        remark = [] if route else [f"no route takes this article to {name}: shown with the default template"]
        document = preview_on(
            newsroom,
            newsroom.accounts[name],
            article,
            at,
            route=route.name if route else "",
            template=route.template if route else "",
        )
        document["warnings"] = [*remark, *document["warnings"]]
        out.append(document)
    return out


def preview_on(
    newsroom: Newsroom,
    account: Account,
    article: Article,
    at: datetime,
    *,
    route: str = "",
    template: str = "",
) -> dict[str, Any]:
    """One account's post; what cannot be rendered has no parts, and says why in `error`."""
    base = {
        "account": account.id,
        "platform": account.platform,
        "article": {"id": article.id or None, "url": article.url, "title": article.title},
    }
    warnings: list[str] = []
    limits = None
    try:
        limits = account.connector.limits
    except PlatformError as error:
        warnings.append(
            f"{account.id} was not reached for its own limits, counted by the usual ones: {error}"
        )
        limits = account.connector.default_limits
    try:
        rendering = compose(newsroom, account, article, at, route=route, template=template, limits=limits)
    except TemplateError as error:
        nothing: dict[str, Any] = {"template": "", "parts": [], "link": None, "card": None, "media": []}
        rest = {"lang": article.lang, "cost_usd": None, "warnings": warnings, "error": str(error)}
        return base | nothing | rest
    post = post_document(rendering.post, rendering)
    return base | {
        "template": rendering.template,
        "parts": post["parts"],
        "link": post["link"],
        "card": post["card"],
        "media": post["media"],
        "lang": post["lang"],
        "cost_usd": None,
        "warnings": [*warnings, *rendering.warnings],
    }
