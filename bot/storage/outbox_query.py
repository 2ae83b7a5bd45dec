"""What is asked of the outbox and changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.domain.delivery import FINAL, LIVE, Delivery, Reason, State
from bot.domain.evergreen import Past
from bot.domain.occasion import EVERGREEN, NEW, REPEAT
from bot.domain.slots import History
from bot.ports.records import Attempt
from bot.storage.delivery_rows import (
    ATTEMPT,
    READ,
    attempt_from,
    blacked_out,
    delivery_from,
    delivery_of,
    paused,
)
from bot.storage.drawer import Drawer, in_lots
from bot.storage.outbox_tables import FREED, attempts, deliveries
from bot.storage.prepared import Prepared
from bot.storage.schema import among
from bot.storage.types import Utc

__all__ = ["Querying"]

_c = deliveries.c
_unused = among(_c.state, State.MISSED, State.CANCELLED) | (
    among(_c.state, State.SKIPPED) & (_c.reason == sa.literal_column(f"'{Reason.NO_ROOM}'"))
)
_evergreen = _c.occasion.like(f"{EVERGREEN}%") & ~_unused
PAST = (
    _c.article,
    sa.func.count(sa.case((_evergreen, 1))),
    sa.func.max(sa.func.coalesce(_c.sent_at, sa.case((_evergreen, _c.finalized_at)))),
    sa.func.max(sa.case((_c.finalized_at.is_(None), 1), else_=0)),
)

FORESEEN = (
    *("id", "article", "account", "occasion", "state", "reason", "detail", "route", "rule", "source"),
    *("template", "schedule", "timing", "urgent", "pinned", "approved", "priority", "idempotency_key"),
    *("created_at", "published_at", "ready_at", "due_at", "slot", "expires_at", "wording"),
)
"""What a plan needs of a row."""
_is_waiting = among(_c.state, State.QUEUED) & _c.begun_at.is_(None)
_posts = _c.occasion.not_like("edit:%") & _c.occasion.not_like("withdraw:%")
"""What readers see as a new post: corrections and withdrawals take up no gap and no day's cap."""

# Asked again and again: built once.
_theirs = _c.account == sa.bindparam("b_account")
_since = sa.bindparam("b_since", type_=Utc())
WAITING = Prepared(
    sa.select(*(_c[name] for name in FORESEEN))
    .where(_theirs, _c.finalized_at.is_(None), _is_waiting)
    .order_by(_c.id)
)
OF_ARTICLE = Prepared(sa.select(*READ).where(_c.article == sa.bindparam("b_article")).order_by(_c.id))
SENT = Prepared(sa.select(_c.sent_at.label("at")).where(_theirs, _c.sent_at >= _since, _posts))
_under_way = _c.finalized_at.is_(None) & _c.begun_at.is_not(None)
DOING = Prepared(
    sa.select(sa.func.coalesce(_c.committed_at, _c.due_at, _c.begun_at).label("at")).where(
        _theirs, _under_way, _c.state != State.HELD, _posts
    )
)
USED = Prepared(sa.select(_c.slot).where(_theirs, _c.slot >= _since, ~among(_c.state, *FREED), ~_is_waiting))
SERVED = Prepared(
    sa.select(_c.source, sa.func.max(sa.func.coalesce(_c.sent_at, _c.due_at, _c.begun_at)).label("at"))
    .where(_theirs, (_c.sent_at >= _since) | _under_way)
    .group_by(_c.source)
)


