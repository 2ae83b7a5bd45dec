"""Settles what is unknown: asks the platform, in the order its `replay` names, until there is proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.domain.alert import Alert, Event
from bot.domain.delivery import Delivery, Reason, State, Work
from bot.domain.errors import PlatformError, Rejected, Unauthorized
from bot.domain.evidence import find_own
from bot.domain.outcome import Step, absent, found, outcome_word, still_unknown
from bot.domain.pacing import settle_delay
from bot.domain.post import Accepted, Addressed, Deduped, Findable, Keyed, Prepared, Repeatable, Replay
from bot.ports.newsroom import Account
from bot.ports.platform import AddressedPlatform, FindablePlatform
from bot.ports.records import Attempt
from bot.ports.store import Store
from bot.services.alert import tell_share
from bot.services.amend import replay_of
from bot.services.compose import thaw
from bot.services.deliver import Courier
from bot.services.doubt import PROBE_MAX, left_to_a_person, waits_for_a_person
from bot.services.edition import tells_withdrawn
from bot.services.spend import charge_reads

__all__ = ["probe_accounts", "recover", "settle_next"]

log = structlog.get_logger(__name__)

READS_THAT_PROVE = 2
"""One empty read may be a slow index; two that agree, and a dead owner, are proof of absence."""
KEY_MARGIN = timedelta(minutes=5)
"""How long before its end a key's window is no longer relied on."""
GIVE_UP = timedelta(hours=24)
"""After so long without an answer a person decides."""
UNENDED = ("", "interrupted")
"""Outcomes of tries that their worker has not told the end of."""
AN_HOUR = timedelta(hours=1)
REPEATS = 5
"""How often an edit or a withdrawal is sent without a clear answer."""
LOOK_DEADLINE = timedelta(minutes=1)
"""What one question may take: other accounts' unknowns wait meanwhile."""


@dataclass(frozen=True, slots=True)
class Case:
    """An unknown under examination."""

    delivery: Delivery
    account: Account
    prepared: Prepared
    tries: Sequence[Attempt]
    owner_dead: bool
    taken: frozenset[str]
    now: datetime

    @property
    def key(self) -> str:
        return f"{self.delivery.idempotency_key}:{self.delivery.part}"

    @property
    def marked_at(self) -> datetime:
        return self.delivery.first_committed_at or self.delivery.committed_at or self.delivery.created_at

    @property
    def replay(self) -> Sequence[Replay]:
        return replay_of(self.account, self.delivery)

    @property
    def parts(self) -> int:
        return len(self.prepared.parts)


def recover(store: Store, worker: str, now: datetime, settle_after: timedelta) -> Sequence[Delivery]:
    """What workers now proved dead left in the middle, and leases that ran out: put right."""
    with store.read() as tx:
        others = (tx.outbox.owners() | tx.sources.lessees()) - {worker}
    dead = store.dead(others)
    with store.write() as tx:
        rows = tx.outbox.recover(dead, now, settle_after)
        if dead:
            tx.sources.release(dead)
    for row in rows:
        log.warning("share.recovered", delivery=row.id, account=row.account, state=str(row.state))
    return rows


def settle_next(courier: Courier) -> Delivery | None:
    """Look at the next unknown whose time has come; the row as it was claimed, or None."""
    now, newsroom = courier.clock.now(), courier.newsroom
    with courier.store.write(lasting=False) as tx:
        delivery = tx.outbox.claim_unknown(courier.worker, newsroom.accounts, now, newsroom.policy.lease)
        if delivery is None:
            return None
        tries = tx.outbox.attempts(delivery.id)
        taken = tx.outbox.refs_of(delivery.account, (delivery.first_committed_at or now) - timedelta(days=1))
    tries = [t for t in tries if t.part == delivery.part]
    # Who wrote down what came of its try sends nothing of it any more.
    owners = {t.worker for t in tries if t.outcome in UNENDED} - {courier.worker}
    case = Case(
        delivery=delivery,
        account=newsroom.accounts[delivery.account],
        prepared=thaw(delivery.prepared or {"parts": ()}),
        tries=tries,
        owner_dead=delivery.id not in courier.flying and owners <= courier.store.dead(owners),
        taken=frozenset(taken),
        now=now,
    )
    try:
        step = _look(courier, case)
        if step is None:
            return delivery
        courier.record(delivery, step)
    except Exception:
        courier.owe(delivery)
        raise
    if step.state is State.UNKNOWN and step.settle_at is None:
        log.error("share.unconfirmed", delivery=delivery.id, account=delivery.account, detail=step.detail)
    return delivery


