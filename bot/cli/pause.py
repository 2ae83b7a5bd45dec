"""`sharewire pause` and `sharewire resume`: stop means stop."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, print_json
from bot.domain.errors import UserError
from bot.domain.wallclock import SHORT

__all__ = ["pause", "resume"]

AccountOption = Annotated[str, typer.Option("--account", help="Only this account.")]
RouteOption = Annotated[str, typer.Option("--route", help="Only this route's shares.")]
AllOption = Annotated[bool, typer.Option("--all", help="Everything.")]


def pause(
    config: ConfigOption = None,
    *,
    account: AccountOption = "",
    route: RouteOption = "",
    all_: AllOption = False,
    for_: Annotated[str, typer.Option("--for", help='How long: "6h"; without it until `resume`.')] = "",
    reason: Annotated[str, typer.Option(help="Shown by status and explain.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Send nothing on an account, of a route, or at all; shares age meanwhile."""
    from bot.cli.session import Session
    from bot.ports.durations import parse_duration
    from bot.services.review import pause as stop

    session = Session(config)
    scope = _scope(session.newsroom, account, route, all_=all_)
    try:
        until = session.now + parse_duration(for_) if for_ else None
    except ValueError as error:
        raise UserError(f"--for: {error}") from None
    if until is not None and until <= session.now:
        raise UserError('--for: a pause needs some length, such as "6h"')
    done = stop(session.store, scope, session.now, until, reason)
    if as_json:
        print_json(done)
    else:
        end = f"until {session.wall.tell(until, f'{SHORT} %Z')}" if until else "until `sharewire resume`"
        console().print(f"{scope} is paused {end}", markup=False)


def resume(
    config: ConfigOption = None,
    *,
    account: AccountOption = "",
    route: RouteOption = "",
    all_: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """End a pause; what waited gets new places, so that nothing floods."""
    from bot.cli.session import Session
    from bot.services.review import resume as go_on

    session = Session(config)
    scope = _scope(session.newsroom, account, route, all_=all_)
    ended = go_on(session.store, session.newsroom, scope, session.now)
    if as_json:
        print_json({"scope": scope, "ended": ended})
    else:
        console().print(f"{scope} goes on" if ended else f"{scope} was not paused")


def _scope(newsroom: object, account: str, route: str, *, all_: bool) -> str:
    from bot.ports.newsroom import Newsroom

    assert isinstance(newsroom, Newsroom)
    if sum(map(bool, (account, route, all_))) != 1:
        raise UserError("say one of --account ID, --route NAME or --all")
    if account and account not in newsroom.accounts:
        names = ", ".join(newsroom.accounts)
        raise UserError(f"there is no [accounts.{account}]: choose among {names}")
    if route and not newsroom.rules(route):
        names = ", ".join(newsroom.names())
        raise UserError(f"there is no route {route!r}: choose among {names}")
    return f"account:{account}" if account else f"route:{route}" if route else "all"
