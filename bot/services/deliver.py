"""Carries out one claimed delivery: render, prepare, mark, publish, record — part by part."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from bot.domain.alert import Alert, Event
from bot.domain.allowance import Allowance, spent_until
from bot.domain.article import Article
from bot.domain.delivery import Delivery, Reason, State, Work
from bot.domain.errors import (
    Ambiguous,
    MoveError,
    PlatformError,
    StoreError,
    TemplateError,
    Throttled,
    Unauthorized,
    Unavailable,
)
from bot.domain.outcome import Step, accepted, after_error, pending, released
from bot.domain.post import Accepted, Pending, Prepared
from bot.ports.newsroom import Account, Call, Clock, Newsroom
from bot.ports.platform import MeteredPlatform
from bot.ports.records import PROGRAM, Pause
from bot.ports.store import Store, Tx
from bot.services.alert import needs_a_person, tell_share
from bot.services.amend import begin, perform, replay_of
from bot.services.compose import post_document, thaw
from bot.services.doubt import next_probe, waiting
from bot.services.edition import few_in, fill, freeze
from bot.services.gates import Share, stopped_by
from bot.services.mark import mark, stopped
from bot.services.place import place
from bot.services.repeat import bear, repeated
from bot.services.spend import charge_alts, compose_within, cost_on, say_once, spent_by
from bot.services.unread import by_its_page

__all__ = ["Courier"]

log = structlog.get_logger(__name__)
T = TypeVar("T")

PREPARE_DEADLINE = timedelta(minutes=3)
"""Uploads may be slow; nothing public happens in them."""
MOMENT = timedelta(seconds=1)
"""Until what is past its age is ended as such; claimed again at once it would go round and round."""
PATIENCE = timedelta(minutes=30)
"""How long a platform may go on processing before it is a failed try and the upload begins anew."""


@dataclass(slots=True)
class Courier:
    """Sends what is due for the accounts wired in this process. One thread a delivery, many at once."""

    store: Store
    newsroom: Newsroom
    worker: str
    clock: Clock
    call: Call
    verified: set[str] = field(default_factory=set)
    flying: Collection[int] = ()
    """Deliveries that a thread of this process still carries, whether their lease holds or not."""
    owed: dict[int, tuple[Delivery, Step]] = field(default_factory=dict)
    """What could not be written: until it is, the row stays ours and its account waits."""

    def claim(self) -> Delivery | None:
        """The next due delivery, now ours, or None."""
        with self.store.write(lasting=False, first=True) as tx:
            return tx.outbox.claim(
                self.worker, self.newsroom.accounts, self.clock.now(), self.newsroom.policy.lease
            )

    def carry_out(self, delivery: Delivery) -> State:
        """Send a claimed delivery as far as it goes; the state it is left in."""
        account = self.newsroom.accounts[delivery.account]
        try:
            step = self._begin(delivery, account)
            if isinstance(step, Step):
                return self.record(delivery, step)
            prepared, post = step
        except TemplateError as error:
            return self.record(delivery, released(Reason.TEMPLATE, str(error), self.clock.now(), State.HELD))
        except PlatformError as error:
            return self.record(delivery, self.after(error, delivery, account, marked=False))
        except StoreError:
            raise  # whoever called owes the row, and pays as soon as it can be written
        except Exception as error:
            # Before the mark nothing is public: a fault of an adapter is tried again, counted, and said.
            log.exception("share.fault", delivery=delivery.id, account=account.id)
            fault = Unavailable(f"{type(error).__name__} while preparing: see the log")
            return self.record(delivery, self.after(fault, delivery, account, marked=False))
        return self.send(delivery, account, prepared, post)

    def send(
        self, delivery: Delivery, account: Account, prepared: Prepared, post: Mapping[str, Any]
    ) -> State:
        """Mark and publish each part that is left; stops at the first that does not come through."""
        state = State.SENDING
        while state is State.SENDING:
            now = self.clock.now()
            if not mark(self.store, self.newsroom, delivery, account, prepared, post, now):
                return self.record(delivery, stopped(self.store, self.newsroom, delivery, now))
            try:
                answer: Accepted = self._public(
                    lambda: perform(account, delivery, prepared)  # noqa: B023 - called at once
                )
                spent = spent_until(metered(account), self.clock.now())
                step = accepted(delivery, answer, len(prepared.parts), spent)
            except PlatformError as error:
                step = self.after(error, delivery, account, marked=True, parts=len(prepared.parts))
            state = self.record(delivery, step, metered(account))
            if state is State.SENDING:
                delivery = self._read(delivery)
        return state

    def after(
        self, error: PlatformError, delivery: Delivery, account: Account, *, marked: bool, parts: int = 1
    ) -> Step:
        """What an error means for the row; what it means for the account is done here, too."""
        now = self.clock.now()
        step = after_error(
            error,
            delivery,
            self.newsroom.policy,
            now,
            marked=marked,
            replay=replay_of(account, delivery),
            parts=parts,
        )
        with self.store.write() as tx:
            if isinstance(error, Throttled):
                tx.accounts.throttle(account.id, step.due_at or step.settle_at, str(error))
            elif isinstance(error, Unauthorized):
                tx.accounts.pause(Pause(f"account:{account.id}", now, None, str(error), PROGRAM))
                cure = f"mend it, then sharewire resume --account {account.id}"
                text = f"{account.id} is paused: {error}: {cure}"
                tx.alerts.tell(Alert(Event.ACCOUNT, f"account:{account.id}:paused", text), now)
                log.error("account.paused", account=account.id, reason=str(error))
        return step

    def record(self, delivery: Delivery, step: Step, allowances: Sequence[Allowance] = ()) -> State:
        """Write the step, fenced; a lost lease leaves it as evidence on our attempt."""
        now = self.clock.now()
        try:
            with self.store.write(first=True) as tx:
                written = tx.outbox.record(delivery.id, delivery.lease_epoch, step, now)
                settled = step.state is State.PUBLISHED and delivery.first_committed_at is not None
                left = written and step.state is State.UNKNOWN and step.settle_at is None
                if left and delivery.work is Work.POST:  # at once: no other worker may find the account free
                    tx.accounts.probe(delivery.account, next_probe(tx, delivery, now, self.newsroom.policy))
                if written and (settled or needs_a_person(step)):
                    account = self.newsroom.accounts.get(delivery.account)  # a reload may have taken it away
                    so = waiting(account, delivery) if left and account else ""
                    tell_share(tx, delivery, step.state, step.reason, step.detail, now, so=so)
                if allowances:
                    tx.accounts.meter(delivery.account, allowances, now)
                if written and step.state is State.PUBLISHED and repeated(self.newsroom, delivery):
                    self._repeat(tx, delivery.id)
        except MoveError:
            raise
        except Exception:
            self.owed[delivery.id] = delivery, step
            raise
        say = {
            "delivery": delivery.id,
            "account": delivery.account,
            "article": delivery.article,
            "part": delivery.part,
            "state": str(step.state),
            "reason": str(step.reason),
            "detail": step.detail,
            "url": step.url,
        }
        level = log.info if step.state in (State.PUBLISHED, State.SENDING, State.AWAITING) else log.warning
        if written:
            level(f"share.{step.outcome}", **say)
            return step.state
        log.warning("share.lease_lost", outcome=step.outcome, **say)
        return State.UNKNOWN

    def _repeat(self, tx: Tx, id_: int) -> None:
        """What its route repeats is born with the proof that it is out."""
        now, row = self.clock.now(), tx.outbox.get(id_)
        if row is not None and bear(tx, self.newsroom, row, now):
            place(tx, self.newsroom, row.account, now)

    def owe(self, delivery: Delivery) -> None:
        """A fault of ours ended the try: the row is to be given back; with a mark it becomes unknown."""
        again_at = self.clock.now() + self.newsroom.policy.retry_first
        step = released(Reason.RETRY, "a fault of ours, see the log", again_at)
        self.owed.setdefault(delivery.id, (delivery, step))

    def pay(self) -> None:
        """Write what is owed; what cannot be written now, either, stays owed."""
        for id_ in list(self.owed):
            self.record(*self.owed.pop(id_))

    def _begin(self, delivery: Delivery, account: Account) -> Step | tuple[Prepared, Mapping[str, Any]]:
        """Everything before the mark, or the step that ends this try here."""
        now = self.clock.now()
        if delivery.expires_at and delivery.expires_at <= now and not delivery.part:
            return released(Reason.TOO_OLD, "past its age", now + MOMENT)
        self._verify(account)
        if delivery.part and delivery.prepared:
            return thaw(delivery.prepared), delivery.post or {}
        if delivery.work is not Work.POST:
            return begin(self.store, self.newsroom, delivery, account, now)
        article, spent = self._article(delivery, account, now)
        if (step := by_its_page(self.store, self.newsroom, delivery, article, now)) is not None:
            return step
        if few := few_in(self.newsroom, article):
            return released(Reason.TOO_FEW, few, now, State.SKIPPED)
        rendering = compose_within(
            self.newsroom,
            account,
            article,
            now,
            spent=spent,
            urgent=delivery.urgent,
            route=delivery.route,
            template=delivery.template,
            occasion=delivery.occasion,
            words=delivery.words,
        )
        freeze(self.store, delivery, article, rendering, now)
        share = Share(self.store, self.newsroom, delivery, account, article, rendering, now)
        if (step := stopped_by(share)) is not None:
            if step.reason is Reason.BUDGET:
                with self.store.write() as tx:
                    say_once(tx, account, "spent", f"share {delivery.id}: {step.detail}", now)
            return step
        charge_alts(self.store, account, delivery, cost_on(account, rendering), now)
        prepared = self.call(
            lambda: account.connector.prepare(rendering.post, delivery.pending), PREPARE_DEADLINE
        )
        if isinstance(prepared, Pending):
            return self._awaited(delivery, prepared)
        return prepared, post_document(rendering.post, rendering)

    def _awaited(self, delivery: Delivery, answer: Pending) -> Step:
        """Look again when the platform said, but not for ever.

        Raises:
            Unavailable: it has been processing for too long.
        """
        now = self.clock.now()
        with self.store.read() as tx:
            before = tx.outbox.attempts(delivery.id)[:-1]
        since = now
        for attempt in reversed(before):
            if attempt.outcome != "pending":
                break
            since = attempt.started_at
        if now - since >= PATIENCE:
            raise Unavailable(f"still processing after {PATIENCE.total_seconds() / 60:g} minutes")
        return pending(answer, now)

    def _article(self, delivery: Delivery, account: Account, now: datetime) -> tuple[Article, int]:
        """The article, and what its account has spent."""
        with self.store.read() as tx:
            article, spent = tx.articles.get(delivery.article), spent_by(tx, account, now)
            if article is not None:
                article = fill(tx, self.newsroom, article, account.id, now, delivery)
        if article is None:
            raise TemplateError(f"article {delivery.article} is not in the database any more")
        return article, spent

    def _verify(self, account: Account) -> None:
        """Once a process: the token speaks for the handle that the configuration names.

        Raises:
            Unauthorized: it speaks for another account.
        """
        wanted = account.options.handle.lstrip("@").casefold()
        if not wanted or account.id in self.verified:
            return
        identity = self.call(account.connector.check, PREPARE_DEADLINE)
        if identity.handle and identity.handle.lstrip("@").casefold() != wanted:
            raise Unauthorized(
                f"the token speaks for {identity.handle}, but [accounts.{account.id}] handle is "
                f"{account.options.handle}: mend the token or the handle, then sharewire resume"
            )
        self.verified.add(account.id)
        with self.store.write() as tx:
            tx.accounts.identify(account.id, {"handle": identity.handle, "id": identity.id})

    def _public(self, publish: Callable[[], T]) -> T:
        """Whatever leaves `publish` and is no PlatformError proves nothing: Ambiguous."""
        try:
            return self.call(publish, self.newsroom.policy.deadline)
        except PlatformError:
            raise
        except TimeoutError as error:
            seconds = self.newsroom.policy.deadline.total_seconds()
            raise Ambiguous(f"no answer within {seconds:g} s") from error
        except Exception as error:  # the outermost frame of a public call: anything unproved is ambiguous
            raise Ambiguous(f"{type(error).__name__} while publishing") from error

    def _read(self, delivery: Delivery) -> Delivery:
        with self.store.read() as tx:
            row = tx.outbox.get(delivery.id)
        if row is None:
            raise Unavailable(f"share {delivery.id} is gone from the database")
        return row


def metered(account: Account) -> Sequence[Allowance]:
    """What the account's platform said it still allows."""
    connector = account.connector
    return connector.meter() if isinstance(connector, MeteredPlatform) else ()
