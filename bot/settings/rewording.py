"""Finds repeats that would say what was said before: they are skipped, and nobody would see why."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence

from bot.domain.errors import TemplateError
from bot.settings.model import RouteTable, Settings

__all__ = ["same_words"]

Variants = Callable[[str, str, str], Sequence[str]]
"""The templates of a set that take turns, for a language and a platform."""


def same_words(settings: Settings, variants: Variants) -> Iterator[tuple[str, str]]:
    """Key and warning for each route whose repeats have fewer wordings than they need on an account."""
    for route in settings.routes:
        short: dict[str, list[str]] = defaultdict(list)
        for account in route.accounts:
            for template in _short(settings, route, account, variants):
                short[template].append(account)
        for template, accounts in short.items():
            message = (
                f"a repeat in the same words is skipped, and {template!r} has too few wordings for it on "
                f"{', '.join(accounts)}: give it a `template` of its own, or the set variants "
                "(any.1.j2, any.2.j2)"
            )
            yield f"routes.{route.name}.repeat", message


def _short(settings: Settings, route: RouteTable, account: str, variants: Variants) -> Iterator[str]:
    """The sets that tell more of a route's shares on an account than they have wordings."""
    options = settings.accounts.get(account)
    if options is None or not route.repeat:
        return
    platform = getattr(options, "as_", "") or options.platform
    own = options.template or ""
    told = Counter(
        [own or route.template, *(each.template or own or route.template for each in route.repeat)]
    )
    for template, times in told.items():
        try:
            fewest = min(len(variants(template, lang, platform)) for lang in ("", *settings.languages))
        except TemplateError:
            continue  # told as a mistake of the set
        if fewest < times:
            yield template
