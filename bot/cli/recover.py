"""`sharewire recover`: put right what a crash or a restore left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, counted, print_json
from bot.domain.errors import UserError

if TYPE_CHECKING:
    from bot.cli.session import Session

__all__ = ["recover"]

VERIFIED = timedelta(days=7)


def recover(
    config: ConfigOption = None,
    *,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read accounts back and compare; changes nothing.")
    ] = False,
    restored: Annotated[
        bool, typer.Option("--restored", help="The database is of yesterday: learn what is out since.")
    ] = False,
    since: Annotated[
        str, typer.Option("--since", help='"2026-11-24 08:00" in the desk\'s zone, or "36h" ago.')
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Put right what dead workers left; with an option, compare with the accounts themselves."""
    from bot.cli.session import Session

    if verify and restored:
        raise UserError("say --verify or --restored, not both")
    if since and not (verify or restored):
        raise UserError("--since goes with --verify or --restored")
    session = Session(config)
    document = (
        _verified(session, since) if verify else _restored(session, since) if restored else _left(session)
    )
    if as_json:
        print_json(document)
    else:
        _say(document)
    if document.get("problems"):
        raise typer.Exit(1)


def _left(session: Session) -> dict[str, Any]:
    from bot.runtime.restore import put_right
    from bot.runtime.worker import Worker

    try:
        rows = put_right(Worker(session.store, session.newsroom, clock=session.clock))
    finally:
        session.store.close()
    return {"recovered": [f"share {row.id} on {row.account} is {row.state}: {row.detail}" for row in rows]}


def _verified(session: Session, since: str) -> dict[str, Any]:
    from bot.runtime.clock import call_within
    from bot.services.readback import verify

    at = _time(session, since) if since else session.now - VERIFIED
    problems, agreed, mute = verify(session.store, session.newsroom, call_within, at, session.now)
    return {"since": at, "agreed": agreed, "problems": problems, "unread": mute}


def _restored(session: Session, since: str) -> dict[str, Any]:
    from bot.runtime.restore import restore
    from bot.runtime.worker import Worker
    from bot.services.restored import since_when

    at = _time(session, since) if since else since_when(session.store)
    if at is None:
        raise UserError("--since: from when is the backup? The database does not say, so say it here")
    try:
        done = restore(session.house, Worker(session.store, session.newsroom, clock=session.clock), at)
    finally:
        session.store.close()
    return {
        "since": at,
        "published": done.published,
        "held": done.held,
        "strangers": done.strangers,
        "troubles": done.troubles,
    }


def _time(session: Session, said: str) -> datetime:
    """A time of the desk's clock, or so long ago."""
    from bot.ports.durations import parse_duration

    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        try:
            return session.now - parse_duration(said)
        except ValueError:
            raise UserError(f'--since: {said!r} is no time: write "2026-11-24 08:00" or "36h"') from None
    at = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(session.house.settings.timezone))
    if at >= session.now:
        raise UserError(f"--since: {said} is still to come")
    return at.astimezone(UTC)


def _say(document: dict[str, Any]) -> None:
    out = console()
    if "recovered" in document:
        out.print(f"{counted(len(document['recovered']), 'share')} put right.")
    if "agreed" in document:
        out.print(f"{counted(document['agreed'], 'share')} found where they should be.")
        for account in document["unread"]:
            out.print(f"- {account}: cannot be read back, so nothing is said of it", markup=False)
    if "published" in document:
        found, held = counted(len(document["published"]), "share"), counted(len(document["held"]), "share")
        out.print(
            f"Since {document['since']:%Y-%m-%d %H:%M} UTC: {found} found and recorded as published, "
            f"{held} held where nobody can be asked."
        )
    for name in ("recovered", "published", "held", "strangers", "troubles", "problems"):
        for line in document.get(name, ()):
            out.print(f"{'!' if name in ('problems', 'troubles') else '-'} {line}", markup=False)
