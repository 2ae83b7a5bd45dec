"""What must not go out: a post without its label, without its link, or with nothing but a link."""

from __future__ import annotations

import pytest

from bot.domain.errors import TemplateError
from tests.rendering.conftest import SPONSORED, Render, article

LONG = article(title="word " * 80)


@pytest.mark.parametrize(
    "source",
    [
        "{{ label }}: {{ title | flex }}",
        "{% maybe %}{{ label }}: {% endmaybe %}{{ title | flex }}",
        "{% if label == 'Sponsored' %}[{{ label | upper }}] {% endif %}{{ title | flex }}",
        "{{ title | flex }}\n{{ label ~ '.' }}",
        "{% macro head(text) %}{{ text }}: {% endmacro %}{{ head(label) }}{{ title | flex }}",
        "{{ label }}: {{ title | flex }}\n===\n{{ label }}: {{ url }}",
    ],
)
def test_a_label_is_kept_however_it_is_printed_and_however_long_the_rest(render: Render, source: str) -> None:
    for part in render(source, on=LONG, disclosure=SPONSORED).post.parts:
        assert "sponsored" in part.casefold()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ title }}", r"the post on main lacks 'Sponsored', which label ad asks for: add {{ label }}"),
        ("{{ label }}: {{ title }}\n===\n{{ url }}", r"part 2 of the thread on main lacks 'Sponsored'"),
        ("a\n{{ label | truncate(4) }}: {{ title }}", r"any.j2:2: the post .*: print {{ label }} whole"),
        ("{{ label | flex }}: {{ title }}", r"any.j2:1: the label may not be cut: take {{ label }} out"),
        ("{% if label %}Ad: {% endif %}{{ title }}", r"add {{ label }}"),
    ],
)
def test_a_post_without_its_label_is_refused_by_template_and_label(
    render: Render, source: str, said: str
) -> None:
    with pytest.raises(TemplateError, match=said):
        render(source, disclosure=SPONSORED)


def test_the_same_words_in_a_title_are_no_label(render: Render) -> None:
    with pytest.raises(TemplateError, match="lacks 'Sponsored'"):
        render("{{ title }}", on=article(title="Sponsored runs return"), disclosure=SPONSORED)


@pytest.mark.parametrize("platform", ["x", "mastodon", "bluesky"])
def test_an_article_with_neither_title_nor_summary_is_no_bare_link(render: Render, platform: str) -> None:
    on = article(title="", categories=("City",))
    with pytest.raises(
        TemplateError, match="has neither title nor summary: its post on main would be a bare"
    ):
        render(platform=platform, template="default", on=on, disclosure=SPONSORED)


@pytest.mark.parametrize("platform", ["x", "mastodon", "bluesky"])
def test_an_article_without_a_title_is_told_by_its_summary(render: Render, platform: str) -> None:
    done = render(platform=platform, template="default", on=article(title="", summary="It works."))
    assert "It works." in done.post.parts[0]


def test_words_of_the_template_are_something_to_say(render: Render) -> None:
    on = article(title="")
    assert render("Read this: {{ url }}", on=on).post.parts == ("Read this: https://news.example/a/",)
    assert render("{{ url }}", on=article()).post.parts == ("https://news.example/a/",)


@pytest.mark.parametrize(
    "source",
    [
        "{{ title | flex }}{% maybe %}\nRead: {{ url }}{% endmaybe %}",
        "{{ title | flex }} {{ url | flex }}",
        "{{ title | flex }} {{ url | flex(drop=true) }}",
    ],
)
def test_a_link_is_never_dropped(render: Render, source: str) -> None:
    assert LONG.url in render(source, on=LONG).post.parts[0].split()


def test_a_link_lost_among_other_words_is_refused(render: Render) -> None:
    with pytest.raises(TemplateError, match=r"any.j2:2: the link did not fit on main: take {{ url }} out"):
        render("{# a remark #}\n{{ (title ~ ' ' ~ url) | flex }}", on=LONG)
