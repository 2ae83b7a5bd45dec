"""Names that change, leave and come back, by the configuration and the worker: no re-share, no lost queue."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.delivery import State
from bot.domain.outcome import Step
from bot.storage.store import open_store
from tests.cli.conftest import Desk
from tests.storage.databases import PostgresServer

pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"  # commands end with their process
)
LATER = (datetime.now(UTC) + timedelta(hours=4)).strftime("%H:00")
SLOTS = f'\n[schedules.day]\nslots = {{ mon-sun = ["{LATER}"] }}\n'


@pytest.fixture(params=["sqlite", "postgres"], autouse=True)
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where the desk keeps its memory, from its first command on."""
    url = "sqlite:///data/sharewire.db"
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        request.getfixturevalue("command")
        url = server.fresh()
        monkeypatch.setenv("DATABASE_URL", url)
    yield url
    gc.collect()


@pytest.fixture
def queued(database: str, working: Desk) -> Desk:
    """`old` is learnt, `sun` is out on both accounts, `rain` waits on both for a slot hours away."""
    working.publish("sun")
    assert working("run", "--once")[0] == 0
    working.configure(
        ('timezone = "Africa/Kigali"', 'timezone = "UTC"'),
        ('timing = "now"', 'timing = "slot"\nschedule = "day"'),
        more=SLOTS,
    )
    working.publish("rain")
    assert working("run", "--once")[0] == 0
    assert sent() == {"main_x": 1, "fedi": 1}
    return working


def sent() -> dict[str, int]:
    """How many posts each account that ever posted has."""
    return {folder.name: len(list((folder / "posts").glob("*"))) for folder in Path("out").iterdir()}


def rows(desk: Desk) -> list[dict[str, Any]]:
    return sorted(desk.json("queue", "list"), key=lambda row: row["id"])


def states(desk: Desk) -> list[str]:
    return [f"{row['account']} {row['state']}" for row in rows(desk)]


def once(desk: Desk) -> None:
    code, _, err = desk("run", "--once")
    assert code == 0, err


def problems(desk: Desk) -> list[str]:
    said: list[str] = json.loads(desk("status", "--json")[1])["problems"]
    return said


def test_an_account_of_another_name_keeps_what_it_sent_and_what_waits(queued: Desk) -> None:
    before = rows(queued)
    queued.configure(
        ("[accounts.fedi]", '[accounts.masto]\nwas = ["fedi"]'), ('"main_x", "fedi"', '"main_x", "masto"')
    )
    once(queued)
    assert states(queued) == [state.replace("fedi", "masto") for state in map(as_state, before)]
    assert [row["due_at"] for row in rows(queued)] == [row["due_at"] for row in before]
    assert sent() == {"main_x": 1, "fedi": 1}


def as_state(row: dict[str, Any]) -> str:
    return f"{row['account']} {row['state']}"


def test_a_source_of_another_name_shares_nothing_again_and_goes_on(queued: Desk) -> None:
    before = rows(queued)
    queued.configure(
        ("[sources.site]", '[sources.paper]\nwas = ["site"]'), ('sources = ["site"]', 'sources = ["paper"]')
    )
    once(queued)
    assert rows(queued) == before
    queued.publish("wind")
    once(queued)
    assert len(rows(queued)) == len(before) + 2
    assert sent() == {"main_x": 1, "fedi": 1}


def test_a_route_of_another_name_keeps_its_queue_and_its_pause(queued: Desk) -> None:
    before = rows(queued)
    assert queued("pause", "--route", "everything", "--reason", "strike")[0] == 0
    queued.configure(('name = "everything"', 'name = "all"\nwas = ["everything"]'))
    once(queued)
    assert states(queued) == list(map(as_state, before))
    assert {row["route"] for row in rows(queued) if row["state"] == "queued"} == {"all"}
    assert [each["scope"] for each in json.loads(queued("status", "--json")[1])["paused"]] == ["route:all"]
    assert queued.json("resume", "--route", "all")["ended"]


