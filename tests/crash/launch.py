"""`python -m tests.crash.launch …` is `python -m bot …` that stops at a point, to be killed or frozen there.

Who starts it names the point in AT and, in REACHED, a folder: each thread that comes to the point leaves a
file named for its account there, and goes no further until it finds GO. Nothing of this is in the program.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bot.runtime.poller as polling
import bot.services.decide as deciding
import bot.services.deliver as delivering
from bot.__main__ import main
from bot.bootstrap import House
from bot.rendering.environment import TemplateRenderer
from bot.services.deliver import Courier

__all__ = ["AT", "EVERYBODY", "GO", "POINTS", "REACHED"]

AT = "SHAREWIRE_TEST_AT"
REACHED = "SHAREWIRE_TEST_REACHED"
GO = "go"
EVERYBODY = "all"
"""The file of a point that belongs to no account."""


def reach(name: str) -> None:
    """Here the first to come waits to be killed, or let go; who comes later passes."""
    folder = Path(os.environ[REACHED])
    try:
        (folder / name).touch(exist_ok=False)
    except FileExistsError:
        return
    while not (folder / GO).exists():
        time.sleep(0.01)


def instead(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Put what `make` makes of the real one in its place."""
    setattr(owner, name, make(getattr(owner, name)))


def after(owner: Any, name: str, account: Callable[..., str]) -> None:
    """Stop when the call has done its work and its caller does not know yet."""

    def make(real: Any) -> Any:
        def stop(*args: Any, **how: Any) -> Any:
            done = real(*args, **how)
            if done:
                reach(account(*args))
            return done

        return stop

    instead(owner, name, make)


def sighted(decide: Any) -> Any:
    """Articles are stored and undecided."""

    def stop(store: Any, newsroom: Any, now: Any) -> Any:
        with store.read() as tx:
            undecided = tx.articles.undecided(1)
        if undecided:
            reach(EVERYBODY)
        return decide(store, newsroom, now)

    return stop


def unclaimed(claim: Any) -> Any:
    """A share is due and nobody's."""

    def stop(courier: Any) -> Any:
        with courier.store.read() as tx:
            due = tx.outbox.next_due(courier.newsroom.accounts)
        if due is not None and due <= courier.clock.now():
            reach(EVERYBODY)
        return claim(courier)

    return stop


def claimed(carry_out: Any) -> Any:
    """A share is a worker's, and nothing done about it."""

    def stop(courier: Any, delivery: Any) -> Any:
        reach(delivery.account)
        return carry_out(courier, delivery)

    return stop


def preparing(wire: Any) -> Any:
    """What is uploaded is there; that it is, nobody here knows yet."""

    def wired(house: Any, id_: str, *args: Any) -> Any:
        account = wire(house, id_, *args)
        after(account.connector, "prepare", lambda *_: id_)
        return account

    return wired


def answered(record: Any) -> Any:
    """The platform has said yes."""

    def stop(courier: Any, delivery: Any, step: Any, *more: Any) -> Any:
        if step.outcome == "accepted":
            reach(delivery.account)
        return record(courier, delivery, step, *more)

    return stop


POINTS: dict[str, Callable[[], None]] = {
    "sighted": lambda: instead(polling, "decide_articles", sighted),
    "deciding": lambda: after(deciding, "_decide", lambda *_: EVERYBODY),
    "unclaimed": lambda: instead(Courier, "claim", unclaimed),
    "claimed": lambda: instead(Courier, "carry_out", claimed),
    "rendered": lambda: after(TemplateRenderer, "render", lambda _, __, brief, *___: brief.account),
    "preparing": lambda: instead(House, "_account", preparing),
    "marked": lambda: after(delivering, "mark", lambda _, __, delivery, *___: delivery.account),
    "answered": lambda: instead(Courier, "record", answered),
}

if __name__ == "__main__":
    POINTS[os.environ[AT]]()
    main()
