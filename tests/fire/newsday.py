"""A day of a newsroom, from its seed: what is published, edited, moved, taken back and put back."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

from tests.fire.messengers import Messengers
from tests.fire.press import WAYS, Press, Story

__all__ = ["Newsday"]

WORDS = re.findall(
    r"\w+",
    "minister harbour council market river school bridge doctor farmer village airport election budget "
    "strike museum festival drought library railway orchestra parliament engineer volunteer fisherman",
)
RECENT = 6
"""Articles that something may happen to: none has fallen off the end of a list yet."""


class Newsday:
    """Every call does one thing of the day; the press shows it, and the messengers tell of it."""

    def __init__(self, press: Press, messengers: Messengers, seed: int) -> None:
        self.press, self.messengers = press, messengers
        self.dice = random.Random(f"{seed} newsday")
        self.happened: Counter[str] = Counter()
        self.order: list[int] = []
        self._bags: dict[str, list[str]] = {}
        self._events: dict[str, Callable[[Story], bool]] = {
            "headline": self._headline,
            "summary": self._summary,
            "body": self._body,
            "image": self._image,
            "slug": self._slug,
            "slug and headline": self._slug_and_headline,
            "guid": self._guid,
            "withdrawal": self._withdraw,
            "restoration": self._restore,
        }

    def before(self, count: int) -> None:
        """What was there when the bot starts, some of it for minutes only."""
        for number in range(count):
            age = timedelta(minutes=20) if number % 2 else timedelta(hours=30)
            ways = frozenset(("rss", "sitemap", "page", "hub") if number % 3 else WAYS)
            self._story(ways, date=self.press.now() - age, born=True)
        self.press.issue()

    def publish(self) -> Story:
        """One more article, or one that will come out later."""
        kind = self._next("kinds", ["plain"] * 5 + ["twin", "used guid", "scheduled"])
        recent = self._recent()
        more = {}
        if kind == "twin" and recent:
            more = {"title": recent[-1].title, "slug": f"{recent[-1].slug}-2"}
        used = [each.guid for each in recent if "api" not in each.ways]
        ways = self._ways()
        if kind == "used guid" and used and "api" not in ways:  # a CMS gives a number once
            more = {"guid": used[0]}
        if kind == "scheduled":
            more = {"status": "future"}
        story = self._story(ways, date=self.press.now().replace(microsecond=0), **more)
        self.happened[kind if more or kind == "plain" else "plain"] += 1
        if story.public:
            self._out(story)
        return story

    def happen(self) -> None:
        """Something becomes of an article of late; what was scheduled comes out."""
        for story in self.press.stories.values():
            if story.status == "future" and self.dice.random() < 0.5:
                story.status, story.date = "publish", self.press.now().replace(microsecond=0)
                self._out(story)
                return
        name = self._next("events", list(self._events))
        stories = self._recent()
        self.dice.shuffle(stories)
        old = [each for each in self.press.stories.values() if each.born]
        if self.dice.random() < 0.1 and name in ("headline", "slug"):
            stories = [self.dice.choice(old), *stories]
        if any(self._events[name](story) for story in stories):
            self.happened[name] += 1

    def end(self) -> None:
        """What is scheduled comes out."""
        for story in self.press.stories.values():
            if story.status == "future":
                story.status, story.date = "publish", self.press.now().replace(microsecond=0)
                self._out(story)

    def _recent(self) -> list[Story]:
        return [self.press.stories[number] for number in self.order[-RECENT:]]

    def _next(self, bag: str, things: Sequence[str]) -> str:
        """Each of these before any comes again."""
        if not self._bags.get(bag):
            self._bags[bag] = self.dice.sample(things, len(things))
        return self._bags[bag].pop()

    def _ways(self) -> frozenset[str]:
        alone = self._next("ways", [*WAYS, *["many"] * 8])
        if alone != "many":
            return frozenset((alone,))
        return frozenset(self.dice.sample(WAYS, self.dice.randint(2, len(WAYS))))

    def _story(self, ways: frozenset[str], **more: object) -> Story:
        number = 100 + len(self.press.stories)
        guid = self.press.url(f"/?p={number}") if "api" in ways else f"rss-{number}"
        values = {
            "title": self._words(6).capitalize(),
            "slug": f"{self._words(3).replace(' ', '-')}-{number}",
            "excerpt": self._sentence(),
            "media": self.dice.choice((0, 1)),
            "guid": guid,
            "gone": self.dice.choice((404, 410)),
            "ways": ways,
        }
        story = Story(number, **(values | more))  # type: ignore[arg-type]
        self._write(story)
        self.press.stories[number] = story
        return story

    def _out(self, story: Story) -> None:
        story.public_at = story.public_at or self.press.now()
        self.order.append(story.id)
        self.press.issue()
        self.messengers.tell(story)

    def _changed(self, story: Story) -> bool:
        story.updated = story.modified = max(
            self.press.now().replace(microsecond=0), (story.updated or story.date) + timedelta(seconds=1)
        )
        self.press.issue()
        self.messengers.tell(story)
        return True

    def _headline(self, story: Story) -> bool:
        story.title = self._words(6).capitalize()
        return story.public and self._changed(story)

    def _summary(self, story: Story) -> bool:
        story.content = story.content.replace(story.excerpt, "")
        story.excerpt = self._sentence()
        story.content = f"<p>{story.excerpt}</p>{story.content}"
        return story.public and self._changed(story)

    def _body(self, story: Story) -> bool:
        story.content += f"<p>{self._sentence()}</p>"
        return story.public and self._changed(story)

    def _image(self, story: Story) -> bool:
        story.media = 1 - story.media
        return story.public and self._changed(story)

    def _slug(self, story: Story) -> bool:
        if not story.public:
            return False
        story.was.append(story.slug)
        story.slug = f"{self._words(3).replace(' ', '-')}-{story.id}-{len(story.was)}"
        return self._changed(story)

    def _slug_and_headline(self, story: Story) -> bool:
        if not story.public:
            return False
        story.title = self._words(6).capitalize()
        return self._slug(story)

    def _guid(self, story: Story) -> bool:
        """The feed calls it otherwise; not where the CMS gives the guid."""
        if not story.public or "rss" not in story.ways or "api" in story.ways:
            return False
        story.guid = f"new-{story.guid}"
        return self._changed(story)

    def _withdraw(self, story: Story) -> bool:
        if not story.public or story.born:
            return False
        story.status, story.away = self.dice.choice(("trash", "draft")), True
        self.press.issue()
        self.messengers.tell(story)
        return True

    def _restore(self, story: Story) -> bool:
        if story.status not in ("trash", "draft"):
            return False
        story.status = "publish"
        return self._changed(story)

    def _write(self, story: Story) -> None:
        paragraphs = [story.excerpt, *(self._sentence() for _ in range(4))]
        story.content = "".join(f"<p>{each}</p>" for each in paragraphs)

    def _words(self, count: int) -> str:
        return " ".join(self.dice.choices(WORDS, k=count))

    def _sentence(self) -> str:
        return f"{self._words(14).capitalize()}."
