"""Seeded bad weather on the way to a platform: spells in which every request fails in one way."""

from __future__ import annotations

import random
import re
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from bot.domain.errors import Ambiguous
from tests.fakes.server import FakeServer

__all__ = ["FAULTS", "Outage", "Weather"]

ARTICLE = re.compile(r"/a/(\d+)/")
FAULTS = ("drop", "reset", "truncated", "nonjson", "slow", "late", 429, 500, 503)
"""What goes wrong, as `tests.fire.proxy` plays it."""
FINE, BAD = (1.5, 5.0), (0.5, 3.0)
"""Seconds that good and bad spells last, at least and at most."""


@dataclass(slots=True)
class Outage:
    """A bad spell, how many requests ran into it, and the articles that public calls carried into it."""

    fault: str | int
    begins: float
    ends: float
    requests: int = 0
    articles: set[str] = field(default_factory=set)


class Weather:
    """Over one platform, by the seconds since it began; `over` clears the sky for good."""

    def __init__(
        self,
        seed: str,
        fake: FakeServer | None = None,
        faults: Sequence[str | int] = FAULTS,
        longest: tuple[float, float] = (FINE[1], BAD[1]),
    ) -> None:
        self._dice = random.Random(seed)
        self._fake = fake
        self._faults = faults
        self._fine, self._bad = (FINE[0], longest[0]), (BAD[0], longest[1])
        self._lock = threading.Lock()
        self._spells: list[Outage] = []
        self.over = False

    def at(self, second: float) -> Outage | None:
        """The outage of a moment; the same seed has the same at every moment."""
        with self._lock:
            while not self._spells or self._spells[-1].ends <= second:
                before = self._spells[-1].ends if self._spells else 0.0
                begins = before + self._dice.uniform(*self._fine)
                self._spells.append(
                    Outage(self._dice.choice(self._faults), begins, begins + self._dice.uniform(*self._bad))
                )
            spell = next(each for each in self._spells if each.ends > second)
            return spell if spell.begins <= second and not self.over else None

    def meet(self, second: float, method: str, path: str, body: bytes) -> str | int | None:
        """What becomes of a request, noted with the outage it ran into; None: it passes."""
        outage = self.at(second)
        if outage is None:
            return None
        with self._lock:
            outage.requests += 1
            write = self._fake.write if self._fake else None
            if write and method == write[0] and path.startswith(write[1]):
                outage.articles.update(ARTICLE.findall(unquote_plus(body.decode(errors="replace"))))
        return outage.fault

    @property
    def met(self) -> list[Outage]:
        """The outages that anything ran into."""
        return [each for each in self._spells if each.requests]

    def faults(self) -> Counter[str]:
        """How many requests ran into each fault."""
        out: Counter[str] = Counter()
        for each in self.met:
            out[str(each.fault)] += each.requests
        return out

    def most_struck(self) -> int:
        """The most articles that any one outage can have left in doubt."""
        failures = self._fake.failures if self._fake else {}
        unsaid = {mode for mode, meaning in failures.items() if meaning is Ambiguous}
        unsaid |= {503, "late"}
        return max((len(each.articles) for each in self.met if each.fault in unsaid), default=0)
