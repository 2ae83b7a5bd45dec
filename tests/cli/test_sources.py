"""`sources release` and `sources skip`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cli.conftest import Desk


@pytest.mark.parametrize(("verb", "state"), [("release", "queued"), ("skip", "skipped")])
def test_what_came_as_a_flood_is_let_go_or_left(working: Desk, verb: str, state: str) -> None:
    working.configure(
        ('timing = "now"', 'timing = "now"\nmax_age = "0"'), ("enrich = false", "enrich = false\nflood = 3")
    )
    with_dates = "<pubDate/>"
    for number in range(3):
        working.publish(f"moved-{number}", extra=with_dates)
        working.items[0] = working.items[0].replace("<pubDate>", "<was>").replace("</pubDate>", "</was>")
    working.serve()
    assert working("run", "--once")[0] == 0
    rows = working.json("queue", "list")
    assert {(row["state"], row["reason"]) for row in rows} == {("held", "flood")}
    code, out, _ = working("status")
    assert (code, "source site shows 3 old articles as new" in " ".join(out.split())) == (1, True)
    assert working.json("sources", verb, "site") == {
        "source": "site",
        "shares": 6,
        "released": verb == "release",
    }
    assert {row["state"] for row in working.json("queue", "list")} == {state}
    told = "sharewire: nothing of source site is held as a flood\n"
    assert working("sources", verb, "site") == (2, "", told)


def test_the_age_of_what_is_shown_decides(working: Desk) -> None:
    working.configure(("enrich = false", "enrich = false\nflood = 3"))
    for number in range(4):
        working.publish(f"fresh-{number}", ago=timedelta(minutes=number))
    assert working("run", "--once")[0] == 0
    assert {row["state"] for row in working.json("queue", "list")} == {"published"}
