"""Which disclosure an article carries, in which words, and whether a text says it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.article import Article
from bot.domain.labels import Disclosure, Label, disclosed, disclosure
from bot.domain.routing import Match

AT = datetime(2026, 3, 8, tzinfo=UTC)
AD = Label(
    "sponsored", Match(categories_any=("Sponsored",)), {"en": "Sponsored", "fr": "Contenu  sponsorisé"}
)
OPINION = Label("opinion", Match(categories_any=("Opinion",)), {"": "Opinion", "rw": "Igitekerezo"})


def article(lang: str, *categories: str) -> Article:
    return Article(1, "site", "https://news.example/a/", "Buses", AT, AT, lang=lang, categories=categories)


@pytest.mark.parametrize(
    ("lang", "categories", "expected"),
    [
        ("en", (), Disclosure()),
        ("en", ("sponsored",), Disclosure(("sponsored",), "Sponsored")),
        ("fr-CA", ("Sponsored",), Disclosure(("sponsored",), "Contenu sponsorisé")),
        ("rw", ("Sponsored",), Disclosure(("sponsored",), "Contenu sponsorisé")),
        ("", ("Opinion",), Disclosure(("opinion",), "Opinion")),
        (
            "de",
            ("Opinion", "Sponsored"),
            Disclosure(("sponsored", "opinion"), "Contenu sponsorisé · Opinion"),
        ),
    ],
)
def test_a_label_speaks_the_articles_language_or_the_nearest_there_is(
    lang: str, categories: tuple[str, ...], expected: Disclosure
) -> None:
    assert disclosure(article(lang, *categories), (AD, OPINION), ("fr", "en")) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Sponsored: Buses", True),
        ("[SPONSORED] Buses", True),
        ("Buses\n#Sponsored", True),
        ("Unsponsored buses", False),
        ("Sponsoredness", False),
        ("Spon…", False),
    ],
)
def test_a_label_is_said_as_a_word_of_its_own(text: str, said: bool) -> None:
    assert disclosed(text, "Sponsored") is said


def test_a_label_may_be_broken_where_its_spaces_are() -> None:
    assert disclosed("Contenu\nsponsorisé: Les bus", "Contenu sponsorisé")
