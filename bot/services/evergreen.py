"""Brings old articles back: at each of a rule's times one article for each of its accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.article import Article
from bot.domain.delivery import turn_after
from bot.domain.evergreen import Candidate, Evergreen, Past, aged, never, ranked, resting, unsuited
from bot.domain.occasion import next_evergreen
from bot.domain.rhythm import next_time
from bot.domain.wording import Wording
from bot.ports.newsroom import Newsroom
from bot.ports.records import NewDelivery
from bot.ports.store import Tx
from bot.services.decide import excluded

__all__ = ["Shelf", "bring_back", "shortlists", "why_not"]

PATIENCE = timedelta(days=1)
"""How long an evergreen share waits for a place that no news wants; never until the rule's next time."""


SPARE = 20
"""Candidates of an account that are kept beside the first, should it be gone when its row is made."""


@dataclass(slots=True)
class Shelf:
    """What rules choose among, read once: the articles that suit a rule, and what each account had."""

    tx: Tx
    newsroom: Newsroom
    suited: dict[str, dict[int, datetime]] = field(default_factory=dict)
    pasts: dict[str, dict[int, Past]] = field(default_factory=dict)

    def best(self, rule: Evergreen, account: str, now: datetime, most: int = 1) -> list[int]:
        """The articles that an account would get by a rule now, the first first."""
        past = self._past(account, rule)
        some = (
            Candidate(id_, at, past.get(id_, Past()))
            for id_, at in self._suited(rule).items()
            if not aged(rule, at, now)
        )
        return [each.id for each in ranked(rule, some, now, most)]

    def tell(self, rule: Evergreen, account: str, article: int, now: datetime) -> int:
        """As if it had been shared by a rule; which time it was."""
        past = self._past(account, rule)
        had = past.get(article, Past())
        past[article] = Past(had.shares + 1, now)
        return had.shares + 1

    def _suited(self, rule: Evergreen) -> dict[int, datetime]:
        if rule.name not in self.suited:
            self.suited[rule.name] = {
                article.id: article.age_from()
                for article in self.tx.articles.shown_by(rule.sources)
                if not never(rule, article) and not excluded(self.newsroom, article.source, article)
            }
        return self.suited[rule.name]

    def _past(self, account: str, rule: Evergreen) -> dict[int, Past]:
        known = self.pasts.setdefault(account, {})
        unknown = self._suited(rule).keys() - known.keys()
        known |= dict.fromkeys(unknown, Past()) | self.tx.outbox.past(account, unknown)
        return known


def shortlists(tx: Tx, newsroom: Newsroom, rule: Evergreen, now: datetime) -> dict[str, list[int]]:
    """The articles that each account of a rule may get now, the best first; long to find, and only read."""
    shelf = Shelf(tx, newsroom)
    accounts = (account for account in rule.accounts if account in newsroom.accounts)
    return {account: shelf.best(rule, account, now, 1 + SPARE) for account in accounts}


def bring_back(
    tx: Tx,
    newsroom: Newsroom,
    rule: Evergreen,
    run_at: datetime,
    now: datetime,
    found: Mapping[str, Sequence[int]] | None = None,
) -> list[int]:
    """The rows of one nominal time, in the caller's transaction; none where all is paused.

    Args:
        tx: the transaction.
        newsroom: the rules in force.
        rule: one of them.
        run_at: its nominal time.
        now: when.
        found: its shortlists, read before the transaction began: each article is looked at once more.
    """
    scopes = {pause.scope for pause in tx.accounts.pauses(now)}
    if scopes & {"all", f"route:{rule.name}"}:
        return []
    following = next_time(rule.when, run_at)
    end = min(filter(None, (run_at + PATIENCE, following)))
    made = []
    lists = shortlists(tx, newsroom, rule, now) if found is None else found
    for account, some in lists.items():
        if f"account:{account}" in scopes:
            continue
        article = _first(tx, newsroom, rule, account, some, now)
        if article is None:
            continue
        rows = tx.outbox.of_article(article.id)
        had = [row.occasion for row in rows if row.account == account]
        new = NewDelivery(
            article=article.id,
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
            wording=Wording(turn=turn_after(rows, account)).document(),
        )
        made.append(tx.outbox.add(new, now))
    return [each for each in made if each is not None]


def _first(
    tx: Tx, newsroom: Newsroom, rule: Evergreen, account: str, some: Sequence[int], now: datetime
) -> Article | None:
    """The first of a shortlist that may still be brought back."""
    for id_ in some:
        article = tx.articles.get(id_)
        past = tx.outbox.past(account, [id_]).get(id_, Past())
        if article and not _unsuited(newsroom, rule, article, now) and not resting(rule, past, now):
            return article
    return None


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
