"""Says what the template engine refuses in the editors' words: what stands there, and what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from jinja2.exceptions import SecurityError, TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import TemplateError as JinjaError

__all__ = ["Mistake", "in_reading", "in_running", "nearest"]


class Mistake(JinjaError):
    """A template does what templates may not; its text is in the editors' words already."""


TOKENS = {
    "end of print statement": "}}",
    "begin of print statement": "{{",
    "end of statement block": "%}",
    "begin of statement block": "{%",
    "name": "a name",
    "string": "a text in quotes",
    "integer": "a number",
    "float": "a number",
    "end of template": "the end of the file",
}
BLOCK_TAGS = ("block", "call", "filter", "for", "if", "item", "macro", "maybe", "raw", "set", "with")
TAGS = (
    *BLOCK_TAGS,
    *(f"end{tag}" for tag in BLOCK_TAGS),
    *("elif", "else", "extends", "from", "import", "include"),
)
AN_ITEM = "an item"
KINDS = {
    "str": "a text",
    "int": "a number",
    "float": "a number",
    "bool": "a yes or no",
    "tuple": "a list",
    "list": "a list",
    "dict": "a table",
    "datetime": "a date",
    "datetime.datetime": "a date",
    "NoneType": "nothing",
    "range": "a list",
    "bot.rendering.values.Item": AN_ITEM,
}
READING = (
    (r"unexpected end of template, expected '(.+)'.*", "the file ends where {0} is missing"),
    (r"expected token 'end of statement block', got '='", "= sets a value: compare with =="),
    (r"expected token '(end of .+)', got (.+)", "{1} does not belong here: is {0}, a | or a comma missing?"),
    (r"expected token '?(.+?)'?, got (.+)", "there is {1} where {0} should stand"),
    (r"Expected an expression, got (.+)", "a value is missing before {0}"),
    (
        r"Unexpected end of template.*to be closed is '(.+)'.*",
        "{{% {0} %}} is never closed: add {{% end{0} %}}",
    ),
    (
        r"Encountered unknown tag 'end(.+?)'\..*closed is '(.+)'.*",
        "{{% end{0} %}} stands where {{% end{1} %}} is due",
    ),
    (r"Encountered unknown tag '(else|elif)'.*", "{{% {0} %}} stands outside {{% if %}} or {{% for %}}"),
    (r"Encountered unknown tag 'end(.+?)'.*", "{{% end{0} %}} closes nothing: no {{% {0} %}} is open here"),
    (r"Missing end of comment tag", "{{# is never closed: end it with #}}"),
    (r"Missing end of raw directive", "{{% raw %}} is never closed: add {{% endraw %}}"),
    (r"unexpected char '([“”„«»‘’])'.*", "the quote {0} is a typographer's: write ' or \""),
    (r"unexpected char [\"'](['\"])[\"'].*", "the quote {0} is never closed"),
    (r"unexpected char '?(.+?)'? at \d+", "the character {0} does not belong inside a tag"),
    (r"unexpected '(.+)', expected '(.+)'", "there is {0} where {1} should stand"),
    (r"unexpected '(.+)'", "{0} does not belong here"),
    (r"block '(.+)' defined twice", "{{% block {0} %}} stands twice: keep one"),
    (r"cannot use extend.*", "{{% extends %}} stands inside another tag: move it to the top"),
    (r"Block names in .*", "the block's name may have letters, digits and _ only"),
    (r"Required blocks .*", "a required block must be empty"),
    (r"can't assign to .*", "only a name can be set or looped with"),
    (r"Can't assign to special loop.*", "`loop` is the loop's own: take another name"),
    (r"tag name expected", "the tag's name is missing"),
    (r"You cannot chain .*", "join two `is` by `and`"),
    (r"expected name or number", "a name is missing after the dot"),
    (r"expected subscript .*", "what to take is missing between [ and ]"),
    (r".*unction call expression", "the arguments in ( ) are not well formed"),
    (r"non-default argument .*", "arguments without a default come first"),
    (r"(?i)invalid character in identifier", "a name has a character that names may not have"),
    (r"names starting with an underline.*", "names that begin with _ cannot be imported"),
)
RUNNING = (
    (r"(.+?) object has no element (.+)", "{0} has no item {1}"),
    (r"parameter '(.+)' was not provided", "the macro is not given its `{0}`"),
    (r"macro '(.+)' takes no keyword argument '(.+)'", "the macro {0} has no argument `{1}`"),
    (r"macro '(.+)' takes not more than (\d+) .*", "the macro {0} takes {1} arguments at most"),
    (r"access to attribute '(.+)' of .*", ".{0} is unsafe: templates may not read it"),
    (r".* is not safely callable", "that cannot be called: leave out the ( )"),
    (r"'(.+)' object is not callable", "{0} cannot be called: leave out the ( )"),
    (r"'(.+)' object is not iterable", "{{% for %}} goes through a list, and this is {0}"),
    (r"can only concatenate .*", "+ joins numbers only: join texts with ~"),
    (r"unsupported operand .*'(.+)' and '(.+)'", "{0} and {1} do not add up: join texts with ~"),
    (r"'.+' not supported between instances of '(.+)' and '(.+)'", "{0} and {1} cannot be compared"),
    (r"object of type '(.+)' has no len\(\)", "{0} has no length"),
    (r".* positional arguments? but .*", "a filter or function is given too much"),
    (r".*missing \d+ required .*", "a filter or function is given too little"),
    (r".*unexpected keyword argument '(.+)'", "a filter or function has no argument `{0}`"),
)


