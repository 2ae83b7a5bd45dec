"""No template loops for ever, fills the memory or reaches outside: each is a mistake at `check` time."""

from __future__ import annotations

import pytest

from bot.domain.errors import TemplateError
from tests.rendering.conftest import Render

DOUBLED_BLOCK = (
    "{% set n = namespace(a='ab') %}{% for i in range(60) %}{% set n.a %}{{ n.a }}{{ n.a }}{% endset %}"
    "{% endfor %}"
)


def doubled(start: str, step: str) -> str:
    """A value that each of sixty turns makes twice as great."""
    loop = "{% for i in range(60) %}{% set n.a = " + step + " %}{% endfor %}"
    return "{% set n = namespace(a=" + start + ") %}" + loop + "{{ n.a }}"


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ 'a' * 10**8 }}", "it makes a text of more than 100,000 characters"),
        ("{% for i in range(10**9) %}x{% endfor %}", "it passes 1,000,000,000 to a function"),
        (
            "{% for a in range(999) %}{% for b in range(999) %}{% endfor %}{% endfor %}",
            "more than 20,000 turns",
        ),
        ("{% for a in range(9999) %}{{ 'x' * 99 }}{% endfor %}", "prints more than 100,000 characters"),
        ("{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}", "calls itself without end|20,000 turns"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "a macro or an import calls itself without end"),
        (
            "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}",
            "more than 20,000 turns|prints more than 100,000 characters",
        ),
        (doubled("'ab'", "n.a ~ n.a"), "a text of more than 100,000 characters"),
        (doubled("'ab'", "n.a + n.a"), "a text of more than 100,000 characters"),
        (doubled("[1]", "n.a + n.a"), "a text of more than 100,000 characters"),
        (doubled("9", "n.a * n.a"), "a number of more than a thousand digits"),
        (doubled("[1]", "[n.a, n.a]"), "a list of lists, which templates may not"),
        (doubled("[1]", "(n.a, n.a)"), "a list of lists, which templates may not"),
        (doubled("[1]", "{'a': n.a, 'b': n.a}"), "a list of lists, which templates may not"),
        (DOUBLED_BLOCK, "prints more than 100,000 characters"),
        ("{{ namespace(a=1) }}", "it prints a namespace or a table"),
        ("{{ '%999999999d'|format(1) }}", "no filter is named 'format'"),
        ("{{ '%999999999d' % 1 }}", "it formats with %: write the text out"),
        ("{{ '{:>99999999}'.format(title) }}", "which templates may not"),
        ("{{ title.ljust(10**9) }}", "which templates may not"),
        ("{{ title.replace('a', 'b') }}", r"it calls .replace\(\), which templates may not"),
        ("{{ ('a' * 90000) | replace('a', title * 100) }}", "more than 100,000 characters"),
        ("{{ ('a' * 9000) | join(title * 100) }}", "more than 100,000 characters"),
        ("{{ 9 ** 9 ** 9 }}", "it raises a number to a great power"),
    ],
)
def test_a_template_without_end_is_ended(render: Render, source: str, said: str) -> None:
    with pytest.raises(TemplateError, match=rf"own/any.j2:1: .*(?:{said})"):
        render(source)


@pytest.mark.timeout(30)
def test_rounding_has_its_bounds_too(render: Render) -> None:
    assert render("{{ 1.25 | round(999999999) }}").post.parts == ("1.25",)
    with pytest.raises(TemplateError, match="a filter or function is given too much"):
        render("{{ 1 | round(999999999, 'ceil') }}")


def test_what_editors_do_with_lists_stays_in_bounds(render: Render) -> None:
    source = (
        "{% for word in ['one', 'two'] %}{{ loop.index }} {{ word }}{{ ', ' if not loop.last }}{% endfor %}"
        "{% set names = tags or ['none'] %} {{ names | join(' ') }} {{ 'in' if 'one' in ('one', 'two') }}"
    )
    assert render(source).post.parts == ("1 one, 2 two none in",)
