from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tests.cli.conftest import Desk


def test_without_a_database_it_says_so_and_makes_none(desk: Desk) -> None:
    code, out, err = desk("plan")
    assert (code, out) == (2, "")
    assert err.startswith("sharewire: there is no database at data/sharewire.db yet")
    assert not Path("data").exists()


def test_nothing_planned_is_an_empty_list(working: Desk) -> None:
    assert working.json("plan") == []
    assert working("plan")[1] == "Nothing is planned for the next 24 hours.\n"


def test_each_row_has_the_promised_keys(waiting: Desk) -> None:
    x, _ = waiting.json("plan")
    at = datetime.fromisoformat(x.pop("at"))
    assert at.tzinfo is not None
    text = f"Rain & wind [live]\n{waiting.url('rain')}"
    assert x == {
        "tentative": True,
        "account": "main_x",
        "platform": "x",
        "route": "everything",
        "occasion": "new",
        "article": 2,
        "title": "Rain & wind [live]",
        "parts": [{"text": text, "count": len(text), "limit": 280}],
        "cost_usd": 0.015,
        "over_budget": "",
        "state": "queued",
        "reason": "",
        "delivery": 1,
        "error": "",
    }


def test_what_lies_further_off_is_left_out(waiting: Desk) -> None:
    assert waiting.json("plan", "--hours", "1") == []


def test_a_held_share_stands_last_without_a_time(waiting: Desk) -> None:
    waiting("queue", "hold", "1", "--reason", "the lawyer reads")
    rows = waiting.json("plan")
    assert [(row["delivery"], row["at"] is None, row["state"]) for row in rows] == [
        (2, False, "queued"),
        (1, True, "held"),
    ]
    assert "held: person" in waiting("plan")[1]


def test_for_people_it_marks_what_is_tentative(waiting: Desk) -> None:
    out = waiting("plan")[1]
    assert " ~  main_x" in out
    assert "Rain & wind [live]" in out
    assert out.splitlines()[-1] == "~ tentative: a newer article may take this slot"


def test_for_people_it_says_what_each_share_costs(waiting: Desk) -> None:
    assert "  $0.015" in waiting("plan")[1]
    waiting.configure(('as = "x"', 'as = "x"\nbudget = { usd_per_month = 0.01 }'))
    out = waiting("plan")[1]
    assert "  $0.015 !" in out
    assert (
        "! main_x: it costs $0.015, and $0.00 of the month's $0.01 is spent: raise [accounts.main_x]" in out
    )
