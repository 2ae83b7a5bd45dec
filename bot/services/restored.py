"""After a restore: what went out since then is read back, and what cannot be read back waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bot.domain.article import Article
from bot.domain.delivery import Delivery, Reason, State
from bot.domain.errors import UserError
from bot.domain.evidence import same_post
from bot.domain.post import OwnPost
from bot.ports.facts import BACKUP, BEHIND
from bot.ports.newsroom import Call, Newsroom
from bot.ports.records import PROGRAM, NewDelivery, Pause
from bot.ports.store import Store, Tx
from bot.services.decide import NEW
from bot.services.place import place_all
from bot.services.readback import Seen, article_of, known_refs, look_back, our_hosts, stranger

__all__ = ["Restored", "hold_if_behind", "last_alive", "read_back", "require_whole", "since_when"]

log = structlog.get_logger(__name__)

AWAY = timedelta(minutes=10)
"""A worker that was away for less is not asked whether its database is of yesterday."""
AT_START = timedelta(seconds=30)
"""How long an account may take then: a platform that is down must not keep the others waiting."""
OPEN = (State.HELD, State.QUEUED, State.AWAITING, State.UNKNOWN, State.FAILED, State.MISSED, State.SKIPPED)


@dataclass(slots=True)
class Restored:
    """What was found out and recorded, held, or left to the reader: a line each."""

    published: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


def require_whole(store: Store) -> None:
    """Raise UserError if the database is a backup that was not read back yet."""
    with store.read() as tx:
        taken_at = tx.workers.get(BACKUP)
    if taken_at:
        raise UserError(
            f"this database is a backup of {taken_at[:16]}: what was shared since is not in it. "
            "`sharewire recover --restored` reads it back; then start again"
        )


def since_when(store: Store) -> datetime | None:
    """From when on the database does not know what went out, if it says so itself."""
    with store.read() as tx:
        said = tx.workers.get(BACKUP) or tx.workers.get(BEHIND)
    return datetime.fromisoformat(said) if said else None


def last_alive(tx: Tx) -> datetime | None:
    """When a worker last did anything on this database, as far as it shows: its last poll."""
    polled = [row.last_polled_at for row in tx.sources.rows().values() if row.last_polled_at is not None]
    return max(polled, default=None)


def hold_if_behind(store: Store, newsroom: Newsroom, call: Call, now: datetime) -> list[str]:
    """Pause everything if a readable account shows posts of ours made after this database last lived.

    Ours is a post that is recorded for no share and links to one of our articles, or to the host of our
    sources. A worker that was merely away has posted nothing meanwhile; who posted by hand meanwhile has
    shared what this worker would share again.
    """
    with store.read() as tx:
        alive = last_alive(tx)
        hosts = our_hosts(tx, newsroom)
    if alive is None or now - alive < AWAY:
        return []
    newer = []
    for seen in look_back(store, newsroom, call, alive, now, AT_START):
        if seen.trouble:
            log.info("account.not_read_back", account=seen.account.id, detail=seen.trouble)
            continue
        with store.read() as tx:
            known = known_refs(tx, seen.account.id, alive)
        newer += [post.url for post in seen.posts if post.created_at > alive and stranger(post, known, hosts)]
    if newer:
        reason = (
            f"{newer[-1]} is newer than what this database knows (it last lived {alive:%Y-%m-%d %H:%M} UTC): "
            "was it restored from a backup? Then stop the worker and `sharewire recover --restored`; "
            "if not, `sharewire resume --all`"
        )
        with store.write() as tx:
            tx.accounts.pause(Pause("all", now, None, reason, PROGRAM))
            tx.workers.set(BEHIND, alive.isoformat())
        log.error("database.behind", posts=newer, since=alive.isoformat())
    return newer


def read_back(store: Store, newsroom: Newsroom, call: Call, since: datetime, now: datetime) -> Restored:
    """Record what readable accounts show since then; hold on the others what was due since then.

    The sources have been polled and decided before, so that what was published since has its articles.
    """
    done = Restored()
    for seen in look_back(store, newsroom, call, since, now):
        with store.write() as tx:
            if seen.trouble:
                done.troubles.append(f"{seen.account.id}: {seen.trouble}")
                _hold(tx, seen.account.id, since, now, done)
            else:
                _record(tx, newsroom, seen, since, now, done)
    with store.write() as tx:
        tx.workers.set(BACKUP, None)
        tx.workers.set(BEHIND, None)
        if any(pause.scope == "all" and pause.by == PROGRAM for pause in tx.accounts.pauses(now)):
            tx.accounts.resume("all")
        place_all(tx, newsroom, newsroom.accounts, now)
    log.warning("database.read_back", published=len(done.published), held=len(done.held))
    return done


def _record(tx: Tx, newsroom: Newsroom, seen: Seen, since: datetime, now: datetime, done: Restored) -> None:
    """The account's posts that belong to shares not known to be out."""
    id_ = seen.account.id
    known, hosts = known_refs(tx, id_, since), our_hosts(tx, newsroom)
    rows = list(tx.outbox.list(states=OPEN, account=id_, limit=None))
    articles = tx.articles.many({row.article for row in rows})
    for post in seen.posts:
        if str(post.ref.get("id", "")) in known:
            continue
        row = _row_of(tx, id_, post, rows, articles, since, now)
        if row is None:
            if stranger(post, known, hosts):
                done.strangers.append(f"{id_}: {post.url} links to no article that is known here")
            continue
        rows = [each for each in rows if each.id != row.id]
        _publish(tx, row, post, now)
        done.published.append(f"share {row.id} on {id_}: {post.url}")


