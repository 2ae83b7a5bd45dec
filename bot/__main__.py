"""The entry point: a mistake of the operator's is told in a line each, never as a traceback."""

from __future__ import annotations

import gc
import sys

import bot.observe.light  # noqa: F401 - before all that logs
from bot.cli.app import app
from bot.domain.errors import BotError, UserError

__all__ = ["main"]

PROBLEM = 1
WRONG_USE = 2
YOUNG = 50_000
"""New objects between two passes of the collector: with the usual 700 they are a sixth of a start."""


def main() -> None:
    """Run the command line; exit 0 fine, 1 a problem was found, 2 wrong use."""
    gc.set_threshold(YOUNG)
    try:
        app(prog_name="sharewire")
    except UserError as error:
        from bot.settings.problems import ConfigError

        _say(error)
        sys.exit(PROBLEM if isinstance(error, ConfigError) else WRONG_USE)
    except BotError as error:
        _say(error)
        sys.exit(PROBLEM)
    except Exception as error:
        # Known by its module's name: importing the library here would slow every command.
        if not type(error).__module__.startswith(("sqlalchemy.", "psycopg.", "sqlite3")):
            raise
        said = str(getattr(error, "orig", error)).splitlines()
        _say(BotError(f"the database: {said[0] if said else type(error).__name__}"))
        sys.exit(PROBLEM)


def _say(error: BotError) -> None:
    for line in str(error).splitlines():
        seen = "".join(each if each.isprintable() else "\ufffd" for each in line)
        sys.stderr.write(f"sharewire: {seen}\n")


if __name__ == "__main__":
    main()
