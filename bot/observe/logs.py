"""Structured logs on stderr: one event a decision, no secret ever."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus

import structlog

__all__ = ["configure", "hide"]

HIDDEN: set[str] = set()
"""Every secret value this process knows; none shorter than four characters, which would blot out words."""

SHORTEST = 4
PART = 8
"""The least length of a part of an address that is blotted out by itself."""
KEPT = "\n\t\u200c\u200d"
"""Not printable, and harmless: line ends, and the joiners inside emoji and scripts."""
NOISY = ("tweepy", "urllib3", "requests_oauthlib", "oauthlib", "httpx", "httpcore", "mastodon")


def hide(secrets: Iterable[str]) -> None:
    """Remember these values, and what of an address is secret: they are blotted out of every log line."""
    HIDDEN.update(form for secret in secrets for form in _forms(secret) if len(form) >= SHORTEST)


def _forms(secret: str) -> Iterator[str]:
    """A secret as it may be met: as it stands, in a URL, in JSON; of an address what follows its host."""
    yield from (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1])
    if "://" in secret:
        rest = secret.partition("://")[2].partition("/")[2]
        path, _, query = rest.partition("?")
        words = (rest, path, query, *(value for _, value in parse_qsl(query)))
        yield from (word for word in words if len(word) >= PART)


def blot(value: Any) -> Any:
    """The value without secrets and control characters, at any depth."""
    if isinstance(value, str):
        for secret in sorted(HIDDEN, key=len, reverse=True):
            value = value.replace(secret, "***")
        return "".join(c if c.isprintable() or c in KEPT else "\ufffd" for c in value)
    if isinstance(value, dict):
        return {key: blot(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [blot(each) for each in value]
    return value


def _blot(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: blot(value) for key, value in event.items()}


def _drop_empty(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in event.items() if value not in ("", None)}


def configure(form: str = "auto", level: str = "INFO") -> None:
    """Set up logging for the process.

    Args:
        form: "text" for people, "json" for machines, "auto": text on a terminal, else JSON.
        level: the least severe level that is shown.
    """
    text = form == "text" or (form == "auto" and sys.stderr.isatty())
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if text
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _drop_empty,
        _blot,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *shared[1:],
                renderer,
            ]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in NOISY:  # DEBUG would print Authorization headers
        logging.getLogger(name).setLevel(logging.WARNING)
