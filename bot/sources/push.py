"""A source that is never asked: a CMS posts each article as JSON, signed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from bot.domain.article import Entry
from bot.domain.errors import SourceError
from bot.domain.identity import TOLD_AS
from bot.extract.entry import entry_of
from bot.extract.item import Channel, Item, Picture
from bot.extract.orders import Orders, moment
from bot.extract.text import tidy
from bot.ports.source import Cursor, Harvest, SourceOptions, Steps

__all__ = ["Connector", "PushOptions"]

BAD_REQUEST = 400
MOST = 100
"""Articles of one message."""


class PushOptions(SourceOptions):
    """A `[sources.<id>]` table of `kind = "push"`."""

    optional_secrets: ClassVar[frozenset[str]] = frozenset()
    asked: ClassVar[bool] = False
    told_by_desk: ClassVar[bool] = True

    kind: Literal["push"]
    hook_secret: SecretStr = SecretStr("")


class Told(BaseModel):
    """What a sender says; keys that we do not know do no harm."""

    model_config = ConfigDict(hide_input_in_errors=True, frozen=True)


class ToldImage(Told):
    url: str
    alt: str = ""


class ToldArticle(Told):
    """One article. Only `url` is needed: what is missing is read off the page."""

    url: Annotated[str, Field(pattern=r"^https?://\S+$", max_length=2000)]
    id: str = ""
    title: str = ""
    summary: str = ""
    content_html: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    image: ToldImage | None = None
    lang: str = ""
    skip: bool = False
    text: str = ""
    embargo: datetime | None = None

    @model_validator(mode="after")
    def _times_have_zones(self) -> ToldArticle:
        times = (self.published_at, self.updated_at, self.embargo)
        if any(each is not None and each.tzinfo is None for each in times):
            raise ValueError("write times with their zone: 2026-11-25T08:00:00+02:00")
        if self.embargo and moment(self.embargo) is None:
            raise ValueError("the embargo is no time that can be waited for")
        return self

    def orders(self) -> Orders:
        """What the desk says of sharing it."""
        skip = "the push says not to share it" if self.skip else ""
        return Orders(skip, tidy(self.text), not_before=moment(self.embargo) if self.embargo else None)

    def item(self) -> Item:
        """As the parsers of feeds bring one."""
        return Item(
            id=self.id,
            link=self.url,
            title=self.title,
            description=self.summary,
            content=self.content_html,
            authors=self.authors,
            terms=self.categories,
            tags=self.tags,
            pictures=(Picture(self.image.url, self.image.alt),) if self.image else (),
            lang=self.lang,
            published=self.published_at.isoformat() if self.published_at else "",
            updated=self.updated_at.isoformat() if self.updated_at else "",
            apart=True,
        )


class ToldMessage(Told):
    """`{"articles": […]}`, or one article alone; `gone`: ids that are not public any more."""

    articles: Annotated[tuple[ToldArticle, ...], Field(max_length=MOST)] = ()
    gone: Annotated[tuple[str, ...], Field(max_length=MOST)] = ()


class Connector:
    """A CMS's webhook as a source."""

    Options: ClassVar[type[SourceOptions]] = PushOptions

    def __init__(self, options: PushOptions) -> None:
        del options

    def poll(self, cursor: Cursor) -> Steps:
        """There is nobody to ask: the first poll sets the baseline, the others find nothing new."""
        yield from ()
        return Harvest((), {"met": True}, unchanged=bool(cursor))

    def receive(self, body: bytes, headers: Mapping[str, str]) -> Steps:
        """Read a message; see Receiver.

        Raises:
            SourceError: it is not of the form that docs/sources/push.md describes.
        """
        del headers
        yield from ()
        told = _read(body)
        entries = [entry for each in told.articles if (entry := _entry(each))]
        back = tuple(entry.guid for entry in entries if entry.guid not in told.gone)
        return Harvest(tuple(entries), {}, gone=told.gone, back=back)


def _entry(told: ToldArticle) -> Entry | None:
    """Its name in the CMS is its own for ever, whatever becomes of title and address."""
    plain = entry_of(told.item(), Channel(), told.url)
    entry = told.orders().onto(plain) if plain else None
    if entry is None or entry.cms_id or not told.id:
        return entry
    return replace(entry, cms_id=f"{TOLD_AS}{told.id}")


def _read(body: bytes) -> ToldMessage:
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise SourceError("the message is not JSON", status=BAD_REQUEST) from None
    if not isinstance(document, dict):
        raise SourceError("the message must be an object", status=BAD_REQUEST)
    if "articles" not in document and "gone" not in document:
        document = {"articles": [document]}
    try:
        return ToldMessage.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or "the message"
        raise SourceError(f"{where}: {first['msg'][:200]}", status=BAD_REQUEST) from None