def _look(courier: Courier, case: Case) -> Step | None:
    """The step that the account's abilities lead to; None if it was sent again and recorded there."""
    trouble, unread = "", False
    for ability in case.replay:
        try:
            step = _ask(courier, case, ability, unread=unread)
        except (Rejected, Unauthorized) as error:
            trouble, unread = f"cannot be read back: {error}", True
            continue
        except PlatformError as error:
            return _later(courier, case, outcome_word(error), str(error))
        except Exception as error:  # noqa: BLE001 - said there; the account must not hang on it
            return _later(courier, case, "unavailable", _fault(case, error))
        if step == "send":
            return _withdrawn(courier, case) or _send_again(courier, case)
        if isinstance(step, Step):
            return step
        trouble = step or trouble
    if case.replay and case.now - case.marked_at < GIVE_UP and not _spent(case):
        return _later(courier, case, "looked", trouble)
    return still_unknown("looked", trouble or "the platform offers no way to ask", None)


def _ask(courier: Courier, case: Case, ability: Replay, *, unread: bool) -> Step | str:
    """What one ability says: a step, "send" to send it again, or why neither."""
    match ability:
        case Repeatable():
            return _repeat(case)
        case Addressed():
            return _read_address(courier, case)
        case Findable():
            return _read_back(courier, case)
        case Keyed(ttl):
            return _same_key(case, ttl, unread=unread)
        case Deduped():
            return _once_more(case)


def _fault(case: Case, error: Exception) -> str:
    """What to remember of a question that was not answered."""
    if isinstance(error, TimeoutError):
        return "no answer in time when asked for our posts"
    log.error("share.fault", delivery=case.delivery.id, account=case.account.id, exc_info=error)
    return f"{type(error).__name__} while looking: see the log"


def _send_again(courier: Courier, case: Case) -> Step | None:
    """The same bytes once more, unless they are no news now or the platform may have forgotten the first."""
    delivery = case.delivery
    aged = delivery.expires_at is not None and delivery.expires_at <= case.now and not delivery.part
    if aged or case.now - case.marked_at >= GIVE_UP:
        return still_unknown("looked", "not confirmed, and too late to send it again", None)
    courier.send(delivery, case.account, case.prepared, delivery.post or {})
    return None


def _spent(case: Case) -> bool:
    """Whether only sending again could have helped, and that chance is used up."""
    return not any(isinstance(each, Addressed | Findable) for each in case.replay)


def _read_address(courier: Courier, case: Case) -> Step | str:
    """Our own address: what stands there is ours; nothing there: write, which cannot write twice."""
    connector = case.account.connector
    if not isinstance(connector, AddressedPlatform):
        raise TypeError(f"{case.account.platform} declares Addressed and cannot read")
    answer = courier.call(lambda: connector.read(case.prepared, case.delivery.part, case.key), LOOK_DEADLINE)
    return found(case.delivery, answer, case.parts, case.now) if answer else "send"


def _read_back(courier: Courier, case: Case) -> Step | str:
    """The account's own posts: found is proof; absent only by two reads, with a dead owner."""
    connector, delivery = case.account.connector, case.delivery
    if not isinstance(connector, FindablePlatform):
        raise TypeError(f"{case.account.platform} declares Findable and cannot find")
    ahead = case.marked_at > case.now  # the clock was set back since: when it was sent, nobody knows
    marked_at = case.now - AN_HOUR if ahead else case.marked_at
    charge = partial(charge_reads, courier.store, case.account, delivery, now=case.now)
    charge(len(case.taken) + 1)
    try:
        own = courier.call(lambda: connector.find(marked_at - timedelta(minutes=2)), LOOK_DEADLINE)
    except PlatformError as error:
        if error.status is not None:  # it answered, with no post
            charge(0)
        raise
    charge(len(own))
    post = delivery.post or {}
    text = (post.get("parts") or [{}] * (delivery.part + 1))[delivery.part].get("text", "")
    hit = find_own(
        own,
        text=text,
        link=post.get("link", "") if not delivery.part else "",
        marked_at=marked_at,
        taken=case.taken,
    )
    if hit is not None:
        return found(delivery, Accepted(hit.ref, hit.url), case.parts, case.now)
    if ahead:
        return still_unknown("absent", "not found, but the clock was set back since it was sent", None)
    reads = delivery.absent_reads + 1 if case.owner_dead else 0  # what its owner sends now is not seen yet
    if reads < READS_THAT_PROVE:
        wait = settle_delay(len(case.tries), courier.newsroom.policy.reconcile_after)
        return still_unknown("absent", "not seen there yet", case.now + wait, absent_reads=reads)
    if any(isinstance(each, Keyed) for each in case.replay):
        return "not there, by two reads"  # the same key sent again is safer than a new start
    return absent("not there, by two reads", case.now)


