from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.domain.errors import TemplateError
from bot.settings.loading import Loaded
from bot.settings.rewording import same_words

Load = Callable[..., Loaded]

CONFIG = """
languages = ["en", "fr"]
[sources.site]
kind = "wire"
url = "https://example.org/feed/"
[accounts.main_x]
platform = "relay"
[accounts.fedi]
platform = "relay"
template = "soft"
[[routes]]
name = "all"
sources = ["site"]
accounts = ["main_x", "fedi"]
"""
WORDINGS = {"default": 1, "soft": 2, "again": 1}


def variants(template: str, lang: str, platform: str) -> tuple[str, ...]:
    assert platform == "relay"
    if template not in WORDINGS:
        raise TemplateError(f"there is no template set {template!r}")
    return ("x",) * (1 if (template, lang) == ("again", "fr") else WORDINGS[template])


@pytest.mark.parametrize(
    ("repeat", "short"),
    [
        ("", []),
        ('repeat = ["3h"]', ["'default' has too few wordings for it on main_x:"]),
        (
            'repeat = ["3h", "2d"]',
            [
                "'default' has too few wordings for it on main_x:",
                "'soft' has too few wordings for it on fedi:",
            ],
        ),
        ('repeat = [{ after = "3h", template = "again" }]', []),
        (
            'repeat = [{ after = "3h", template = "again" }, { after = "2d", template = "again" }]',
            ["'again' has too few wordings for it on main_x, fedi:"],
        ),
        ('repeat = [{ after = "3h", template = "nowhere" }]', []),
    ],
)
def test_repeats_that_would_be_skipped_for_their_words_are_told(
    loaded: Load, repeat: str, short: list[str]
) -> None:
    found = list(same_words(loaded(CONFIG + repeat).settings, variants))
    assert [key for key, _ in found] == ["routes.all.repeat"] * len(short)
    assert [words in message for words, (_, message) in zip(short, found, strict=True)] == [True] * len(short)
