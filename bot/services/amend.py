"""Corrects and takes back what stands on a platform: what an edit and a withdrawal send, and how."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.domain.article import Article
from bot.domain.delivery import Delivery, Reason, State, Work
from bot.domain.errors import Rejected, TemplateError
from bot.domain.outcome import Step, released
from bot.domain.post import Accepted, Prepared, Repeatable, Replay
from bot.ports.newsroom import Account, Newsroom
from bot.ports.platform import DeletablePlatform, EditablePlatform
from bot.ports.render import Rendering
from bot.ports.store import Store
from bot.services.compose import compose, post_document, reads_as, thaw

__all__ = ["begin", "compose_again", "last_said", "perform", "replay_of", "standing"]


def standing(rows: Iterable[Delivery]) -> list[Delivery]:
    """The shares of an article that have something standing, all of it or the first parts of a thread."""
    kept = list(rows)
    gone = {row.of for row in kept if row.work is Work.WITHDRAW and row.state is State.PUBLISHED}
    return [row for row in kept if row.work is Work.POST and row.refs and row.id not in gone]


def last_said(original: Delivery, rows: Iterable[Delivery]) -> Delivery:
    """The row that holds what a share says now: its last correction, else itself."""
    edits = [r for r in rows if r.work is Work.EDIT and r.of == original.id and r.state is State.PUBLISHED]
    return max(edits, key=lambda row: row.id, default=original)


def replay_of(account: Account, delivery: Delivery) -> Sequence[Replay]:
    """How an unknown of this row can be settled."""
    return account.connector.replay if delivery.work is Work.POST else (Repeatable(),)


def begin(
    store: Store, newsroom: Newsroom, delivery: Delivery, account: Account, now: datetime
) -> Step | tuple[Prepared, Mapping[str, Any]]:
    """What an edit or a withdrawal will send, or the step that ends it here.

    Raises:
        TemplateError: the corrected post cannot be rendered.
        PlatformError: the account's limits could not be read, or the correction cannot be made there.
    """
    with store.read() as tx:
        rows = tx.outbox.of_article(delivery.article)
        article = tx.articles.get(delivery.article)
    original = next((row for row in standing(rows) if row.id == delivery.of), None)
    if original is None:
        return released(Reason.UNCHANGED, "what it is about does not stand any more", now, State.CANCELLED)
    if delivery.work is Work.WITHDRAW:
        # The last part first: what answers a post is not left hanging below nothing.
        return Prepared(tuple({"ref": dict(ref)} for ref in reversed(original.refs))), original.post or {}
    if article is None:
        raise TemplateError(f"article {delivery.article} is not in the database any more")
    before = last_said(original, rows)
    rendering = compose_again(newsroom, account, article, original, before, now)
    post = post_document(rendering.post, rendering)
    if reads_as(post) == reads_as(before.post or {}):
        return released(Reason.UNCHANGED, "it says already what it would say", now, State.CANCELLED)
    return _revised(account, original, before, rendering.post), post


def compose_again(
    newsroom: Newsroom,
    account: Account,
    article: Article,
    original: Delivery,
    last: Delivery,
    now: datetime,
    *,
    by_template: bool = False,
) -> Rendering:
    """The post of a share as it would be told now, by the template set that told it last.

    `by_template`: what the template would say where a person wrote the text.
    """
    told_by = str((last.post or {}).get("template", "")).partition("/")[0]
    return compose(
        newsroom,
        account,
        article,
        now,
        route=original.route,
        template=original.template,
        occasion=original.occasion,
        words=replace(original.words, text="") if by_template else original.words,
        instead=told_by,
    )


def _revised(account: Account, original: Delivery, before: Delivery, post: Any) -> Prepared:
    connector = account.connector
    if not isinstance(connector, EditablePlatform):
        raise Rejected(f"{account.platform} cannot edit: correct it there by hand")
    payloads = [part.get("payload", part) for part in thaw(before.prepared or {"parts": ()}).parts]
    if len(payloads) != len(original.refs) or len(payloads) != len(post.parts):
        what = f"{len(post.parts)} posts where {len(original.refs)} stand"
        raise Rejected(f"the corrected text takes {what}: correct it there by hand")
    revised = connector.revise(post, Prepared(tuple(payloads)))
    pairs = zip(original.refs, revised.parts, strict=True)
    return Prepared(tuple({"ref": dict(ref), "payload": payload} for ref, payload in pairs), revised.notes)


def perform(account: Account, delivery: Delivery, prepared: Prepared) -> Accepted:
    """The one public call: the part under way posted, corrected or taken back."""
    connector, part = account.connector, delivery.part
    key = f"{delivery.idempotency_key}:{part}"
    if delivery.work is Work.POST:
        reply_to = delivery.refs[-1] if delivery.refs else None
        return connector.publish(prepared, part, key, reply_to)
    ref = prepared.parts[part]["ref"]
    if delivery.work is Work.EDIT and isinstance(connector, EditablePlatform):
        payloads = Prepared(tuple(each["payload"] for each in prepared.parts))
        return connector.edit(payloads, part, key, ref)
    if delivery.work is Work.WITHDRAW and isinstance(connector, DeletablePlatform):
        connector.delete(ref, key)
        return Accepted(ref)
    raise Rejected(f"{account.platform} cannot {delivery.work} what stands there")
