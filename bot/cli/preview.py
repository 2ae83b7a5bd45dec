"""`sharewire preview`: the posts of an article as they would be sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, price, print_json, print_text

__all__ = ["preview", "show_posts"]


def preview(
    article: Annotated[
        str,
        typer.Argument(
            metavar="[ARTICLE]", help="An address, an article's number, `latest`, or `digest:NAME`."
        ),
    ] = "latest",
    config: ConfigOption = None,
    *,
    last: Annotated[int, typer.Option(min=1, help="The last N articles instead of one.")] = 1,
    account: Annotated[str, typer.Option(help="Only this account.")] = "",
    watch: Annotated[bool, typer.Option("--watch", help="Again whenever a template is saved.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the final text and its counts on each account; writes nothing, sends nothing."""
    from bot.cli.session import Session

    session = Session(config)
    if account and account not in session.newsroom.accounts:
        from bot.domain.errors import UserError

        names = ", ".join(session.newsroom.accounts)
        raise UserError(f"there is no [accounts.{account}]: choose among {names}")
    articles = session.articles(article, last, as_shared=True)
    broken = _show(session, articles, account, as_json=as_json)
    while watch:
        import time

        from bot.runtime.watch import Watch

        seen = Watch(session.house.watched())
        while not seen.changed():
            time.sleep(0.3)
        try:
            newsroom, _ = session.house.reload(session.newsroom)
        except Exception as error:  # noqa: BLE001 - a mistake while editing is shown, the watch goes on
            console().print(str(error), style="red", markup=False)
            continue
        session._newsroom = newsroom  # noqa: SLF001 - the session of this very command
        _show(session, articles, account, as_json=as_json)
    if broken:
        raise typer.Exit(1)


def _show(session: Any, articles: list[Any], account: str, *, as_json: bool) -> bool:
    from bot.services.edition import is_edition
    from bot.services.preview import preview as posts_of
    from bot.services.preview import preview_edition as editions
    from bot.services.spend import spent_by_all

    spending = spent_by_all(session.store_if_any, session.now)
    posts = []
    for each in articles:
        if is_edition(each):
            posts += editions(session.store, session.newsroom, each, session.now, account, spending=spending)
        else:
            words = _words(session, each)
            posts += posts_of(session.newsroom, each, session.now, account, spending=spending, words=words)
    if as_json:
        print_json(posts)
    else:
        show_posts(posts)
    return any("error" in post for post in posts)


def _words(session: Any, article: Any) -> dict[str, Any]:
    """What the shares of an article that still wait say of their own words, by account."""
    from bot.domain.delivery import WAITING
    from bot.domain.occasion import NEW

    store = session.store_if_any
    if store is None or not article.id:
        return {}
    with store.read() as tx:
        rows = tx.outbox.of_article(article.id)
    return {row.account: row.words for row in rows if row.state in WAITING and row.occasion == NEW}


def show_posts(posts: Iterable[dict[str, Any]]) -> None:
    """Each post as people read it."""
    for post in posts:
        _print(post)


def _print(post: dict[str, Any]) -> None:
    out = console()
    head = f"{post['account']} ({post['platform']})"
    if "error" in post:
        print_text(out, post["error"], head, "error", style="red")
        return
    for i, part in enumerate(post["parts"], 1):
        which = f" {i}/{len(post['parts'])}" if len(post["parts"]) > 1 else ""
        count = f"{part['count']} of {part['limit']}"
        print_text(out, part["text"], head + which, f"{count} · {post['template']}")
    if post["label"]:
        out.print(f"  label: {post['label']['text']} ({post['label']['name']})", markup=False, style="dim")
    card = post["card"]
    if card:
        out.print(f"  card: {card['title']} — {card['url']}", markup=False, style="dim")
    for image in post["media"]:
        out.print(f"  image: {image['url']} (alt: {image['alt'] or 'none'})", markup=False, style="dim")
    if post["cost_usd"] is not None:
        out.print(f"  cost: {price(post['cost_usd'])}", markup=False, style="dim")
    for warning in post["warnings"]:
        out.print(f"  ! {warning}", markup=False, style="yellow")
