"""What a person orders about single shares: hold, approve, skip, retry, resolve, move; pause and resume."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from bot.domain.delivery import Delivery, Reason, State, Work
from bot.domain.errors import MoveError, UserError
from bot.domain.outcome import released
from bot.domain.post import Ref
from bot.ports.newsroom import Newsroom
from bot.ports.platform import RecognisingPlatform
from bot.ports.records import Pause
from bot.ports.store import Store, Tx
from bot.services.blackout import in_force
from bot.services.compose import thaw
from bot.services.decide import opens_at
from bot.services.doubt import left_to_a_person
from bot.services.place import place, place_all

__all__ = ["approve", "hold", "move", "pause", "resolve", "resume", "retry", "skip"]

log = structlog.get_logger(__name__)


def _order(
    store: Store, newsroom: Newsroom, id_: int, now: datetime, act: Callable[[Tx, Delivery], Delivery]
) -> Delivery:
    """One order on one share, and its account's places given afresh.

    Raises:
        UserError: there is no such share, or it cannot be moved so.
    """
    with store.write() as tx:
        row = tx.outbox.get(id_)
        if row is None:
            raise UserError(f"there is no share {id_}: `sharewire queue list` shows their numbers")
        try:
            done = act(tx, row)
        except MoveError as error:
            raise UserError(f"share {id_}: {error}") from error
        tx.alerts.close(f"share:{id_}", now)
        place(tx, newsroom, row.account, now)
        done = tx.outbox.get(id_) or done
    log.info("share.ordered", delivery=id_, account=done.account, state=str(done.state), by="person")
    return done


def _out_already(row: Delivery) -> None:
    """Raise MoveError where a share is out: it is taken back otherwise than by an order on the queue."""
    if row.state is State.PUBLISHED and row.work is Work.POST:
        raise MoveError(
            f"it is published: `sharewire withdraw {row.article} --reason …` takes it and its article back"
        )


def _stop(tx: Tx, row: Delivery, to: State, why: str, now: datetime) -> Delivery:
    """End a share's way here; one just being prepared is taken from its worker, whose mark is refused."""
    if row.state is State.SENDING and row.committed_at is None:
        tx.outbox.record(row.id, row.lease_epoch, released(Reason.PERSON, why, now, to), now)
        return tx.outbox.get(row.id) or row
    return tx.outbox.move(row.id, to, Reason.PERSON, at=now, detail=why)


def hold(store: Store, newsroom: Newsroom, id_: int, now: datetime, why: str = "") -> Delivery:
    """Keep a share back until it is approved; it ages meanwhile."""

    def act(tx: Tx, row: Delivery) -> Delivery:
        _out_already(row)
        return _stop(tx, row, State.HELD, why, now)

    return _order(store, newsroom, id_, now, act)


def approve(store: Store, newsroom: Newsroom, id_: int, now: datetime) -> Delivery:
    """Let a held share go to the queue."""

    def act(tx: Tx, row: Delivery) -> Delivery:
        if row.state is not State.HELD:
            raise MoveError(f"it is {row.state}, not held")
        article = tx.articles.get(row.article)
        if article is not None and article.withdrawn_at and tx.following.get(article.id).held_at:
            where = f"sharewire sources keep {article.source}, or withdraw {article.source}"
            raise MoveError(f"its source has lost its article with others: {where}")
        return tx.outbox.move(row.id, State.QUEUED, Reason.NONE, at=now, detail="approved")

    return _order(store, newsroom, id_, now, act)


def skip(store: Store, newsroom: Newsroom, id_: int, now: datetime, why: str = "") -> Delivery:
    """Do not share it; its slot is free again."""

    def act(tx: Tx, row: Delivery) -> Delivery:
        _out_already(row)
        return _stop(tx, row, State.SKIPPED, why, now)

    return _order(store, newsroom, id_, now, act)


def retry(store: Store, newsroom: Newsroom, id_: int, now: datetime) -> Delivery:
    """Send a failed, missed or skipped share after all; an unconfirmed one needs `resolve`."""

    def act(tx: Tx, row: Delivery) -> Delivery:
        if row.state is State.UNKNOWN:
            raise MoveError(
                "it may have been published; look at the account, then "
                f"`sharewire queue resolve {row.id} --published URL`, `--retry` or `--skip`"
            )
        if row.state not in (State.FAILED, State.MISSED, State.SKIPPED):
            raise MoveError(f"it is {row.state}; only what failed, was missed or skipped is retried")
        article = tx.articles.get(row.article)
        withdrawn = article is not None and article.withdrawn_at and row.work is not Work.WITHDRAW
        if withdrawn or row.reason is Reason.WITHDRAWN:
            raise MoveError(f"its article was withdrawn: `sharewire share {row.article} --again`")
        if row.reason is Reason.SUPERSEDED:
            raise MoveError("its article turned out to be one that has a share of its own here")
        return tx.outbox.move(row.id, State.QUEUED, Reason.RETRY, at=now, due_at=now, pin=True)

    return _order(store, newsroom, id_, now, act)


