"""`sharewire queue edit`: other words for a share that waits."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.options import ConfigOption, JsonOption
from bot.cli.single import Id, show

if TYPE_CHECKING:
    from bot.cli.session import Session

__all__ = ["edit"]


def edit(
    id_: Id,
    config: ConfigOption = None,
    *,
    text: Annotated[
        str, typer.Option(help="What it says instead; a line === begins the next post of a thread.")
    ] = "",
    template: Annotated[str, typer.Option(metavar="SET", help="Another template set for this share.")] = "",
    reset: Annotated[bool, typer.Option("--reset", help="By its own template again.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Give a waiting share words of its own; without an option its text opens in $EDITOR."""
    from bot.cli.session import Session
    from bot.domain.errors import UserError
    from bot.services import reword

    if bool(text) + bool(template) + reset > 1:
        raise UserError("say one of --text, --template or --reset")
    session = Session(config)
    if not (text or template or reset):
        text = _edited(session, id_)
        if not text:
            typer.echo(f"share {id_} stays as it is", err=True)
            return
    row = reword.reword(
        session.store, session.newsroom, id_, session.now, text=text, template=template, reset=reset
    )
    show(row.id, config, as_json=as_json)


def _edited(session: Session, id_: int) -> str:
    """The text as a person leaves it in the editor, "" if it was not changed."""
    from bot.domain.errors import UserError
    from bot.services.reword import said

    if not sys.stdin.isatty():
        raise UserError('say --text "…", --template SET or --reset')
    before = said(session.store, session.newsroom, id_, session.now)
    after = _in_editor(before)
    return "" if after.strip() == before.strip() else after.strip()


def _in_editor(text: str) -> str:
    """The text after the person's own editor has had it."""
    from bot.domain.errors import UserError

    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with TemporaryDirectory() as folder:
        file = Path(folder, "share.txt")
        file.write_text(text + "\n", encoding="utf-8")
        try:
            subprocess.run([*shlex.split(command), str(file)], check=True)  # noqa: S603 - their own
        except (OSError, subprocess.CalledProcessError) as error:
            raise UserError(
                f"the editor {command!r} did not end well ({error}): the share is as it was"
            ) from None
        return file.read_text(encoding="utf-8")
