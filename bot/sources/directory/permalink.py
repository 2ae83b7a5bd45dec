"""Where a generator puts a file's page: Hugo's, Jekyll's and Eleventy's `:tokens`, Pelican's `{fields}`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from urllib.parse import quote, urljoin

__all__ = ["PATTERNS", "Place", "address", "dated_name", "slug_of", "unknown_tokens"]

PATTERNS = {
    "hugo": "/:folders/:slugorfilename/",
    "jekyll": "/:categories/:year/:month/:day/:name.html",
    "pelican": "{slug}.html",
    "eleventy": "/:filepathstem/",
}
"""What each does with a file that says nothing else."""
NAMED = {
    "date": "/:categories/:year/:month/:day/:name.html",
    "pretty": "/:categories/:year/:month/:day/:name/",
    "ordinal": "/:categories/:year/:y_day/:name.html",
    "none": "/:categories/:name.html",
}
"""Jekyll's patterns by name (https://jekyllrb.com/docs/permalinks/, read 2026-11-25)."""
TOKENS = (
    *("year", "month", "day", "y_day", "yearday", "slugorfilename", "slugorcontentbasename", "slug", "title"),
    *(
        "name",
        "filename",
        "contentbasename",
        "basename",
        "path",
        "folders",
        "sections",
        "section",
        "categories",
        "collection",
    ),
    *("output_ext", "short_year", "i_month", "i_day", "monthname", "filepathstem"),
)
TOKEN = re.compile(rf":({'|'.join(sorted(TOKENS, key=len, reverse=True))})(?![a-z])")
ANY_TOKEN = re.compile(r":([a-z_]+)|\{([^{}]*)\}")
FIELD = re.compile(r"\{(slug|category|lang|author|date:(?:%[A-Za-z]|[^{}%])+)\}")
DATED = re.compile(r"(\d{4})-(\d{2})-(\d{2})-(.+)")
SLUG = re.compile(r"[^\w-]+")


@dataclass(frozen=True, slots=True)
class Place:
    """What an address is made of. `file` is below the folder, without the ending of its language."""

    file: PurePosixPath
    title: str
    slug: str
    date: datetime | None
    categories: tuple[str, ...] = ()
    lang: str = ""
    author: str = ""
    titled_by_file: bool = False
    """Jekyll's `:title` is the file's name, Hugo's the article's title."""


def dated_name(name: str) -> tuple[str, str]:
    """The date in a file's name ("2026-11-24-a-road"), and the rest; "" where there is none."""
    found = DATED.fullmatch(name)
    return (f"{found[1]}-{found[2]}-{found[3]}", found[4]) if found else ("", name)


def slug_of(text: str, *, accents: bool = True) -> str:
    """A title as an address has it: letters of every script, hyphens between; Pelican drops the accents."""
    apart = unicodedata.normalize("NFKD", text)
    plain = text if accents else "".join(c for c in apart if not "\u0300" <= c <= "\u036f")
    whole = unicodedata.normalize("NFC", plain).lower()
    return SLUG.sub("-", whole.replace("'", "").replace("’", "")).strip("-_")


def unknown_tokens(pattern: str) -> str:
    """The first part of a pattern that stands for nothing; "" where all do."""
    for found in ANY_TOKEN.finditer(pattern):
        if not TOKEN.fullmatch(found.group()) and not FIELD.fullmatch(found.group()):
            return found.group()
    return ""


def address(site: str, pattern: str, place: Place) -> str:
    """The page's address.

    Raises:
        ValueError: the pattern needs a date, and the file has none.
    """
    pattern = NAMED.get(pattern, pattern)
    path = FIELD.sub(lambda found: _field(found[1], place), pattern)
    path = TOKEN.sub(lambda found: _token(found[1], place), path)
    path = re.sub(r"/{2,}", "/", path).lstrip("/")
    return urljoin(f"{site.rstrip('/')}/", quote(path, safe="/%:@!$&'()*+,;=~-._"))


def _token(token: str, place: Place) -> str:
    file = place.file
    stem = file.parent.name if file.stem == "index" else file.stem
    folders = file.parent.parent.parts if file.stem == "index" else file.parent.parts
    name = dated_name(stem)[1]
    titled = slug_of(place.title)
    values = {
        "slug": place.slug or titled,
        "title": (place.slug or slug_of(name)) if place.titled_by_file else titled,
        "slugorfilename": place.slug or slug_of(stem),
        "slugorcontentbasename": place.slug or slug_of(stem),
        "name": place.slug or slug_of(name),
        "filename": slug_of(stem),
        "contentbasename": slug_of(stem),
        "basename": slug_of(name),
        "path": "/".join((*folders, name)),
        "section": slug_of(folders[0]) if folders else "",
        "collection": slug_of(folders[0]) if folders else "",
        "folders": "/".join(map(slug_of, folders)),
        "sections": "/".join(map(slug_of, folders)),
        "categories": "/".join(map(slug_of, place.categories)),
        "output_ext": ".html",
        "filepathstem": _path_stem(file),
    }
    return values[token] if token in values else _date(token, place.date)


def _path_stem(file: PurePosixPath) -> str:
    """As Eleventy has it: names as they are, dates too; `index` and a folder's name twice are the folder."""
    folded = file.stem in {"index", file.parent.name}
    return str(file.parent if folded else file.with_suffix("")).removeprefix(".")


def _date(token: str, date: datetime | None) -> str:
    if date is None:
        raise ValueError("its address needs a date, and it has none")
    forms = {
        "year": f"{date:%Y}",
        "short_year": f"{date:%y}",
        "month": f"{date:%m}",
        "i_month": str(date.month),
        "monthname": f"{date:%B}".lower(),
        "day": f"{date:%d}",
        "i_day": str(date.day),
        "y_day": f"{date:%j}",
        "yearday": str(int(f"{date:%j}")),
    }
    return forms[token]


def _field(field: str, place: Place) -> str:
    if field.startswith("date:"):
        if place.date is None:
            raise ValueError("its address needs a date, and it has none")
        return f"{place.date:{field[5:]}}"
    values = {
        "slug": place.slug or slug_of(place.title, accents=False),
        "category": slug_of(next(iter(place.categories), ""), accents=False),
        "lang": place.lang,
        "author": slug_of(place.author, accents=False),
    }
    return values[field]
