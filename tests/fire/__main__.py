"""`make fire`: the long fires, with their seeds and figures.

`python -m tests.fire SEED [KILLS]` burns the one of that seed, or all of them from another seed;
`python -m tests.fire articles SEED [ARTICLES]` lives through a newsday. The exit code is 1 if anything stands
twice, not at all, or otherwise than it should.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.fire.articles import Day, live
from tests.fire.fire import Plan, burn
from tests.storage.databases import postgres_server

DAY = 5
"""The seed of the newsday."""
PLANS = (
    Plan(seed=2026, kills=100, articles=60),
    Plan(seed=2027, kills=40, articles=40, workers=2, database="postgres"),
    Plan(seed=2028, kills=40, articles=40, workers=4, database="postgres"),
)


def main() -> int:
    """What is asked for, else all of it."""
    if sys.argv[1:2] == ["articles"]:
        numbers = [int(each) for each in sys.argv[2:]]
        return day(*numbers or [DAY])
    return fires() | (0 if sys.argv[1:] else day(DAY))


def day(seed: int, articles: int = 60) -> int:
    """One newsday, with as many kills as go with its articles."""
    folder = Path(tempfile.mkdtemp(prefix="day"))
    outcome = live(Day(seed, articles, articles * 2 // 5), folder)
    print(outcome, flush=True)
    if not outcome.wrong:
        return 0
    print(*(f"  {each}" for each in outcome.wrong), sep="\n")
    print(f"  FAILED; the log: {folder}/log.jsonl", flush=True)
    return 1


def fires() -> int:
    """Burn them one after the other; a folder is kept where something went wrong."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    bad = 0
    with postgres_server() as postgres:
        for each in [plan for plan in PLANS if plan.seed == seed] or PLANS:
            plan = replace(each, seed=seed or each.seed, kills=kills or each.kills)
            plan = replace(plan, database=postgres.fresh() if plan.database else "")
            folder = Path(tempfile.mkdtemp(prefix="fire"))
            report, _ = burn(plan, folder)
            print(report, flush=True)
            if report.duplicates or report.lost or report.unexplained or report.most_struck > 1:
                bad = 1
                print(f"  FAILED; the log: {folder}/log.jsonl", flush=True)
    return bad


if __name__ == "__main__":
    sys.exit(main())
