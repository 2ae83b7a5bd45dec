from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.domain.wallclock import WallClock
from bot.storage.store import open_store
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
        "label": None,
        "parts": [{"text": text, "count": len(text), "limit": 280}],
        "cost_usd": 0.015,
        "over_budget": "",
        "state": "queued",
        "reason": "",
        "delivery": 1,
        "error": "",
        "note": "",
        "by_hand": False,
    }


def test_short_is_a_line_for_each_share(waiting: Desk) -> None:
    lines = waiting("plan", "--short")[1].splitlines()
    assert [line.partition("~  ")[2] for line in lines[1:3]] == [
        "main_x  everything  Rain & wind [live]",
        "fedi    everything  Rain & wind [live]",
    ]
    assert waiting.url("rain") in waiting("plan")[1]
    assert waiting.url("rain") not in "".join(lines)


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


def test_for_people_it_is_a_calendar_with_the_days_counts(waiting: Desk) -> None:
    at = datetime.fromisoformat(waiting.json("plan")[0]["at"])
    day = WallClock(UTC, datetime.now(UTC)).tell(at, "%A %d %B")
    assert waiting("plan")[1].splitlines()[0] == f"{day} (2 shares)"


def test_days_may_be_asked_for(waiting: Desk) -> None:
    assert len(waiting.json("plan", "--days", "7")) == 2


def test_as_a_calendar_file_it_has_an_event_for_each_share(waiting: Desk) -> None:
    code, out, _ = waiting("plan", "--ics")
    assert (code, out.count("BEGIN:VEVENT\r\n"), out[-15:]) == (0, 2, "END:VCALENDAR\r\n")
    assert "SUMMARY:fedi: Rain & wind [live]\r\n" in out


def write_sets(text: str, *platforms: str) -> None:
    folder = Path("templates/default")
    folder.mkdir(parents=True, exist_ok=True)
    for platform in platforms or ("x", "mastodon"):
        (folder / f"{platform}.j2").write_text(text)


def test_what_finds_no_place_is_one_line_without_its_text(waiting: Desk) -> None:
    waiting.configure(('timing = "slot"', 'timing = "slot"\nmax_age = "20h"'))
    waiting.publish(
        "wind", "The wind has turned", ago=timedelta(seconds=-2)
    )  # times in feeds are whole seconds
    assert waiting("run", "--once")[0] == 0
    out = waiting("plan", "--hours", "24")[1]
    before, _, after = out.partition("no place yet (2 shares)\n")
    assert after.splitlines()[0] == "  Rain & wind [live] (main_x, fedi)"
    assert (waiting.url("wind") in before, waiting.url("rain") in out) == (True, False)


def test_nothing_is_padded_when_piped(waiting: Desk) -> None:
    assert max(map(len, waiting("plan")[1].splitlines())) < 80


