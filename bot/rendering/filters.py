"""What a template can do with a value: flex, hashtag, handles, truncate, date."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from contextvars import ContextVar
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import regex
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime

from bot.domain.routing import fold
from bot.domain.text import grapheme_ends
from bot.rendering.loading import Hashtags, People
from bot.rendering.marks import Atoms, clean, flexible
from bot.rendering.wording import Mistake

__all__ = ["FILTERS", "camel", "date_text", "filters", "speak"]

WORD = regex.compile(r"[\p{L}\p{M}\p{N}_\u200c\u200d]+")
HAS_LETTER = regex.compile(r"[\p{L}\p{M}]")
DATES = ("short", "medium", "long", "full")
LONGEST_FORM = 100

_lang: ContextVar[str] = ContextVar("lang", default="")
_platform: ContextVar[str] = ContextVar("platform", default="")


def speak(lang: str, platform: str) -> None:
    """A rendering begins: its dates and handles are of this language and platform, in macros, too."""
    _lang.set(lang)
    _platform.set(platform)


def camel(text: str) -> str:
    """One hashtag's body: letters and marks of every script kept, words joined, each begun with a capital."""
    words = WORD.findall(unicodedata.normalize("NFC", text))
    if len(words) == 1:
        return str(words[0])
    return "".join(word[:1].upper() + word[1:] for word in words)


def _locale(lang: str) -> Locale:
    try:
        return Locale.parse(lang.replace("-", "_")) if lang else Locale("en")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def date_text(value: datetime, form: str, zone: str) -> str:
    """A date in the article's language and the newsroom's zone: a width, or a pattern such as "d MMMM".

    Raises:
        Mistake: it is neither.
    """
    local, locale = value.astimezone(ZoneInfo(zone)), _locale(_lang.get())
    if form in DATES:
        return clean(format_date(local.date(), form, locale=locale))
    if "%" in form:
        raise Mistake(f"{form!r} is no form of a date: write it without %, such as 'd MMMM y' or 'dd.MM.y'")
    try:
        return clean(format_datetime(local, form[:LONGEST_FORM], locale=locale))
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        raise Mistake(f"{form!r} is no form of a date: write {', '.join(DATES)} or 'd MMMM y'") from error


def filters(people: People, hashtags: Hashtags, zone: str) -> dict[str, Any]:
    """The filters of an environment."""

    def flex(value: Any, rank: int = 1, *, drop: bool = False) -> str:
        """Mark what may shrink: a higher rank sooner, `drop=true` whole."""
        if value is None:
            return ""
        return flexible(str(value), int(rank), drop=bool(drop), atoms=isinstance(value, Atoms))

    def hashtag(value: Any, cap: int | None = None) -> Atoms:
        """Hashtags of a word or a list of words, each once, at most `cap`."""
        words = [value] if isinstance(value, str) else list(value or ())
        tags: dict[str, str] = {}
        for word in words:
            mapped = hashtags.words.get(fold(str(word)))
            body = camel(str(word)) if mapped is None else mapped
            if body and HAS_LETTER.search(body):
                tags.setdefault(fold(body), f"#{body}")
        return Atoms(" ".join(list(tags.values())[: hashtags.cap if cap is None else cap]))

    def handles(value: Any, joiner: str = " ") -> str:
        """The handles of those authors who have one on this platform."""
        names: Iterable[Any] = [value] if isinstance(value, str) else value or ()
        return joiner.join(filter(None, (people.handle(str(name), _platform.get()) for name in names)))

    def truncate(value: Any, length: int = 100) -> str:
        """At most `length` characters as people see them, cut at a word's end."""
        text = str(value or "")
        ends = grapheme_ends(text)
        if len(ends) <= length:
            return text
        front = text[: ends[max(length - 2, 0)]]
        shorter = front.rsplit(None, 1)[0] if any(c.isspace() for c in front) else front
        return shorter.rstrip(" ,;:.-–—") + "…"

    def date(value: Any, form: str = "medium") -> str:
        """A date in the article's language."""
        return date_text(value, str(form), zone) if isinstance(value, datetime) else ""

    return {"flex": flex, "hashtag": hashtag, "handles": handles, "truncate": truncate, "date": date}


FILTERS = ("flex", "hashtag", "handles", "truncate", "date")
