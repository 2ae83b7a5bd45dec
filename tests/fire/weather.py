"""Seeded bad weather over a fake platform: spells in which every request fails in one way."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from bot.domain.errors import Ambiguous
from tests.fakes.server import FakeServer, Request

__all__ = ["Outage", "Weather"]

ARTICLE = re.compile(r"/a/(\d+)/")


@dataclass(slots=True)
class Outage:
    """A spell, how many requests ran into it, and the articles that public calls carried into it."""

    mode: str | int
    requests: int = 0
    articles: set[str] = field(default_factory=set)


class Weather:
    """Put on a fake as its `weather`; `over` clears the sky for good."""

    modes = ("drop", "reset", "truncated", "nonjson", "html503", "slow", 429, 500, 503)

    def __init__(self, seed: str, fake: FakeServer) -> None:
        self._dice = random.Random(seed)
        self._fake = fake
        self._left = self._dice.randint(3, 8)
        self.outages: list[Outage] = []
        self.faults: Counter[str] = Counter()
        self.bad = False
        self.over = False

    def __call__(self, request: Request) -> str | int | None:
        """How this request fares; the fake calls it under its lock."""
        if self.over:
            return None
        if not self._left:
            self.bad = not self.bad
            self._left = self._dice.randint(1, 5) if self.bad else self._dice.randint(2, 6)
            if self.bad:
                self.outages.append(Outage(self._dice.choice(self.modes)))
        self._left -= 1
        if not self.bad:
            return None
        outage = self.outages[-1]
        outage.requests += 1
        self.faults[str(outage.mode)] += 1
        if request.method == self._fake.write[0] and request.path.startswith(self._fake.write[1]):
            outage.articles.update(ARTICLE.findall(unquote_plus(request.body.decode(errors="replace"))))
        return outage.mode

    def most_struck(self) -> int:
        """The most articles that any one outage can have left in doubt."""
        unsaid = {mode for mode, meaning in self._fake.failures.items() if meaning is Ambiguous} | {503}
        return max((len(each.articles) for each in self.outages if each.mode in unsaid), default=0)
