"""A sandbox with bounds: no template can loop for ever, fill the memory or reach outside."""

from __future__ import annotations

from contextvars import ContextVar
from types import BuiltinMethodType
from typing import Any

from jinja2 import nodes
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

from bot.rendering.wording import Mistake

__all__ = ["LONGEST", "BoundedEnvironment", "budget", "said", "spend"]

LONGEST = 100_000
"""Characters that a template's output, or any text it makes on the way, may have."""
STEPS = 20_000
"""Turns that all loops of one rendering may take together."""
GREATEST = 10_000
"""The greatest whole number that may be passed to a function: `'a'.ljust(10**9)` is a bomb."""
FILTERS = frozenset(
    {
        "abs",
        "capitalize",
        "count",
        "d",
        "default",
        "first",
        "float",
        "int",
        "join",
        "last",
        "length",
        "list",
        "lower",
        "max",
        "min",
        "random",
        "reject",
        "rejectattr",
        "replace",
        "reverse",
        "round",
        "select",
        "selectattr",
        "sort",
        "string",
        "striptags",
        "sum",
        "title",
        "trim",
        "unique",
        "upper",
        "wordcount",
    }
)
"""Jinja's own filters that cannot blow a text up; `join` and `replace` are measured first."""
METHODS = frozenset(
    {
        "capitalize",
        "casefold",
        "count",
        "date",
        "endswith",
        "find",
        "isalpha",
        "isdigit",
        "islower",
        "isoformat",
        "istitle",
        "isupper",
        "lower",
        "lstrip",
        "partition",
        "removeprefix",
        "removesuffix",
        "rpartition",
        "rsplit",
        "rstrip",
        "split",
        "splitlines",
        "startswith",
        "strftime",
        "strip",
        "swapcase",
        "title",
        "upper",
    }
)
"""Methods of values that a template may call, for the same reason."""

HUGE = 4096
"""Bits of the greatest whole number that a sum or product may come to."""

_left: ContextVar[int] = ContextVar("steps_left", default=STEPS)
_room: ContextVar[int] = ContextVar("room_left", default=LONGEST)


def budget() -> None:
    """A new rendering begins: its loops start counting anew."""
    _left.set(STEPS)
    _room.set(LONGEST)


def _step() -> str:
    left = _left.get() - 1
    if left < 0:
        raise Mistake(f"its loops take more than {STEPS:,} turns")
    _left.set(left)
    return ""


def _short(value: Any) -> Any:
    if isinstance(value, str | list | tuple) and len(value) > LONGEST:
        raise Mistake(f"it makes a text of more than {LONGEST:,} characters")
    return value


def spend(text: str) -> None:
    """Count what is printed, also into a variable: doubling a text in a loop ends here."""
    left = _room.get() - len(text)
    if left < 0:
        raise Mistake(f"it prints more than {LONGEST:,} characters")
    _room.set(left)


def _flat(values: Any) -> Any:
    """A list of plain values: lists within lists, doubled sixty times, would take for ever to print."""
    items = values.values() if isinstance(values, dict) else values
    if any(isinstance(each, list | tuple | dict | Namespace) for each in items):
        raise Mistake("it makes a list of lists, which templates may not")
    return values


def said(value: Any) -> str:
    """A value as text, nothing for None."""
    if isinstance(value, dict | Namespace):
        raise Mistake("it prints a namespace or a table: name the value in it that you mean")
    if isinstance(value, list | tuple):
        return ", ".join(map(said, _flat(_short(value))))
    return "" if value is None else str(_short(value))


def _round(value: Any, precision: int = 0) -> float:
    return round(float(value), max(-9, min(9, precision)))


def _join(values: Any, joiner: Any = "", attribute: str | None = None) -> str:
    items = [said(getattr(each, attribute, "") if attribute else each) for each in values or ()]
    if sum(map(len, items)) + len(str(joiner)) * len(items) > LONGEST:
        raise Mistake(f"it makes a text of more than {LONGEST:,} characters")
    return str(joiner).join(items)


def _replace(value: Any, old: Any, new: Any, count: int = -1) -> str:
    text, old, new = str(value), str(old), str(new)
    if len(text) + text.count(old) * len(new) > LONGEST:
        raise Mistake(f"it makes a text of more than {LONGEST:,} characters")
    return text.replace(old, new, count)


def _concat(*values: Any) -> str:
    return str(_short("".join(map(said, values))))


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """The sandbox, with every loop counted and every product, power and concatenation measured."""

    intercepted_binops = frozenset({"*", "**", "+", "%"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.filters = {name: fn for name, fn in self.filters.items() if name in FILTERS}
        self.filters |= {"join": _join, "replace": _replace, "round": _round, "string": said}
        kept = {name: self.globals[name] for name in ("range", "namespace")}
        self.globals = kept | {"_step": _step, "_concat": _concat, "_flat": _flat}

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Measure the outcome before it is made."""
        if operator == "*":
            for text, times in ((left, right), (right, left)):
                if (
                    isinstance(text, str | list | tuple)
                    and isinstance(times, int)
                    and len(text) * times > LONGEST
                ):
                    raise Mistake(f"it makes a text of more than {LONGEST:,} characters")
        if operator == "**" and not (abs(left) <= GREATEST and abs(right) <= 64):  # noqa: PLR2004 - ample
            raise Mistake("it raises a number to a great power")
        if operator == "%" and isinstance(left, str):
            raise Mistake("it formats with %: write the text out, or use ~")
        made = super().call_binop(context, operator, left, right)
        if isinstance(made, int) and made.bit_length() > HUGE:
            raise Mistake("it makes a number of more than a thousand digits")
        return _short(made)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """No great numbers into functions, no great texts out of them; each call is a step."""
        _step()
        name = getattr(obj, "__name__", "")
        if (isinstance(obj, BuiltinMethodType) and name not in METHODS) or name.startswith("format"):
            raise Mistake(f"it calls .{name}(), which templates may not: is there a filter for it?")
        for value in (*args, *kwargs.values()):
            if isinstance(value, int) and abs(value) > GREATEST:
                raise Mistake(f"it passes {value:,} to a function: {GREATEST:,} is the most")
        return _short(super().call(context, obj, *args, **kwargs))

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for loop in tree.find_all(nodes.For):
            step = _call("_step", [], loop.lineno)
            loop.body.insert(0, nodes.Output([step], lineno=loop.lineno))
        _measure(tree)
        return tree


def _measure(tree: nodes.Node) -> None:
    """`a ~ b`, lists and tables become measured calls: doubling one forty times would fill any memory."""
    for node in list(tree.find_all(nodes.Node)):
        for field, value in node.iter_fields():
            if isinstance(value, nodes.Node):
                setattr(node, field, _measured(value))
            elif isinstance(value, list):
                value[:] = [_measured(each) if isinstance(each, nodes.Node) else each for each in value]


def _measured(node: Any) -> Any:
    made = isinstance(node, nodes.List | nodes.Dict) or (isinstance(node, nodes.Tuple) and node.ctx == "load")
    if isinstance(node, nodes.Concat):
        name, arguments = "_concat", node.nodes
    elif made:
        name, arguments = "_flat", [node]
    else:
        return node
    return _call(name, arguments, node.lineno)


def _call(name: str, arguments: list[nodes.Expr], line: int) -> nodes.Call:
    return nodes.Call(nodes.Name(name, "load", lineno=line), arguments, [], None, None, lineno=line)
