"""Renders posts from the editors' templates: the one renderer of preview, plan and send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from bot import registry
from bot.domain.article import Article
from bot.domain.errors import TemplateError
from bot.domain.fit import Fitted, TooLongError, fit
from bot.domain.limits import Limits
from bot.domain.links import x_urls
from bot.domain.post import Card, Image, Post
from bot.domain.text import grapheme_ends
from bot.domain.variants import choose, turn
from bot.ports.render import Brief, Count, Rendering
from bot.rendering.compiling import Compiled, Compiler
from bot.rendering.guards import by_hand, longest, refusals, with_link
from bot.rendering.loading import Hashtags, People
from bot.rendering.lookup import Folders
from bot.rendering.marks import PART, clean, read
from bot.rendering.printing import print_template
from bot.rendering.trial import BARE, RICH, brief_for
from bot.rendering.values import link_of, values
from bot.rendering.wording import nearest

__all__ = ["TemplateRenderer"]


class TemplateRenderer:
    """Compiles each template once. `folders` are searched in order; a set is taken whole from one of them."""

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        timezone: str = "UTC",
        people: People | None = None,
        hashtags: Hashtags | None = None,
    ) -> None:
        self.folders = Folders(folders)
        self.compiler = Compiler(self.folders, people or People(), hashtags or Hashtags(), timezone)

    def render(self, article: Article, brief: Brief, at: datetime) -> Rendering:
        """Render and fit; see `bot.ports.render.Renderer`."""
        names = self.variants(brief.template, article.lang, brief.platform)
        compiled = self.compiler.get(names[choose(len(names), article.url, brief.account, _turn(brief))])
        context = values(article, brief)
        text, blocks = print_template(self.compiler, compiled, context)
        limits = _less(brief.limits, blocks["warning"])
        said = by_hand(brief) if brief.words.text else text.split(PART)
        printed = with_link(said, context["url"] if brief.link == "text" else "")
        fitted = [self._fit(said, limits, compiled, brief, context) for said in printed]
        parts = tuple(each.text for each in fitted if each.text)
        texts = [each.text for each in fitted]
        for line, message in refusals(printed, texts, article, brief, compiled.reads):
            raise TemplateError(message, **self._place(compiled, brief, line))
        link = "" if brief.link == "none" else link_of(article, brief)
        images, remarks = _images(article, brief, blocks["alt"])
        if images and link and brief.limits.card == "client" and not any(link in part for part in parts):
            images, remarks = (), ("the picture is in the link card: the text has no link of its own",)
        carded = link and brief.limits.card == "client" and brief.link != "text" and not images
        post = Post(
            parts=parts,
            link=link,
            title=context["title"],
            at=at,
            card=_card(article, link, blocks, context) if carded else None,
            images=images,
            lang=article.lang,
            warning=blocks["warning"] if brief.limits.warning else "",
        )
        first = limits.text[0]
        counts = tuple(Count(first.count(part), first.maximum, first.unit) for part in parts)
        notes = [note for each in fitted for note in each.notes]
        return Rendering(post, compiled.name, counts, (*notes, *remarks, *_remarks(brief, context, blocks)))

    def _fit(
        self, said: str, limits: Limits, compiled: Compiled, brief: Brief, context: Mapping[str, Any]
    ) -> Fitted:
        segments = read(said, context["url"])
        try:
            return fit(segments, limits)
        except TooLongError as error:
            if brief.words.text:
                raise TemplateError(f"on {brief.account}: the text written by hand is {error}") from error
            uncut = longest(segments)
            cure = f"mark more of it with `flex`; the longest of it is {uncut[:40]!r}"
            raise TemplateError(
                f"on {brief.account}: what may not be cut is {error}: {cure}",
                file=self.folders.shown(compiled.name),
                line=self.compiler.line_of(compiled.name, uncut, context),
            ) from error

    def _place(self, compiled: Compiled, brief: Brief, line: int) -> dict[str, Any]:
        """Where to mend a post: nowhere in a template, if its text is a person's."""
        return {} if brief.words.text else {"file": self.folders.shown(compiled.name), "line": line}

    def variants(self, template: str, lang: str, platform: str) -> tuple[str, ...]:
        """The templates that take turns; see `bot.ports.render.TemplateSets`."""
        return self.folders.find(template, lang, platform)

    def own_sets(self) -> tuple[str, ...]:
        """The editors' own sets; see `bot.ports.render.TemplateSets`."""
        return self.folders.own()

    def shown(self, name: str) -> str:
        """A template's file; see `bot.ports.render.TemplateSets`."""
        return self.folders.shown(name)

    def line_of(self, name: str, piece: str) -> int:
        """Where some words stand; see `bot.ports.render.TemplateSets`."""
        return self.compiler.line_of(name, piece)

    def reads(self, name: str, variable: str) -> int:
        """Where a template names a variable; see `bot.ports.render.TemplateSets`."""
        return self.compiler.get(name).reads.get(variable, 0)

    def compile_set(self, name: str) -> None:
        """Compile and try every template of a set.

        Raises:
            TemplateError: the set is nowhere, or one of its templates has a mistake: the first.
        """
        for mistake in self.mistakes(name):
            raise mistake

    def mistakes(self, template: str) -> list[TemplateError]:
        """Every template of a set, compiled, and tried on an article with everything and one with little.

        Raises:
            TemplateError: the set is nowhere.
        """
        found: list[TemplateError] = []
        kinds = registry.platform_kinds()
        for stem, names in self.folders.posts_of(template).items():
            last = stem.rsplit("/", maxsplit=1)[-1]
            told: dict[str, str] = {}
            for name in names:
                try:
                    compiled = self.compiler.get(name)
                    said = self._tried(compiled, last) if last in (*kinds, "any") else name
                    self._check_name(name, last, (*kinds, "any"))
                    if said in told:
                        message = f"says the same as {told[said]}: nobody shall read it twice; change one"
                        raise TemplateError(message, file=self.folders.shown(name), line=1)  # noqa: TRY301
                except TemplateError as error:
                    found.append(error)
                else:
                    told[said] = self.folders.shown(name)
        return found

    def _tried(self, compiled: Compiled, platform: str) -> str:
        """What it prints of an article that has everything."""
        print_template(self.compiler, compiled, values(BARE, brief_for(platform, rich=False)))
        text, _ = print_template(self.compiler, compiled, values(RICH, brief_for(platform, rich=True)))
        return " ".join(text.split())

    def _check_name(self, name: str, stem: str, known: Sequence[str]) -> None:
        """A misspelt platform would never be looked up, and nobody would know."""
        if stem not in known and (near := nearest(stem, known, 0.8)):
            raise TemplateError(f"there is no platform {stem!r}{near}", file=self.folders.shown(name), line=1)


