"""Renders posts from the editors' templates: the one renderer of preview, plan and send."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, nodes, pass_context
from jinja2.exceptions import TemplateAssertionError, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import TemplateError as JinjaError
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.runtime import Context, Undefined

from bot.domain.article import Article
from bot.domain.errors import TemplateError
from bot.domain.fit import TooLongError, fit
from bot.domain.limits import Limits
from bot.domain.post import Card, Image, Post
from bot.domain.text import grapheme_ends, x_urls
from bot.ports.render import Brief, Count, Rendering
from bot.rendering.bounds import BoundedEnvironment, budget, spend
from bot.rendering.filters import date_text, filters
from bot.rendering.loading import Hashtags, People
from bot.rendering.lookup import Folders
from bot.rendering.marks import EMPTY, PART, clean, grouped, listed, read
from bot.rendering.values import ALIASES, VARIABLES, link_of, values

__all__ = ["BLOCKS", "TemplateRenderer"]

BLOCKS = ("warning", "card_title", "card_text", "alt")
"""Blocks of a template that never print in its text."""


class Maybe(Extension):
    """`{% maybe %}…{% endmaybe %}`: nothing, if a value inside is empty; may be dropped whole by the fit."""

    tags = {"maybe"}  # noqa: RUF012 - Jinja's own declaration

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endmaybe",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_group", []), [], [], body).set_lineno(line)

    def _group(self, caller: Any) -> str:
        return grouped(str(caller()))


class ListItem(Extension):
    """`{% item %}…{% enditem %}`: one of a list; its titles shrink alike before the last item goes whole."""

    tags = {"item"}  # noqa: RUF012 - Jinja's own declaration

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:enditem",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_listed", []), [], [], body).set_lineno(line)

    def _listed(self, caller: Any) -> str:
        return listed(str(caller()))


class TemplateRenderer:
    """Compiles each template once. `folders` are searched in order; a set is taken whole from one of them."""

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        languages: Sequence[str] = (),
        timezone: str = "UTC",
        people: People | None = None,
        hashtags: Hashtags | None = None,
    ) -> None:
        self.languages = tuple(languages)
        self.timezone = timezone
        self.folders = Folders(folders)
        self.environment = BoundedEnvironment(
            loader=self.folders,
            undefined=StrictUndefined,
            extensions=[Maybe, ListItem],
            finalize=_finalize(timezone),
            autoescape=False,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
            auto_reload=False,
        )
        self.environment.filters |= filters(people or People(), hashtags or Hashtags(), timezone)

    def render(self, article: Article, brief: Brief, at: datetime) -> Rendering:
        """Render and fit; see `bot.ports.render.Renderer`."""
        name = self.folders.find(brief.template, article.lang, brief.platform)
        template = self._template(name)
        context = values(article, brief)
        budget()
        text, blocks = self._print(template, name, context)
        limits = _less(brief.limits, blocks["warning"])
        parts: list[str] = []
        notes: list[str] = []
        for said in text.split(PART):
            try:
                fitted = fit(read(said), limits)
            except TooLongError as error:
                raise TemplateError(
                    f"{name} on {brief.account}: what may not be cut is {error}: mark more of it with `flex`"
                ) from error
            if fitted.text:
                parts.append(fitted.text)
                notes += fitted.notes
        if not parts:
            raise TemplateError(f"{name} on {brief.account}: the post of {article.url} is empty")
        if len(parts) > 1 and not brief.limits.thread:
            raise TemplateError(f"{name}: {brief.platform} has no threads, and the template has a line ===")
        images, remarks = self._images(article, brief, blocks["alt"])
        link = link_of(article, brief)
        if images and brief.limits.card == "client" and not any(link in part for part in parts):
            images, remarks = (), ("the picture is in the link card: the text has no link of its own",)
        if context["label"] and context["label"] not in parts[0]:
            raise TemplateError(f"{name} on {brief.account}: the post needs its label: add {{{{ label }}}}")
        post = Post(
            parts=tuple(parts),
            link=link,
            title=context["title"],
            at=at,
            card=self._card(article, brief, blocks, context) if not images else None,
            images=images,
            lang=article.lang,
            warning=blocks["warning"] if brief.limits.warning else "",
        )
        first = limits.text[0]
        counts = tuple(Count(first.count(part), first.maximum, first.unit) for part in parts)
        return Rendering(post, name, counts, (*notes, *remarks, *self._remarks(brief, context, blocks)))

    def compile_set(self, name: str) -> None:
        """Compile every template of a set.

        Raises:
            TemplateError: the set is nowhere, or one of its templates has a mistake.
        """
        for template in self.folders.all_of(name):
            self._template(template)

    def _template(self, name: str) -> Template:
        try:
            template = self.environment.get_template(name)
            self._check_names(name)
        except TemplateAssertionError as error:
            raise TemplateError(self._at(error, name)) from error
        except TemplateSyntaxError as error:
            raise TemplateError(self._at(error, name)) from error
        except JinjaError as error:
            raise TemplateError(f"{name}: {error}") from error
        return template

    def _at(self, error: TemplateSyntaxError, name: str) -> str:
        message = error.message or "cannot be read"
        if "No filter named" in message:
            wrong = message.split("'")[1]
            message = f"no filter is named {wrong!r}{_nearest(wrong, self.environment.filters)}"
        return f"{self.folders.shown(error.name or name)}:{error.lineno}: {message}"

    def _check_names(self, name: str) -> None:
        """Every variable a template reads is known, found before anything is sent."""
        if name in self.folders.checked:
            return
        from jinja2 import meta

        source = self.folders.get_source(self.environment, name)[0]
        tree = self.environment.parse(source, name)
        known = {*VARIABLES, *ALIASES, *self.environment.globals}
        for unknown in sorted(meta.find_undeclared_variables(tree) - known):
            lines = [n.lineno for n in tree.find_all(nodes.Name) if n.name == unknown]
            line = min(lines, default=1)
            hint = _nearest(unknown, [*VARIABLES, *ALIASES])
            raise TemplateError(f"{self.folders.shown(name)}:{line}: there is no variable {unknown!r}{hint}")
        extends = next(tree.find_all(nodes.Extends), None)
        if extends is not None and "text" not in {block.name for block in tree.find_all(nodes.Block)}:
            raise TemplateError(
                f"{self.folders.shown(name)}:{extends.lineno}: a template that extends another must have "
                "{% block text %}"
            )
        self.folders.checked.add(name)

    def _print(
        self, template: Template, name: str, context: Mapping[str, Any]
    ) -> tuple[str, Mapping[str, str]]:
        """The template's own text with its side blocks left out, and each of those on one line."""
        ready = template.new_context(dict(context))
        for block in BLOCKS:
            ready.blocks.setdefault(block, []).insert(0, _nothing)
        text = self._run(template, name, template.root_render_func(ready))
        # Printing the text has met the templates it extends, and what blocks they bring.
        side = {block: ready.blocks[block][1:] for block in BLOCKS}
        ready.blocks.update(side)
        return text, {
            block: _one_line(self._run(template, name, found[0](ready))) if found else ""
            for block, found in side.items()
        }

    def _run(self, template: Template, name: str, chunks: Any) -> str:
        out: list[str] = []
        try:
            for chunk in chunks:
                out.append(chunk)
                spend(chunk)
        except UndefinedError as error:
            raise TemplateError(f"{self._where(error, template, name)}: {error.message}") from error
        except (JinjaError, TypeError, ValueError, ArithmeticError, MemoryError, RecursionError) as error:
            raise TemplateError(f"{self._where(error, template, name)}: {error}") from error
        return "".join(out)

    def _where(self, error: BaseException, template: Template, name: str) -> str:
        """The template's file and the line of it that was at work."""
        line, trace = 0, error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == template.filename:
                line = template.get_corresponding_lineno(trace.tb_lineno)
            trace = trace.tb_next
        return f"{self.folders.shown(name)}:{line}" if line else self.folders.shown(name)

    def _images(self, article: Article, brief: Brief, alt: str) -> tuple[tuple[Image, ...], tuple[str, ...]]:
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

    def _card(
        self, article: Article, brief: Brief, blocks: Mapping[str, str], context: Mapping[str, Any]
    ) -> Card | None:
        if brief.limits.card != "client" or not article.url:
            return None
        return Card(
            url=link_of(article, brief),
            title=blocks["card_title"] or context["title"],
            description=blocks["card_text"] or context["summary"],
            image=article.image,
        )

    def _remarks(self, brief: Brief, context: Mapping[str, Any], blocks: Mapping[str, str]) -> list[str]:
        out = []
        if brief.platform == "x":
            out += [f"X counts {span.text!r} in the title as a link" for span in x_urls(context["title"])]
        if blocks["warning"] and not brief.limits.warning:
            out.append(f"{brief.platform} has no content warnings: left out")
        return out


