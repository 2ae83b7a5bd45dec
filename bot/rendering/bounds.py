"""A sandbox with bounds: no template can loop for ever, fill the memory or reach outside."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

__all__ = ["LONGEST", "BoundedEnvironment", "budget"]

LONGEST = 100_000
"""Characters that a template's output, or any text it makes on the way, may have."""
STEPS = 20_000
"""Turns that all loops of one rendering may take together."""
GREATEST = 10_000
"""The greatest whole number that may be passed to a function: `'a'.ljust(10**9)` is a bomb."""
EXPLOSIVE = (
    "center",
    "format",
    "indent",
    "pprint",
    "tojson",
    "xmlattr",
    "wordwrap",
    "urlize",
    "filesizeformat",
)

_left: ContextVar[int] = ContextVar("steps_left", default=STEPS)


def budget() -> None:
    """A new rendering begins: its loops start counting anew."""
    _left.set(STEPS)


def _step() -> str:
    left = _left.get() - 1
    if left < 0:
        raise SecurityError(f"its loops take more than {STEPS:,} turns")
    _left.set(left)
    return ""


def _short(value: Any) -> Any:
    if isinstance(value, str | list | tuple) and len(value) > LONGEST:
        raise SecurityError(f"it makes a text of more than {LONGEST:,} characters")
    return value


def _concat(*values: Any) -> str:
    return str(_short("".join(str(_short(value)) for value in values)))


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """The sandbox, with every loop counted and every product, power and concatenation measured."""

    intercepted_binops = frozenset({"*", "**", "+", "%"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        for name in EXPLOSIVE:
            self.filters.pop(name, None)
        kept = {name: self.globals[name] for name in ("range", "namespace")}
        self.globals = kept | {"_step": _step, "_concat": _concat}

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Measure the outcome before it is made."""
        if operator == "*":
            for text, times in ((left, right), (right, left)):
                if (
                    isinstance(text, str | list | tuple)
                    and isinstance(times, int)
                    and len(text) * times > LONGEST
                ):
                    raise SecurityError(f"it makes a text of more than {LONGEST:,} characters")
        if operator == "**" and not (abs(left) <= GREATEST and abs(right) <= 64):  # noqa: PLR2004 - ample
            raise SecurityError("it raises a number to a great power")
        if operator == "%" and isinstance(left, str):
            raise SecurityError("it formats with %: write the text out, or use ~")
        return _short(super().call_binop(context, operator, left, right))

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """No great numbers into functions, no great texts out of them."""
        for value in (*args, *kwargs.values()):
            if isinstance(value, int) and abs(value) > GREATEST:
                raise SecurityError(f"it passes {value:,} to a function: {GREATEST:,} is the most")
        return _short(super().call(context, obj, *args, **kwargs))

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for loop in tree.find_all(nodes.For):
            step = nodes.Call(nodes.Name("_step", "load"), [], [], None, None, lineno=loop.lineno)
            loop.body.insert(0, nodes.Output([step], lineno=loop.lineno))
        _replace_concatenations(tree)
        return tree


def _replace_concatenations(tree: nodes.Node) -> None:
    """`a ~ b` becomes a measured call: doubling a text forty times would fill any memory."""
    for node in list(tree.find_all(nodes.Node)):
        for field, value in node.iter_fields():
            if isinstance(value, nodes.Concat):
                setattr(node, field, _measured(value))
            elif isinstance(value, list):
                value[:] = [_measured(each) if isinstance(each, nodes.Concat) else each for each in value]


def _measured(node: nodes.Concat) -> nodes.Call:
    return nodes.Call(nodes.Name("_concat", "load"), node.nodes, [], None, None, lineno=node.lineno)
