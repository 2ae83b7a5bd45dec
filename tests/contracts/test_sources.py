"""What every source module promises; a new one joins by its bytes in answers.py."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import ValidationError

import bot.sources
from bot.domain.article import Entry
from bot.domain.errors import SourceError
from bot.ports.source import Harvest, Offload, Request, Response, SourceOptions
from tests.contracts.answers import ANSWERS

SENT = {"push"}
"""Kinds that are sent what there is, and never ask: tests/sources has theirs."""
KINDS = [each.name for each in pkgutil.iter_modules(bot.sources.__path__) if each.name not in SENT]
MOST = 1_000
MARKUP = re.compile(r"<\s*/?\s*[A-Za-z!]|&(?:amp|lt|gt|quot|#\d+);")
SECRET = "hunter2-s3cret"

each_kind = pytest.mark.parametrize("kind", KINDS)
each_body = pytest.mark.parametrize("body", ["plain", "many", "empty"])


@dataclass(slots=True)
class Server:
    """Answers every request alike, and keeps what the source yielded."""

    body: bytes = b""
    content_type: str = ""
    status: int = 200
    files: Mapping[str, bytes] = field(default_factory=dict)
    yielded: list[Any] = field(default_factory=list)

    def answer(self, step: Request | tuple[Request, ...] | Offload) -> Any:
        self.yielded.append(step)
        match step:
            case Offload(fn, args):
                return fn(*args)
            case tuple():
                return tuple(self._response(each) for each in step)
            case Request():
                return self._response(step)

    def _response(self, request: Request) -> Response:
        headers = {"content-type": self.content_type, "etag": '"1"'}
        name = next((name for name in self.files if request.url.endswith(f"/{name}")), "")
        return Response(request.url, self.status, headers, self.files.get(name, self.body))


def connector(kind: str, **more: Any) -> Any:
    made = importlib.import_module(f"bot.sources.{kind}").Connector
    return made(made.Options.model_validate({**ANSWERS[kind].options, **more}))


def poll(kind: str, server: Server, cursor: Mapping[str, Any] | None = None) -> Harvest:
    """Drive one poll as the poller does, in this process and without a network."""
    steps = connector(kind).poll(cursor or {})
    step = next(steps)
    try:
        while True:
            step = steps.send(server.answer(step))
    except StopIteration as end:
        harvest: Harvest = end.value
        return harvest


def serving(kind: str, body: str) -> Server:
    answers = ANSWERS[kind]
    return Server(getattr(answers, body), answers.content_type, files=answers.files)


def texts(entry: Entry) -> list[str]:
    alt = entry.image.alt if entry.image else ""
    return [
        *(entry.title, entry.summary, entry.site_name, entry.lang, alt),
        *(*entry.tags, *entry.categories, *entry.authors),
    ]


def addresses(entry: Entry) -> list[str]:
    found = [entry.url, entry.canonical_url, entry.image.url if entry.image else ""]
    return [each for each in found if each]


def absolute(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in address


def test_every_module_has_its_bytes() -> None:
    assert set(KINDS) == set(ANSWERS)


@each_kind
def test_a_module_declares_what_the_registry_needs(kind: str) -> None:
    made = importlib.import_module(f"bot.sources.{kind}").Connector
    assert issubclass(made.Options, SourceOptions)
    assert made.Options.model_validate(ANSWERS[kind].options).kind == kind


@each_kind
@each_body
def test_a_source_does_no_io_and_yields_what_the_poller_can_answer(
    kind: str, body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a source opens no socket and no file")

    server = serving(kind, body)
    poll(kind, server)  # imports are no part of a poll
    server.yielded.clear()
    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr("builtins.open", refused)
    poll(kind, server)
    flat = [one for step in server.yielded for one in (step if isinstance(step, tuple) else (step,))]
    assert {type(one) for one in flat} <= {Request, Offload}
    asked = [one for one in flat if isinstance(one, Request)]
    assert all(absolute(one.url) or one.url.startswith("file:///") for one in asked)
    assert all(one.max_bytes <= 20_000_000 for one in asked)


@each_kind
def test_a_plain_poll_brings_its_entries(kind: str) -> None:
    harvest = poll(kind, serving(kind, "plain"))
    assert isinstance(harvest, Harvest)
    assert (len(harvest.entries), harvest.unchanged, harvest.status) == (2, False, 200)
    assert all(isinstance(each, Entry) for each in harvest.entries)


@each_kind
def test_every_entry_has_a_guid_of_its_own_and_an_address(kind: str) -> None:
    entries = poll(kind, serving(kind, "plain")).entries
    assert len({entry.guid for entry in entries if entry.guid.strip()}) == len(entries)
    assert all(map(absolute, [address for entry in entries for address in addresses(entry)]))


@each_kind
def test_texts_are_plain_and_on_one_line(kind: str) -> None:
    found = [text for entry in poll(kind, serving(kind, "plain")).entries for text in texts(entry) if text]
    assert len(found) >= (8 if ANSWERS[kind].bodied else 4)
    assert [text for text in found if MARKUP.search(text) or text != " ".join(text.split())] == []


@each_kind
def test_nothing_dangerous_is_left_in_a_body(kind: str) -> None:
    bodies = [entry.html for entry in poll(kind, serving(kind, "plain")).entries if entry.html]
    assert bool(bodies) == ANSWERS[kind].bodied
    assert [each for each in bodies if re.search(r"<script|<[^>]*\son\w+=|javascript:", each)] == []


@each_kind
def test_dates_are_aware_and_utc(kind: str) -> None:
    entries = poll(kind, serving(kind, "plain")).entries
    dates = [date for entry in entries for date in (entry.published_at, entry.updated_at) if date]
    assert bool(dates) == ANSWERS[kind].dated
    assert {date.tzinfo for date in dates} <= {UTC}
    assert {date.hour for date in dates} <= {8}


@each_kind
@each_body
def test_a_cursor_outlives_the_process_as_json(kind: str, body: str) -> None:
    cursor = poll(kind, serving(kind, body)).cursor
    assert json.loads(json.dumps(cursor)) == dict(cursor)


@each_kind
@each_body
def test_the_same_answers_make_the_same_harvest(kind: str, body: str) -> None:
    assert poll(kind, serving(kind, body)) == poll(kind, serving(kind, body))


@each_kind
@pytest.mark.parametrize("status", [200, 304])
def test_an_unchanged_poll_brings_nothing_and_forgets_nothing(kind: str, status: int) -> None:
    first = poll(kind, serving(kind, "plain"))
    server = serving(kind, "plain")
    server.status = status
    again = poll(kind, server, json.loads(json.dumps(first.cursor)))
    assert (again.entries, again.unchanged, again.status) == ((), True, status)
    assert dict(again.cursor) == dict(first.cursor)


@each_kind
def test_a_cursor_of_another_time_is_no_obstacle(kind: str) -> None:
    harvest = poll(kind, serving(kind, "plain"), {"of": "an older release"})
    assert len(harvest.entries) == 2


@each_kind
def test_a_source_that_is_gone_says_so(kind: str) -> None:
    with pytest.raises(SourceError) as caught:
        poll(kind, Server(status=410))
    assert (caught.value.gone, caught.value.status) == (True, 410)


@each_kind
@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
def test_a_refusal_is_an_error_and_never_an_empty_harvest(kind: str, status: int) -> None:
    with pytest.raises(SourceError) as caught:
        poll(kind, Server(status=status))
    assert (caught.value.gone, caught.value.status) == (False, status)


@each_kind
def test_garbage_is_an_error_of_one_line(kind: str) -> None:
    with pytest.raises(SourceError) as caught:
        poll(kind, serving(kind, "garbage"))
    assert len(str(caught.value).splitlines()) == 1


@each_kind
def test_a_failure_thrown_in_comes_out(kind: str) -> None:
    steps = connector(kind).poll({})
    next(steps)
    with pytest.raises(SourceError, match="no route"):
        steps.throw(SourceError("no route to host", wait=timedelta(minutes=1)))


@each_kind
def test_an_empty_listing_is_fine_and_empty(kind: str) -> None:
    harvest = poll(kind, serving(kind, "empty"))
    assert (harvest.entries, harvest.unchanged, harvest.status) == ((), False, 200)


@each_kind
def test_a_thousand_entries_are_the_most_and_the_first_are_kept(kind: str) -> None:
    entries = poll(kind, serving(kind, "many")).entries
    assert len({entry.guid for entry in entries}) == len(entries) == MOST
    if ANSWERS[kind].titled:
        assert (entries[0].title, entries[-1].title) == ("0", "999")


@each_kind
@pytest.mark.parametrize(
    "wrong", [{"token": SECRET}, {"url": SECRET}, {"every": SECRET}, {"allow_private": SECRET}]
)
def test_a_wrong_key_or_value_is_refused_by_name_and_its_value_not_printed(
    kind: str, wrong: dict[str, str]
) -> None:
    with pytest.raises(ValidationError) as caught:
        connector(kind, **wrong)
    assert next(iter(wrong)) in str(caught.value)
    assert SECRET not in str(caught.value)
