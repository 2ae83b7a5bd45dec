"""Prints a template for one article: its text, and the blocks that stand beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jinja2.exceptions import TemplateError as JinjaError
from jinja2.runtime import Context

from bot.domain.fit import Group, Item, Segment
from bot.rendering.bounds import budget, spend
from bot.rendering.compiling import BLOCKS, Compiled, Compiler
from bot.rendering.filters import speak
from bot.rendering.marks import read
from bot.rendering.wording import Mistake

__all__ = ["print_template"]

FAULTS = (
    JinjaError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What the mistakes of a template raise while it prints."""


def print_template(
    compiler: Compiler, compiled: Compiled, values: Mapping[str, Any]
) -> tuple[str, dict[str, str]]:
    """The template's own text, still marked, and each side block on one line.

    Raises:
        TemplateError: it asks for what is not there, or for more than templates may take.
    """
    budget()
    speak(str(values["lang"]), str(values["platform"]))
    try:
        ready = compiled.template.new_context(dict(values))
        for block in BLOCKS:
            ready.blocks.setdefault(block, []).insert(0, _nothing)
        text = _joined(compiled.template.root_render_func(ready))
        # Printing the text has met the templates it extends, and what blocks they bring.
        side = {block: ready.blocks[block][1:] for block in BLOCKS}
        ready.blocks.update(side)
        return text, {
            block: _one_line(_joined(found[0](ready))) if found else "" for block, found in side.items()
        }
    except FAULTS as error:
        raise compiler.failed(error, compiled.name) from error


def _joined(chunks: Any) -> str:
    """The pieces of a running template together; a mistake is raised where the template stands."""
    out = []
    for chunk in chunks:
        try:
            spend(chunk)
        except Mistake as mistake:
            chunks.throw(mistake)
        out.append(chunk)
    return "".join(out)


def _nothing(_context: Context) -> Iterator[str]:
    """A side block, where the text is printed."""
    return iter(())


def _one_line(text: str) -> str:
    return " ".join("".join(_plain(read(text))).split())


def _plain(segments: Iterable[Segment]) -> Iterator[str]:
    for segment in segments:
        if isinstance(segment, Group | Item):
            yield from _plain(segment.children)
        else:
            yield segment.text
