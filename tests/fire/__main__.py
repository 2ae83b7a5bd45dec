"""`make fire`: the long fires, with their seeds and figures.

`python -m tests.fire SEED [KILLS]` burns the one of that seed, or all of them from another seed; the exit
code is 1 if anything stands twice or not at all.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.fire.fire import Plan, burn
from tests.storage.databases import postgres_server

PLANS = (
    Plan(seed=2026, kills=100, articles=60),
    Plan(seed=2027, kills=40, articles=40, workers=2, database="postgres"),
    Plan(seed=2028, kills=40, articles=40, workers=4, database="postgres"),
)


def main() -> int:
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
