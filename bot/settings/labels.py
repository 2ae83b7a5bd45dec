"""`[[labels]]`: what must be disclosed in every post of certain articles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import BeforeValidator

from bot.domain.labels import Label
from bot.ports.matching import MatchTable
from bot.settings.fields import Described, Id

__all__ = ["DEFAULT", "LabelTable", "label_problems", "labels"]

LANGUAGE = re.compile(r"[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
DEFAULT = "default"
"""The key of the text that serves every language without one of its own."""


def _by_language(value: object) -> object:
    """`text = "Ad"` is the text in every language."""
    return {DEFAULT: value} if isinstance(value, str) else value


class LabelTable(Described):
    """A disclosure, such as "Sponsored": a post of such an article that lacks it is refused."""

    name: Id
    """What reports call it."""
    match: MatchTable = MatchTable()
    """Conditions on the article; it needs at least one."""
    text: Annotated[dict[str, str], BeforeValidator(_by_language)]
    """What `{{ label }}` prints, by language; `default` serves the languages that have none."""


def labels(tables: Sequence[LabelTable]) -> tuple[Label, ...]:
    """The labels as the domain reads them, in the file's order."""
    return tuple(
        Label(
            table.name,
            table.match.to_match(),
            {"" if lang == DEFAULT else lang.replace("_", "-"): text for lang, text in table.text.items()},
        )
        for table in tables
    )


def label_problems(tables: Sequence[LabelTable], languages: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with the labels: key, message."""
    names = [table.name for table in tables]
    for table in tables:
        key = f"labels.{table.name}"
        if names.count(table.name) > 1:
            yield key, f'{names.count(table.name)} labels are called "{table.name}": rename all but one'
        if table.match == MatchTable():
            yield f"{key}.match", "is missing: without a condition every article would be labelled"
        for lang, text in table.text.items():
            if lang != DEFAULT and not LANGUAGE.fullmatch(lang):
                yield f"{key}.text.{lang}", f'is no language: write one such as "fr", or "{DEFAULT}"'
            if not text.strip():
                yield f"{key}.text.{lang}", "is empty: write what the post shall say"
        missing = [lang for lang in languages if DEFAULT not in table.text and not _covers(table, lang)]
        if missing:
            cure = f'add `{missing[0]} = "…"` or `default = "…"`'
            yield f"{key}.text", f"has nothing in {', '.join(missing)}: {cure}"
        elif not table.text:
            yield f"{key}.text", 'is empty: write `text = "…"`, or a text by language'


def _covers(table: LabelTable, lang: str) -> bool:
    have = {each.replace("_", "-") for each in table.text}
    return lang in have or lang.partition("-")[0] in have
