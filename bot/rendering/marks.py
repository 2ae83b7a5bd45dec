"""The marks by which a template's output says what may shrink, and their reading back into segments."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Self

import regex

from bot.domain.fit import Fixed, Flex, Group, Item, Segment
from bot.rendering.wording import Mistake

__all__ = [
    "EMPTY",
    "LABEL",
    "MARKS",
    "PART",
    "Atoms",
    "LabelText",
    "clean",
    "flexible",
    "grouped",
    "listed",
    "read",
    "tidy",
]

# Private-use characters: no article keeps one (see `clean`), so only templates can set a mark.
FLEX_START, FLEX_TEXT, FLEX_END = "\ue000", "\ue001", "\ue002"
GROUP_START, GROUP_END = "\ue003", "\ue004"
PART = "\ue005"
EMPTY = "\ue006"
"""Stands where a value was empty, so that a `maybe` around it knows."""
LABEL = "\ue007"
"""Stands before the label, so that it is known from the same words in a title, and is never cut."""

ITEM_START, ITEM_END = "\ue008", "\ue009"

MARKS = regex.compile("[\ue000-\ue009]")
UNWANTED = regex.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\ufeff\ufff9-\uffff\ud800-\udfff\ue000-\uf8ff\U000f0000-\U0010ffff]"
)
"""Control characters, invisible ones, direction overrides, lone surrogates and private use; joiners (ZWJ,
ZWNJ) and the plain direction marks (LRM, RLM) stay."""
AT = regex.compile(r"(?<![\p{L}\p{N}_.])[@＠](?=[\p{L}\p{N}_])")
DEFUSED = "@\u200b"
"""An at sign that mentions nobody: an invisible space (of X's single weight) parts it from the name."""


class Atoms(str):
    """Words that are dropped one by one: hashtags."""

    __slots__ = ()


class LabelText(str):
    """The label as templates get it: marked, and yet equal to its words."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        return super().__new__(cls, LABEL + text if text else "")

    def __eq__(self, other: object) -> bool:
        return str(self).removeprefix(LABEL) == other or str(self) == other

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def tidy(text: str) -> str:
    """A text without control characters and marks; its mentions stand."""
    return UNWANTED.sub("", unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n"))


def clean(text: str) -> str:
    """An article's text, fit to stand in a post: no control characters, no marks, every @ defused."""
    text = tidy(text)
    return AT.sub(DEFUSED, text) if "@" in text or "＠" in text else text


def flexible(text: str, rank: int, *, drop: bool, atoms: bool) -> str:
    """Mark a value as one that may shrink.

    Raises:
        Mistake: the label is in it, which may not.
    """
    if not text:
        return ""
    if LABEL in text:
        raise Mistake("the label may not be cut: take {{ label }} out of what is `flex`")
    inner = MARKS.sub("", text)
    return f"{FLEX_START}{rank};{int(drop)};{int(atoms)}{FLEX_TEXT}{inner}{FLEX_END}"


def grouped(text: str) -> str:
    """Mark what a `maybe` printed, but not round the label, which stays; nothing, if a value was empty."""
    if EMPTY in text:
        return ""
    return text if LABEL in text else f"{GROUP_START}{text}{GROUP_END}"


def listed(text: str) -> str:
    """Mark what one item of a list printed."""
    return f"{ITEM_START}{text}{ITEM_END}" if text.strip() else ""


def read(text: str, link: str = "") -> tuple[Segment, ...]:
    """The segments of a marked text, in order; what holds the link is never dropped or cut."""
    return tuple(_segments(text.replace(EMPTY, "").replace(LABEL, ""), link))


TOKEN = regex.compile(
    f"{FLEX_START}(?<rank>\\d+);(?<drop>[01]);(?<atoms>[01]){FLEX_TEXT}(?<text>[^{FLEX_END}]*){FLEX_END}"
    f"|(?<open>[{GROUP_START}{ITEM_START}])|(?<close>{GROUP_END})|(?<end>{ITEM_END})"
)


def _segments(text: str, link: str) -> Iterator[Segment]:
    stack: list[list[Segment]] = [[]]
    at = 0
    for token in TOKEN.finditer(text):
        if token.start() > at:
            stack[-1].append(Fixed(text[at : token.start()]))
        at = token.end()
        if token["open"]:
            stack.append([])
        elif token["close"]:
            children = stack.pop()
            needed = link and any(isinstance(each, Fixed) and link in each.text for each in children)
            stack[-1] += children if needed else [Group(tuple(children))]
        elif token["end"]:
            item = Item(tuple(stack.pop()))
            stack[-1].append(item)
        elif token["text"] == link:
            stack[-1].append(Fixed(link))
        else:
            flags = token["drop"] == "1", token["atoms"] == "1"
            stack[-1].append(Flex(token["text"], int(token["rank"]), *flags))
    if at < len(text):
        stack[-1].append(Fixed(text[at:]))
    yield from stack[0]
