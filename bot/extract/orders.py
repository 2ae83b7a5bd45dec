"""Reads what the desk orders in an article's own fields: skip it, say this, show that, not before then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

from bot.domain.article import Entry
from bot.domain.post import Image
from bot.extract.text import tidy
from bot.ports.platform import Table

__all__ = ["Orders", "OverrideKeys", "moment", "read_orders", "says_yes"]

YES = frozenset({"1", "true", "yes", "on", "oui", "yego", "skip"})
FORMS = ("%Y%m%d", "%Y%m%d%H%M%S", "%d/%m/%Y %I:%M %p", "%d/%m/%Y %H:%M", "%d/%m/%Y")
"""What fields for dates store beside ISO 8601 (Advanced Custom Fields' pickers)."""


class OverrideKeys(Table):
    """`overrides` of a source: the names of the fields in which the desk orders."""

    skip: str = "sharewire_skip"
    text: str = "sharewire_text"
    image: str = "sharewire_image"
    embargo: str = "sharewire_embargo"


@dataclass(frozen=True, slots=True)
class Orders:
    """What the fields say. `media` is the number of a picture that must still be looked up, 0 for none."""

    skip: str = ""
    text: str = ""
    image: Image | None = None
    media: int = 0
    not_before: datetime | None = None

    def onto(self, entry: Entry) -> Entry:
        """The entry with these orders."""
        return replace(
            entry,
            skip=self.skip,
            override_text=self.text,
            not_before=self.not_before,
            image=self.image or entry.image,
        )


def read_orders(fields: Mapping[str, Any], keys: OverrideKeys, offset: timedelta = timedelta(0)) -> Orders:
    """The orders among an article's fields; `offset` from UTC is that of times that name no zone.

    An embargo that cannot be read is kept as an order not to share: early is worse than never.
    """
    skip = f"the article's own {keys.skip} says not to share it" if says_yes(fields.get(keys.skip)) else ""
    said = _one(fields.get(keys.embargo))
    until = moment(said, offset) if said else None
    if said and until is None:
        skip = skip or f"the article's own {keys.embargo} is no time that can be read: write 2026-11-30T06:00"
    image, media = _picture(_one(fields.get(keys.image)))
    return Orders(skip, _text(fields.get(keys.text)), image, media, until)


def says_yes(value: Any) -> bool:
    """Whether a field is ticked, however its CMS writes that."""
    one = _one(value)
    return isinstance(one, str | int) and str(one).strip().lower() in YES


def moment(value: Any, offset: timedelta = timedelta(0)) -> datetime | None:
    """A time, aware UTC; None for what is none."""
    text = value.isoformat() if hasattr(value, "isoformat") else str(value).strip()
    found = _iso(text)
    for form in () if found else FORMS:
        try:
            found = datetime.strptime(text, form)  # noqa: DTZ007 - its zone is the site's, below
        except ValueError:
            continue
        break
    try:
        local = found and (found if found.tzinfo else found.replace(tzinfo=timezone(offset)))
        return local.astimezone(UTC) if local else None
    except (ValueError, OverflowError):
        return None


def _iso(text: str) -> datetime | None:
    try:
        return None if text.isdigit() else datetime.fromisoformat(text)
    except ValueError:
        return None


def _one(value: Any) -> Any:
    """A field's value; some CMS give a list of one."""
    return (
        (value[0] if value else "") if isinstance(value, list | tuple) else value if value is not None else ""
    )


def _text(value: Any) -> str:
    one = _one(value)
    return tidy(str(one)) if isinstance(one, str | int | float) else ""


def _picture(value: Any) -> tuple[Image | None, int]:
    if isinstance(value, Mapping):
        url, alt = str(value.get("url") or ""), tidy(str(value.get("alt") or ""))
    else:
        url, alt = str(value).strip(), ""
    if url.isascii() and url.isdigit():
        return None, int(url[:12])
    parts = urlsplit(url) if url.startswith(("https://", "http://")) else None
    return (Image(url, alt), 0) if parts and parts.hostname else (None, 0)
