"""What a log line may hold."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from bot.observe.logs import HIDDEN, blot, configure, hide


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


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    root, known = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.configure(**known)
    root.handlers[:] = handlers
    root.setLevel(level)


def _fail() -> None:
    key = "never-registered" + "-key"
    raise ValueError("refused token-" + "1234" * bool(key))


@pytest.mark.usefixtures("logging_as_before")
@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("stream", [Terminal, io.StringIO])
@pytest.mark.parametrize("ours", [True, False], ids=["ours", "a library's"])
def test_a_traceback_tells_no_local_variable_and_no_secret(
    monkeypatch: pytest.MonkeyPatch, form: str, stream: type[io.StringIO], *, ours: bool
) -> None:
    err = stream()
    monkeypatch.setattr(sys, "stderr", err)
    hide(["token-1234"])
    configure(form)
    try:
        _fail()
    except ValueError:
        if ours:
            structlog.get_logger().exception("it.fault")
        else:
            logging.getLogger("some.library").exception("it failed")
    said = err.getvalue()
    assert "refused ***" in said
    assert "in _fail" in said
    assert "token-1234" not in said
    assert "never-registered-key" not in said