def resolve(
    store: Store, newsroom: Newsroom, id_: int, now: datetime, *, to: State, url: str = ""
) -> Delivery:
    """A person has looked: PUBLISHED (with its URL), QUEUED (not there, send it), or SKIPPED.

    Of a thread PUBLISHED says that the part in doubt is there; the rest of it goes out below.

    Raises:
        UserError: it is not in doubt, or the rest of its thread cannot be put below `url`.
    """

    def act(tx: Tx, row: Delivery) -> Delivery:
        if row.state is not State.UNKNOWN:
            raise MoveError(f"it is {row.state}, not unconfirmed")
        ref = _ref_at(newsroom, row, url) if to is State.PUBLISHED else None
        rest = to is State.PUBLISHED and _is_not_last(row, ref, url)
        queued = rest or to is State.QUEUED
        moved = tx.outbox.move(
            row.id,
            State.QUEUED if rest else to,
            Reason.PERSON,
            at=now,
            detail="resolved by a person",
            url=url,
            ref=ref,
            due_at=now if queued else None,
            pin=queued,
        )
        if not left_to_a_person(tx, row.account):
            tx.accounts.probe(row.account, None)
        return moved

    return _order(store, newsroom, id_, now, act)


def _ref_at(newsroom: Newsroom, row: Delivery, url: str) -> Ref | None:
    """What the platform calls the part in doubt, which a person sees at `url`; None where it cannot say."""
    if row.work is not Work.POST:
        return dict(thaw(row.prepared or {"parts": ()}).parts[row.part]["ref"])
    account = newsroom.accounts.get(row.account)
    if account is None or not isinstance(account.connector, RecognisingPlatform):
        return None
    return account.connector.recognise(url, f"{row.idempotency_key}:{row.part}")


def _is_not_last(row: Delivery, ref: Ref | None, url: str) -> bool:
    """Whether parts are left to send below the one in doubt."""
    parts = len((row.prepared or {"parts": ()})["parts"])
    if row.part + 1 >= parts:
        return False
    if ref is None:
        raise MoveError(
            f"it is post {row.part + 1} of {parts}, and {url} does not say which post the others go below: "
            "give the post's own address, or leave them unsent with `--skip`"
        )
    return True


def move(store: Store, newsroom: Newsroom, id_: int, at: datetime, now: datetime) -> Delivery:
    """Pin a waiting share to a time of a person's choice.

    Raises:
        UserError: the time is past, the share does not wait, or there is none.
    """
    if at < now:
        raise UserError(f"{at.isoformat()} is past: name a time to come")

    def act(tx: Tx, row: Delivery) -> Delivery:
        if row.state not in (State.QUEUED, State.HELD):
            raise MoveError(f"it is {row.state}; only what waits can be moved")
        article = tx.articles.get(row.article)
        opens = opens_at(newsroom, article) if article else None
        if opens and opens > at:
            raise MoveError(f"it is embargoed until {opens:%Y-%m-%d %H:%M} UTC")
        blackout = in_force(newsroom, row.route, at) if row.work is Work.POST else None
        if blackout is not None:
            raise MoveError(f"{blackout.name} stands against it until {blackout.end:%Y-%m-%d %H:%M} UTC")
        return tx.outbox.move(row.id, State.QUEUED, Reason.PERSON, at=now, due_at=at, pin=True)

    return _order(store, newsroom, id_, now, act)


def pause(store: Store, scope: str, now: datetime, until: datetime | None, why: str) -> Pause:
    """Stop an account, a route or everything; what is being uploaded stops before it goes public."""
    pause = Pause(scope, now, until, why, "person")
    with store.write() as tx:
        tx.accounts.pause(pause)
    log.info("paused", scope=scope, until=until.isoformat() if until else "resumed", reason=why)
    return pause


def resume(store: Store, newsroom: Newsroom, scope: str, now: datetime) -> bool:
    """End a pause; waiting shares get places afresh, so that nothing floods. False if there was none."""
    with store.write() as tx:
        ended = tx.accounts.resume(scope)
        tx.alerts.close(scope, now)
        for account in newsroom.accounts:
            if scope in ("all", f"account:{account}"):
                tx.accounts.throttle(account, None, "")
        place_all(tx, newsroom, newsroom.accounts, now)
    log.info("resumed", scope=scope)
    return ended
