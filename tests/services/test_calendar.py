"""The calendar file, read back by a reader that follows RFC 5545 and nothing of ours."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.services.calendar import ics

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def row(**fields: object) -> dict[str, Any]:
    known: dict[str, Any] = {
        "at": "2026-11-24T17:45:00+02:00",
        "tentative": True,
        "account": "main_x",
        "route": "everything",
        "occasion": "new",
        "article": 7,
        "title": "Rain",
        "parts": [{"text": "Rain\nhttps://news.example/rain/"}],
        "error": "",
    }
    return known | fields


def read(text: str) -> list[dict[str, str]]:
    """Unfold, split, unescape: the events as properties."""
    raw = text.encode()
    assert raw.endswith(b"\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75
    events: list[dict[str, str]] = []
    for line in raw.replace(b"\r\n ", b"").decode().split("\r\n"):
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            events.append({})
        elif events:
            events[-1][name] = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], value)
    return events


def test_each_share_with_a_time_is_an_event_in_utc() -> None:
    (event,) = read(ics([row(), row(at=None)], NOW))
    assert event["DTSTART"] == "20261124T154500Z"
    assert event["DTSTAMP"] == "20261124T120000Z"
    assert event["SUMMARY"] == "main_x: Rain"
    assert event["DESCRIPTION"] == "Rain\nhttps://news.example/rain/"
    assert event["STATUS"] == "TENTATIVE"


@pytest.mark.parametrize(
    "title",
    [
        "A; b, c \\ d",
        "Line\nbreak\r\nand another",
        "é" * 200,
        "👩‍👩‍👧" * 40,
        "በኢትዮጵያ የተከሰተው ዝናብ " * 8,
        "x" * 400,
        "BEGIN:VEVENT",
    ],
)
def test_whatever_a_title_holds_is_read_back(title: str) -> None:
    (event,) = read(ics([row(title=title)], NOW))
    assert event["SUMMARY"] == "main_x: " + title.replace("\r\n", "\n")


def test_the_same_share_has_the_same_uid_whenever_and_whatever_it_says() -> None:
    uids = [
        read(ics([each], at))[0]["UID"]
        for each, at in (
            (row(), NOW),
            (row(at="2026-11-25T08:00:00+02:00", title="Mended", tentative=False), NOW.replace(hour=13)),
        )
    ]
    assert uids[0] == uids[1]
    assert read(ics([row(occasion="repeat:1")], NOW))[0]["UID"] != uids[0]


def test_an_empty_plan_is_a_calendar_all_the_same() -> None:
    text = ics([], NOW)
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:")
    assert text.endswith("END:VCALENDAR\r\n")
