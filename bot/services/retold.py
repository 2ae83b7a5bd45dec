"""What an edit changes of an article, and what stays though nothing is said of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from bot.domain.article import Article
from bot.services.pages import OF_PAGES

__all__ = ["OF_DESK", "OF_OTHERS", "edited"]

OF_DESK = ("skip", "override_text", "not_before")
"""What the desk orders in the article itself."""
OF_OTHERS = (*OF_PAGES, "content", "reading_minutes", "tags", "categories", *OF_DESK)
"""What stays where several sources show the article: another one may have had it."""


def edited(old: Article, new: Article, now: datetime, kept: Collection[str]) -> Article:
    """An article as it reads now; what is `kept` stays where nothing is said of it."""
    return replace(
        new,
        id=old.id,
        source=old.source,
        first_seen_at=old.first_seen_at,
        changed_at=now,
        overlooked=old.overlooked,
        flood=old.flood,
        page_asked_at=old.page_asked_at,
        page_trouble=old.page_trouble,
        **{name: getattr(new, name) or getattr(old, name) for name in kept},
    )
