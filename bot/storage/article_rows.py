"""An article as a row, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.article import Article
from bot.domain.post import Image
from bot.storage.drawer import values_of
from bot.storage.tables import articles

__all__ = ["READ", "article_from", "row_of"]

OWN = ("source", "url", "title", "first_seen_at", "withdrawn_at")
"""Fields with a column of their own; the others are read whole or not at all."""
DATES = ("changed_at", "published_at", "updated_at", "not_before", "page_asked_at")
LISTS = ("tags", "categories", "authors")
KEPT = frozenset(field.name for field in fields(Article)) - {"id", "items", *OWN}
NAMES = sorted(KEPT)

READ = [articles.c.id, *(articles.c[name] for name in OWN), articles.c.payload]


def row_of(article: Article) -> dict[str, Any]:
    """Column values, all but its number."""
    payload = {name: getattr(article, name) for name in NAMES}
    for name in DATES:
        payload[name] = payload[name].isoformat() if payload[name] else None
    payload["image"] = values_of(article.image) if article.image else None
    return {name: getattr(article, name) for name in OWN} | {"payload": payload}


def article_from(row: Mapping[str, Any] | sa.RowMapping) -> Article:
    """The article of a row of `READ`; what a later release may have added is passed over."""
    values = {name: value for name, value in row["payload"].items() if name in KEPT}
    for name in DATES:
        values[name] = datetime.fromisoformat(values[name]) if values.get(name) else None
    for name in LISTS:
        values[name] = tuple(values.get(name, ()))
    if values.get("image"):
        values["image"] = Image(**values["image"])
    return Article(id=row["id"], **{name: row[name] for name in OWN}, **values)
