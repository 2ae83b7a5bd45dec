"""Reads accounts back and holds what stands there against what the database knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.delivery import State
from bot.domain.errors import PlatformError
from bot.domain.evidence import CLOCKS_APART
from bot.domain.identity import host_of
from bot.domain.post import OwnPost
from bot.ports.newsroom import Account, Call, Newsroom
from bot.ports.platform import FindablePlatform
from bot.ports.store import Store, Tx
from bot.services.share import find_article
from bot.services.spend import charge_look

__all__ = ["Seen", "article_of", "known_refs", "look_back", "our_hosts", "stranger", "verify"]

LOOK_DEADLINE = timedelta(minutes=2)
REFS_BEFORE = timedelta(days=2)
"""A share is recorded under its mark's time, which may lie well before its post's."""
SENT_BEFORE = timedelta(days=1)
"""A share may have been settled so long after it was sent."""
RECENT = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """What an account shows since a time; `trouble` says why nothing could be read; `mute`: never can."""

    account: Account
    posts: Sequence[OwnPost] = ()
    trouble: str = ""
    mute: bool = False


def look_back(
    store: Store,
    newsroom: Newsroom,
    call: Call,
    since: datetime,
    now: datetime,
    deadline: timedelta = LOOK_DEADLINE,
) -> Iterator[Seen]:
    """Each account's own posts since then, oldest first, one after the other; what it costs counts."""
    for account in newsroom.accounts.values():
        connector = account.connector
        if not isinstance(connector, FindablePlatform):
            yield Seen(account, trouble="cannot be read back", mute=True)
            continue
        with store.read() as tx:
            expected = len(known_refs(tx, account.id, since))
        charge_look(store, account, expected, now)
        try:
            posts = call(lambda: connector.find(since - CLOCKS_APART), deadline)  # noqa: B023 - called at once
        except PlatformError as error:
            if error.status is not None:  # it answered, with no post
                charge_look(store, account, 0, now)
            yield Seen(account, trouble=f"cannot be read back just now: {error}")
        except Exception as error:  # noqa: BLE001 - said there; the other accounts are read all the same
            yield Seen(account, trouble=f"cannot be read back just now: {type(error).__name__}")
        else:
            charge_look(store, account, len(posts), now)
            yield Seen(account, sorted(posts, key=lambda post: post.created_at))


def known_refs(tx: Tx, account: str, since: datetime) -> set[str]:
    """Ids of the account's posts that the database has."""
    return tx.outbox.refs_of(account, since - REFS_BEFORE)


def our_hosts(tx: Tx, newsroom: Newsroom) -> set[str]:
    """Hosts that our articles lie on: those of the latest ones, and of the sources themselves."""
    addresses = [article.url for article in tx.articles.latest(RECENT)]
    addresses += [str(getattr(feed.options, "url", "")) for feed in newsroom.sources.values()]
    return {host_of(each) for each in addresses} - {""}


def article_of(tx: Tx, post: OwnPost) -> int | None:
    """The article that a post links to, if it is known."""
    for link in post.links:
        if (article := find_article(tx, link)) is not None:
            return article.id
    return None


def verify(
    store: Store, newsroom: Newsroom, call: Call, since: datetime, now: datetime
) -> tuple[list[str], int, list[str]]:
    """What does not agree, a line each; how many shares do; the accounts that nobody can ask."""
    problems: list[str] = []
    mute: list[str] = []
    agreed = 0
    for seen in look_back(store, newsroom, call, since - SENT_BEFORE, now):
        id_ = seen.account.id
        if seen.mute:
            mute.append(id_)
            continue
        if seen.trouble:
            problems.append(f"{id_}: {seen.trouble}")
            continue
        there = {str(post.ref.get("id", "")) for post in seen.posts}
        with store.read() as tx:
            rows = tx.outbox.list(states=(State.PUBLISHED,), account=id_, since=since, limit=None)
            known, hosts = known_refs(tx, id_, since), our_hosts(tx, newsroom)
            strangers = [p for p in seen.posts if p.created_at >= since and stranger(p, known, hosts)]
            named = [(post, article_of(tx, post)) for post in strangers]
        for row in rows:
            ids = {str(ref.get("id", "")) for ref in row.refs} - {""}
            if ids - there:
                problems.append(
                    f"{id_}: share {row.id} is published here, and not to be seen there: {row.remote_url}"
                )
            else:
                agreed += 1
        problems += [
            f"{id_}: {post.url} is there and not recorded"
            + (f"; it links to article {article}" if article else "")
            for post, article in named
        ]
    return problems, agreed, mute


def stranger(post: OwnPost, known: set[str], hosts: set[str]) -> bool:
    """A post that links to our articles and is recorded for no share."""
    return str(post.ref.get("id", "")) not in known and bool({host_of(link) for link in post.links} & hosts)
