"""The editors' own examples of how articles shall read: `templates/tests/*.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, ValidationError

from bot.domain.article import Article
from bot.domain.errors import UserError
from bot.domain.post import Image
from bot.ports.platform import Table
from bot.services.examples import Asked
from bot.settings.problems import did_you_mean
from bot.settings.wording import MENDS

__all__ = ["Example", "read_examples"]


def _moment(value: object) -> object:
    """TOML's date alone, as its midnight."""
    return (
        datetime.combine(value, time())
        if isinstance(value, date) and not isinstance(value, datetime)
        else value
    )


Moment = Annotated[datetime, BeforeValidator(_moment)]


def _local(at: datetime | None, zone: str) -> datetime | None:
    return at if at is None or at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))


class ArticleTable(Table):
    """`[tests.article]`: the article as a source would bring it; dates without a zone are in the file's."""

    title: str
    url: str = "https://example.org/an-article/"
    summary: str = ""
    content: str = ""
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    image: str = ""
    image_alt: str = ""
    lang: str = ""
    site_name: str = ""
    published_at: Moment | None = None
    updated_at: Moment | None = None
    reading_minutes: int = 0
    override_text: str = ""

    def article(self, source: str, zone: str) -> Article:
        """The article of the domain."""
        published = _local(self.published_at, zone)
        seen = published or datetime(2026, 1, 1, tzinfo=UTC)
        return Article(
            id=0,
            source=source,
            first_seen_at=seen,
            changed_at=seen,
            image=Image(self.image, self.image_alt) if self.image else None,
            published_at=published,
            updated_at=_local(self.updated_at, zone),
            **self.model_dump(exclude={"image", "image_alt", "published_at", "updated_at"}),
        )


class Example(Table):
    """`[[tests]]`: an article on an account, and the text it shall have or why it shall be refused."""

    name: str
    account: str
    article: ArticleTable
    route: str = ""
    template: str = ""
    occasion: str = "new"
    expect: str | None = None
    refused: str = ""
    warning: str | None = None
    card_title: str | None = None
    card_text: str | None = None
    alt: str | None = None

    def asked(self, source: str, zone: str) -> Asked:
        """What is to be told, and what it shall say."""
        return Asked(
            article=self.article.article(source, zone),
            account=self.account,
            route=self.route,
            template=self.template,
            occasion=self.occasion,
            expect=self.expect,
            refused=self.refused,
            beside={
                "warning": self.warning,
                "card_title": self.card_title,
                "card_text": self.card_text,
                "alt": self.alt,
            },
        )


class ExampleFile(Table):
    """A whole file."""

    tests: Annotated[tuple[Example, ...], Field(min_length=1)]


def read_examples(folder: Path, files: Sequence[Path] = ()) -> Iterator[tuple[Path, Example]]:
    """Every example of these files, else of all in `folder`/tests.

    Raises:
        UserError: there is none, or a file is not well formed.
    """
    named = tuple(files) or tuple(sorted((folder / "tests").glob("*.toml")))
    if not named:
        raise UserError(
            f"there is no example in {folder / 'tests'}: docs/templates.md shows how to write one"
        )
    for path in named:
        for example in _read(path):
            yield path, example


def _read(path: Path) -> Iterator[Example]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"{path}: cannot be read: {getattr(error, 'strerror', None) or 'is no UTF-8'}"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path}: is no TOML: {error}") from error
    try:
        examples = ExampleFile.model_validate(data).tests
    except ValidationError as error:
        raise UserError(_problem(path, data, error)) from None
    for example in examples:
        if (example.expect is None) is not bool(example.refused):
            raise UserError(
                f"{path}: tests.{example.name}: say `expect` (the text) or `refused` (a word of why)"
            )
        yield example


def _problem(path: Path, data: dict[str, Any], error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False)
    first = min(found, key=lambda each: each["type"] == "missing")  # a misspelt key is why one is missing
    place = [str(part) for part in first["loc"]]
    if place[1:2] and place[1].isdigit():
        table = data["tests"][int(place[1])]
        place[1] = str(table.get("name", int(place[1]) + 1)) if isinstance(table, dict) else place[1]
    key, own = place[-1], ArticleTable if "article" in place[:-1] else Example
    if first["type"] == "extra_forbidden" and own is ArticleTable and key in Example.model_fields:
        said = f"`{key}` stands under [tests.article]: move it above that header"
    elif first["type"] == "extra_forbidden":
        known = own.model_fields if len(place) > 1 else ExampleFile.model_fields
        said = f"is no key: {did_you_mean(key, list(known))}"
    elif first["type"] == "missing":
        said = f"is missing: write `{key} = …` there"
    else:
        said = MENDS.get(first["type"], first["msg"])
    return f"{path}: {'.'.join(place)}: {said}"