def _nothing(_context: Context) -> Iterator[str]:
    """A side block, where the text is printed."""
    return iter(())


def _finalize(timezone: str) -> Callable[[Context, Any], Any]:
    """How a value prints: lists by commas, dates by the language, nothing as nothing, never "None"."""

    @pass_context
    def finalize(context: Context, value: Any) -> Any:
        if isinstance(value, Undefined):
            return value
        if isinstance(value, datetime):
            return clean(date_text(value, "medium", str(context.get("lang", "")), timezone))
        if isinstance(value, list | tuple):
            value = ", ".join(map(str, value))
        if isinstance(value, str):
            spend(value)
        return EMPTY if value is None or value == "" else value

    return finalize


def _one_line(text: str) -> str:
    return " ".join("".join(_plain(read(text))).split())


def _less(limits: Limits, warning: str) -> Limits:
    """What is left for the text where a content warning counts, too (Mastodon)."""
    if not warning or not limits.warning:
        return limits
    left = tuple(replace(m, maximum=max(0, m.maximum - m.count(warning))) for m in limits.text)
    return replace(limits, text=left)


def _plain(segments: Any) -> list[str]:
    out: list[str] = []
    for segment in segments:
        out += _plain(segment.children) if hasattr(segment, "children") else [segment.text]
    return out


def _within(text: str, ends: Sequence[int], limit: int) -> str:
    """The longest front part of whole graphemes with an ellipsis within `limit` code points."""
    return text[: max((end for end in ends if end < limit), default=0)] + "…"


def _nearest(wrong: str, known: Any) -> str:
    found = difflib.get_close_matches(wrong, sorted(known), n=1)
    return f": did you mean {found[0]!r}?" if found else ""
