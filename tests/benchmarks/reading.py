"""Run where lemon24/reader is installed: for each line of standard input a round of updates, timed."""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import Any

from reader import make_reader


def main(database: str, urls: list[str]) -> None:
    reader: Any = make_reader(database)
    for url in urls:
        reader.add_feed(url)
    print("ready", flush=True)
    for _ in sys.stdin:
        before = cpu()
        reader.update_feeds(scheduled=False)
        print(cpu() - before, reader.get_entry_counts().total, flush=True)


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]).read_text(encoding="utf-8").split())
