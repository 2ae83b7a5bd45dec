"""What stands between a rendered share and its upload: each gate lets it through or ends this try."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.domain.article import Article
from bot.domain.delivery import Delivery, Reason, State
from bot.domain.evidence import normal_text
from bot.domain.occasion import REPEAT, yields
from bot.domain.outcome import Step, released
from bot.ports.newsroom import Account, Newsroom
from bot.ports.render import Rendering
from bot.ports.store import Store
from bot.services.decide import opens_at
from bot.services.spend import cost_on, over_budget, spent_by

__all__ = ["GATES", "Gate", "Share", "closed_until", "stopped_by"]

IMAGE_LOOK = timedelta(minutes=1)
"""How often a share that waits for its picture is looked at again."""
CARD_LOOK = timedelta(seconds=30)
"""The same for one whose page is not ready."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Share:
    """A claimed share with all that is known of it before anything of it leaves the house."""

    store: Store
    newsroom: Newsroom
    delivery: Delivery
    account: Account
    article: Article
    rendering: Rendering
    now: datetime


Gate = Callable[[Share], Step | None]
"""None lets the share through; a step (a `released` one, queued or held) ends the try."""


def needs_image(share: Share) -> Step | None:
    """A share that must have a picture and has none: look again for a while, then a person decides."""
    policy, post = share.account.options.image, share.rendering.post
    if policy.need != "required" or post.images or (post.card and post.card.image):
        return None
    detail = "the account needs a picture with each share, and the article has none that may be used"
    if share.now < share.article.first_seen_at + policy.wait:
        return released(Reason.IMAGE, detail, share.now + IMAGE_LOOK)
    return released(Reason.IMAGE, detail, share.now, State.HELD)


def within_budget(share: Share) -> Step | None:
    """A share that the month's money does not reach for is skipped or held, as the account says."""
    budget, cost = share.account.budget, cost_on(share.account, share.rendering)
    if budget is None or cost is None:
        return None
    with share.store.read() as tx:
        spent = spent_by(tx, share.account, share.now)
    why = over_budget(share.account, cost, spent, share.now, urgent=share.delivery.urgent)
    if not why:
        return None
    return released(Reason.BUDGET, why, share.now, State.HELD if budget.holds else State.SKIPPED)


Said = tuple[int | None, Sequence[str]]
"""What an earlier share of an article said, part by part; None: of one that has no number yet."""


def said_before(rows: Iterable[Delivery], account: str, but: int = 0) -> list[Said]:
    """What an account's other shares of an article say, as far as they are out or may be."""
    return [
        (row.id, [part["text"] for part in row.post["parts"]])
        for row in rows
        if row.account == account and row.id != but and row.post and (row.part or row.state is State.UNKNOWN)
    ]


def says_again(account: Account, occasion: str, parts: Sequence[str], said: Iterable[Said]) -> str:
    """Why a repeat, on X also an evergreen share, is left out: it says what another share says; "" if not."""
    if not yields(occasion) or (account.platform != "x" and not occasion.startswith(REPEAT)):
        return ""
    words = [normal_text(part) for part in parts]
    for number, texts in said:
        if [normal_text(text) for text in texts] == words:
            cure = "give it a template of its own, or the set variants (x.1.j2, x.2.j2)"
            other = f"share {number}" if number else "the one before it"
            return f"it would say the same as {other}: {cure}"
    return ""


def says_something_new(share: Share) -> Step | None:
    """A repeat never comes in the words of an earlier share of the article, nor does anything on X.

    What a person ordered (a retry, a move) goes out as it is.
    """
    row = share.delivery
    if not yields(row.occasion) or row.pinned or row.part:
        return None
    with share.store.read() as tx:
        said = said_before(tx.outbox.of_article(row.article), row.account, row.id)
    why = says_again(share.account, row.occasion, share.rendering.post.parts, said)
    return released(Reason.DUPLICATE, why, share.now, State.SKIPPED) if why else None


def embargoed(share: Share) -> Step | None:
    """An article whose date was moved ahead since it was decided waits until then."""
    opens = closed_until(share.newsroom, share.delivery, share.article, share.now)
    return released(Reason.EMBARGO, f"not before {opens:%Y-%m-%d %H:%M} UTC", opens) if opens else None


def closed_until(newsroom: Newsroom, delivery: Delivery, article: Article, now: datetime) -> datetime | None:
    """The end of an embargo that stands against a share; a person may have lifted it."""
    opens = opens_at(newsroom, article)
    if opens is None or opens <= now or delivery.extra.get("embargo_lifted"):
        return None
    return opens


def card_is_ready(share: Share) -> Step | None:
    """What the link leads to must be fit to be shown; how long to wait for it, the account or route says."""
    link, look = share.rendering.post.link, share.newsroom.look
    route = share.newsroom.route(share.delivery.route)
    rule = (route.card if route else None) or share.account.options.card
    if rule.check == "off" or not link or look is None:
        return None
    trouble = look(link, share.account.connector.limits, share.article.title)
    if not trouble:
        return None
    row = share.delivery
    log.warning("card.not_ready", delivery=row.id, account=row.account, link=link, detail=trouble)
    if rule.check == "report" or row.approved:
        return None
    since = max(share.article.first_seen_at, row.slot or row.ready_at or row.created_at)
    if share.now < since + rule.wait:
        return released(Reason.CARD, trouble, min(share.now + CARD_LOOK, since + rule.wait))
    return released(Reason.CARD, trouble, share.now, State.HELD) if rule.check == "hold" else None


GATES: tuple[Gate, ...] = (embargoed, says_something_new, needs_image, within_budget, card_is_ready)
"""In the order they are asked: what costs nothing first."""


def stopped_by(share: Share) -> Step | None:
    """The step of the first gate that does not let the share through, None if all do."""
    return next((step for gate in GATES if (step := gate(share)) is not None), None)
