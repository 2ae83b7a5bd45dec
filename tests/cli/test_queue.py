from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.conftest import Desk

LISTED = {
    "id",
    "state",
    "reason",
    "account",
    "article",
    "due_at",
    "remote_url",
    "attempts",
    "title",
    "route",
    "occasion",
    "detail",
    "pinned",
}


@pytest.fixture
def unconfirmed(waiting: Desk) -> Desk:
    """Share 1 was sent, and no proof came back."""
    with closing(sqlite3.connect("data/sharewire.db")) as database, database:
        now = datetime.now(UTC).isoformat()
        what = "state = 'unknown', detail = 'no answer came', committed_at = ?, first_committed_at = ?"
        database.execute(f"UPDATE deliveries SET {what} WHERE id = 1", (now, now))
    return waiting


def test_list_has_the_promised_keys(shared: Desk) -> None:
    rows = shared.json("queue", "list")
    row = next(each for each in rows if each["account"] == "main_x")
    assert set(row) == LISTED
    assert (row["id"], row["state"], row["reason"], row["article"]) == (1, "published", "", 2)
    assert row["remote_url"].startswith("file:///")
    assert datetime.fromisoformat(row["due_at"]).tzinfo is not None
    assert row["title"] == "Rain & wind [live]"


def test_alone_it_lists_the_queue(waiting: Desk) -> None:
    assert waiting.json("queue") == waiting.json("queue", "list")
    assert waiting("queue") == waiting("queue", "list")


def test_an_option_before_the_command_is_not_passed_over(waiting: Desk) -> None:
    code, out, err = waiting("queue", "--config", "elsewhere.toml", "list")
    assert (code, out) == (2, "")
    assert "say --config and --json behind the command: sharewire queue list" in err


def test_list_is_narrowed_by_state_and_account(waiting: Desk) -> None:
    waiting("queue", "hold", "1")
    assert [row["id"] for row in waiting.json("queue", "list", "--state", "held")] == [1]
    assert [row["id"] for row in waiting.json("queue", "list", "--account", "fedi")] == [2]
    assert waiting.json("queue", "list", "--state", "failed") == []


def test_list_for_people_keeps_brackets_and_says_when_there_is_nothing(waiting: Desk) -> None:
    assert "Rain & wind [live]" in waiting("queue", "list")[1]
    assert waiting("queue", "list", "--state", "failed")[1] == "No shares.\n"


def test_a_state_that_is_none_is_wrong_use(waiting: Desk) -> None:
    code, _, err = waiting("queue", "list", "--state", "stuck")
    assert code == 2
    assert err.startswith("sharewire: there is no state 'stuck': choose among held, queued, ")


def test_show_tells_a_waiting_share_as_it_would_be_sent(waiting: Desk) -> None:
    document = waiting.json("queue", "show", "1")
    assert document["post"]["parts"][0]["text"] == f"Rain & wind [live]\n{waiting.url('rain')}"
    assert document["tries"] == []
    assert "as it would be sent" in waiting("queue", "show", "1")[1]


def test_show_tells_what_was_sent_and_each_try(shared: Desk) -> None:
    document = shared.json("queue", "show", "1")
    assert document["state"] == "published"
    assert [each["outcome"] for each in document["tries"]] == ["accepted"]
    assert document["post"]["parts"][0]["text"].startswith("Rain & wind [live]")
    assert document["remote_url"] in shared("queue", "show", "1")[1].splitlines()


def test_a_hold_keeps_it_back_until_it_is_approved(waiting: Desk) -> None:
    held = waiting.json("queue", "hold", "1", "--reason", "the lawyer reads")
    assert (held["state"], held["reason"], held["detail"]) == ("held", "person", "the lawyer reads")
    assert held["due_at"] is None
    approved = waiting.json("queue", "approve", "1")
    assert approved["state"] == "queued"
    assert approved["due_at"] is not None


def test_skip_and_retry(waiting: Desk) -> None:
    assert waiting.json("queue", "skip", "1")["state"] == "skipped"
    assert waiting.json("queue", "retry", "1")["state"] == "queued"
    assert waiting("run", "--once")[0] == 0
    assert waiting.json("queue", "show", "1")["state"] == "published"


def test_move_reads_a_time_in_the_desks_zone_and_pins_it(waiting: Desk) -> None:
    waiting.configure(('timezone = "UTC"', 'timezone = "Africa/Kigali"'))
    at = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=1)
    moved = waiting.json("queue", "move", "1", f"{at:%Y-%m-%d}T12:00")
    assert datetime.fromisoformat(moved["due_at"]) == at
    assert moved["pinned"] is True


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (("approve", "1"), "share 1: it is queued, not held"),
        (("retry", "1"), "share 1: it is queued; only what failed, was missed or skipped is retried"),
        (("resolve", "1", "--skip"), "share 1: it is queued, not unconfirmed"),
        (("resolve", "1"), "say one of --published URL, --retry or --skip"),
        (
            ("resolve", "1", "--published", "yes"),
            "--published: 'yes' is no address: copy it from the post, https:// and all",
        ),
        (("hold", "99"), "there is no share 99: `sharewire queue list` shows their numbers"),
        (("show", "99"), "there is no share 99: `sharewire queue list` shows their numbers"),
        (("move", "1", "tomorrow"), "'tomorrow' is no time: write it as 2026-11-24T17:45"),
        (("move", "1", "2020-01-01T10:00Z"), "2020-01-01T10:00:00+00:00 is past: name a time to come"),
    ],
)
def test_an_order_that_cannot_be_is_one_line_and_changes_nothing(
    waiting: Desk, order: tuple[str, ...], told: str
) -> None:
    before = waiting.json("queue", "list")
    assert waiting("queue", *order) == (2, "", f"sharewire: {told}\n")
    assert waiting.json("queue", "list") == before


def test_what_is_out_is_taken_back_otherwise(shared: Desk) -> None:
    for order in ("skip", "hold"):
        code, _, err = shared("queue", order, "1")
        assert code == 2
        assert "share 1: it is published: `sharewire withdraw 2 --reason …` takes it" in err


def test_a_number_that_is_none_names_the_argument(waiting: Desk) -> None:
    code, _, err = waiting("queue", "hold", "first")
    assert code == 2
    assert "'ID'" in err


def test_an_unconfirmed_share_is_a_problem_until_it_is_resolved(unconfirmed: Desk) -> None:
    code, out, _ = unconfirmed("status", "--json")
    assert code == 1
    [problem] = json.loads(out)["problems"]
    assert problem.startswith(
        "share 1 on main_x is unconfirmed: no answer came; nothing else goes out on main_x"
    )
    assert (
        unconfirmed.json("queue", "resolve", "1", "--published", "https://x.example/1")["state"]
        == "published"
    )
    assert unconfirmed.json("queue", "show", "1")["remote_url"] == "https://x.example/1"
    assert unconfirmed.json("status")["problems"] == []


@pytest.mark.parametrize(("answer", "state"), [("--retry", "queued"), ("--skip", "skipped")])
def test_an_unconfirmed_share_is_sent_after_all_or_left(unconfirmed: Desk, answer: str, state: str) -> None:
    assert unconfirmed.json("queue", "resolve", "1", answer)["state"] == state


def test_an_unconfirmed_share_is_not_retried_without_a_look(unconfirmed: Desk) -> None:
    code, _, err = unconfirmed("queue", "retry", "1")
    assert code == 2
    assert "sharewire queue resolve 1 --published URL" in err
