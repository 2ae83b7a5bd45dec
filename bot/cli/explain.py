"""`sharewire explain`: why an article was shared, delayed or passed over."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, in_zone, local, print_json, spoken
from bot.domain.errors import UserError
from bot.domain.occasion import EDITION
from bot.domain.wallclock import WallClock

__all__ = ["explain"]

BY = {"page": "its page", "source": "its source", "person": "a person"}
LISTED = {True: ", lists it now", False: ", does not list it now", None: ""}


def explain(
    article: Annotated[
        str, typer.Argument(metavar="ARTICLE", help="An article's number or any of its addresses.")
    ],
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
    document = why(store, session.newsroom, article, session.now) if store else None
    if document is None and article.startswith(EDITION):
        raise UserError(f"{article} has made no edition yet: `sharewire preview {article}` shows the next")
    if document is None:
        unseen, trouble = session.unseen(article)
        listed = session.listed(unseen.url)
        document = explain_unseen(store, session.newsroom, unseen, session.now, listed)
        document["article"]["error"] = trouble
    if as_json:
        print_json(document)
    else:
        _print(document, session.wall)


def _print(document: dict[str, Any], wall: WallClock) -> None:
    out = console()
    article = document["article"]
    out.print(article["title"] or "(no title)", style="bold", markup=False)
    out.print(article["url"], style="dim", markup=False)
    if article["id"] is None:
        _unseen(document, wall)
    for each in document["sources"]:
        if each["seen_at"]:
            out.print(
                f"  seen in {each['source']}, {local(each['seen_at'], wall)}", style="dim", markup=False
            )
    if article["id"] is None:
        _would(document)
        return
    _page(document, wall)
    if skip := document.get("skip"):
        _skip(skip, article["id"], wall)
    _withdrawn(document, wall)
    for each in document["decisions"]:
        out.print(_verdict(each), markup=False)
        for row in each["deliveries"]:
            link = f"  {row['remote_url']}" if row["remote_url"] else ""
            out.print(
                f"    share {row['id']} ({row['occasion']}) {spoken(row, wall)}{link}",
                markup=False,
                soft_wrap=True,
            )
            for reason in row["waits_for"]:
                out.print(f"      waits for {in_zone(reason, wall)}", markup=False, style="dim")
            _attempts([each for each in each["attempts"] if each["delivery"] == row["id"]], wall)
    for each in document["evergreen"]:
        said = f"evergreen {each['rule']} on {each['account']}: {each['why']}"
        out.print(in_zone(said, wall), markup=False, style="dim")
    for each in document["digests"]:
        said = f"digest {each['digest']} on {each['account']}: {each['why']}"
        out.print(in_zone(said, wall), markup=False, style="dim")


def _page(document: dict[str, Any], wall: WallClock) -> None:
    """Whether it waits for its page, or had to do without."""
    trouble, at = document.get("page_trouble", ""), document.get("page_at")
    said = f"  its page could not be read, only its source: {trouble}" if trouble else ""
    if at:
        why = f" ({trouble})" if trouble else ""
        which = "its page, or one that it may have moved from"
        said = f"  waits for {which}, which has not answered yet{why}: asked for at {local(at, wall)}"
    if said:
        console().print(said, markup=False, style="yellow", soft_wrap=True)


def _attempts(attempts: list[dict[str, Any]], wall: WallClock) -> None:
    for attempt in attempts:
        said = f": {attempt['detail']}" if attempt["detail"] else ""
        at, what = local(attempt["started_at"], wall), attempt["outcome"] or "under way"
        console().print(f"      {at} part {attempt['part'] + 1} {what}{said}", markup=False, style="dim")


def _skip(skip: dict[str, Any], article: int, wall: WallClock) -> None:
    """What stands though it is not to be shared; where nothing does, the decisions say why."""
    there = ", ".join(f"{each['account']} ({local(each['at'], wall)})" for each in skip["standing"])
    if there:
        cure = f"sharewire withdraw {article} --reason … takes its posts back"
        said = f"  was shared on {there}, and now {skip['why']}: {cure}"
        console().print(said, markup=False, style="yellow", soft_wrap=True)


def _withdrawn(document: dict[str, Any], wall: WallClock) -> None:
    """Whether it was taken back, and where nothing of it stands though it is public again."""
    article, lines = document["article"], []
    if gone := document.get("withdrawn"):
        by, at = BY.get(gone["by"], "a person"), local(gone["at"], wall)
        lines.append(f"  {'lost' if gone['held'] else 'withdrawn'} by {by}, {at}: {gone['why']}")
        if gone["held"]:
            cure = f"sharewire sources withdraw {article['source']}, or keep {article['source']}"
            lines.append(f"  its withdrawal is held, for its source lost others with it: {cure}")
    if deleted := document.get("deleted"):
        cure = f"sharewire share {article['id']} --again --account …"
        lines.append(f"  taken down on {', '.join(deleted)}, and shared anew there only by: {cure}")
    if lines:
        console().print("\n".join(lines), markup=False, style="yellow", soft_wrap=True)


def _verdict(decision: dict[str, Any]) -> str:
    verdict = "shares it" if decision["verdict"] == "share" else "does not share it"
    reason = f" ({decision['reason']})" if decision["reason"] else ""
    return f"{decision['account']} {verdict}{reason}: {decision['rule']}"


def _would(document: dict[str, Any]) -> None:
    """What the routes would do, once for all sources that it would be the same for."""
    said: dict[str, list[str]] = {}
    for each in document["decisions"]:
        said.setdefault(_verdict(each), []).append(each["source"])
    for line, sources in said.items():
        which = "" if len(sources) == len(document["sources"]) else f" (from {', '.join(sources)})"
        console().print(line + which, markup=False)


def _unseen(document: dict[str, Any], wall: WallClock) -> None:
    out = console()
    if document["article"]["error"]:
        out.print(f"  its page: {document['article']['error']}", style="red", markup=False)
    out.print("  never met; here is what the sources say, and what the routes would do", style="yellow")
    for each in document["sources"]:
        last = local(each["last_polled_at"], wall) or "never"
        trouble = f", {each['error']}" if each["error"] else ""
        said = f"  {each['source']}: last polled {last}{LISTED[each['listed']]}{trouble}"
        out.print(said, style="dim", markup=False)
