"""`sharewire accounts`: which there are, whether each platform knows its token, and how to get one."""

from __future__ import annotations

import sys
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.output import console, print_json
from bot.domain.errors import UserError

if TYPE_CHECKING:
    from bot.ports.platform import Question

__all__ = ["app", "ask", "print_answers"]

app = typer.Typer(no_args_is_help=True, help="Which accounts there are, and whether each one's token works.")


@app.command("list")
def list_(config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """The accounts of the configuration; asks nobody."""
    from bot.cli.session import Session

    accounts = Session(config).newsroom.accounts.values()
    rows = [
        {
            "id": account.id,
            "platform": account.platform,
            "handle": account.options.handle,
            "schedule": account.options.schedule,
            "template": account.options.template,
        }
        for account in accounts
    ]
    if as_json:
        print_json(rows)
        return
    from rich.table import Table

    table = Table("account", "platform", "handle", "schedule", "template", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row.values())
    console().print(table)


@app.command("check")
def check(
    account: Annotated[str, typer.Argument(metavar="[ID]", help="Only this account.")] = "",
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Ask each platform who we are there, what the token may do and for how long; posts nothing."""
    from bot.cli.session import Session

    answers = ask(Session(config), account)
    if as_json:
        print_json(answers)
    else:
        print_answers(answers)
    if any(answer["error"] for answer in answers):
        raise typer.Exit(1)


@app.command("authorize")
def authorize(
    account: Annotated[str, typer.Argument(metavar="ID", help="The account that needs a token.")],
    config: ConfigOption = None,
    *,
    save: Annotated[bool, typer.Option("--save", help="Write it to .env without asking.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Get an account's token by asking you; printed, or written to .env, never into the configuration."""
    from bot.bootstrap import open_house
    from bot.ports.platform import AuthorizablePlatform
    from bot.runtime.clock import SystemClock
    from bot.settings.dotenv import append
    from bot.settings.loading import DOTENV
    from bot.settings.tree import variable

    wired = open_house(config, SystemClock()).account(account)
    if not isinstance(wired.connector, AuthorizablePlatform):
        raise UserError(f"[accounts.{account}] asks for no token: docs/platforms/ says what it needs")
    secrets = _answered(wired.connector.authorize())
    variables = {variable(("accounts", account, name)): value for name, value in secrets.items()}
    save = (
        save or as_json or _reply(f"Write {', '.join(variables)} to {DOTENV}? [y/N] ").lower() in ("y", "yes")
    )
    if save:
        append(DOTENV, variables)
    if as_json:
        print_json({"account": account, "variables": list(variables), "written": str(DOTENV)})
    elif save:
        console().print(f"Written to {DOTENV}; `sharewire accounts check {account}` tries it.", markup=False)
    else:
        typer.echo("Set in the environment, and keep to yourself:")
        for name, value in variables.items():
            typer.echo(f"{name}={value}")


def _answered(asking: Generator[Question, str, Mapping[str, str]]) -> Mapping[str, str]:
    """Put each question to whoever sits here; what it led to."""
    try:
        question = next(asking)
        while True:
            question = asking.send(_reply(f"{question.text}: ", secret=question.secret))
    except StopIteration as end:
        found: Mapping[str, str] = end.value
        return found


def _reply(text: str, *, secret: bool = False) -> str:
    """A line from the terminal, or from what is piped in; questions go to stderr, for stdout may be piped."""
    if secret and sys.stdin.isatty():
        from getpass import getpass

        return getpass(text)
    typer.echo(text, nl=False, err=True)
    line = sys.stdin.readline()
    if not line:
        raise UserError("no answer: this asks questions, run it at a terminal")
    return line.rstrip("\n")


def ask(session: Any, account: str = "") -> list[dict[str, Any]]:
    """What every account's platform, or one's, says.

    Raises:
        UserError: there is no such account.
    """
    from bot.runtime.clock import call_within
    from bot.services.ask import ask_accounts

    _ = session.store_if_any  # what it keeps of a session spares a log-in
    accounts = session.newsroom.accounts
    if account and account not in accounts:
        raise UserError(f"there is no [accounts.{account}]: choose among {', '.join(accounts)}")
    wanted = [each for id_, each in accounts.items() if account in ("", id_)]
    return ask_accounts(wanted, call_within, session.now)


def print_answers(answers: list[dict[str, Any]]) -> None:
    """A line for each account, and one for each thing that is not as it should be."""
    out = console()
    for answer in answers:
        name = f"{answer['account']} ({answer['platform']})"
        if answer["error"]:
            out.print(f"error: {name}: {answer['error']}", style="red", markup=False)
        else:
            left = f", {answer['days_left']} days left" if answer["days_left"] is not None else ""
            out.print(f"{name}: {answer['handle']} {answer['url']}".rstrip() + left, markup=False)
        for warning in answer["warnings"]:
            out.print(f"warning: {name}: {warning}", style="yellow", markup=False)
