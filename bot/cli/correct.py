"""`sharewire correct` and `sharewire withdraw`: what stands, put right or taken back on a person's word."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, print_json

__all__ = ["correct", "withdraw"]

Name = Annotated[str, typer.Argument(metavar="ARTICLE", help="An article's number or any of its addresses.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]

WAYS = {
    "edit": "is being edited",
    "cancel": "is cancelled",
    "delete": "is being deleted",
    "alert": "must be put right by hand",
    "leave": "is left as it is",
    "wait": "is looked at again in a minute",
}
FORESEEN = {"edit": "would be edited", "cancel": "would be cancelled", "delete": "would be deleted"}


def correct(
    article: Name, config: ConfigOption = None, *, dry_run: DryRun = False, as_json: JsonOption = False
) -> None:
    """Read an article again and correct what its shares say, whatever `on_update` says."""
    from bot.services.correct import correct as order
    from bot.services.correct import foresee_correction, read_again

    session, stored = _stored(config, article)
    with session.store.read() as tx:
        seen = tx.articles.sources_of(stored.id)
    guids = frozenset(s.guid for source, s in seen.items() if source == stored.source)
    feed = session.newsroom.sources.get(stored.source)
    steps = read_again(session.newsroom, stored, guids, session.now)
    new = session.fetch(steps, private=feed.private if feed else None)
    found = foresee_correction(session.store, session.newsroom, new, session.now)
    if not dry_run:
        order(session.store, session.newsroom, new, found, session.now)
    documents: list[dict[str, Any]] = [
        {
            "account": each.original.account,
            "share": each.original.id,
            "url": each.original.remote_url or None,
            "way": each.way,
            "why": each.why,
            "before": [part["text"] for part in each.said.get("parts", ())],
            "after": [part["text"] for part in each.says.get("parts", ())],
        }
        for each in found.corrections
    ]
    if as_json:
        print_json(documents)
        return
    for document in documents:
        _print(document, dry_run=dry_run)
        for sign, texts in (("-", document["before"]), ("+", document["after"])):
            for line in "\n===\n".join(texts).splitlines():
                style = "red" if sign == "-" else "green"
                console().print(f"    {sign} {line}", markup=False, style=style)
    if found.unsettled:
        console().print("Some of it is just being sent: it is compared again in a minute.")
    if not documents and not found.unsettled:
        console().print("What stands says what the article says: nothing to correct.")


def withdraw(
    article: Name,
    config: ConfigOption = None,
    *,
    reason: Annotated[str, typer.Option(help="Why: kept, and shown by explain.")],
    dry_run: DryRun = False,
    as_json: JsonOption = False,
) -> None:
    """Take an article back: cancel what waits, delete what stands, whatever `on_withdrawal` says."""
    from bot.services.withdraw import foresee_withdrawal
    from bot.services.withdraw import withdraw as order

    session, stored = _stored(config, article)
    if dry_run:
        with session.store.read() as tx:
            rows = tx.outbox.of_article(stored.id)
        taken = foresee_withdrawal(session.newsroom, rows, delete=True)
    else:
        taken = order(
            session.store, session.newsroom, stored.id, session.now, by="person", why=reason, delete=True
        )
    documents = [
        {
            "account": each.delivery.account,
            "share": each.delivery.id,
            "url": each.delivery.remote_url or None,
            "way": each.way,
            "why": each.why,
        }
        for each in taken
    ]
    if as_json:
        print_json(documents)
        return
    for document in documents:
        _print(document, dry_run=dry_run)
    if not documents:
        console().print("Nothing of it waits or stands anywhere.")


def _stored(config: Any, name: str) -> tuple[Any, Any]:
    from bot.cli.session import Session
    from bot.domain.errors import UserError
    from bot.services.share import find_article

    session = Session(config)
    with session.store.read() as tx:
        found = find_article(tx, name)
    if found is None:
        raise UserError(f"there is no article {name}: give its number or one of its addresses")
    return session, found


def _print(document: dict[str, Any], *, dry_run: bool) -> None:
    where = f" {document['url']}" if document["url"] else ""
    why = f" ({document['why']})" if document["why"] else ""
    ways = WAYS | FORESEEN if dry_run else WAYS
    line = f"share {document['share']} on {document['account']} {ways[document['way']]}{why}{where}"
    console().print(line, markup=False)
