"""Brings old articles back: at each of a rule's times one article for each of its accounts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.domain.article import Article
from bot.domain.evergreen import Candidate, Evergreen, Past, pick, resting, unsuited
from bot.domain.occasion import next_evergreen
from bot.domain.rhythm import next_time
from bot.ports.newsroom import Newsroom
from bot.ports.records import NewDelivery
from bot.ports.store import Tx
from bot.services.decide import excluded

__all__ = ["bring_back", "picks", "why_not"]

PATIENCE = timedelta(days=1)
"""How long an evergreen share waits for a place that no news wants; never until the rule's next time."""


def picks(
    tx: Tx,
    newsroom: Newsroom,
    rule: Evergreen,
    now: datetime,
    more: Mapping[tuple[str, int], Past] | None = None,
) -> dict[str, int]:
    """The article that each account of a rule would get now.

    Args:
        tx: a transaction to read in.
        newsroom: the rules in force.
        rule: one of them.
        now: when.
        more: by (account, article) a past to take for the stored one.
    """
    suited = {
        article.id: article.age_from()
        for article in tx.articles.shown_by(rule.sources)
        if not _unsuited(newsroom, rule, article, now)
    }
    out: dict[str, int] = {}
    for account in rule.accounts:
        if account not in newsroom.accounts:
            continue
        past = tx.outbox.past(account, suited)
        past |= {article: each for (name, article), each in (more or {}).items() if name == account}
        found = pick(rule, (Candidate(id_, at, past.get(id_, Past())) for id_, at in suited.items()), now)
        if found is not None:
            out[account] = found.id
    return out


def bring_back(tx: Tx, newsroom: Newsroom, rule: Evergreen, run_at: datetime, now: datetime) -> list[int]:
    """The rows of one nominal time, in the caller's transaction; none where all is paused."""
    scopes = {pause.scope for pause in tx.accounts.pauses(now)}
    if scopes & {"all", f"route:{rule.name}"}:
        return []
    following = next_time(rule.when, run_at)
    end = min(filter(None, (run_at + PATIENCE, following)))
    made = []
    for account, id_ in picks(tx, newsroom, rule, now).items():
        article = tx.articles.get(id_)
        if article is None or f"account:{account}" in scopes:
            continue
        had = [row.occasion for row in tx.outbox.of_article(id_) if row.account == account]
        new = NewDelivery(
            article=id_,
            account=account,
            occasion=next_evergreen(had),
            source=article.source,
            route=rule.name,
            rule=f"evergreen {rule.name}",
            template=rule.template,
            schedule=newsroom.accounts[account].options.schedule,
            timing="now",
            urgent=False,
            priority=0,
            published_at=article.age_from(),
            ready_at=run_at,
            expires_at=end,
        )
        made.append(tx.outbox.add(new, now))
    return [each for each in made if each is not None]


def why_not(tx: Tx, newsroom: Newsroom, article: Article, now: datetime) -> list[dict[str, str]]:
    """For each rule that reads a source of the article, and each account: whether it may be brought back."""
    sources = tx.articles.sources_of(article.id)
    out = []
    for rule in newsroom.evergreen:
        if sources.keys().isdisjoint(rule.sources):
            continue
        never = _unsuited(newsroom, rule, article, now)
        for account in rule.accounts:
            past = tx.outbox.past(account, [article.id]).get(article.id, Past())
            why = never or resting(rule, past, now)
            said = f"not now: {why}" if why else "may be brought back"
            out.append({"rule": rule.name, "account": account, "shares": str(past.shares), "why": said})
    return out


def _unsuited(newsroom: Newsroom, rule: Evergreen, article: Article, now: datetime) -> str:
    why = unsuited(rule, article, now)
    if not why and excluded(newsroom, article.source, article):
        return f"excluded by [sources.{article.source}]"
    return why
