from collections.abc import Iterator

import pytest

from bot.domain.errors import PlatformError, Rejected, Unavailable
from bot.domain.limits import ImageLimits
from bot.media.obtain import obtain
from tests.fakes.gallery import Gallery

LIMITS = ImageLimits(1, 1_000_000, side=32)


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    with Gallery() as running:
        yield running


def test_a_picture_is_fetched_and_made_to_fit(gallery: Gallery) -> None:
    small = obtain(f"{gallery.url}/a.png", LIMITS, user_agent="Sharewire/test", allow_private=True)
    assert (small.width, small.height) == (32, 18)
    assert gallery.requests[0].headers["user-agent"] == "Sharewire/test"


@pytest.mark.parametrize(
    ("mode", "expected"), [("nonjson", Rejected), (404, Rejected), ("html503", Unavailable)]
)
def test_what_cannot_be_had_or_is_no_picture_is_said(
    gallery: Gallery, mode: str | int, expected: type[PlatformError]
) -> None:
    gallery.script(mode)
    with pytest.raises(expected):
        obtain(f"{gallery.url}/a.png", LIMITS, user_agent="Sharewire/test", allow_private=True)


def test_an_address_that_is_not_public_is_not_asked(gallery: Gallery) -> None:
    with pytest.raises(Rejected, match="not a public address"):
        obtain(f"{gallery.url}/a.png", LIMITS, user_agent="Sharewire/test")
    assert gallery.requests == []
