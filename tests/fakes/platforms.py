"""A fake of each kind of platform that the ways to settle an unknown tell apart."""

from __future__ import annotations

from tests.fakes.bluesky import FakeBluesky
from tests.fakes.mastodon import FakeMastodon
from tests.fakes.server import FakeServer
from tests.fakes.webhook import FakeWebhook
from tests.fakes.x import FakeX

__all__ = ["KINDS", "one_of_each"]

KINDS = {
    "main_x": "X",
    "fedi": "Mastodon",
    "forgetful": "Mastodon family that ignores keys",
    "sky": "Bluesky",
    "hook": "webhook that deduplicates",
    "mute": "webhook with nothing to ask",
}
"""By the account's id, the kind in words."""


def one_of_each() -> dict[str, FakeServer]:
    """A platform of each kind, by the account's id."""
    forgetful, mute = FakeMastodon(), FakeWebhook()
    forgetful.honours_keys = mute.dedupes = False
    fakes: tuple[FakeServer, ...] = (FakeX(), FakeMastodon(), forgetful, FakeBluesky(), FakeWebhook(), mute)
    return dict(zip(KINDS, fakes, strict=True))
