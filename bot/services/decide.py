"""Decides, for each article not decided yet, which accounts share it, and makes their deliveries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from bot.domain.age import embargo_end, is_baseline
from bot.domain.article import Article
from bot.domain.delivery import Delivery, Reason, State, by_hand
from bot.domain.errors import StoreError
from bot.domain.following import FIRST_LOOK
from bot.domain.routing import Route, Verdict, decide, matches
from bot.ports.newsroom import Newsroom
from bot.ports.records import Decision, NewDelivery, Sighting
from bot.ports.store import Store, Tx
from bot.services.alert import dated_ahead, misdated, tell_share
from bot.services.forbid import UNMARKED, obey
from bot.services.place import place_all

__all__ = ["Decided", "decide_articles", "decide_for", "delivery_for", "excluded", "opens_at", "verdicts"]

log = structlog.get_logger(__name__)

NEW = "new"
TOGETHER = 10
"""Articles decided in one transaction: a share that comes due must not wait long for its turn to write."""
OVERLOOKED = "published while the source was not being read, and too old when it was found"


@dataclass(slots=True)
class Decided:
    """Articles read, and the accounts whose places changed."""

    articles: int = 0
    shares: int = 0
    accounts: set[str] = field(default_factory=set)


def decide_articles(store: Store, newsroom: Newsroom, now: datetime, limit: int = 200) -> Decided:
    """Route what is undecided: an article's decisions, deliveries and `decided_at` are one transaction.

    A few articles share one; where one of them cannot be decided, each gets its own. The places of all are
    given at the end: until then they wait, and would for a minute after a crash.
    """
    done = Decided()
    with store.read() as tx:
        undecided = tx.articles.undecided(limit)
    for start in range(0, len(undecided), TOGETHER):
        lot = undecided[start : start + TOGETHER]
        if len(lot) == 1 or not _decide_lot(store, newsroom, lot, now, done):
            for id_ in lot:
                _decide_one(store, newsroom, id_, now, done)
    if done.accounts:
        _give_places(store, newsroom, done.accounts, now)
    return done


def _decide_lot(store: Store, newsroom: Newsroom, ids: Sequence[int], now: datetime, done: Decided) -> bool:
    """All of them, or none and False."""
    try:
        with store.write() as tx:
            tx.articles.hold()  # one who takes in holds articles in another order
            lot: list[tuple[int, list[Said], set[str]]] = []
            for id_ in ids:
                said: list[Said] = []
                lot.append((id_, said, _decide(tx, newsroom, id_, now, said)))
    except StoreError:
        raise
    except Exception:  # noqa: BLE001 - it comes again, alone, and is told of then
        return False
    for id_, said, touched in lot:
        _tell(id_, said, touched, done)
    return True


def _decide_one(store: Store, newsroom: Newsroom, id_: int, now: datetime, done: Decided) -> None:
    said: list[Said] = []
    try:
        with store.write() as tx:
            touched = _decide(tx, newsroom, id_, now, said)
    except StoreError:
        raise
    except Exception:
        # It stays undecided and is read again; the oldest must not keep all that is newer from its turn.
        log.exception("article.fault", article=id_)
        return
    _tell(id_, said, touched, done)


def _tell(id_: int, said: Sequence[Said], touched: set[str], done: Decided) -> None:
    for event, fields in said:  # only what has been committed is told
        log.info(event, article=id_, **fields)
    done.articles += 1
    done.shares += sum(event == "share.decided" for event, _ in said)
    done.accounts |= touched


def _give_places(store: Store, newsroom: Newsroom, accounts: Collection[str], now: datetime) -> None:
    try:
        with store.write() as tx:
            place_all(tx, newsroom, accounts, now)
    except StoreError:
        raise
    except Exception:
        # What was decided stands; the worker gives places afresh every minute.
        log.exception("places.fault", accounts=sorted(accounts))


def decide_for(tx: Tx, newsroom: Newsroom, article: int, accounts: Collection[str], now: datetime) -> None:
    """Decide an article for these accounts alone; what was decided for others stands."""
    said: list[Said] = []
    _decide(tx, newsroom, article, now, said, accounts)
    for event, fields in said:
        log.info(event, article=article, **fields)


def verdicts(
    newsroom: Newsroom,
    article: Article,
    sightings: Mapping[str, Sighting],
    pairs: Mapping[tuple[str, str], datetime],
    now: datetime,
    *,
    known: frozenset[str] = frozenset(),
) -> tuple[Verdict, ...]:
    """What the routes say of an article now. `known` accounts have a delivery: no baseline, no age."""
    sources = [source for source, sighting in sightings.items() if not sighting.baseline]
    shown = [s for s in sources if not excluded(newsroom, s, article)]
    out = []
    for verdict in decide(article, newsroom.routes, shown):
        if article.withdrawn_at is not None:
            verdict = replace(verdict, share=False, rule="it was withdrawn", reason=Reason.WITHDRAWN)  # noqa: PLW2901
        elif refusal := _refusal(article):
            verdict = replace(verdict, share=False, rule=refusal, reason=Reason.FILTERED)  # noqa: PLW2901
        elif verdict.share and verdict.account not in known:
            verdict = _aged(verdict, article, shown, pairs, now)  # noqa: PLW2901 - refined, not replaced
        out.append(verdict)
    named = {verdict.account for verdict in out}
    rule = f"excluded by [sources.{sources[0]}]" if sources else "published before you started"
    reason = Reason.FILTERED if sources else Reason.BASELINE
    for source in sources or sightings:
        for account in newsroom.accounts_of(source):
            if account not in named:
                named.add(account)
                out.append(Verdict(account, share=False, rule=rule, reason=reason, route=None))
    return tuple(out)


def _refusal(article: Article) -> str:
    """Why no account shares this article, whatever the routes say; "" where nothing stands against it."""
    says = article.title or article.summary or article.override_text
    return article.skip or ("" if says else "neither its source nor its page gives it a title")


def excluded(newsroom: Newsroom, source: str, article: Article) -> bool:
    """Whether a source keeps an article out of everything."""
    feed = newsroom.sources.get(source)
    return bool(feed and feed.exclude and matches(feed.exclude, article))


def _aged(
    verdict: Verdict,
    article: Article,
    sources: list[str],
    pairs: Mapping[tuple[str, str], datetime],
    now: datetime,
) -> Verdict:
    """A share turned into a pass where the account met the source later, or the article is too old."""
    route = verdict.route
    seeds = [pairs[s, verdict.account] for s in sources if (s, verdict.account) in pairs]
    published = article.published_at
    if seeds and is_baseline(article.first_seen_at, published, min(seeds), in_first_poll=False):
        return Verdict(verdict.account, False, "published before you started", Reason.BASELINE, route)
    if route and route.max_age and article.age_from() + route.max_age <= now:
        rule = f"older than max_age of route {route.name}"
        return Verdict(verdict.account, False, rule, Reason.TOO_OLD, route)
    return verdict


def opens_at(newsroom: Newsroom, article: Article) -> datetime | None:
    """When its own date, and what the desk wrote in it, first let an article be shared; None: at once."""
    feed = newsroom.sources.get(article.source)
    dated = embargo_end(article, feed.options.future.tolerance) if feed else None
    return max((at for at in (dated, article.not_before) if at), default=None)


def delivery_for(
    newsroom: Newsroom, article: Article, account: str, route: Route, rule: str, now: datetime
) -> NewDelivery:
    """The row that a route's verdict makes."""
    source = newsroom.sources.get(article.source)
    settled = article.changed_at + (source.options.stable_for if source else timedelta(0))
    ready = article.first_seen_at if route.urgent else max(article.first_seen_at + route.delay, settled)
    ready = max(ready, now) if route.urgent else ready
    opens = opens_at(newsroom, article)
    age = max(article.age_from(), opens) if opens else article.age_from()
    state, reason, detail = State.QUEUED, Reason.NONE, ""
    dated = embargo_end(article, source.options.future.tolerance) if source else None
    if dated and source and dated > now and source.options.future.beyond == "hold":
        state, reason = State.HELD, Reason.EMBARGO
        detail = f"its date, {dated:%Y-%m-%d %H:%M} UTC, lies ahead"
    elif route.approve:
        state, reason = State.HELD, Reason.APPROVAL
    elif article.flood:
        state, reason = State.HELD, Reason.FLOOD
    return NewDelivery(
        article=article.id,
        account=account,
        occasion=NEW,
        source=article.source,
        route=route.name,
        rule=rule,
        template=route.template,
        schedule=newsroom.schedule_of(route, account),
        timing="now" if route.urgent else route.timing,
        urgent=route.urgent,
        priority=route.priority,
        published_at=age,
        ready_at=max(ready, opens) if opens else ready,
        expires_at=age + route.max_age if route.max_age else None,
        state=state,
        reason=reason,
        detail=detail,
    )


