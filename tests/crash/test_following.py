"""Killed while it edits or deletes, on each platform: what docs/exactly-once.md says comes of it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.domain.delivery import Work
from tests.crash.launch import EVERYBODY
from tests.crash.launch import POINTS as STOPS
from tests.crash.outcomes import EDITING, FOLLOWING, SERVERS, expected_following
from tests.crash.rig import Rig, rss
from tests.fakes.mastodon import FakeMastodon
from tests.fakes.platforms import KINDS, one_of_each
from tests.fakes.server import FakeServer, Request
from tests.fakes.site import Site
from tests.fakes.webhook import FakeWebhook

pytestmark = pytest.mark.timeout(400)
PATIENCE = 90
"""Seconds: each test starts four processes, and the machine may be busy."""
CALM = """
lease = "30s"
reconcile_after = "1s"
deadline = "20s"
"""


def with_more(fake: FakeServer, **more: Any) -> FakeServer:
    """A fake whose account's table says more."""
    plain = fake.options
    fake.options = lambda: plain() | more  # type: ignore[method-assign]
    return fake


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    platforms = one_of_each()
    for id_ in EDITING:
        with_more(platforms[id_], on_update="edit")
    with Site() as site, closing(Rig(tmp_path, site, platforms, delivery=CALM)) as rig:
        rig.start()
        rig.wait(rig.seeded, PATIENCE)
        rig.publish(1)
        rig.wait(
            lambda: len(rig.rows()) == len(KINDS) and all(row.state == "published" for row in rig.rows()),
            PATIENCE,
        )
        rig.kill(rig.workers[-1], signal.SIGTERM)
        yield rig
    for each in platforms.values():
        each.close()


def calls(fake: FakeServer, which: tuple[str, str]) -> list[Request]:
    """The edits or deletions that came; a webhook's events have one address, its first was the post."""
    came = [r for r in fake.requests if r.method == which[0] and r.path.startswith(which[1])]
    return came[1:] if isinstance(fake, FakeWebhook) else came


def killed_at(rig: Rig, point: str, accounts: tuple[str, ...], which: Callable[[FakeServer], Any]) -> None:
    """Start a worker, kill it at the point on all these accounts, start another and let it come right."""
    fakes = [rig.platforms[id_] for id_ in accounts]
    for fake in fakes:
        if point in SERVERS:
            fake.script(SERVERS[point], method=which(fake)[0], path=which(fake)[1])
    rig.start(point if point in STOPS else "")
    if point in SERVERS:
        rig.wait(lambda: all(calls(fake, which(fake)) for fake in fakes), PATIENCE)
    else:
        rig.wait(lambda: rig.reached() in ({EVERYBODY}, set(accounts)), PATIENCE)
    if point == "shutdown":
        rig.workers[-1].send_signal(signal.SIGTERM)
        rig.wait(lambda: rig.log.read_text().count("worker.stopping") > 1)
    rig.kill(rig.workers[-1])
    for fake in fakes:
        fake.released.set()
    rig.start()
    rig.wait(lambda: all(row.state == "published" for row in rig.rows()), PATIENCE)
    found = {id_: len(calls(rig.platforms[id_], which(rig.platforms[id_]))) for id_ in accounts}
    assert found == dict.fromkeys(accounts, expected_following(point))


@pytest.mark.parametrize("point", FOLLOWING)
def test_an_edit_stands_once_and_no_post_is_made_anew(rig: Rig, point: str) -> None:
    rig.site.feed("/feed", rss(1, rig.site.url("")).replace("Article 0 of the day", "Article 0, corrected"))
    ways = {row["account"]: row["way"] for row in rig.ask("correct", rig.site.url("/a/0/"))}
    assert ways == dict.fromkeys(EDITING, "edit") | {"main_x": "alert", "sky": "alert"}
    killed_at(rig, point, EDITING, lambda fake: fake.edits)
    for id_, fake in rig.platforms.items():
        (post,) = fake.stored()
        assert ("corrected" in post.text) == (id_ in EDITING), id_
        if isinstance(fake, FakeMastodon):
            assert fake.statuses[0]["edits"] == 1
    assert sum(row.work is Work.EDIT for row in rig.rows()) == len(EDITING)


@pytest.mark.parametrize("point", FOLLOWING)
def test_a_deletion_is_carried_through_and_nothing_comes_back(rig: Rig, point: str) -> None:
    everyone = tuple(rig.platforms)
    taken = rig.ask("withdraw", rig.site.url("/a/0/"), "--reason", "it was wrong")
    assert {row["account"]: row["way"] for row in taken} == dict.fromkeys(everyone, "delete")
    killed_at(rig, point, everyone, lambda fake: fake.deletes)
    assert {id_: fake.stored() for id_, fake in rig.platforms.items()} == {id_: [] for id_ in everyone}
    assert sum(row.work is Work.WITHDRAW for row in rig.rows()) == len(everyone)
