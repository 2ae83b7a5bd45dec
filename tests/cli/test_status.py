from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.domain.delivery import Reason, State
from bot.storage.store import open_store
from tests.cli.conftest import Desk
from tests.fakes.site import Page

STATES = [
    "held",
    "queued",
    "sending",
    "awaiting",
    "unknown",
    "published",
    "failed",
    "missed",
    "skipped",
    "cancelled",
]


def test_without_a_database_it_says_so_and_makes_none(desk: Desk) -> None:
    code, _, err = desk("status", "--json")
    assert code == 2
    assert err == (
        "sharewire: there is no database at data/sharewire.db yet: `sharewire run` or "
        "`sharewire db upgrade` makes it\n"
    )
    assert not Path("data").exists()


def test_it_has_the_promised_keys(shared: Desk) -> None:
    document = shared.json("status")
    (source,) = document.pop("sources")
    money = document["accounts"][0].pop("budget")
    assert (money["spent_usd"], money["left_usd"], money["usd_per_month"]) == (0.015, None, None)
    times = [source.pop(key) for key in ("last_polled_at", "last_ok_at", "next_poll_at")]
    assert None not in [datetime.fromisoformat(each).tzinfo for each in times]
    assert source == {"id": "site", "failures": 0, "status": 200, "error": "", "wrong": {}}
    fine = {"handle": "", "paused": False, "throttled_until": None, "unwell": False, "limits": []}
    assert document == {
        "counts": dict.fromkeys(STATES, 0) | {"published": 2},
        "overdue": 0,
        "paused": [],
        "unrouted": 0,
        "unsure_language": 0,
        "accounts": [
            {"id": "main_x", "platform": "x"} | fine,
            {"id": "fedi", "platform": "mastodon", "budget": None} | fine,
        ],
        "rules": [],
        "problems": [],
    }


def test_a_source_in_trouble_is_named_with_its_trouble(working: Desk) -> None:
    working.site.pages["/feed/"] = Page(b"", 500)
    working("run", "--once")
    (source,) = working.json("status")["sources"]
    assert (source["failures"], source["status"]) == (1, 500)
    assert "500" in source["error"]


def test_a_pause_is_a_problem_and_exit_1(working: Desk) -> None:
    working("pause", "--account", "fedi", "--reason", "storm")
    code, out, _ = working("status", "--json")
    document = json.loads(out)
    assert code == 1
    assert [account["paused"] for account in document["accounts"]] == [False, True]
    assert [(pause["scope"], pause["reason"]) for pause in document["paused"]] == [("account:fedi", "storm")]
    assert document["problems"] == ["account:fedi is paused: storm"]


def test_a_share_that_its_template_keeps_back_is_a_problem(working: Desk) -> None:
    template = Path("templates/default/x.j2")
    template.parent.mkdir(parents=True)
    template.write_text("{{ title }} {{ url }}" + " x" * 300)
    (template.parent / "mastodon.j2").write_text("{{ title }} {{ url }}")
    working.publish("rain")
    working("run", "--once")
    code, out, _ = working("status", "--json")
    document = json.loads(out)
    (problem,) = document["problems"]
    assert code == 1
    assert (document["counts"]["held"], document["counts"]["published"]) == (1, 1)
    assert problem.startswith("share 1 on main_x is held (template): ")
    assert "x.j2" in problem


def test_what_waits_for_a_persons_word_is_no_problem(waiting: Desk) -> None:
    waiting("queue", "hold", "1")
    assert waiting.json("status")["problems"] == []


def test_an_article_that_no_route_takes_is_counted(working: Desk) -> None:
    working.configure(('timing = "now"', 'timing = "now"\nmatch.categories_any = ["Sport"]'))
    working.publish("rain")
    working("run", "--once")
    assert working.json("status")["unrouted"] == 1
    assert "taken by no route in the last day: 1 article\n" in working("status")[1]


def test_for_people_times_are_of_the_desks_zone_and_short(shared: Desk) -> None:
    out = shared("status")[1]
    polled = datetime.fromisoformat(shared.json("status")["sources"][0]["last_polled_at"])
    assert out.splitlines()[0] == "shares: 2 published"
    assert f":{polled:%M:%S}  " in out
    assert "+00:00" not in out


def test_for_people_it_says_what_was_spent_of_the_months_money(shared: Desk) -> None:
    assert "  $0.015 spent" in shared("status")[1]
    shared.configure(('as = "x"', 'as = "x"\nbudget = { usd_per_month = 30 }'))
    assert "  $0.015 of $30.00 spent" in shared("status")[1]


def test_what_a_pause_keeps_is_not_late(waiting: Desk) -> None:
    at = datetime.now(UTC) - timedelta(hours=1)
    with open_store("sqlite:///data/sharewire.db").write() as tx:
        for row in tx.outbox.list():
            tx.outbox.move(row.id, State.QUEUED, Reason.PERSON, at=at, due_at=at, pin=True)
    waiting("pause", "--account", "main_x", "--for", "6h", "--reason", "they strike")
    assert json.loads(waiting("status", "--json")[1])["overdue"] == 1
    waiting("pause", "--all", "--for", "6h", "--reason", "all strike")
    assert json.loads(waiting("status", "--json")[1])["overdue"] == 0


def test_a_mistaken_edit_is_named_and_what_is_in_force_meanwhile(shared: Desk) -> None:
    shared.configure(('timing = "now"', 'timing = "new"'))
    code, out, err = shared("status")
    assert (code, out) == (1, "")
    assert "routes.everything.timing" in err
    assert "a running worker keeps the configuration it had" in err


def test_what_was_missed_is_named_by_its_article(waiting: Desk) -> None:
    with open_store("sqlite:///data/sharewire.db").write() as tx:
        row = tx.outbox.list()[0]
        tx.outbox.move(row.id, State.MISSED, Reason.TOO_OLD, at=datetime.now(UTC))
    (problem,) = json.loads(waiting("status", "--json")[1])["problems"]
    assert problem == f"share {row.id} on {row.account} missed: too_old: “Rain & wind [live]”"


def test_a_worker_that_died_is_missed_by_whoever_asks(shared: Desk) -> None:
    def due(ago: timedelta) -> tuple[int, list[str]]:
        with open_store("sqlite:///data/sharewire.db").write() as tx:
            row = tx.sources.rows()["site"]
            tx.sources.claim_due("test", ["site"], datetime.now(UTC), timedelta(minutes=1), forced=True)
            assert tx.sources.record(replace(row, next_poll_at=datetime.now(UTC) - ago), "test")
        code, out, _ = shared("status", "--json")
        return code, json.loads(out)["problems"]

    assert due(timedelta(minutes=10)) == (0, [])
    code, (said,) = due(timedelta(minutes=20))
    assert code == 1
    assert said.startswith("source site should have been read since ")
    assert said.endswith(" UTC: is the worker running?")


def test_a_source_that_dates_its_articles_hours_ahead_is_a_problem(working: Desk) -> None:
    working.publish("early", ago=-timedelta(hours=2) + timedelta(minutes=1))
    working("run", "--once")
    code, out, _ = working("status", "--json")
    (said,) = json.loads(out)["problems"]
    assert code == 1
    assert said.startswith("source site dates its articles 2 h ahead (")
