"""A platform in memory whose every answer a test chooses; what it holds is what the public would see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from bot.domain.allowance import Allowance
from bot.domain.errors import Rejected
from bot.domain.limits import Limits, Measure
from bot.domain.post import (
    Accepted,
    Findable,
    Identity,
    OwnPost,
    Pending,
    Post,
    Prepared,
    Ref,
    Replay,
)
from bot.ports.platform import AccountOptions

LIMITS = Limits(text=(Measure("characters", len, 300),))


@dataclass(slots=True)
class Sent:
    key: str
    part: int
    text: str
    link: str
    reply_to: Ref | None
    at: datetime


@dataclass
class FakePlatform:
    """`before`: what publishes raise unseen by the server; `after`: what they raise once it acted."""

    Options: ClassVar[type[AccountOptions]] = AccountOptions
    default_limits: ClassVar[Limits] = LIMITS

    replay: tuple[Replay, ...] = (Findable(),)
    handle: str = ""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    before: list[Exception | None] = field(default_factory=list)
    after: list[Exception | None] = field(default_factory=list)
    preparing: list[Exception | Pending | None] = field(default_factory=list)
    reading: list[Exception | None] = field(default_factory=list)
    hidden: int = 0
    sent: list[Sent] = field(default_factory=list)
    edits: list[tuple[int, str, str]] = field(default_factory=list)
    """Number of the post, key and text of each edit that came, repeated ones too."""
    deleted: list[int] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    allowances: tuple[Allowance, ...] = ()
    on_prepare: Callable[[], object] = lambda: None

    @property
    def limits(self) -> Limits:
        return LIMITS

    def check(self) -> Identity:
        self.calls.append("check")
        _raise(self.reading)
        return Identity(self.handle)

    def prepare(self, post: Post, ref: Ref | None) -> Prepared | Pending:
        self.calls.append("prepare")
        self.on_prepare()
        answer = self.preparing.pop(0) if self.preparing else None
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Pending):
            return answer
        return Prepared(tuple({"text": text, "link": post.link} for text in post.parts))

    def publish(self, prepared: Prepared, part: int, key: str, reply_to: Ref | None) -> Accepted:
        self.calls.append(f"publish {part}")
        _raise(self.before)
        body = prepared.parts[part]
        self.sent.append(Sent(key, part, body["text"], body["link"], reply_to, self.now()))
        _raise(self.after)
        return self._accepted(len(self.sent) - 1)

    def recognise(self, url: str, key: str) -> Ref | None:
        _, its, number = url.partition("https://social.example/")
        return {"id": number} if its else None

    def meter(self) -> Sequence[Allowance]:
        return self.allowances

    def find(self, since: datetime) -> Sequence[OwnPost]:
        """The last `hidden` posts are not shown yet: each look uncovers one."""
        self.calls.append("find")
        _raise(self.reading)
        visible = len(self.sent) - self.hidden
        self.hidden = max(0, self.hidden - 1)
        return [
            OwnPost({"id": str(i)}, self._accepted(i).url, each.text, (each.link,), each.at)
            for i, each in enumerate(self.sent[: max(0, visible)])
            if each.at >= since and i not in self.deleted
        ]

    def revise(self, post: Post, before: Prepared) -> Prepared:
        return Prepared(
            tuple({**old, "text": text} for text, old in zip(post.parts, before.parts, strict=True))
        )

    def edit(self, prepared: Prepared, part: int, key: str, ref: Ref) -> Accepted:
        self.calls.append(f"edit {part}")
        _raise(self.before)
        number = int(ref["id"])
        if number in self.deleted:
            raise Rejected("gone")
        self.edits.append((number, key, prepared.parts[part]["text"]))
        self.sent[number].text = prepared.parts[part]["text"]
        _raise(self.after)
        return self._accepted(number)

    def delete(self, ref: Ref, key: str) -> None:
        self.calls.append(f"delete {ref['id']}")
        _raise(self.before)
        if int(ref["id"]) not in self.deleted:
            self.deleted.append(int(ref["id"]))
        _raise(self.after)

    def _accepted(self, index: int) -> Accepted:
        return Accepted({"id": str(index)}, f"https://social.example/{index}")


def _raise(script: list[Exception | None]) -> None:
    error = script.pop(0) if script else None
    if error is not None:
        raise error
