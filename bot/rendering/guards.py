"""Refuses a post that must not go out as it was fitted: without its label, its link, or anything to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import regex

from bot.domain.article import Article
from bot.domain.fit import Fixed, Segment
from bot.domain.labels import disclosed
from bot.domain.text import hashtags, mentions
from bot.ports.render import Brief
from bot.rendering.marks import LABEL, clean, tidy
from bot.rendering.values import link_in_text

__all__ = ["by_hand", "longest", "refusals", "with_link"]

SAYING = regex.compile(r"[\p{L}\p{N}\p{S}]")


def by_hand(brief: Brief) -> list[str]:
    """The parts of a text that a person wrote; its label is known as what a template prints is."""
    label = clean(brief.disclosure.text)
    parts = regex.split(r"(?m)^===[ \t]*$", tidy(brief.words.text))
    return [LABEL + part if label and disclosed(part, label) else part for part in parts]


def with_link(printed: Sequence[str], link: str) -> list[str]:
    """The parts, the link at the end of the first where none has it; "" asks for none."""
    if not link or any(link in said for said in printed):
        return list(printed)
    return [f"{printed[0]}\n\n{link}", *printed[1:]]


def refusals(
    printed: Sequence[str], fitted: Sequence[str], article: Article, brief: Brief, reads: Mapping[str, int]
) -> Iterator[tuple[int, str]]:
    """What is wrong with the parts, by the template's line; `printed` as they were before the fit."""
    parts = [(said, text) for said, text in zip(printed, fitted, strict=True) if text]
    link, label = link_in_text(article, brief), clean(brief.disclosure.text)
    if (
        not article.title
        and not brief.override_text
        and not any(_says(text, link, label) for _, text in parts)
    ):
        lacks = "no title" if article.summary else "neither title nor summary"
        yield 1, f"{article.url} has {lacks}: its post on {brief.account} would be a bare link"
    elif not parts:
        yield 1, f"the post of {article.url} on {brief.account} is empty"
    if len(parts) > 1 and not brief.limits.thread:
        where = "text" if brief.words.text else "template"
        yield 1, f"{brief.platform} has no threads, and the {where} has a line ==="
    if link and any(link in said for said in printed) and not any(link in text for text in fitted):
        cure = "take {{ url }} out of what may be cut"
        yield reads.get("url", 1), f"the link did not fit on {brief.account}: {cure}"
    for number, (said, text) in enumerate(parts, 1):
        if label and not (LABEL in said and disclosed(text, label)):
            where = f"part {number} of the thread" if len(parts) > 1 else "the post"
            where += f" on {brief.account} lacks {label!r}, which label {brief.disclosure.name} asks for"
            cure = "print {{ label }} whole" if LABEL in said else "add {{ label }}"
            cure = "write it in the text" if brief.words.text else cure
            yield reads.get("label", 1), f"{where}: {cure}"


def longest(segments: Sequence[Segment]) -> str:
    """The longest line of what may not be cut."""
    fixed = (segment.text for segment in segments if isinstance(segment, Fixed))
    return max((line for text in fixed for line in text.splitlines()), key=len, default="")


def _says(text: str, link: str, label: str) -> bool:
    """Whether a post says more than its link, its label and its hashtags."""
    for span in sorted([*hashtags(text), *mentions(text)], reverse=True):
        text = text[: span.start] + text[span.end :]
    return bool(SAYING.search(text.replace(link, " ").replace(label, " ")))
