"""The site's CMS and its hub, which tell the worker at once: late, twice, out of order, at times never."""

from __future__ import annotations

import heapq
import itertools
import json
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import requests

from tests.fakes.cms import sign
from tests.fire.press import Press, Story
from tests.fire.ways import atom, dressed, image

__all__ = ["SECRET", "Messengers"]

SECRET = "s3cret-of-the-cms"
OK = 200
LATE = 4.0
"""Seconds that a message takes, at most, at its first try."""
LOST, TWICE, REPLAYED = 0.25, 0.3, 0.2
"""How many pushes are lost where another way tells, come twice, come again as if they were new."""


class Messengers:
    """A thread that sends what is due; what nobody takes is tried again until somebody does."""

    def __init__(self, press: Press, url: str, seed: int) -> None:
        self.press, self.url = press, url
        self.dice = random.Random(f"{seed} messengers")
        self.sent = self.lost = self.replayed = 0
        self._numbers = itertools.count(1)
        self._due: list[tuple[float, int, Callable[[], bool]]] = []
        self._busy = False
        self._lock = threading.Condition()
        self._closing = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def idle(self) -> bool:
        """Whether all that was to be told has been."""
        with self._lock:
            return not self._due and not self._busy

    def tell(self, story: Story) -> None:
        """What is true of an article now, by each of the ways that tell at once."""
        if "push" in story.ways:
            self._push(story)
        if "hub" in story.ways:
            if self.dice.random() < LOST:
                self.lost += 1
            else:
                self._send(self._distribute(tries=4))

    def close(self) -> None:
        self._closing.set()

    def _push(self, story: Story) -> None:
        if len(story.ways) > 1 and self.dice.random() < LOST and not story.was:
            self.lost += 1
            return
        body = json.dumps(self._document(story) if story.public else {"gone": [str(story.id)]}).encode()
        id_, public = f"msg_{next(self._numbers)}", story.public

        def post(name: str) -> bool:
            if self.press.stories[story.id].public is not public:
                return True  # the CMS knows better by now
            try:
                answer = requests.post(
                    f"{self.url}/hooks/push", data=body, headers=sign(SECRET, name, body), timeout=10
                )
            except requests.RequestException:
                return False
            self.sent += answer.status_code == OK
            return answer.status_code == OK

        self._send(lambda: post(id_))
        if self.dice.random() < TWICE:
            self.replayed += 1
            self._send(lambda: post(id_))
        if public and self.dice.random() < REPLAYED:
            self.replayed += 1
            self._send(lambda: post(f"{id_}_again"), 2 * LATE)

    def _document(self, story: Story) -> dict[str, Any]:
        return {
            "id": str(story.id),
            "url": dressed(self.press, story, "push"),
            "title": story.title,
            "summary": story.excerpt,
            "content_html": story.content,
            "published_at": story.date.isoformat(),
            "updated_at": (story.updated or story.date).isoformat(),
            "lang": "en",
        } | ({"image": {"url": image(self.press, story)}} if story.media else {})

    def _distribute(self, tries: int) -> Callable[[], bool]:
        """The hub sends the feed as it is now, and gives up in the end."""
        stories = [each for each in self.press.stories.values() if "hub" in each.ways and each.public]
        body = atom(self.press, sorted(stories, key=lambda each: each.date), self.dice).body
        left = itertools.count(tries - 1, -1)

        def push() -> bool:
            try:
                return self.press.hub.push(body) < 300 or next(left) <= 0
            except requests.RequestException:
                return next(left) <= 0

        return push

    def _send(self, deliver: Callable[[], bool], late: float = LATE) -> None:
        self._put(time.monotonic() + self.dice.uniform(0, late), deliver)

    def _put(self, at: float, deliver: Callable[[], bool]) -> None:
        with self._lock:
            heapq.heappush(self._due, (at, next(self._numbers), deliver))
            self._lock.notify()

    def _run(self) -> None:
        while not self._closing.is_set():
            with self._lock:
                if not self._due or self._due[0][0] > time.monotonic():
                    self._lock.wait(0.05)
                    continue
                _, _, deliver = heapq.heappop(self._due)
                self._busy = True
            if not deliver():
                self._put(time.monotonic() + 1, deliver)
            self._busy = False