def test_an_account_that_leaves_holds_its_queue_and_gets_it_back(queued: Desk) -> None:
    before, table = rows(queued), '[accounts.fedi]\nplatform = "file"\nas = "mastodon"\n'
    queued.configure((table, ""), ('"main_x", "fedi"', '"main_x"'))
    once(queued)
    held = [row for row in rows(queued) if row["account"] == "fedi" and row["state"] == "held"]
    assert [row["reason"] for row in held] == ["account_removed"]
    assert any("[accounts.fedi] is not in the configuration any more" in line for line in problems(queued))

    queued.publish("wind")
    once(queued)
    assert "fedi" not in [row["account"] for row in rows(queued) if row["id"] > before[-1]["id"]]

    queued.configure(
        ("[[routes]]", f"{table}[[routes]]"), ('accounts = ["main_x"]', 'accounts = ["main_x", "fedi"]')
    )
    once(queued)
    back = [row for row in rows(queued) if row["id"] <= before[-1]["id"]]
    assert [as_state(row) for row in back] == list(map(as_state, before))
    assert [row["due_at"] is not None for row in back if row["state"] == "queued"] == [True, True]
    assert sent() == {"main_x": 1, "fedi": 1}


def test_a_route_that_leaves_holds_its_queue_and_gets_it_back(queued: Desk) -> None:
    before = rows(queued)
    queued.configure(('name = "everything"', 'name = "another"'))
    once(queued)
    assert {row["reason"] for row in rows(queued) if row["state"] == "held"} == {"route_removed"}
    queued.configure(('name = "another"', 'name = "everything"'))
    once(queued)
    assert states(queued) == list(map(as_state, before))
    assert sent() == {"main_x": 1, "fedi": 1}


def test_a_source_that_leaves_and_returns_shares_nothing_again(queued: Desk) -> None:
    before = rows(queued)
    config = Path("config/bot.toml")
    whole = config.read_text()
    queued.configure(("[sources.site]", "[sources.other]"), ('["site"]', '["other"]'), ("/feed/", "/other/"))
    queued.site.feed("/other/", '<rss version="2.0"><channel><title>Other</title></channel></rss>')
    once(queued)
    assert states(queued) == list(map(as_state, before))
    config.write_text(whole)
    once(queued)
    assert states(queued) == list(map(as_state, before))
    assert sent() == {"main_x": 1, "fedi": 1}


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (State.UNKNOWN, "put it back, or look there, then sharewire queue resolve {id} --published URL"),
        (State.AWAITING, "put it back, or sharewire queue skip {id}"),
    ],
)
def test_what_was_under_way_on_an_account_that_left_is_shown_with_what_to_do(
    queued: Desk, database: str, state: State, said: str
) -> None:
    (id_,) = [row["id"] for row in rows(queued) if as_state(row) == "fedi queued"]
    leave_under_way(database, state)
    table = '[accounts.fedi]\nplatform = "file"\nas = "mastodon"\n'
    queued.configure((table, ""), ('"main_x", "fedi"', '"main_x"'))
    queued("run", "--once")
    (line,) = [line for line in problems(queued) if line.startswith(f"share {id_} on fedi")]
    assert said.format(id=id_) in line
    order = ("resolve", str(id_), "--skip") if state is State.UNKNOWN else ("skip", str(id_))
    code, _, err = queued("queue", *order)
    assert code == 0, err
    assert [line for line in problems(queued) if line.startswith(f"share {id_} on fedi")] == []


def leave_under_way(database: str, state: State) -> None:
    """What a worker leaves that ends while an upload is processed, or a request is unanswered."""
    now, soon = datetime.now(UTC), datetime.now(UTC) + timedelta(hours=30)
    store = open_store(database)
    with store.write() as tx:
        row = tx.outbox.claim("w", ["fedi"], soon, timedelta(minutes=1))
        assert row is not None
        tx.outbox.mark(row.id, row.lease_epoch, post={}, prepared={"parts": [{}]}, now=now)
        step = Step("x", state, detail="reset", due_at=now, settle_at=None, keep_mark=state is State.UNKNOWN)
        tx.outbox.record(row.id, row.lease_epoch, step, now)
    store.close()


def test_a_source_renamed_without_a_word_of_it_is_warned_of(queued: Desk) -> None:
    assert "is new" not in queued("check")[1]
    queued.configure(("[sources.site]", "[sources.news]"), ('sources = ["site"]', 'sources = ["news"]'))
    code, out, _ = queued("check")
    assert code == 0
    assert "sources.news: is new: its first poll only learns; if it is site renamed" in out
    assert 'write was = ["site"]' in out
    queued.configure(("[sources.news]", '[sources.news]\nwas = ["site"]'))
    assert "is new" not in queued("check")[1]
