"""Writes a plan as a calendar that other programs read (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

__all__ = ["ics"]

WIDTH = 75
"""Octets of a line, its end not counted (RFC 5545, 3.1)."""
ESCAPES = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,", "\n": r"\n", "\r": None})


def ics(rows: Iterable[Mapping[str, Any]], now: datetime, name: str = "Sharewire") -> str:
    """The shares of a plan that have a time, an event each; the same share has the same UID every time."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Sharewire//plan//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}",
    ]
    for row in rows:
        if row["at"]:
            lines += _event(row, now)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(row: Mapping[str, Any], now: datetime) -> list[str]:
    said = "\n\n".join(part["text"] for part in row["parts"]) or row["error"] or row["note"]
    uid = ".".join((str(row["article"]), row["account"], row["occasion"]))
    return [
        "BEGIN:VEVENT",
        f"UID:{_text(uid)}@sharewire",
        f"DTSTAMP:{_time(now)}",
        f"DTSTART:{_time(datetime.fromisoformat(row['at']))}",
        "DURATION:PT5M",
        f"SUMMARY:{_text(row['account'] + ': ' + row['title'])}",
        f"DESCRIPTION:{_text(said)}",
        *([f"CATEGORIES:{_text(row['route'])}"] if row["route"] else []),
        f"STATUS:{'TENTATIVE' if row['tentative'] else 'CONFIRMED'}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    """A value as the format wants it: escaped, without control characters."""
    kept = "".join(c for c in value.replace("\r\n", "\n") if c == "\n" or (c.isprintable() or ord(c) >= 160))  # noqa: PLR2004
    return kept.translate(ESCAPES)


def _folded(line: str) -> Iterator[str]:
    """The line in pieces of at most 75 octets, each but the first after a blank; no character is cut."""
    piece, size = "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > WIDTH:
            yield piece
            piece, size = " ", 1
        piece += character
        size += octets
    yield piece
