"""Twenty-four pages as sites build them: title, summary, picture and language as a reader sees them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from bot.domain.article import Entry
from bot.extract.enrich import enrich
from bot.extract.language import spoken
from bot.ports.source import Response

PAGES = Path(__file__).with_name("pages")
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((PAGES / "expected.toml").read_text("utf-8"))
URL = "https://news.example/a/"
LANGUAGES = ("en", "fr", "rw")
WANTED = ("title", "summary", "image", "lang")


def read(name: str) -> dict[str, str]:
    """What becomes of a page of which only the address was known."""
    body = (PAGES / f"{name}.html").read_bytes()
    page = Response(URL, 200, {"content-type": EXPECTED[name]["content_type"]}, body)
    entry = enrich(Entry(guid=URL, url=URL, title="", bare=True), page)
    return {
        "title": entry.title,
        "summary": entry.summary,
        "image": entry.image.url if entry.image else "",
        "alt": entry.image.alt if entry.image else "",
        "lang": spoken(entry.lang, f"{entry.title}\n{entry.summary}", LANGUAGES).partition("-")[0],
        "skip": entry.skip,
    }


def test_every_page_has_its_expectation() -> None:
    assert {path.stem for path in PAGES.glob("*.html")} == set(EXPECTED)
    assert len(EXPECTED) >= 24


@pytest.mark.parametrize("name", EXPECTED)
def test_a_page_is_read_as_a_reader_sees_it(name: str) -> None:
    found, wanted = read(name), EXPECTED[name]
    assert {key: found[key] for key in WANTED} == {key: wanted[key] for key in WANTED}
    assert found["alt"] == wanted.get("alt", found["alt"])
    assert found["skip"] == ""


def test_how_many_are_right() -> None:
    right = {key: sum(read(name)[key] == EXPECTED[name][key] for name in EXPECTED) for key in WANTED}
    print("pages read right:", ", ".join(f"{key} {n} of {len(EXPECTED)}" for key, n in right.items()))  # noqa: T201
    assert right == dict.fromkeys(WANTED, len(EXPECTED))