Said = tuple[str, dict[str, object]]
"""An event to be logged once its transaction has been committed."""


def _decide(
    tx: Tx,
    newsroom: Newsroom,
    id_: int,
    now: datetime,
    done: list[Said],
    only: Collection[str] = (),
) -> set[str]:
    """One article, in the caller's transaction; the accounts whose waiting rows changed."""
    article = tx.articles.get(id_, held=True)
    if article is None:
        return set()
    if article.withdrawn_at and tx.following.get(id_).held_at:
        tx.articles.decide(id_, [], now)  # read again once a person has said whether it is withdrawn
        return set()
    every = tx.outbox.of_article(id_)
    touched: set[str] = set()
    if every and (obeyed := obey(tx, article, every, now)):
        done += obeyed.values()
        touched |= {row.account for row in every if row.id in obeyed}
        every = tx.outbox.of_article(id_)
    rows = {row.account: row for row in every if row.occasion == NEW}
    sightings = tx.articles.sources_of(id_)
    pairs = tx.sources.pairs(sightings)
    said = verdicts(newsroom, article, sightings, pairs, now, known=frozenset(rows))
    said = tuple(verdict for verdict in said if not only or verdict.account in only)
    for verdict in said:
        if event := _apply(tx, newsroom, article, verdict, rows.get(verdict.account), now):
            touched.add(verdict.account)
            done.append(event)
    if any(verdict.share for verdict in said):
        tx.following.watch(id_, now + FIRST_LOOK)
        dated_ahead(tx, newsroom, article, now)
    tx.articles.decide(
        id_,
        [Decision(v.account, "share" if v.share else "pass", v.reason, v.rule, now) for v in said],
        now,
    )
    return touched


