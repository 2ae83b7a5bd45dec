"""Repeats, evergreen and digests, killed and deployed over: each occasion once on each account."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.crash.rig import More, Rig
from tests.fakes.platforms import one_of_each
from tests.fakes.server import FakeServer
from tests.fakes.site import Site
from tests.storage.databases import PostgresServer

pytestmark = pytest.mark.timeout(500)

TEMPLATES = {
    "again": "Again: {{ title }} {{ link }}\n",
    "evergreen": "Archive: {{ title }} {{ link }}\n",
    "digest": (
        "Edition: {{ title }}\n"
        "{% for item in items %}\n===\nTold: {{ item.title }}\n{{ item.url }}\n{% endfor %}\n"
    ),
}
REPEAT = 'repeat = [{ after = "4s", template = "again" }]'
EVERGREEN = """
[[evergreen]]
name = "classics"
sources = ["site"]
accounts = {names}
cron = "* * * * *"
min_age = "1s"
cooldown = "1s"
max_shares = 1
match.title_matches = "^Article 0 "
"""
DIGEST = """
[[digests]]
name = "minutely"
accounts = {names}
at = {{ mon-sun = ["00:00-23:59/1m"] }}
articles = {{ min = 2, max = 2, order = ["oldest"] }}
"""
OLD, NEWS = 0, (1, 2)
"""Article 0 is there before we begin; 1 and 2 are news."""
PARTS = Counter({"Edition: Minutely": 1} | {f"Told: {n}": 1 for n in NEWS})
EACH = PARTS + Counter(
    {f"Archive: {OLD}": 1} | {f"{word}: {n}": 1 for n in NEWS for word in ("Again", "First")}
)
"""What is to stand on each account in the end."""


@pytest.fixture
def rig_with(tmp_path: Path) -> Iterator[Callable[..., Rig]]:
    """A rig whose configuration says more, on all platforms that need no person."""
    for name, text in TEMPLATES.items():
        (tmp_path / "templates" / name).mkdir(parents=True)
        (tmp_path / "templates" / name / "any.j2").write_text(text)
    with ExitStack() as stack:
        site = stack.enter_context(Site())
        platforms = one_of_each()
        for each in platforms.values():
            stack.enter_context(each)
        del platforms["mute"]

        def make(rules: str, route: str = "", database: str = "") -> Rig:
            more = More(f'templates = "{tmp_path}/templates"', route, rules)
            rig = Rig(tmp_path, site, platforms, database, more=more)
            stack.callback(rig.close)
            rig.publish(1)
            return rig

        yield make


def told(fake: FakeServer) -> Counter[str]:
    """What stands on a platform, by occasion and article."""
    out: Counter[str] = Counter()
    for post in fake.stored():
        word, _, rest = post.text.partition(": ")
        if word == "Edition":
            out[f"Edition: {rest.strip()}"] += 1
        elif word in ("Again", "Archive", "Told"):
            out[f"{word}: {rest.split()[1]}"] += 1
        else:
            out[f"First: {post.text.split()[1]}"] += 1
    return out


def stands(rig: Rig, what: Counter[str]) -> bool:
    """On every account that, and no share under way."""
    over = all(row.state in ("published", "skipped") for row in rig.rows())
    return over and all(told(fake) == what for fake in rig.platforms.values())


def settled(rig: Rig, what: Counter[str], seconds: float = 150) -> None:
    """It comes to that, and stays so: another minute's rules make nothing more of it."""
    try:
        rig.wait(lambda: stands(rig, what), seconds)
    except AssertionError:
        assert {id_: told(fake) for id_, fake in rig.platforms.items()} == dict.fromkeys(rig.platforms, what)
        raise
    time.sleep(12)
    assert {id_: told(fake) for id_, fake in rig.platforms.items()} == dict.fromkeys(rig.platforms, what)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_killed_at_random_moments_each_occasion_stands_once(
    rig_with: Callable[..., Rig], postgres: PostgresServer, engine: str
) -> None:
    rig = rig_with(EVERGREEN + DIGEST, REPEAT, postgres.fresh() if engine == "postgres" else "")
    moments = random.Random(engine)
    workers = [rig.start() for _ in range(2 if engine == "postgres" else 1)]
    rig.wait(rig.seeded)
    rig.publish(1 + len(NEWS))
    for _ in range(6):
        rig.wait(lambda: any(rig.ready(worker) for worker in workers))
        time.sleep(moments.uniform(0, 3))
        rig.kill(workers.pop(0))
        workers.append(rig.start())
    settled(rig, EACH)


@pytest.mark.parametrize("mode", ["hang", "late"])
def test_a_thread_killed_between_its_parts_goes_on_with_the_next(
    rig_with: Callable[..., Rig], mode: str
) -> None:
    """Its second part has come to the server; the first stands and is not told again."""
    rig = rig_with(DIGEST)
    rig.start()
    rig.wait(rig.seeded)
    rig.wait(lambda: datetime.now(UTC).second < 40)
    rig.publish(1 + len(NEWS))
    rig.wait(lambda: all(len(fake.stored()) == len(NEWS) for fake in rig.platforms.values()))
    for fake in rig.platforms.values():
        fake.script_write("ok")
        fake.script_write(mode)
    rig.wait(lambda: all(len(fake.writes()) == len(NEWS) + 2 for fake in rig.platforms.values()))
    rig.kill(rig.workers[-1])
    for fake in rig.platforms.values():
        fake.released.set()
    rig.start()
    settled(rig, PARTS + Counter({f"First: {n}": 1 for n in NEWS}))


def test_while_an_old_release_without_the_rules_is_replaced(
    rig_with: Callable[..., Rig], postgres: PostgresServer
) -> None:
    """The old one knows neither the rules nor two accounts; it comes back once, as rolling deploys do."""
    rig = rig_with(EVERGREEN + DIGEST, REPEAT, postgres.fresh())
    known = [id_ for id_ in rig.platforms if id_ not in ("sky", "main_x")]
    older = rig.write("older.toml", known, More(rig.more.top))
    old = rig.start(config=older)
    rig.wait(rig.seeded)
    new = rig.start()
    rig.wait(lambda: rig.ready(new))
    rig.publish(1 + len(NEWS))
    time.sleep(5)
    rig.kill(old)
    again = rig.start(config=older)
    rig.wait(lambda: rig.ready(again))
    time.sleep(15)
    rig.kill(new)
    rig.start()
    settled(rig, EACH)
    assert again.poll() is None
