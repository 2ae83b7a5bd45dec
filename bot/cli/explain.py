"""`sharewire explain`: why an article was shared, delayed or passed over."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, print_json

__all__ = ["explain"]


def explain(
    article: Annotated[str, typer.Argument(help="An article's number or any of its addresses.")],
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Say, account by account, what was decided, by which rule, and what came of it."""
    from bot.cli.session import Session
    from bot.services.explain import explain as why
    from bot.services.explain import explain_unseen

    session = Session(config)
    store = session.store_if_any
    document = why(store, session.newsroom, article) if store else None
    if document is None:
        unseen = session.articles(article)[0]
        document = explain_unseen(store, session.newsroom, unseen, session.now)
    if as_json:
        print_json(document)
    else:
        _print(document)


def _print(document: dict[str, Any]) -> None:
    out = console()
    article = document["article"]
    out.print(article["title"], style="bold", markup=False)
    out.print(article["url"], style="dim", markup=False)
    sources = article["sources"]
    if isinstance(sources, dict):
        for source, at in sources.items():
            out.print(f"  seen in {source} at {at}", style="dim", markup=False)
    else:
        out.print("  never met; here is what the sources say, and what the routes would do", style="yellow")
        for each in sources:
            last = each["last_polled_at"] or "never"
            trouble = f", {each['error']}" if each["error"] else ""
            out.print(f"  {each['source']}: last polled {last}{trouble}", style="dim", markup=False)
    for each in document["decisions"]:
        verdict = "shares it" if each["verdict"] == "share" else "does not share it"
        reason = f" ({each['reason']})" if each["reason"] else ""
        out.print(f"{each['account']} {verdict}{reason}: {each['rule']}", markup=False)
        for row in each.get("deliveries", ()):
            link = f"  {row['remote_url']}" if row["remote_url"] else ""
            out.print(f"    share {row['id']} ({row['occasion']}) {row['why']}{link}", markup=False)
        for attempt in each["attempts"]:
            said = f": {attempt['detail']}" if attempt["detail"] else ""
            at, what = attempt["started_at"], attempt["outcome"] or "under way"
            out.print(f"      {at} part {attempt['part'] + 1} {what}{said}", markup=False, style="dim")