def _row_of(
    tx: Tx,
    account: str,
    post: OwnPost,
    rows: Sequence[Delivery],
    articles: dict[int, Article],
    since: datetime,
    now: datetime,
) -> Delivery | None:
    """The share whose post this is; one of an article that had none here is made."""
    for row in sorted(rows, key=lambda each: each.due_at or each.created_at):
        parts = (row.post or {}).get("parts") or [{}]
        link = articles[row.article].url if row.article in articles else ""
        text = str(parts[0].get("text", ""))
        if same_post(post, text=text, link=link, marked_at=since, taken=()):
            return row
    article = article_of(tx, post)
    if article is None:
        return None
    made = tx.outbox.add(_by_itself(tx, article, account, now), now)
    return tx.outbox.get(made) if made else None


def _by_itself(tx: Tx, article: int, account: str, now: datetime) -> NewDelivery:
    known = tx.articles.get(article)
    return NewDelivery(
        article=article,
        account=account,
        occasion=NEW,
        source=known.source if known else "",
        route="",
        rule="found on the account after a restore",
        template="",
        schedule="",
        timing="now",
        urgent=False,
        priority=0,
        published_at=now,
        ready_at=now,
        expires_at=None,
    )


def _publish(tx: Tx, row: Delivery, post: OwnPost, now: datetime) -> None:
    if row.state not in (State.QUEUED, State.UNKNOWN):
        tx.outbox.move(row.id, _on_the_way(row), Reason.RESTORED, at=now)
    if row.state is State.AWAITING:
        tx.outbox.move(row.id, State.QUEUED, Reason.RESTORED, at=now)
    detail = "found on the account after a restore"
    tx.outbox.move(
        row.id, State.PUBLISHED, Reason.RESTORED, at=now, detail=detail, url=post.url, ref=post.ref
    )


def _on_the_way(row: Delivery) -> State:
    """Published is reached from the queue; what waits on the platform is given up first."""
    return State.SKIPPED if row.state is State.AWAITING else State.QUEUED


def _hold(tx: Tx, account: str, since: datetime, now: datetime, done: Restored) -> None:
    """What would have been sent since then, where nobody can be asked."""
    detail = "it may be out since before the restore: look there, then approve or skip"
    for row in tx.outbox.list(states=(State.QUEUED, State.AWAITING), account=account, limit=None):
        waits = row.due_at is not None and row.due_at > now and row.created_at < since
        if waits:
            continue
        to = State.HELD if row.state is State.QUEUED else State.SKIPPED
        tx.outbox.move(row.id, to, Reason.RESTORED, at=now, detail=detail)
        done.held.append(f"share {row.id} on {account} is {to}: {detail}")