class TestDiff:
    """What the file on disk would change against what the worker keeps."""

    def test_an_unchanged_file_changes_nothing(self, waiting: Desk) -> None:
        assert waiting.json("plan", "--diff") == []
        said = "The file changes nothing about the shares that wait, nor about what is to come.\n"
        assert waiting("plan", "--diff")[1].startswith(said)

    def test_other_slots_are_shown_before_they_are_in_force(self, waiting: Desk) -> None:
        planned = waiting.json("plan")
        hour = datetime.fromisoformat(planned[0]["at"]).hour
        waiting.configure((f'["{hour:02}:00"]', f'["{hour:02}:30"]'))
        changed = waiting.json("plan", "--diff")
        assert [each["delivery"] for each in changed] == [1, 2]
        assert changed[0]["was"]["at"] == planned[0]["at"]
        assert changed[0]["becomes"]["at"] == planned[0]["at"].replace(f"{hour:02}:00:00", f"{hour:02}:30:00")
        assert waiting.json("queue", "list")[0]["due_at"] == planned[0]["at"]
        assert "2 shares would change" in waiting("plan", "--diff")[1]

    def test_a_route_that_goes_holds_its_shares(self, waiting: Desk) -> None:
        waiting.configure(('name = "everything"', 'name = "all"'))
        out = waiting("plan", "--diff")[1]
        assert "share 1 on main_x: " in out
        assert "-> held (route_removed)" in out

    def test_a_blackout_over_it_moves_it(self, waiting: Desk) -> None:
        at = datetime.fromisoformat(waiting.json("plan")[0]["at"])
        waiting.configure(more=f'[[blackouts]]\nname = "off"\ndays = ["{at:%Y-%m-%d}"]\n')
        changed = waiting.json("plan", "--diff")
        assert {each["becomes"]["at"][:10] > f"{at:%Y-%m-%d}" for each in changed} == {True}

    def test_an_edited_template_is_shown_by_what_it_says(self, working: Desk, waiting: Desk) -> None:
        write_sets("{{ title | flex }} {{ url }}\n")
        waiting("run", "--once")
        assert waiting.json("plan", "--diff") == []
        write_sets("News: {{ title | flex }} {{ url }}\n", "x")
        [changed] = waiting.json("plan", "--diff")
        assert changed["account"] == "main_x"
        said = f"Rain & wind [live] {waiting.url('rain')}"
        assert (changed["was"]["text"], changed["becomes"]["text"]) == (said, f"News: {said}")
        assert changed["was"]["at"] == changed["becomes"]["at"]
        out = waiting("plan", "--diff")[1]
        assert f"    - {said}\n    + News: {said}\n1 share would change" in out

    def test_an_account_told_otherwise_is_shown(self, waiting: Desk) -> None:
        waiting.configure(('as = "x"', 'as = "x"\nutm = { source = "x" }'))
        [changed] = waiting.json("plan", "--diff")
        assert changed["becomes"]["text"] == changed["was"]["text"] + "?utm_source=x"

    def test_editions_and_evergreen_to_come_are_shown_at_their_other_times(self, waiting: Desk) -> None:
        rule = 'sources = ["site"]\naccounts = ["fedi"]\nmin_age = "1d"\n'
        waiting.configure(
            more=f'[[evergreen]]\nname = "classics"\n{rule}slots = {{ sun = ["11:05"] }}\n'
            '[[digests]]\nname = "weekly"\naccounts = ["fedi"]\nat = { mon = ["06:50"] }\n'
            'link = "https://news.example/"\n'
        )
        waiting("run", "--once")
        assert waiting.json("plan", "--diff") == []
        waiting.configure(('"11:05"', '"12:05"'), ('"06:50"', '"07:50"'))
        changed = {each["was"]["route"]: each for each in waiting.json("plan", "--diff")}
        assert {
            rule: (each["was"]["at"][11:16], each["becomes"]["at"][11:16], each["title"], each["delivery"])
            for rule, each in changed.items()
        } == {
            "classics": ("11:05", "12:05", "News of old", None),
            "weekly": ("06:50", "07:50", "Weekly", None),
        }
        assert "classics evergreen:1 (to come) on fedi: Sun " in waiting("plan", "--diff")[1]
        waiting.configure(('name = "classics"', 'name = "classics"\nuntil = 2020-01-01'))
        gone = [each for each in waiting.json("plan", "--diff") if each["becomes"] is None]
        assert [each["was"]["route"] for each in gone] == ["classics"]

    def test_a_repeat_that_is_added_is_shown(self, waiting: Desk) -> None:
        waiting.configure(('timing = "slot"', 'timing = "slot"\nrepeat = ["2d"]'))
        changed = waiting.json("plan", "--diff")
        assert [(each["was"], each["becomes"]["state"]) for each in changed] == [(None, "planned")] * 2

    def test_other_prices_and_a_smaller_budget_are_shown_by_what_they_do(self, waiting: Desk) -> None:
        waiting.configure(('as = "x"', 'as = "x"\nbudget = { usd_per_month = 1 }'))
        waiting("run", "--once")
        assert waiting.json("plan", "--diff") == []
        waiting.configure(more="[prices.x]\npost = 0.025\n")
        [changed] = waiting.json("plan", "--diff")
        assert changed["account"] == "main_x"
        assert (changed["was"]["cost_usd"], changed["becomes"]["cost_usd"]) == (0.015, 0.025)
        assert "costs $0.015 -> " in waiting("plan", "--diff")[1]
        waiting.configure(("usd_per_month = 1", "usd_per_month = 0.01"))
        [changed] = waiting.json("plan", "--diff")
        assert (changed["was"]["over_budget"], changed["becomes"]["at"]) == ("", changed["was"]["at"])
        assert changed["becomes"]["over_budget"].startswith("it costs $0.025, and $0.00 of the month's $0.01")
        assert "costs $0.025, no money left for it" in waiting("plan", "--diff")[1]

    def test_it_needs_a_worker_that_has_run(self, waiting: Desk) -> None:
        store = open_store("sqlite:///data/sharewire.db")
        with store.write() as tx:
            tx.workers.set("config", None)
        store.close()
        code, _, err = waiting("plan", "--diff")
        assert (code, "no worker of this release has run yet" in err) == (2, True)

    def test_no_address_and_no_secret_is_kept(self, waiting: Desk) -> None:
        waiting.configure(('kind = "feed"\nurl = "http://', 'kind = "feed"\nurl = "http://editor:hunter2@'))
        waiting("run", "--once")
        store = open_store("sqlite:///data/sharewire.db")
        with store.read() as tx:
            document = tx.workers.get("config")
        store.close()
        assert set(document) == {"timezone", "schedules", "routes", "told", "files"}
        told = {"schedule", "template", "link", "utm", "image", "budget"}
        assert document["told"]["fedi"].keys() == told
        assert "hunter2" not in json.dumps(document)
