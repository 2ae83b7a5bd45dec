"""`sharewire queue show`: one share, its text and every attempt."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, local, print_json, print_text, spoken

__all__ = ["Id", "show"]

Id = Annotated[int, typer.Argument(metavar="ID", help="The share's number, from `queue list`.")]


def show(id_: Id, config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """One share: its text, its state and why, every attempt."""
    from bot.cli.session import Session
    from bot.domain.errors import UserError
    from bot.services.edition import fill
    from bot.services.explain import attempt_document, delivery_document
    from bot.services.preview import preview_on
    from bot.services.reword import changed_since
    from bot.services.status import queue_document

    session = Session(config)
    with session.store.read() as tx:
        row = tx.outbox.get(id_)
        if row is None:
            raise UserError(f"there is no share {id_}: `sharewire queue list` shows their numbers")
        article = tx.articles.get(row.article)
        if article is not None:
            article = fill(tx, session.newsroom, article, row.account, session.now, row)
        tries = [attempt_document(each) for each in tx.outbox.attempts(id_)]
    document = queue_document(row, article.title if article else "") | delivery_document(row)
    post = row.post
    if post is None and article is not None and row.account in session.newsroom.accounts:
        account = session.newsroom.accounts[row.account]
        at = row.due_at or session.now
        post = preview_on(
            session.newsroom,
            account,
            article,
            at,
            route=row.route,
            template=row.template,
            occasion=row.occasion,
            words=row.words,
        )
    waits = row.post is None and article is not None
    anew = changed_since(session.newsroom, row, article, session.now) if waits and article else ()
    document |= {"post": post, "tries": tries, "template_says_now": list(anew)}
    if as_json:
        print_json(document)
        return
    out = console()
    wall = session.wall
    out.print(f"share {id_} on {row.account}: {spoken(document, wall)}", style="bold", markup=False)
    out.print(document["title"], markup=False)
    if row.remote_url:
        out.print(row.remote_url, markup=False, soft_wrap=True)
    for part in (post or {}).get("parts", ()):
        print_text(out, part["text"], "sent" if row.post else "as it would be sent", f"{part['count']}")
    if anew:
        out.print("  ! its article changed since; its template would now say:", style="yellow", markup=False)
        out.print("\n\n".join(anew), style="dim", markup=False)
    if post and post.get("error"):
        out.print(post["error"], style="red", markup=False)
    for each in tries:
        what, said = each["outcome"] or "under way", each["detail"]
        when = local(each["started_at"], wall)
        out.print(f"  {when} part {each['part'] + 1} {what} {said}".rstrip(), markup=False)
