"""The worker as a process: ready, idle memory, idle CPU."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.measure import Figure

__all__ = ["cpu_of", "figures", "memory_of"]

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
FEEDS = 1000
IDLE = 20.0
WAKES = """
import json, time
def work(times):
    began = time.perf_counter()
    for n in range(times):
        json.dumps([n, {"a": "b"}])
    return time.perf_counter() - began
work(1000)
a_millisecond = int(1 / work(1000))
while True:
    work(a_millisecond)
    time.sleep(1)
"""
"""What one wake a second costs here: where others share the processor, each finds its caches cold."""


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        # Nothing listens there: each poll is refused at once, then waits; what is measured is the worker.
        sources = "\n".join(
            f'[sources.s{n}]\nkind = "feed"\nurl = "http://127.0.0.1:9/{n}"\nallow_private = true'
            for n in range(FEEDS)
        )
        names = ", ".join(f'"s{n}"' for n in range(FEEDS))
        config = Path(folder) / "bot.toml"
        config.write_text(CONFIG.format(folder=folder, sources=sources, names=names))
        command = [sys.executable, "-m", "bot"]
        subprocess.run([*command, "db", "upgrade", "--config", str(config)], check=True, capture_output=True)
        log = Path(folder) / "log"
        began = time.perf_counter()
        with log.open("wb") as out:
            worker = subprocess.Popen([*command, "run", "--config", str(config)], stderr=out, stdout=out)
        while b"worker.ready" not in log.read_bytes():
            time.sleep(0.01)
            assert worker.poll() is None, log.read_text()
        ready = time.perf_counter() - began
        time.sleep(15)
        with subprocess.Popen([sys.executable, "-c", WAKES]) as bare:
            time.sleep(1)
            before = [cpu_of(each.pid) for each in (worker, bare)]
            time.sleep(IDLE)
            used, waking = (
                (cpu_of(each.pid) - cpu) / IDLE for each, cpu in zip((worker, bare), before, strict=True)
            )
            bare.terminate()
        memory = memory_of(worker.pid)
        worker.terminate()
        worker.wait(30)
    raw = f"bare Python, awake 1 ms a second: {waking:.1%}"
    return [
        Figure(f"ready, {FEEDS} feeds", f"{ready:.2f} s", "", "", "≤ 1.5 s", ready <= 1.5),
        Figure(
            f"idle memory, {FEEDS} feeds, one account", f"{memory:.0f} MB", "", "", "≤ 110 MB", memory <= 110
        ),
        Figure(f"idle CPU, {FEEDS} feeds every 5 min", f"{used:.1%}", raw, "", "≤ 1 %", used <= 0.01),
    ]


def cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_of(pid: int, what: str = "VmRSS") -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split(f"{what}:")[1].split()[0]) / 1024
