"""A round of polls for each line of standard input, and its CPU seconds: our end of `polling`."""

from __future__ import annotations

import gc
import resource
import sys
from pathlib import Path

from bot.__main__ import YOUNG
from bot.bootstrap import open_house
from bot.observe.logs import configure
from bot.runtime.clock import SystemClock
from bot.runtime.scheduler import PollerThread, keep_for_good
from bot.runtime.worker import Worker


def main(config: Path) -> None:
    gc.set_threshold(YOUNG)  # as a worker does
    configure("json", "INFO")
    house = open_house(config, SystemClock())
    store = house.open_store(create=True, migrate=True)
    worker = Worker(store, house.newsroom())
    worker.begin()
    polling = PollerThread(house, worker)
    polling.start()
    keep_for_good()
    print("ready", flush=True)
    for _ in sys.stdin:
        before = cpu()
        assert polling.call(polling.poller.everything()).result()
        used = cpu() - before
        with store.read() as tx:
            print(used, tx.articles.count(), flush=True)
    polling.stop()
    store.close()


def cpu() -> float:
    """Ours and that of the children that parse."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