def _apply(
    tx: Tx,
    newsroom: Newsroom,
    article: Article,
    verdict: Verdict,
    row: Delivery | None,
    now: datetime,
) -> Said | None:
    """Make, change or take back one account's row; what to say of it, None if nothing changed."""
    fields: dict[str, object] = {"account": verdict.account, "rule": verdict.rule}
    route = verdict.route
    if verdict.share and route:
        new = delivery_for(newsroom, article, verdict.account, route, verdict.rule, now)
        if row is None:
            made = tx.outbox.add(new, now)
            told = misdated(tx, newsroom, article, now)
            quiet = (told and new.reason is Reason.EMBARGO) or new.reason is Reason.FLOOD
            if made and new.state is State.HELD and not quiet and (born := tx.outbox.get(made)):
                tell_share(tx, born, new.state, new.reason, new.detail, now)
            return ("share.decided", fields | {"delivery": made, "state": str(new.state)}) if made else None
        if by_hand(row):
            return None
        if row.state is State.SKIPPED and row.reason is Reason.FILTERED and not row.part:
            tx.outbox.move(row.id, State.QUEUED, Reason.NONE, at=now, detail="its route takes it again")
            tx.outbox.change(row.id, new)
            return "share.given_back", fields | {"delivery": row.id}
        return ("share.changed", fields | {"delivery": row.id}) if tx.outbox.change(row.id, new) else None
    if row is None:
        if verdict.reason is Reason.TOO_OLD and route and article.overlooked:
            late = delivery_for(newsroom, article, verdict.account, route, verdict.rule, now)
            late = replace(late, state=State.MISSED, reason=Reason.OUTAGE, detail=OVERLOOKED)
            made = tx.outbox.add(late, now)
            missed = tx.outbox.get(made) if made else None
            if missed is not None:
                tell_share(tx, missed, missed.state, missed.reason, missed.detail, now)
            return "share.missed", fields | {"delivery": made, "reason": "outage"}
        return None
    if row.state in UNMARKED and not row.part and not row.pinned and not by_hand(row):
        tx.outbox.move(row.id, State.SKIPPED, verdict.reason, at=now, detail=verdict.rule)
        return "share.taken_back", fields | {"delivery": row.id, "reason": str(verdict.reason)}
    return None
