"""Money spent: a row for each thing that is paid for, counted while it may have been had."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from bot.ports.records import Charge
from bot.storage.drawer import Drawer, values_of
from bot.storage.outbox_tables import deliveries
from bot.storage.tables import spending

__all__ = ["SqlSpending"]

KEY = ("delivery", "kind", "part", "turn")
_s, _d = spending.c, deliveries.c
_marked = _d.committed_at.is_not(None)
# A share that is out counts, and one whose mark stands: its fate is not known. What is left of a thread
# under way is kept for it. A mark that was taken back, proved absent or refused, takes its part along; a
# proof that comes late brings it back. Nothing has to be written for any of it.
COUNTS = sa.or_(
    _s.kind != sa.literal_column("'post'"),
    _d.id.is_(None),
    _s.part < _d.part,
    (_s.part == _d.part) & _marked,
    _d.finalized_at.is_(None) & ((_d.part > 0) | _marked),
)
SPENT = (
    sa.select(_s.account, sa.func.sum(_s.micros))
    .select_from(spending.outerjoin(deliveries, _d.id == _s.delivery))
    .where(_s.at >= sa.bindparam("b_since", type_=_s.at.type), COUNTS)
    .where(_s.at < sa.bindparam("b_until", type_=_s.at.type))
    .group_by(_s.account)
)
OF_ACCOUNT = SPENT.where(_s.account == sa.bindparam("b_account"))


class SqlSpending(Drawer):
    def charge(self, charges: Iterable[Charge]) -> None:
        """Write what is being paid for; the same thing again replaces what was written of it."""
        rows = [values_of(each) for each in charges]
        if not rows:
            return
        new = self.insert(spending)
        said = {name: new.excluded[name] for name in ("account", "at", "micros")}
        self.connection.execute(new.on_conflict_do_update(index_elements=KEY, set_=said), rows)

    def spent(self, account: str, since: datetime, until: datetime) -> int:
        """What an account spent from `since` to before `until`, in millionths of a dollar."""
        span = {"b_account": account, "b_since": since, "b_until": until}
        row = self.connection.execute(OF_ACCOUNT, span).one_or_none()
        return int(row[1]) if row else 0

    def by_account(self, since: datetime, until: datetime) -> dict[str, int]:
        """The same for every account that spent anything."""
        rows = self.connection.execute(SPENT, {"b_since": since, "b_until": until})
        return {account: int(spent) for account, spent in rows}
