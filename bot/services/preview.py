"""Shows posts as they would be sent, and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.domain.article import Article
from bot.domain.cost import dollars
from bot.domain.errors import TemplateError
from bot.domain.labels import disclosure
from bot.domain.occasion import EDITION, NEW
from bot.domain.routing import decide
from bot.domain.wording import NO_WORDS, Wording
from bot.ports.newsroom import Account, Newsroom
from bot.ports.store import Store
from bot.services.compose import limits_of, post_document
from bot.services.edition import few_in, fill
from bot.services.spend import compose_within, cost_on, over_budget

__all__ = ["preview", "preview_edition", "preview_on"]


def preview(
    newsroom: Newsroom,
    article: Article,
    at: datetime,
    only: str = "",
    *,
    spending: Mapping[str, int] | None = None,
    words: Mapping[str, Wording] | None = None,
) -> list[dict[str, Any]]:
    """`[{account, platform, article, label, template, parts, link, card, media, lang, cost_usd, warnings}]`.

    One for each account that the article's routes name; where no route takes it, for every account, with
    a warning that says so. `spending` is what each account has spent this month, `words` what the share that
    waits there says of its words.
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
            words=(words or {}).get(name, NO_WORDS),
            urgent=bool(route and route.urgent),
            spent=(spending or {}).get(name, 0),
        )
        if article.page_trouble:
            remark.append(f"its page could not be read, only its source: {article.page_trouble}")
        document["warnings"] = [*remark, *document["warnings"]]
        out.append(document)
    return out


def preview_edition(
    store: Store,
    newsroom: Newsroom,
    edition: Article,
    at: datetime,
    only: str = "",
    *,
    spending: Mapping[str, int] | None = None,
) -> list[dict[str, Any]]:
    """As `preview`, of an edition: as it was told where it was, else as it would be told now."""
    digest = newsroom.digest(edition.source.removeprefix(EDITION))
    out = []
    for name in [only] if only else digest.accounts if digest else ():
        with store.read() as tx:
            rows = tx.outbox.of_article(edition.id) if edition.id else ()
            row = next((each for each in rows if each.account == name), None)
            filled = fill(tx, newsroom, edition, name, at, row)
        document = preview_on(
            newsroom,
            newsroom.accounts[name],
            filled,
            at,
            route=digest.name if digest else "",
            template=digest.template if digest else "",
            words=row.words if row else NO_WORDS,
            spent=(spending or {}).get(name, 0),
        )
        few = few_in(newsroom, filled)
        document["warnings"] += [f"there would be no edition: {few}"] if few else []
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
    occasion: str = NEW,
    words: Wording = NO_WORDS,
    urgent: bool = False,
    spent: int = 0,
) -> dict[str, Any]:
    """One account's post; what cannot be rendered has no parts, and says why in `error`.

    `over_budget` says why there is no money for it, "" if there is.
    """
    label = disclosure(article, newsroom.labels, newsroom.languages)
    base = {
        "account": account.id,
        "platform": account.platform,
        "article": {"id": article.id or None, "url": article.url, "title": article.title},
        "label": {"name": label.name, "text": label.text} if label.text else None,
    }
    limits, warnings = limits_of(account)
    try:
        rendering = compose_within(
            newsroom,
            account,
            article,
            at,
            spent=spent,
            urgent=urgent,
            route=route,
            template=template,
            occasion=occasion,
            words=words,
            limits=limits,
        )
    except TemplateError as error:
        nothing: dict[str, Any] = {"template": "", "parts": [], "link": None, "card": None, "media": []}
        rest = {"lang": article.lang, "cost_usd": None, "over_budget": "", "warnings": warnings}
        rest |= {"error": str(error)}
        return base | nothing | rest
    post = post_document(rendering.post, rendering)
    cost = cost_on(account, rendering)
    over = over_budget(account, cost, spent, at, urgent=urgent)
    return base | {
        "template": rendering.template,
        "parts": post["parts"],
        "link": post["link"],
        "card": post["card"],
        "media": post["media"],
        "lang": post["lang"],
        "cost_usd": dollars(cost.total) if cost else None,
        "over_budget": over,
        "warnings": [*warnings, *rendering.warnings, *([f"over budget: {over}"] if over else [])],
    }
