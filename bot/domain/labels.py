"""Disclosures that must stand in every post of an article: which, and in which words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import regex

from bot.domain.article import Article
from bot.domain.routing import Match, matches

__all__ = ["Disclosure", "Label", "disclosed", "disclosure"]

BETWEEN = " · "


@dataclass(frozen=True, slots=True)
class Label:
    """One `[[labels]]` table. `texts` by language; the language "" serves where no other does."""

    name: str
    match: Match
    texts: Mapping[str, str]

    def text(self, lang: str, languages: Sequence[str]) -> str:
        """In the article's language, else the default, else the main language's, else any: never nothing."""
        asked = [lang, lang.partition("-")[0], "", *languages, *self.texts]
        return next(self.texts[each] for each in asked if self.texts.get(each))


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What an article must disclose: the names of its labels, and the text they come to; empty for most."""

    names: tuple[str, ...] = ()
    text: str = ""

    @property
    def name(self) -> str:
        """The labels as people name them."""
        return ", ".join(self.names)


def disclosure(article: Article, labels: Sequence[Label], languages: Sequence[str]) -> Disclosure:
    """The labels of an article, in the file's order."""
    own = [label for label in labels if matches(label.match, article)]
    texts = dict.fromkeys(" ".join(label.text(article.lang, languages).split()) for label in own)
    return Disclosure(tuple(label.name for label in own), BETWEEN.join(texts))


def disclosed(text: str, label: str) -> bool:
    """Whether a text says the label as words of its own, in capitals or not, however its spaces fall."""
    words = r"\s+".join(map(regex.escape, label.casefold().split()))
    return regex.search(rf"(?<![\p{{L}}\p{{N}}]){words}(?![\p{{L}}\p{{N}}])", text.casefold()) is not None
