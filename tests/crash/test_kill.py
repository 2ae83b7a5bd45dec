"""Real worker processes, real sockets, kill −9 in the middle: each article stands exactly once."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.rig import Rig, once_each
from tests.fakes.mastodon import FakeMastodon
from tests.fakes.site import Site
from tests.fakes.webhook import FakeWebhook
from tests.fakes.x import FakeX


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    forgetful = FakeMastodon()
    forgetful.honours_keys = False
    platforms = {"fedi": FakeMastodon(), "forgetful": forgetful, "main_x": FakeX(), "hook": FakeWebhook()}
    with Site() as site:
        rig = Rig(tmp_path, site, platforms)
        yield rig
        rig.close()
    for each in platforms.values():
        each.close()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_at_random_moments_it_posts_each_article_once(rig: Rig, seed: int) -> None:
    moments = random.Random(seed)
    rig.start()
    rig.wait(rig.seeded)
    rig.publish(8)
    for _ in range(3):
        time.sleep(moments.uniform(0.2, 1.6))
        rig.kill(rig.workers[-1])
        rig.start()
    rig.wait(lambda: rig.all_there(8), 60)
    rig.kill(rig.workers[-1], signal.SIGTERM)
    once_each(rig, 8)


@pytest.mark.parametrize("mode", ["drop", "hang"])
def test_killed_while_the_server_has_acted_and_not_answered(rig: Rig, mode: str) -> None:
    for fake in rig.platforms.values():
        fake.script_write(mode)
    rig.start()
    rig.wait(rig.seeded)
    rig.publish(1)
    rig.wait(lambda: rig.all_there(1))
    rig.kill(rig.workers[-1])
    rig.publish(3)
    rig.start()
    rig.wait(lambda: rig.all_there(3), 60)
    rig.kill(rig.workers[-1], signal.SIGTERM)
    once_each(rig, 3)
    assert rig.counts() == {"published": 12}


def test_sigterm_lets_what_is_being_sent_finish(rig: Rig) -> None:
    rig.start()
    rig.wait(rig.seeded)
    rig.publish(5)
    rig.wait(lambda: bool(rig.platforms["fedi"].stored()))
    began = time.monotonic()
    assert rig.kill(rig.workers[-1], signal.SIGTERM) == 0
    assert time.monotonic() - began < 20
    assert "sending" not in rig.counts()
    rig.start()
    rig.wait(lambda: rig.all_there(5), 60)
    once_each(rig, 5)


def test_a_second_worker_on_one_sqlite_file_is_refused(rig: Rig) -> None:
    rig.start()
    rig.wait(rig.seeded)
    second = rig.start()
    assert second.wait(30) != 0
    assert "another worker" in rig.log.read_text()