def nearest(wrong: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The end of a message: the nearest known name, if one looks like it."""
    found = difflib.get_close_matches(wrong, sorted(known), n=1, cutoff=cutoff)
    return f": did you mean {found[0]!r}?" if found else ""


def in_reading(error: TemplateSyntaxError) -> str:
    """Why a template cannot be read."""
    message = error.message or ""
    if (found := re.match(r"Encountered unknown tag '(.+?)'", message)) and found[1] not in TAGS:
        return f"there is no tag {found[1]!r}{nearest(found[1], TAGS)}"
    return _reworded(READING, message) or "cannot be read: are all {{ }}, {% %} and quotes closed?"


def in_running(error: BaseException, variables: Iterable[str], templates: Iterable[str]) -> str:
    """Why a template cannot be printed."""
    if isinstance(error, Mistake):
        return str(error)
    if isinstance(error, TemplateNotFound):
        return f"there is no template {error.name!r}{nearest(str(error.name), templates)}"
    if isinstance(error, RecursionError):
        return "a macro or an import calls itself without end"
    if isinstance(error, ZeroDivisionError):
        return "a division by zero"
    message = str(error)
    if isinstance(error, UndefinedError) and (found := re.fullmatch(r"'(\w+)' is undefined", message)):
        if found[1] in variables:
            return f"{found[1]!r} is not known here: a macro sees only what is passed to it"
        return f"there is no variable {found[1]!r}{nearest(found[1], variables)}"
    if lacks := re.fullmatch(r"'(.+?) object' has no attribute '(.+)'", message):
        kind, name = _plainly(lacks[1]), lacks[2]
        return f"{kind} has no .{name}" + (nearest(name, variables) if kind == AN_ITEM else "")
    own = isinstance(error, JinjaError) and not isinstance(error, UndefinedError | SecurityError)
    return _reworded(RUNNING, message) or (
        _plainly(message) if own else "a value of the wrong kind is used here"
    )


def _reworded(table: Iterable[tuple[str, str]], message: str) -> str:
    for pattern, words in table:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return words.format(*(_plainly(each) for each in found.groups()))
    return ""


def _plainly(word: str) -> str:
    bare = (word.strip("'") or word).removesuffix(" object")
    return TOKENS.get(bare) or KINDS.get(bare) or bare
