from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Desk


def test_a_pause_of_everything_keeps_what_is_new_waiting_until_resume(working: Desk) -> None:
    working("pause", "--all", "--reason", "storm")
    working.publish("rain")
    working("run", "--once")
    assert not Path("out").exists()
    assert working.json("resume", "--all") == {"scope": "all", "ended": True}
    assert working("run", "--once")[0] == 0
    assert {row["state"] for row in working.json("queue", "list")} == {"published"}


def test_a_pause_of_one_account_leaves_the_others_running(working: Desk) -> None:
    working("pause", "--account", "fedi")
    working.publish("rain")
    working("run", "--once")
    states = {row["account"]: row["state"] for row in working.json("queue", "list")}
    assert states == {"main_x": "published", "fedi": "queued"}


def test_a_pause_of_a_route_stops_its_shares(working: Desk) -> None:
    working("pause", "--route", "everything")
    working.publish("rain")
    working("run", "--once")
    assert not Path("out").exists()


def test_json_tells_scope_and_times(working: Desk) -> None:
    paused = working.json("pause", "--account", "fedi", "--for", "6h", "--reason", "storm")
    since, until = (datetime.fromisoformat(paused.pop(key)) for key in ("since", "until"))
    assert timedelta(hours=5, minutes=59) < until - since < timedelta(hours=6, minutes=1)
    assert paused == {"scope": "account:fedi", "reason": "storm", "by": "person"}


def test_for_people_it_is_one_line_in_the_desks_zone(working: Desk) -> None:
    code, out, err = working("pause", "--all", "--for", "6h")
    assert (code, err) == (0, "")
    assert out.startswith("all is paused until ")
    assert out.endswith(" CAT\n")
    assert working("pause", "--all")[1] == "all is paused until `sharewire resume`\n"


def test_resuming_what_was_not_paused_says_so(working: Desk) -> None:
    assert working("resume", "--all") == (0, "all was not paused\n", "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "say one of --account ID, --route NAME or --all"),
        (("--all", "--account", "fedi"), "say one of --account ID, --route NAME or --all"),
        (("--account", "zz"), "there is no [accounts.zz]: choose among main_x, fedi"),
        (("--route", "zz"), "there is no route 'zz': choose among everything"),
        (
            ("--all", "--for", "6x"),
            '--for: write a duration with its unit, such as "90s", "5m", "24h" or "2d"',
        ),
        (("--all", "--for", "0s"), '--for: a pause needs some length, such as "6h"'),
    ],
)
def test_a_pause_that_cannot_be_is_one_line(working: Desk, words: tuple[str, ...], told: str) -> None:
    assert working("pause", *words) == (2, "", f"sharewire: {told}\n")
    assert working.json("status")["paused"] == []
