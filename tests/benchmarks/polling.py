"""Feeds read first, with nothing new, with one new article each: CPU seconds beside lemon24/reader."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.feeds import LISTED, Feeds, feed_url, serving
from tests.benchmarks.measure import Figure

__all__ = ["figures", "written"]

FEEDS = 300
"""Enough for a ratio; `polling=1000` has a thousand: the peer takes its minutes."""
FIRST, QUIET, NEWS = 3, 5, 2
"""Rounds that read everything for the first time; with nothing new; with something."""
REACH = {"first poll": 7, "nothing new": 4, "one new article each": 12}
PEER = Path(__file__).with_name("reading.py")
PEER_HOME = Path(sys.prefix) / "bench-reader"
"""Where the peer is installed, on demand and beside our own packages: nothing of ours needs it."""
CONFIG = """
database = "sqlite:///{folder}/bench.db"
log = "json"
{sources}
[accounts.main]
platform = "file"
as = "x"
folder = "{folder}/out"
[[routes]]
name = "all"
sources = [{names}]
accounts = ["main"]
"""


def written(folder: str, urls: Sequence[str], every: str = "5m") -> Path:
    """A configuration that reads these feeds for one account."""
    sources = "\n".join(
        f'[sources.s{n}]\nkind = "feed"\nurl = "{url}"\nevery = "{every}"\nallow_private = true'
        for n, url in enumerate(urls)
    )
    names = ", ".join(f'"s{n}"' for n in range(len(urls)))
    config = Path(folder) / "bot.toml"
    config.write_text(CONFIG.format(folder=folder, sources=sources, names=names))
    return config


@dataclass(slots=True)
class Side:
    """A process that polls everything whenever it is told to."""

    process: subprocess.Popen[str]

    def poll(self, expected: int) -> float:
        """CPU seconds of one round; all of the articles must be there after it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        used, articles = self.process.stdout.readline().split()
        assert int(articles) == expected, f"{articles} articles, not {expected}"
        return float(used)


def figures(count: int = FEEDS) -> list[Figure]:
    times: dict[str, list[list[float]]] = {name: [] for name in REACH}
    with serving() as feeds:
        for number in range(1, FIRST + 1):
            for name, sides in _measured(feeds, count, last=number == FIRST):
                times[name].append(sides)
    return _compared(times, count)


def _measured(feeds: Feeds, count: int, *, last: bool) -> Iterator[tuple[str, list[float]]]:
    """The CPU seconds of each side, in turns, by kind of round; both begin with empty databases."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        urls = [feed_url(feeds.port, n) for n in range(count)]
        (Path(folder) / "urls").write_text("\n".join(urls))
        ours = [sys.executable, "-m", "tests.benchmarks.rounds", str(written(folder, urls))]
        theirs = [str(PEER_HOME / "bin/python"), str(PEER), f"{folder}/reader.db", f"{folder}/urls"]
        sides = [stack.enter_context(_started(each)) for each in ([ours, theirs] if _peer() else [ours])]
        articles = LISTED * count
        yield "first poll", [side.poll(articles) for side in sides]
        for _ in range(QUIET if last else 0):
            yield "nothing new", [side.poll(articles) for side in sides]
        for _ in range(NEWS if last else 0):
            feeds.publish()
            articles += count
            yield "one new article each", [side.poll(articles) for side in sides]


def _compared(times: dict[str, list[list[float]]], count: int) -> list[Figure]:
    out = []
    for name, rounds in times.items():
        ours, *theirs = (statistics.median(side) for side in zip(*rounds, strict=True))
        ratio = theirs[0] / ours if theirs else None
        out.append(
            Figure(
                f"{count:,} feeds, {name}",
                f"{ours:.2f} s CPU",
                f"lemon24/reader {theirs[0]:.2f} s" if theirs else "reader could not be installed",
                f"{ratio:.1f} × less" if ratio else "",
                f"≥ {REACH[name]} ×",
                ratio >= REACH[name] if ratio else None,
            )
        )
    return out


@contextmanager
def _started(command: Sequence[str]) -> Iterator[Side]:
    # 3.26, the last for Python 3.11, brings a feedparser that does not start; beside it stands a whole one.
    environ = os.environ | {"READER_NO_VENDORED_FEEDPARSER": "1"}
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environ,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", command
        try:
            yield Side(process)
        finally:
            process.kill()


def _peer() -> bool:
    """Whether the peer is to be had."""
    if (PEER_HOME / "done").exists():
        return True
    made = subprocess.run([sys.executable, "-m", "venv", str(PEER_HOME)], check=False, capture_output=True)
    install = [str(PEER_HOME / "bin/python"), "-m", "pip", "install", "--quiet", "reader"]
    if made.returncode or subprocess.run(install, check=False, capture_output=True).returncode:
        return False
    (PEER_HOME / "done").touch()
    return True
