"""What logs does not take along what draws."""

from __future__ import annotations

import subprocess
import sys

SAYS = """
import sys
import bot.__main__
import bot.bootstrap, bot.cli.session, bot.runtime.scheduler
print(sorted(each for each in sys.modules if each in {"rich", "pygments", "sqlalchemy.dialects.postgresql"}))
import rich.console
"""


def test_a_worker_starts_without_what_only_commands_or_postgres_need_and_may_load_it_later() -> None:
    done = subprocess.run([sys.executable, "-c", SAYS], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
