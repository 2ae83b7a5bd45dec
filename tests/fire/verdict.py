"""What stands at the end of a newsday, held against what is true of each article."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from bot.domain.article import Article
from bot.ports.store import Store
from tests.fakes.file import FakeFolder
from tests.fakes.mastodon import LINK, FakeMastodon
from tests.fakes.server import FakeServer
from tests.fire.press import WAYS, Press, Story

__all__ = ["Posted", "Verdict", "is_explained", "judge", "posted"]

TELLS_SUMMARIES = ("rss", "api", "push", "hub")
"""Sources that tell of an edited summary; a sitemap and a page of links do not."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A post that was ever made."""

    text: str
    link: str
    at: datetime
    stands: bool


@dataclass(slots=True)
class Verdict:
    """Faults in words, by kind; `unshared` are the articles that somebody must be able to say why."""

    duplicates: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    early: list[str] = field(default_factory=list)
    unshared: list[Story] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        return [*self.duplicates, *self.lost, *self.stale, *self.early]


def posted(fake: FakeServer | FakeFolder) -> list[Posted]:
    """All that was posted on an account, deleted or not."""
    if isinstance(fake, FakeMastodon):
        return [
            Posted(
                each["status"],
                LINK.findall(each["status"])[-1],
                each["created_at"],
                stands=not each.get("deleted"),
            )
            for each in fake.statuses
        ]
    assert isinstance(fake, FakeFolder)
    files = [json.loads(path.read_text()) for path in sorted(fake.path.glob("*/posts/*.json"))]
    return [
        Posted(each["text"], each["link"], datetime.fromisoformat(each["at"]), stands=not each.get("deleted"))
        for each in files
    ]


def judge(press: Press, store: Store, accounts: Mapping[str, FakeServer | FakeFolder]) -> Verdict:
    """Every article on every account."""
    verdict = Verdict()
    with store.read() as tx:
        articles = list(tx.articles.shown_by(WAYS))
        alerts = " ".join(each.key for each in tx.alerts.open())
    known = {story.id: article for article in articles if (story := _story(press, article.url))}
    for account, fake in accounts.items():
        posts: dict[int, list[Posted]] = {number: [] for number in press.stories}
        for each in posted(fake):
            story = _story(press, each.link)
            if story is None:
                verdict.stale.append(f"{account}: {each.link} leads to no article")
            else:
                posts[story.id].append(each)
        for number, story in press.stories.items():
            _judge(verdict, account, story, posts[number], known.get(number), alerts)
    return verdict


def _judge(
    verdict: Verdict, account: str, story: Story, made: list[Posted], article: Article | None, alerts: str
) -> None:
    name = f"{account}: {story.id} {story.slug!r} ({', '.join(sorted(story.ways))})"
    stand = [each for each in made if each.stands]
    most = 0 if story.born or story.public_at is None else 1
    if len(made) > most:
        verdict.duplicates.append(f"{name} was posted {len(made)} times, and should be {most}")
    if story.public and not story.born and not story.away and not stand:
        verdict.lost.append(f"{name} is not there")
    if not stand and story not in verdict.unshared and story.public_at is not None:
        verdict.unshared.append(story)
    for each in made:
        if story.public_at and each.at < story.public_at:
            verdict.early.append(f"{name} was posted before it was out")
    for each in stand:
        if not story.public:
            told = article is not None and f"article:{article.id}:withdrawn" in alerts
            if not (account == "file" and told):
                verdict.stale.append(f"{name} was taken back, and stands")
        elif wrong := _wrong(story, each, article):
            verdict.stale.append(f"{name} says {wrong}")


def _wrong(story: Story, post: Posted, article: Article | None) -> str:
    """What a post says that is not so by now."""
    if story.title not in post.text:
        return f"{post.text.splitlines()[0]!r} and not {story.title!r}"
    source = article.source if article else ""
    if source in TELLS_SUMMARIES and story.excerpt not in post.text:
        return f"{post.text!r} and not the summary {story.excerpt!r}"
    return ""


def is_explained(document: Mapping[str, Any]) -> bool:
    """Whether `explain` says why an article stands nowhere."""
    if document["article"]["id"] is None:
        return False
    if any(document.get(why) for why in ("withdrawn", "deleted", "skip", "page_at")):
        return True
    decisions: Sequence[Mapping[str, Any]] = document["decisions"]
    return bool(decisions) and all(
        (each["verdict"] == "pass" and each["rule"]) or any(row["reason"] for row in each["deliveries"])
        for each in decisions
    )


def _story(press: Press, url: str) -> Story | None:
    host = re.sub(r"^www\.", "", urlsplit(url).netloc)
    return press.story_at(urlsplit(url).path) if host == press.host else None
