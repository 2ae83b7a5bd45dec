"""Tells an editor's example article as it would be told, and compares that with what it shall be."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import regex

from bot.domain.article import Article
from bot.domain.errors import TemplateError, UserError
from bot.domain.routing import decide
from bot.ports.newsroom import Newsroom
from bot.ports.render import Rendering
from bot.services.compose import brief, limits_of

__all__ = ["NEXT_PART", "Asked", "Outcome", "tell"]

NEXT_PART = "\n===\n"
DEFUSED = "\u200b"
"""The unseen space behind an @ that mentions nobody: an editor need not type it."""
UNSEEN = regex.compile(r"[\p{Cf}--[\u200c\u200d]]", regex.VERSION1)
"""Characters that nobody sees, but for those that join emoji and letters."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An example: the article, how it is told, and what its post shall say."""

    article: Article
    account: str
    route: str
    template: str
    occasion: str
    expect: str | None
    refused: str
    beside: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an example. `differs`: the lines of both texts as in a diff; empty if it holds."""

    template: str
    expected: str
    got: str
    differs: tuple[str, ...]


def tell(newsroom: Newsroom, asked: Asked, at: datetime) -> Outcome:
    """Render the example. Without a route the routes decide, as they would for any source.

    Raises:
        UserError: it names an account or a route that is not there.
    """
    account = newsroom.accounts.get(asked.account)
    if account is None:
        there = ", ".join(newsroom.accounts)
        raise UserError(f"there is no [accounts.{asked.account}]: choose among {there}")
    if asked.route and newsroom.route(asked.route) is None:
        there = ", ".join(route.name for route in newsroom.routes)
        raise UserError(f"there is no route {asked.route!r}: choose among {there}")
    verdicts = decide(asked.article, newsroom.routes, tuple(newsroom.sources))
    taken = next((v.route for v in verdicts if v.account == account.id and v.route), None)
    route = newsroom.route(asked.route) if asked.route else taken
    limits, _ = limits_of(account)
    said = brief(
        newsroom,
        account,
        asked.article,
        route=route.name if route else "",
        template=route.template if route else "",
        occasion=asked.occasion,
        limits=limits,
    )
    if asked.template:
        said = replace(said, template=asked.template)
    try:
        rendering = newsroom.renderer.render(asked.article, said, at)
    except TemplateError as error:
        held = asked.refused and asked.refused in str(error)
        return _outcome(asked, error.file, str(error) if held else f"refused: {error}", held=bool(held))
    return _outcome(asked, rendering.template, _whole(rendering, asked), held=False)


def _whole(rendering: Rendering, asked: Asked) -> str:
    """The text, and those of the parts beside it that the example speaks of."""
    post = rendering.post
    beside = {
        "warning": post.warning,
        "card_title": post.card.title if post.card else "",
        "card_text": post.card.description if post.card else "",
        "alt": post.images[0].alt if post.images else "",
    }
    named = [f"{name}: {beside[name]}" for name, wanted in asked.beside.items() if wanted is not None]
    return "\n".join([NEXT_PART.join(post.parts), *named])


def _outcome(asked: Asked, template: str, got: str, *, held: bool) -> Outcome:
    if asked.refused:
        expected = f"refused: … {asked.refused} …"
        return Outcome(template, expected, got, () if held else _diff(expected, got))
    named = [f"{name}: {wanted}" for name, wanted in asked.beside.items() if wanted is not None]
    expected = "\n".join([(asked.expect or "").strip("\n"), *named])
    if DEFUSED not in expected:
        got = got.replace(DEFUSED, "")
    return Outcome(template, expected, got, () if expected == got else _diff(expected, got))


def _diff(expected: str, got: str) -> tuple[str, ...]:
    lines = difflib.ndiff(_seen(expected).splitlines(), _seen(got).splitlines())
    return tuple(line.rstrip("\n") for line in lines)


def _seen(text: str) -> str:
    return UNSEEN.sub(lambda found: f"<U+{ord(found[0]):04X}>", text)
