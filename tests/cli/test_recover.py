"""`recover` after a crash, a doubt and a restore: what it says, and that nothing goes out twice."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.storage.store import open_store
from tests.cli.conftest import Desk
from tests.fakes.mastodon import FakeMastodon

LIVE = "sqlite:///data/sharewire.db"


def posts(account: str) -> int:
    return len(list(Path(f"out/{account}/posts").glob("*")))


def test_what_a_dead_worker_left_is_put_right(shared: Desk) -> None:
    shared.publish("wind")
    store = open_store(LIVE)
    store.enlist("dead")
    with store.write() as tx:
        (article, *_) = tx.articles.latest(1)
        row = tx.outbox.list(limit=1)[0]
        assert article.id == row.article
    store.close()
    assert shared.json("recover") == {"recovered": []}
    code, out, _ = shared("recover")
    assert (code, out) == (0, "0 shares put right.\n")


def test_a_living_worker_is_left_alone(shared: Desk) -> None:
    worker = open_store(LIVE)
    worker.enlist("another")
    for words in (("recover",), ("recover", "--restored", "--since", "1h")):
        code, _, err = shared(*words)
        assert code == 2
        assert "worker is" in err.splitlines()[-1]
    worker.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--verify", "--restored"), "not both"),
        (("--since", "1h"), "--since goes with"),
        (("--restored",), "from when is the backup"),
        (("--restored", "--since", "yesterday"), "is no time"),
        (("--restored", "--since", "2999-01-01"), "still to come"),
    ],
)
def test_wrong_use_is_one_line(shared: Desk, words: tuple[str, ...], said: str) -> None:
    code, out, err = shared("recover", *words)
    assert (code, out) == (2, "")
    assert said in err.splitlines()[-1]


def test_after_a_restore_what_can_be_read_is_recorded_and_the_rest_held(
    working: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_mastodon = FakeMastodon()
    try:
        options = with_mastodon.options()
        table = "\n".join(
            f"{key} = {str(value).lower() if isinstance(value, bool) else repr(value)}"
            for key, value in options.items()
            if str(value) not in with_mastodon.secrets
        )
        for key, value in options.items():
            if str(value) in with_mastodon.secrets:
                monkeypatch.setenv(f"BOT_ACCOUNTS__FEDI__{key.upper()}", str(value))
        working.configure(('platform = "file"\nas = "mastodon"', table))
        assert working("run", "--once")[0] == 0
        backup = working.json("db", "backup", "backup.db")["file"]

        working.publish("storm")
        assert working("run", "--once")[0] == 0
        assert (len(with_mastodon.stored()), posts("main_x")) == (1, 1)

        for name in ("", "-wal", "-shm"):
            Path(f"data/sharewire.db{name}").unlink(missing_ok=True)
        shutil.copy(backup, "data/sharewire.db")
        code, _, err = working("run", "--once")
        assert code == 2
        assert "is a backup of" in err.splitlines()[-1]

        document = working.json("recover", "--restored")
        assert len(document["published"]) == 1
        assert document["published"][0].startswith("share 2 on fedi: http")
        assert len(document["held"]) == 1
        assert document["troubles"] == ["main_x: cannot be read back"]

        assert working("run", "--once")[0] == 0
        assert (len(with_mastodon.stored()), posts("main_x")) == (1, 1)
        status = json.loads(working("status", "--json")[1])
        assert (status["counts"]["published"], status["counts"]["held"]) == (1, 1)
        assert any("held (restored)" in line for line in status["problems"])

        code, out, _ = working("recover", "--verify", "--since", "1d")
        assert code == 0
        assert out.splitlines() == [
            "1 share found where they should be.",
            "- main_x: cannot be read back, so nothing is said of it",
        ]
    finally:
        with_mastodon.close()


def test_a_time_is_of_the_desks_clock(shared: Desk) -> None:
    at = datetime.now(UTC) - timedelta(hours=5)
    code, out, _ = shared("recover", "--verify", "--since", at.strftime("%Y-%m-%d %H:%M"), "--json")
    assert code == 0
    local = datetime.fromisoformat(f"{at:%Y-%m-%d %H:%M}+02:00")
    assert local.astimezone(UTC).isoformat() in out
