"""A digest from the command line: previewed, made by the worker, explained; and `status` names it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.storage.store import open_store
from tests.cli.conftest import Desk


@pytest.fixture
def evening(working: Desk) -> Desk:
    """Two accounts that share nothing by themselves, a digest whose time comes within two minutes ago."""
    now = datetime.now(UTC)
    at = f"{now - timedelta(minutes=1):%H:%M}"
    working.configure(
        ('timezone = "Africa/Kigali"', 'timezone = "UTC"'),
        ('timing = "now"', 'match.categories_any = ["Nothing"]'),
        more='\n[[digests]]\nname = "evening"\naccounts = ["main_x", "fedi"]\n'
        f'at = {{ mon-sun = ["{at}"] }}\n'
        'articles = { min = 2 }\ntitle = "The evening"\n',
    )
    store = open_store("sqlite:///data/sharewire.db")
    with store.write() as tx:  # as if the rule had been there for a day
        tx.workers.set("since:digest:evening", (now - timedelta(days=1)).isoformat())
    store.close()
    return working


def test_an_edition_is_made_sent_and_explained(evening: Desk) -> None:
    for slug in ("rain", "wind"):
        evening.publish(slug)
    assert evening("run", "--once")[0] == 0
    assert evening("run", "--once")[0] == 0
    rows = evening.json("queue", "list")
    assert [(row["state"], row["title"], row["route"]) for row in rows] == [
        ("published", "The evening", "evening")
    ] * 2
    shown = evening.json("queue", "show", str(rows[0]["id"]))
    text = shown["post"]["parts"][0]["text"]
    assert text.startswith("The evening\n")
    assert evening.url("rain") in text
    assert evening.url("wind") in text
    said = evening.json("explain", evening.url("rain"))["digests"]
    assert {each["account"] for each in said} == {"main_x", "fedi"}
    assert all("in the edition of" in each["why"] and "published" in each["why"] for each in said)
    edition = evening.json("explain", "digest:evening")
    assert [each["verdict"] for each in edition["decisions"]] == ["share", "share"]
    assert edition["article"]["source"] == "digest:evening"


def test_too_few_and_there_is_none_which_explain_says(evening: Desk) -> None:
    evening.publish("rain")
    assert evening("run", "--once")[0] == 0
    assert evening("run", "--once")[0] == 0
    assert {row["reason"] for row in evening.json("queue", "list")} == {"too_few"}
    code, out, _ = evening("explain", "digest:evening")
    assert code == 0
    assert "1 new article, and [[digests]] evening asks for 2" in out


def test_preview_and_status_know_the_next_one(evening: Desk) -> None:
    shown = evening.json("preview", "digest:evening")
    assert [each["account"] for each in shown] == ["main_x", "fedi"]
    assert "there would be no edition: 0 new articles" in shown[0]["warnings"][0]
    rules = evening.json("status")["rules"]
    assert [(each["rule"], each["accounts"]) for each in rules] == [("digest:evening", ["main_x", "fedi"])]
    assert datetime.fromisoformat(rules[0]["next_at"]) > datetime.now(UTC)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("preview", "digest:evenin"), "there is no digest 'evenin': choose among evening"),
        (("explain", "digest:evening"), "digest:evening has made no edition yet"),
        (("share", "digest:evening"), "makes its editions by itself"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(evening: Desk, words: tuple[str, ...], said: str) -> None:
    code, out, err = evening(*words)
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.strip().splitlines()) == 1
