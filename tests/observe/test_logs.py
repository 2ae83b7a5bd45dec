"""What a log line may hold."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.observe.logs import HIDDEN, blot, hide


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    yield
    HIDDEN.clear()


def test_secrets_are_blotted_out_at_any_depth() -> None:
    hide(["token-1234", "abc"])
    assert blot({"a": ["x token-1234 y", ("token-1234",)], "b": 3}) == {"a": ["x *** y", ["***"]], "b": 3}


def test_a_very_short_secret_would_blot_out_words_and_is_left() -> None:
    hide(["abc"])
    assert blot("abcdef") == "abcdef"


def test_control_characters_do_not_reach_a_terminal() -> None:
    assert blot("a\x1b[31mb\x00c\u202e") == "a\ufffd[31mb\ufffdc\ufffd"


def test_emoji_and_line_ends_stay_whole() -> None:
    assert blot("👨\u200d👩\u200d👧\nx") == "👨\u200d👩\u200d👧\nx"
