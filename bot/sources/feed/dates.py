"""Reads dates as people write them: `26 novembre 2026`, `26 Ugushyingo 2026`, `26/11/2026`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

__all__ = ["is_slashed", "reads_day_first", "written"]

NAMES = (
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "mutarama gashyantare werurwe mata gicurasi kamena nyakanga kanama nzeri ukwakira ugushyingo ukuboza",
    "januari februari machi aprili mei juni julai agosti septemba oktoba novemba desemba",
    "january february march april may june july august september october november december",
)
MONTHS = [(name, number) for names in NAMES for number, name in enumerate(names.split(), 1)]
LEAST = 3
CLOCK = (
    r"(?:\D{1,6}(?P<hour>\d{1,2})\s*[:h]\s*(?P<minute>\d{2})?(?::(?P<second>\d{2}))?(?:[.]\d+)?"
    r"\s*(?P<half>[ap]m)?)?"
)
ZONE = r"\s*(?P<zone>[+-]\d{2}:?\d{2}|Z|GMT|UTC)?\s*"
SPELT = re.compile(
    r"(?:.*?[^\w])??(?:(?P<day>\d{1,2})(?:er)?\s+(?P<month>[^\W\d_]{3,})[.,]?"
    r"|(?P<name>[^\W\d_]{3,})\.?\s+(?P<number>\d{1,2}),?)"
    rf"\s+(?P<year>\d{{4}}){CLOCK}{ZONE}",
    re.IGNORECASE,
)
SLASHED = re.compile(
    rf"\s*(?P<first>\d{{1,2}})/(?P<other>\d{{1,2}})/(?P<year>\d{{4}}){CLOCK}{ZONE}", re.IGNORECASE
)
NOON = 12


def is_slashed(text: str) -> bool:
    """Whether a date is of the kind whose day and month some write the other way round."""
    return SLASHED.fullmatch(text) is not None


def reads_day_first(texts: Iterable[str], lang: str) -> bool:
    """Whether a feed's dates give the day before the month: as one of them proves, else as all but the US."""
    found = [match for text in texts if (match := SLASHED.fullmatch(text))]
    if any(int(each["first"]) > NOON for each in found):
        return True
    return not any(int(each["other"]) > NOON for each in found) and lang.lower().replace("_", "-") != "en-us"


def written(text: str, *, day_first: bool) -> str:
    """A date as ISO 8601, in UTC where it names no zone; "" for what is none."""
    if found := SLASHED.fullmatch(text):
        first, other = int(found["first"]), int(found["other"])
        return _iso(found, other, first) if day_first else _iso(found, first, other)
    if found := SPELT.fullmatch(text.strip()[:80]):
        month = _month(found["month"] or found["name"])
        return _iso(found, month, int(found["day"] or found["number"])) if month else ""
    return ""


def _month(word: str) -> int:
    """The one month whose name is this, or begins so; 0 for none or several."""
    bare = unicodedata.normalize("NFKD", word.lower()).encode("ascii", "ignore").decode()
    exact = {number for name, number in MONTHS if name == bare}
    meant = exact or {number for name, number in MONTHS if len(bare) >= LEAST and name.startswith(bare)}
    return meant.pop() if len(meant) == 1 else 0


def _iso(found: re.Match[str], month: int, day: int) -> str:
    hour = int(found["hour"] or 0)
    if found["half"]:
        hour = hour % NOON + NOON * (found["half"].lower() == "pm")
    try:
        at = datetime(
            int(found["year"]),
            month,
            day,
            hour,
            int(found["minute"] or 0),
            int(found["second"] or 0),
            tzinfo=_zone(found["zone"] or ""),
        )
    except ValueError:
        return ""
    return at.isoformat()


def _zone(said: str) -> timezone:
    if said[:1] not in {"+", "-"}:
        return UTC
    apart = timedelta(hours=int(said[1:3]), minutes=int(said[-2:]))
    return timezone(-apart if said[0] == "-" else apart)
