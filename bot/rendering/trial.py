"""Two articles that every template is tried on: one that has everything, one with a title alone."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.domain.article import Article
from bot.domain.labels import Disclosure
from bot.domain.limits import Limits
from bot.domain.post import Image
from bot.ports.render import Brief

__all__ = ["BARE", "RICH", "brief_for"]

SPONSORED = Disclosure(("sponsored",), "Sponsored")
AT = datetime(2026, 3, 8, 9, 30, tzinfo=UTC)
BARE = Article(0, "trial", "https://news.example/2026/buses/", "Buses run on the sun", AT, AT)
RICH = Article(
    id=0,
    source="trial",
    url=BARE.url,
    title=BARE.title,
    first_seen_at=AT,
    changed_at=AT,
    summary="The city's first electric buses begin their rounds on Tuesday.",
    content="The city's first electric buses begin their rounds on Tuesday. They are charged at noon.",
    tags=("Transport", "Climate"),
    categories=("City", "Energy"),
    authors=("Aline Uwase", "Eric Mugisha"),
    image=Image("https://news.example/buses.jpg", "A bus at its charger"),
    lang="en",
    site_name="The News",
    published_at=AT,
    updated_at=AT,
    reading_minutes=4,
    items=(BARE,),
)


def brief_for(platform: str, *, rich: bool) -> Brief:
    """What the trial is rendered for."""
    return Brief("trial", platform, Limits(()), route="trial", disclosure=SPONSORED if rich else Disclosure())