def _turn(brief: Brief) -> int:
    """How many times the article was told before on the account."""
    return turn(brief.occasion) if brief.words.turn is None else brief.words.turn


def _images(article: Article, brief: Brief, alt: str) -> tuple[tuple[Image, ...], tuple[str, ...]]:
    policy = brief.image
    if policy.need == "none" or brief.limits.images is None:
        return (), ()
    if article.image is None:
        return (), ("no image: the article has none",)
    text = clean(alt or article.image.alt).strip()
    if policy.alt == "required" and not text:
        return (), ("image left out: nobody described it, and the account asks for a description",)
    if brief.limits.alt:
        ends = grapheme_ends(text)
        text = text if len(text) <= brief.limits.alt else _within(text, ends, brief.limits.alt)
    image = article.image
    return (Image(image.url, text, image.width, image.height),), ()


def _card(article: Article, link: str, blocks: Mapping[str, str], context: Mapping[str, Any]) -> Card:
    return Card(
        url=link,
        title=blocks["card_title"] or context["title"],
        description=blocks["card_text"] or context["summary"],
        image=article.image,
    )


def _remarks(brief: Brief, context: Mapping[str, Any], blocks: Mapping[str, str]) -> list[str]:
    out = ["its text was written by hand"] if brief.words.text else []
    if brief.platform == "x":
        out += [f"X counts {span.text!r} in the title as a link" for span in x_urls(context["title"])]
    if blocks["warning"] and not brief.limits.warning:
        out.append(f"{brief.platform} has no content warnings: left out")
    return out


def _less(limits: Limits, warning: str) -> Limits:
    """What is left for the text where a content warning counts, too (Mastodon)."""
    if not warning or not limits.warning:
        return limits
    left = tuple(replace(m, maximum=max(0, m.maximum - m.count(warning))) for m in limits.text)
    return replace(limits, text=left)


def _within(text: str, ends: Sequence[int], limit: int) -> str:
    """The longest front part of whole graphemes with an ellipsis within `limit` code points."""
    return text[: max((end for end in ends if end < limit), default=0)] + "…"
