"""Compiles templates, each once, and finds what is wrong with one before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jinja2 import StrictUndefined, Template, meta, nodes
from jinja2.exceptions import TemplateError as JinjaError
from jinja2.exceptions import TemplateSyntaxError
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.runtime import Undefined

from bot.domain.errors import TemplateError
from bot.rendering.bounds import BoundedEnvironment, said, spend
from bot.rendering.filters import date_text, filters
from bot.rendering.loading import Hashtags, People
from bot.rendering.lookup import Folders
from bot.rendering.marks import EMPTY, grouped, listed
from bot.rendering.values import ALIASES, VARIABLES
from bot.rendering.wording import in_reading, in_running, nearest

__all__ = ["BLOCKS", "Compiler"]

BLOCKS = ("warning", "card_title", "card_text", "alt")
"""Blocks of a template that never print in its text."""
NAMES = (*VARIABLES, *ALIASES)


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


@dataclass(frozen=True, slots=True)
class Compiled:
    """A template ready to print. `reads`: the names in it, or in one it extends, and on which line."""

    name: str
    template: Template
    reads: Mapping[str, int]


class Compiler:
    """The templates of some folders; what is wrong with one is told by file, line and cure."""

    def __init__(self, folders: Folders, people: People, hashtags: Hashtags, timezone: str) -> None:
        self.folders = folders
        self.environment = BoundedEnvironment(
            loader=folders,
            undefined=StrictUndefined,
            extensions=[Maybe, ListItem],
            finalize=_finalize(timezone),
            autoescape=False,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
            auto_reload=False,
        )
        self.environment.filters |= filters(people, hashtags, timezone)
        self.ready: dict[str, Compiled] = {}
        self.open: set[str] = set()

    def get(self, name: str) -> Compiled:
        """The template, with those that it extends or imports.

        Raises:
            TemplateError: one of them cannot be read, or names what is not there.
        """
        if name not in self.ready:
            tree = self._tree(name)
            if name in self.open:
                raise TemplateError("it extends or imports itself", file=self.folders.shown(name), line=1)
            self.open.add(name)
            try:
                for line, message in self._mistakes(tree):
                    raise TemplateError(message, file=self.folders.shown(name), line=line)
            finally:
                self.open.discard(name)
            reads: dict[str, int] = {}
            base = next(tree.find_all(nodes.Extends), None)
            if base is not None and isinstance(base.template, nodes.Const):
                reads |= self.get(base.template.value).reads
            for node in sorted(tree.find_all(nodes.Name), key=lambda node: -node.lineno):
                reads[ALIASES.get(node.name, node.name)] = node.lineno
            self.ready[name] = Compiled(name, self.environment.get_template(name), reads)
        return self.ready[name]

    def line_of(self, name: str, piece: str, values: Mapping[str, Any] | None = None) -> int:
        """The line of a template that printed a piece of its text, as far as can be told; else its first."""
        told = {each: str((values or {}).get(each, "")) for each in VARIABLES}
        named = {each for each, words in told.items() if words and (words in piece or piece in words)}
        named |= {alias for alias, each in ALIASES.items() if each in named}
        words = re.compile(rf"{{.*\b({'|'.join(named)})\b") if named else None
        for number, line in enumerate(self.folders.get_source(self.environment, name)[0].splitlines(), 1):
            if (words and words.search(line)) or piece[:20].casefold() in line.casefold():
                return number
        return 1

    def failed(self, error: BaseException, name: str) -> TemplateError:
        """What went wrong while printing, by the file and line that were at work."""
        file, line, trace = self.folders.shown(name), 0, error.__traceback__
        while trace is not None:
            found = trace.tb_frame.f_globals.get("__jinja_template__")
            if isinstance(found, Template) and found.name:
                file, line = self.folders.shown(found.name), found.get_corresponding_lineno(trace.tb_lineno)
            trace = trace.tb_next
        return TemplateError(in_running(error, NAMES, self._all()), file=file, line=line)

    def _tree(self, name: str) -> nodes.Template:
        """The parsed template, which compiles."""
        try:
            tree = self.environment.parse(self.folders.get_source(self.environment, name)[0], name)
            for line, message in self._unknown(tree):
                raise TemplateError(message, file=self.folders.shown(name), line=line)
            self.environment.get_template(name)
        except TemplateSyntaxError as error:
            at = self.folders.shown(error.name or name)
            raise TemplateError(in_reading(error), file=at, line=error.lineno) from error
        except JinjaError as error:
            raise self.failed(error, name) from error
        return tree

    def _unknown(self, tree: nodes.Template) -> Iterator[tuple[int, str]]:
        for node in tree.find_all(nodes.Filter):
            if node.name not in self.environment.filters:
                yield node.lineno, _unnamed("filter", node.name, self.environment.filters)
        for test in tree.find_all(nodes.Test):
            if test.name not in self.environment.tests:
                yield test.lineno, _unnamed("test", test.name, self.environment.tests)

    def _mistakes(self, tree: nodes.Template) -> Iterator[tuple[int, str]]:
        for unknown in sorted(meta.find_undeclared_variables(tree) - {*NAMES, *self.environment.globals}):
            line = min((n.lineno for n in tree.find_all(nodes.Name) if n.name == unknown), default=1)
            yield line, f"there is no variable {unknown!r}{nearest(unknown, NAMES)}"
        for node in tree.find_all((nodes.Extends, nodes.Import, nodes.FromImport, nodes.Include)):
            where = getattr(node, "template", None)
            if isinstance(where, nodes.Const) and where.value not in self._all():
                known = nearest(where.value, self._all()) or ": write it as set/file.j2"
                yield node.lineno, f"there is no template {where.value!r}{known}"
        yield from self._macro_mistakes(tree)
        yield from self._block_mistakes(tree)

    def _macro_mistakes(self, tree: nodes.Template) -> Iterator[tuple[int, str]]:
        imports: list[nodes.Import | nodes.FromImport] = [*tree.find_all(nodes.Import)]
        for node in [*imports, *tree.find_all(nodes.FromImport)]:
            where = node.template
            if not isinstance(where, nodes.Const) or where.value not in self._all():
                continue
            self.get(where.value)
            macros = _exports(self._tree(where.value))
            for line, macro in _wanted(tree, node):
                if macro not in macros:
                    near = nearest(macro, macros)
                    yield line, f"{where.value} has no macro {macro!r}{near}"

    def _block_mistakes(self, tree: nodes.Template) -> Iterator[tuple[int, str]]:
        blocks = {block.name: block.lineno for block in tree.find_all(nodes.Block)}
        extends = next(tree.find_all(nodes.Extends), None)
        if extends is None:
            for block, line in blocks.items():
                if block not in (*BLOCKS, "text") and (near := nearest(block, BLOCKS)):
                    yield line, f"there is no block {block!r}{near}"
            return
        if "text" not in blocks:
            yield extends.lineno, "a template that extends another must have {% block text %}"
        if isinstance(extends.template, nodes.Const):
            known = {*BLOCKS, "text", *self.get(extends.template.value).template.blocks}
            for block, line in blocks.items():
                if block not in known:
                    yield (
                        line,
                        f"there is no block {block!r} in {extends.template.value}{nearest(block, known)}",
                    )

    def _all(self) -> set[str]:
        """Every template that one may extend or import."""
        return set(self.folders.everything())


def _unnamed(kind: str, name: str, known: Iterable[str]) -> str:
    return f"no {kind} is named {name!r}{nearest(name, known)}"


def _exports(tree: nodes.Template) -> set[str]:
    """What another template may import from it: its macros, and the names that it sets."""
    made = {node.name for node in tree.find_all(nodes.Macro)}
    return made | {node.name for node in tree.find_all(nodes.Name) if node.ctx == "store"}


def _wanted(tree: nodes.Template, node: nodes.Import | nodes.FromImport) -> list[tuple[int, str]]:
    """What a template takes from one that it imports, by line."""
    if isinstance(node, nodes.FromImport):
        return [(node.lineno, name if isinstance(name, str) else name[0]) for name in node.names]
    return [
        (each.lineno, each.attr)
        for each in tree.find_all(nodes.Getattr)
        if isinstance(each.node, nodes.Name) and each.node.name == node.target
    ]


def _finalize(timezone: str) -> Callable[[Any], Any]:
    """How a value prints: lists by commas, dates by the language, nothing as nothing, never "None"."""

    def finalize(value: Any) -> Any:
        if isinstance(value, Undefined):
            return value
        if isinstance(value, datetime):
            return date_text(value, "medium", timezone)
        value = said(value)
        spend(value)
        return value or EMPTY

    return finalize