def _same_key(case: Case, ttl: timedelta, *, unread: bool) -> Step | str:
    """Within the key's window the same bytes under the same key do nothing twice."""
    if unread:
        # Some servers of a family ignore keys: where the look before it failed, a key proves nothing.
        return "cannot be read back, and its key alone is no proof"
    if case.now < case.marked_at + ttl - KEY_MARGIN:
        return "send"
    if case.delivery.absent_reads + 1 >= READS_THAT_PROVE and case.owner_dead and _readable(case):
        return absent("not there, by two reads, and its key's window is over", case.now)
    return "the key's window is over"


def _once_more(case: Case) -> Step | str:
    """A platform that refuses the same content: one more try tells, and never a third."""
    ambiguous = sum(bool(t.committed_at) and t.outcome in ("ambiguous", "interrupted") for t in case.tries)
    return "send" if ambiguous <= 1 else "sent twice without an answer"


def _repeat(case: Case) -> Step | str:
    """An edit or a withdrawal, sent again, changes nothing more; after some tries a person looks."""
    tries = sum(bool(t.committed_at) for t in case.tries)
    return "send" if tries < REPEATS else f"sent {tries} times without a clear answer"


def _withdrawn(courier: Courier, case: Case) -> Step | None:
    """What was withdrawn meanwhile is not sent again: not seen there means that it is over."""
    if case.delivery.work is Work.WITHDRAW:
        return None
    with courier.store.read() as tx:
        article = tx.articles.get(case.delivery.article)
        taken_back = bool(article and article.withdrawn_at) or tells_withdrawn(tx, case.delivery)
    if not taken_back:
        return None
    if not any(isinstance(each, Addressed | Findable) for each in case.replay):
        return still_unknown("looked", "its article was withdrawn, so that it is not sent again", None)
    reads = case.delivery.absent_reads + 1 if case.owner_dead else 0
    if reads < READS_THAT_PROVE:
        again = case.now + settle_delay(len(case.tries), courier.newsroom.policy.reconcile_after)
        return still_unknown("absent", "not seen there yet", again, absent_reads=reads)
    return absent("not there, and its article was withdrawn", case.now)


def _readable(case: Case) -> bool:
    return any(isinstance(each, Findable) for each in case.replay)


def _later(courier: Courier, case: Case, outcome: str, detail: str) -> Step:
    """No answer this time: look again after a growing wait; after a day a person is told.

    What can be read back is looked for all the same: once its platform answers, nobody need have looked.
    """
    if case.now - case.marked_at >= GIVE_UP:
        if _spent(case):
            return still_unknown(outcome, detail, None, absent_reads=case.delivery.absent_reads)
        with courier.store.write() as tx:
            reason, so = Reason.UNCONFIRMED, f"nothing else goes out on {case.account.id} until it answers"
            tell_share(tx, case.delivery, State.UNKNOWN, reason, detail, case.now, so=so)
    wait = settle_delay(len(case.tries), courier.newsroom.policy.reconcile_after)
    return still_unknown(outcome, detail, case.now + wait, absent_reads=case.delivery.absent_reads)


def probe_accounts(courier: Courier) -> None:
    """An account that left a share to a person goes on when its platform answers a harmless question.

    One that waits for the person is not even asked before: that its platform answers questions is no proof
    that it publishes, and the next share would be the next in doubt.
    """
    now = courier.clock.now()
    with courier.store.read() as tx:
        rows = tx.accounts.rows()
    for id_, account in courier.newsroom.accounts.items():
        row = rows.get(id_)
        if row is None or row.probe_at is None or row.probe_at > now:
            continue
        if waits_for_a_person(account):
            with courier.store.read() as tx:
                left = left_to_a_person(tx, id_)
            if left:
                continue
        try:
            courier.call(account.connector.check, LOOK_DEADLINE)
        except Exception as error:  # noqa: BLE001 - whatever it is, the account is not well and the others go on
            wait = min(courier.newsroom.policy.reconcile_after * 2 ** min(row.probes, 16), PROBE_MAX)
            detail = str(error) if isinstance(error, PlatformError) else type(error).__name__
            log.warning("account.unwell", account=id_, detail=detail)
            with courier.store.write() as tx:
                tx.accounts.probe(id_, now + wait, row.probes + 1)
                text = f"{id_} has not answered since a share of it was left unconfirmed: {detail}"
                tx.alerts.tell(Alert(Event.ACCOUNT, f"account:{id_}:unwell", text), now)
        else:
            with courier.store.write() as tx:
                tx.accounts.lock(id_)
                if tx.accounts.rows()[id_].probe_at != row.probe_at:
                    continue  # another share was left in doubt since it was asked
                tx.accounts.probe(id_, None)
                tx.alerts.close(f"account:{id_}:unwell", now)
            log.info("account.well", account=id_)
