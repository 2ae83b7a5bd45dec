"""What editors get wrong, said by file, line and cure, and never in the engine's own words."""

from __future__ import annotations

import pytest

from bot.domain.errors import TemplateError
from tests.rendering.conftest import Render, Write, article

MACROS = "{% macro byline(name) %}By {{ name }}{% endmacro %}{% macro bad() %}{{ title }}{% endmacro %}"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ titel }}", "1: there is no variable 'titel': did you mean 'title'?"),
        ("a\n{{ title | flx }}", "2: no filter is named 'flx': did you mean 'flex'?"),
        ("{% if title is defned %}{% endif %}", "1: no test is named 'defned': did you mean 'defined'?"),
        ("a\nb\n{{ title", "3: the file ends where }} is missing"),
        ("{{ title flex }}", "1: flex does not belong here: is }}, a | or a comma missing?"),
        ("{% if title %}x", "1: {% if %} is never closed: add {% endif %}"),
        ("{% fur tag in tags %}{% endfor %}", "1: there is no tag 'fur': did you mean 'for'?"),
        ("{% if title %}\n{% endfor %}", "2: {% endfor %} stands where {% endif %} is due"),
        ("{% endif %}", "1: {% endif %} closes nothing: no {% if %} is open here"),
        ("{% else %}", "1: {% else %} stands outside {% if %} or {% for %}"),
        ("{% if lang = 'fr' %}{% endif %}", "1: = sets a value: compare with =="),
        ("{{ “title” }}", "1: the quote “ is a typographer's: write ' or \""),
        ("{{ 'title }}", "1: the quote ' is never closed"),
        ("{{ }}", "1: a value is missing before }}"),
        ("{{ title | }}", "1: there is }} where a name should stand"),
        ("{# a", "1: {# is never closed: end it with #}"),
        (
            "{% block alt %}{% endblock %}{% block alt %}{% endblock %}",
            "1: {% block alt %} stands twice: keep one",
        ),
        (
            "{% block card_titel %}x{% endblock %}y",
            "1: there is no block 'card_titel': did you mean 'card_title'?",
        ),
        ("{% extends 'default/x.j2' %}", "1: a template that extends another must have {% block text %}"),
        (
            "{% extends 'default/y.j2' %}{% block text %}{% endblock %}",
            "1: there is no template 'default/y.j2': did you mean 'default/any.j2'?",
        ),
        (
            "{% extends 'default/x.j2' %}{% block text %}x{% endblock %}{% block ald %}{% endblock %}",
            "1: there is no block 'ald' in default/x.j2: did you mean 'alt'?",
        ),
        (
            "{% import 'own/parts.j2' as p %}{{ p.bylin(author) }}",
            "1: own/parts.j2 has no macro 'bylin': did",
        ),
        (
            "{% from 'own/parts.j2' import bylin %}x",
            "1: own/parts.j2 has no macro 'bylin': did you mean 'byline'?",
        ),
        ("{% import 'own/any.j2' as p %}x", "1: it extends or imports itself"),
        ("{% include '/etc/passwd' %}", "1: there is no template '/etc/passwd': write it as set/file.j2"),
        ("{% import '/etc/hostname' as x %}", "1: there is no template '/etc/hostname'"),
        (
            "{% include 'default/../../../etc/passwd' %}",
            "1: there is no template 'default/../../../etc/passwd'",
        ),
        ("a\n{% include title %}", "2: there is no template 'Buses run on the sun'"),
        ("{{ 1 / 0 }}", "1: a division by zero"),
        ("{{ title.uppercase() }}", "1: a text has no .uppercase"),
        ("{{ title() }}", "1: a text cannot be called: leave out the ( )"),
        ("{{ title + 1 }}", "1: + joins numbers only: join texts with ~"),
        ("{% if title > 3 %}{% endif %}x", "1: a text and a number cannot be compared"),
        ("{{ title.__class__.__mro__ }}", "1: .__class__ is unsafe: templates may not read it"),
        ("x{{ published_at | date('%d.%m.%Y') }}", "1: '%d.%m.%Y' is no form of a date: write it without %"),
        (
            "x{{ published_at | date('QQQQQQ') }}",
            "1: 'QQQQQQ' is no form of a date: write short, medium, long",
        ),
        ("{{ title | hashtag(1, 2, 3) }}", "1: a filter or function is given too much"),
        ("{{ summary }}", "1: the post of https://news.example/a/ on main is empty"),
        ("x\n{{ published_at.year }}", "2: a text has no .year"),
    ],
)
def test_a_mistake_is_told_by_its_file_its_line_and_the_cure(
    render: Render, write: Write, source: str, said: str
) -> None:
    write("own/parts.j2", MACROS)
    with pytest.raises(TemplateError) as told:
        render(source)
    assert f"own/any.j2:{said}" in str(told.value)
    assert "jinja" not in str(told.value).casefold()
    assert "\n" not in str(told.value)


def test_a_macro_that_reads_what_it_was_not_given_is_told_where_it_stands(
    render: Render, write: Write
) -> None:
    write("own/parts.j2", "\n" + MACROS)
    with pytest.raises(
        TemplateError, match=r"own/parts.j2:2: 'title' is not known here: a macro sees only what"
    ):
        render("{% import 'own/parts.j2' as p %}{{ p.bad() }}")


def test_a_mistake_in_a_template_that_another_extends_is_told_where_it_stands(
    render: Render, write: Write
) -> None:
    write("own/frame.j2", "{{ url }}\n{{ 1 / 0 }}{% block text %}{% endblock %}")
    with pytest.raises(TemplateError, match=r"own/frame.j2:2: a division by zero"):
        render('{% extends "own/frame.j2" %}{% block text %}x{% endblock %}')


def test_a_macro_dates_and_names_people_as_the_article_and_the_platform_want(
    render: Render, write: Write
) -> None:
    write(
        "own/parts.j2", "{% macro foot(at, who) %}{{ at | date('d MMMM') }} {{ who | handles }}{% endmacro %}"
    )
    on = article(published_at=article().first_seen_at, authors=("Aline Uwase",), lang="fr")
    source = "{% import 'own/parts.j2' as p %}{{ p.foot(published_at, authors) }}"
    assert render(source, on=on).post.parts == ("24 novembre @aline",)
    assert render(source, "mastodon", on=on).post.parts == ("24 novembre @aline@social.example",)


def test_a_template_for_a_misspelt_platform_is_never_silently_unused(render: Render, write: Write) -> None:
    write("own/mastadon.j2", "{{ title }}")
    with pytest.raises(
        TemplateError, match=r"own/mastadon.j2:1: there is no platform 'mastadon': did you mean"
    ):
        render("{{ title }}")


def test_nothing_prints_as_nothing(render: Render) -> None:
    source = "{{ none }}{{ 'a' ~ none }}{{ [none, 'b'] | join('-') }}{{ [none] }}{{ none | string }}"
    assert render(source).post.parts == ("a-b",)