class Querying(Drawer):
    def get(self, delivery: int) -> Delivery | None:
        return next(iter(self._read(sa.select(*READ).where(_c.id == delivery))), None)

    def of_article(self, article: int) -> Sequence[Delivery]:
        return [delivery_of(row) for row in OF_ARTICLE.all(self.connection, {"b_article": article})]

    def list(
        self,
        *,
        states: Collection[State] = (),
        account: str = "",
        limit: int | None = 1000,
        since: datetime | None = None,
    ) -> Sequence[Delivery]:
        """Live rows by due time, then final ones, newest first; `since` is asked of the final ones only."""
        wanted = frozenset(states or State)
        theirs = [_c.account == account] if account else []
        live = sa.select(*READ).where(_c.finalized_at.is_(None), _c.state.in_(sorted(wanted & LIVE)), *theirs)
        rows = [*self._read(live.order_by(_c.due_at.nulls_last(), _c.id).limit(limit))]
        if wanted & FINAL and (limit is None or len(rows) < limit):
            final = sa.select(*READ).where(
                _c.finalized_at.is_not(None), _c.state.in_(sorted(wanted & FINAL)), *theirs
            )
            if since is not None:
                final = final.where(_c.finalized_at >= since)
            newest = final.order_by(_c.finalized_at.desc(), _c.id.desc())
            rows += self._read(newest.limit(None if limit is None else limit - len(rows)))
        return rows

    def counts(self) -> dict[State, int]:
        """How many rows stand in each state that has any; read from the two partial indexes."""
        found: dict[State, int] = {}
        for part in (_c.finalized_at.is_(None), _c.finalized_at.is_not(None)):
            rows = sa.select(_c.state, sa.func.count()).where(part).group_by(_c.state)
            found |= {row[0]: row[1] for row in self.connection.execute(rows)}
        return found

    def overdue(self, now: datetime, after: timedelta) -> int:
        """Rows whose time passed longer ago than `after`, and that no pause and no blackout keeps."""
        late = among(_c.state, State.QUEUED, State.AWAITING) & (_c.due_at < now - after)
        free = ~paused(deliveries) & ~blacked_out(deliveries)
        number = sa.select(sa.func.count()).select_from(deliveries).where(late, free)
        return int(self.connection.execute(number, {"b_now": now}).scalar_one())

    def told(self, account: str, routes: Collection[str], since: datetime) -> Sequence[Delivery]:
        """What went out on the account since then by these rules, or may have: newest first."""
        mine = (_c.account == account, _c.route.in_(routes))
        out = self._read(sa.select(*READ).where(_c.sent_at >= since, *mine))
        maybe = self._read(sa.select(*READ).where(among(_c.state, State.UNKNOWN), *mine))
        both = {row.id: row for row in (*out, *maybe)}
        return sorted(both.values(), key=lambda row: row.id, reverse=True)

    def unrepeated(self, routes: Collection[str], since: datetime) -> Sequence[Delivery]:
        """First shares by these routes that were proved out since then, and have no repeat."""
        other = deliveries.alias()
        same = (other.c.article == _c.article, other.c.account == _c.account)
        again = sa.select(other.c.id).where(*same, other.c.occasion.like(f"{REPEAT}%")).exists()
        out = among(_c.state, State.PUBLISHED) & (_c.finalized_at >= since)
        first = (_c.occasion == NEW, _c.route.in_(routes))
        return self._read(sa.select(*READ).where(out, *first, ~again).order_by(_c.id))

    def past(self, account: str, articles: Collection[int]) -> dict[int, Past]:
        """What the account had of these articles; none of one it never had anything of.

        An evergreen share that was left out (by a person, as a duplicate) or failed counts as had, so that it
        is not tried again and again; one that found no room or was missed does not.
        """
        found: dict[int, Past] = {}
        for lot in in_lots(articles):
            rows = sa.select(*PAST).where(_c.article.in_(lot), _c.account == account).group_by(_c.article)
            found |= {row[0]: Past(row[1], row[2], bool(row[3])) for row in self.connection.execute(rows)}
        return found

    def attempts(self, delivery: int) -> Sequence[Attempt]:
        rows = sa.select(*ATTEMPT).where(attempts.c.delivery == delivery).order_by(attempts.c.number)
        return [attempt_from(row) for row in self.connection.execute(rows)]

    def waiting(self, account: str) -> Sequence[Delivery]:
        """Queued rows no worker has begun; without what only a row that was begun has."""
        return [Delivery(**row) for row in WAITING.all(self.connection, {"b_account": account})]

    def history(self, account: str, since: datetime) -> History:
        """Times of the account's sends since then and of those under way, its slots, who was served when."""
        asked = {"b_account": account, "b_since": since}
        sends = (row["at"] for each in (SENT, DOING) for row in each.all(self.connection, asked))
        return History(
            sent_at=tuple(sorted({at for at in sends if at >= since})),
            slots=frozenset(row["slot"] for row in USED.all(self.connection, asked)),
            served={row["source"]: row["at"] for row in SERVED.all(self.connection, asked) if row["at"]},
        )

    def refs_of(self, account: str, since: datetime) -> set[str]:
        """`ref["id"]` of every part of the account's accepted since then, by whatever delivery."""
        rows = sa.select(_c.refs).where(_c.account == account, _c.sent_at >= since)
        return {str(ref["id"]) for refs in self.connection.scalars(rows) for ref in refs if ref.get("id")}

    def _read(self, rows: sa.Select[tuple[object, ...]]) -> Sequence[Delivery]:
        return [delivery_from(row) for row in self.connection.execute(rows)]
