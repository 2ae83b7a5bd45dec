"""Gives one waiting share words of its own: a text written by hand, or another template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from bot.domain.article import Article
from bot.domain.delivery import WAITING, Delivery, Work
from bot.domain.errors import TemplateError, UserError
from bot.domain.wording import Wording
from bot.ports.newsroom import Newsroom
from bot.ports.render import Rendering
from bot.ports.store import Store
from bot.services.compose import compose, limits_of
from bot.services.edition import fill

__all__ = ["changed_since", "rendered", "reword", "said"]

log = structlog.get_logger(__name__)


def reword(
    store: Store,
    newsroom: Newsroom,
    id_: int,
    now: datetime,
    *,
    text: str = "",
    template: str = "",
    reset: bool = False,
) -> Delivery:
    """Tell a waiting share with this text, or by this template set; `reset`: by its own template again.

    Raises:
        UserError: there is no such share, it does not wait, or it could not go out so.
    """
    row, article = _waiting(store, newsroom, id_, now)
    before = Wording() if reset else row.words
    plain = replace(before, text="", template=template or before.template, turn=row.words.turn, instead_of=())
    by_template = rendered(newsroom, row, article, now, plain)
    words = plain
    if text.strip():
        words = replace(plain, text=text.strip(), instead_of=by_template.post.parts)
        _require_link(by_template, rendered(newsroom, row, article, now, words), article, id_)
    with store.write() as tx:
        if not tx.outbox.reword(id_, words.document()):
            raise UserError(f"share {id_} is being sent just now: it is too late for other words")
        done = tx.outbox.get(id_) or row
    log.info("share.reworded", delivery=id_, account=row.account, by="person", reset=reset)
    return done


def rendered(newsroom: Newsroom, row: Delivery, article: Article, now: datetime, words: Wording) -> Rendering:
    """A waiting share as it would be told with these words.

    Raises:
        UserError: it could not go out so.
    """
    account = newsroom.accounts[row.account]
    limits, _ = limits_of(account)
    try:
        return compose(
            newsroom,
            account,
            article,
            row.due_at or now,
            route=row.route,
            template=row.template,
            occasion=row.occasion,
            words=words,
            limits=limits,
        )
    except TemplateError as error:
        raise UserError(f"share {row.id}: {error}") from error


def said(store: Store, newsroom: Newsroom, id_: int, now: datetime) -> str:
    """A waiting share's text as it would go out, a line `===` between its parts.

    Raises:
        UserError: there is no such share, it does not wait, or it could not go out.
    """
    row, article = _waiting(store, newsroom, id_, now)
    return "\n===\n".join(rendered(newsroom, row, article, now, row.words).post.parts)


def changed_since(newsroom: Newsroom, row: Delivery, article: Article, now: datetime) -> Sequence[str]:
    """What its template would say by now, if that is not what it said when the text was written; else ()."""
    if not row.words.text or row.account not in newsroom.accounts:
        return ()
    try:
        parts = rendered(newsroom, row, article, now, replace(row.words, text="")).post.parts
    except UserError:
        return ()
    return () if parts == row.words.instead_of else parts


def _waiting(store: Store, newsroom: Newsroom, id_: int, now: datetime) -> tuple[Delivery, Article]:
    with store.read() as tx:
        row = tx.outbox.get(id_)
        if row is None:
            raise UserError(f"there is no share {id_}: `sharewire queue list` shows their numbers")
        article = tx.articles.get(row.article)
        if article is not None:
            article = fill(tx, newsroom, article, row.account, now, row)
    if row.work is not Work.POST:
        raise UserError(f"share {id_} corrects or takes back a post: it has no words of its own")
    if row.state not in WAITING or row.part:
        cure = f": `sharewire correct {row.article}` puts it right" if row.refs else ""
        raise UserError(f"share {id_} is {row.state}; only what waits can be given other words{cure}")
    if row.account not in newsroom.accounts or article is None:
        raise UserError(f"share {id_}: its account or its article is not there any more")
    return row, article


def _require_link(template: Rendering, mine: Rendering, article: Article, id_: int) -> None:
    """Where the template puts the link into the text, a person's text must have it, too."""
    link = template.post.link
    if not link or not any(link in part for part in template.post.parts):
        return
    if not any(each in part for part in mine.post.parts for each in (link, article.url)):
        raise UserError(f"share {id_}: the text lacks the link: add {link}")
