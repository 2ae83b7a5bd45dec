"""`correct` and `withdraw`: on accounts that play X, which cannot edit, and Mastodon, which can."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Desk


def posts(account: str) -> list[dict[str, object]]:
    return [json.loads(path.read_text()) for path in sorted(Path("out", account, "posts").glob("*.json"))]


def texts(account: str) -> list[object]:
    return [post["text"] for post in posts(account) if not post.get("deleted")]


def retitle(desk: Desk, title: str) -> None:
    """The newest article of the feed gets another title."""
    desk.items.pop(0)
    desk.publish("rain", title)


def test_a_correction_edits_where_it_can_and_says_where_it_cannot(shared: Desk) -> None:
    retitle(shared, "Rain & storm")
    url = shared.url("rain")
    foreseen = {row["account"]: row for row in shared.json("correct", url, "--dry-run")}
    assert (foreseen["fedi"]["way"], foreseen["main_x"]["way"]) == ("edit", "alert")
    assert foreseen["main_x"]["why"] == "x cannot edit"
    assert "Rain & wind [live]" in foreseen["fedi"]["before"][0]
    assert "Rain & storm" in foreseen["fedi"]["after"][0]
    assert shared.json("queue", "list", "--state", "queued") == []
    assert shared("correct", url)[0] == 0
    assert [row["occasion"] for row in shared.json("queue", "list", "--state", "queued")] == ["edit:1"]
    assert shared("run", "--once")[0] == 0
    assert "Rain & storm" in str(texts("fedi")[0])
    assert "Rain & wind [live]" in str(texts("main_x")[0])
    assert (len(posts("fedi")), posts("fedi")[0]["edited_at"] is not None) == (1, True)


def test_a_correction_for_people_is_a_diff(shared: Desk) -> None:
    retitle(shared, "Rain & storm")
    out = shared("correct", shared.url("rain"), "--dry-run")[1].splitlines()
    assert any(line.startswith("share 2 on fedi would be edited file://") for line in out)
    assert any(line.startswith("share 1 on main_x must be put right by hand (x cannot edit)") for line in out)
    assert {line.strip()[0] for line in out if line.startswith("    ")} == {"+", "-"}


def test_nothing_to_correct_is_said(shared: Desk) -> None:
    assert shared("correct", shared.url("rain"))[1] == (
        "What stands says what the article says: nothing to correct.\n"
    )


def test_an_article_its_feed_lists_no_more_is_read_from_its_page(shared: Desk) -> None:
    retitle(shared, "Rain & storm")
    shared.items.pop(0)
    shared.serve()
    (edit,) = [row for row in shared.json("correct", shared.url("rain")) if row["way"] == "edit"]
    assert "Rain & storm" in edit["after"][0]


def test_a_withdrawal_deletes_everywhere_and_is_explained(shared: Desk) -> None:
    url = shared.url("rain")
    shared.configure(('as = "x"', 'as = "x"\non_withdrawal = "ignore"'))
    foreseen = shared.json("withdraw", url, "--reason", "it was wrong", "--dry-run")
    assert [(row["account"], row["way"]) for row in foreseen] == [("main_x", "delete"), ("fedi", "delete")]
    assert texts("fedi") != []
    assert shared.json("withdraw", url, "--reason", "it was wrong") == foreseen
    assert shared("run", "--once")[0] == 0
    assert (texts("fedi"), texts("main_x"), len(posts("fedi"))) == ([], [], 1)
    document = shared.json("explain", url)
    assert (document["withdrawn"]["by"], document["withdrawn"]["why"]) == ("person", "it was wrong")
    assert document["article"]["withdrawn_at"] is not None
    occasions = [row["occasion"] for each in document["decisions"] for row in each["deliveries"]]
    assert sorted(occasions) == ["new", "new", "withdraw:1", "withdraw:1"]
    assert "withdrawn by a person" in shared("explain", url)[1]
    assert shared("withdraw", url, "--reason", "again")[1] == "Nothing of it waits or stands anywhere.\n"
    assert shared("share", url, "--again", "--account", "fedi")[0] == 0
    assert shared("run", "--once")[0] == 0
    said = shared("explain", url)[1]
    assert "taken down on main_x, and shared anew there only by: sharewire share" in said
    assert "withdrawn by" not in said


def test_a_withdrawal_cancels_what_waits(waiting: Desk) -> None:
    ways = [row["way"] for row in waiting.json("withdraw", waiting.url("rain"), "--reason", "not yet")]
    assert ways == ["cancel", "cancel"]
    states = {row["state"] + ": " + row["reason"] for row in waiting.json("queue", "list")}
    assert states == {"cancelled: withdrawn"}
    code, out, err = waiting("share", waiting.url("rain"))
    assert (code, out) == (2, "")
    assert err.endswith("was withdrawn: --again shares it all the same\n")


def test_a_post_that_still_stands_is_a_problem(shared: Desk) -> None:
    shared.configure(('as = "mastodon"', 'as = "mastodon"\non_update = "alert"'))
    retitle(shared, "Rain & storm")
    assert shared("correct", shared.url("rain"), "--dry-run")[0] == 0
    assert shared("run", "--once")[0] == 0
    assert shared.json("status")["problems"] == []


@pytest.mark.parametrize("words", [("correct", "77"), ("withdraw", "77", "--reason", "x")])
def test_an_article_nobody_knows_is_one_line(working: Desk, words: tuple[str, ...]) -> None:
    told = "sharewire: there is no article 77: give its number or one of its addresses\n"
    assert working(*words) == (2, "", told)


def test_a_withdrawal_without_a_reason_is_wrong_use(working: Desk) -> None:
    code, _, err = working("withdraw", "1")
    assert code == 2
    assert "--reason" in err


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'as = "x"',
            'as = "x"\non_update = "edit"',
            "accounts.main_x.on_update: x cannot edit a post (file, mastodon, webhook can): say on_update",
        ),
        (
            'as = "mastodon"',
            'as = "mastodon"\nedit_window = "2h"',
            "accounts.fedi.edit_window: has no effect: the account says nothing of `on_update`",
        ),
        (
            'as = "mastodon"',
            'as = "mastodon"\non_update = "edit"\nedit_window = "0"',
            "accounts.fedi.edit_window: is 0: no change would ever be told; give a duration, such as 24h",
        ),
    ],
)
def test_what_a_platform_cannot_do_is_said_by_check(desk: Desk, old: str, new: str, told: str) -> None:
    desk.configure((old, new))
    said = "".join(desk("check")[1:])
    assert told in " ".join(said.split())
