"""`templates lint` and `templates test`, as an editor uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Desk

GOOD = "{% maybe %}{{ label }}: {% endmaybe %}{{ title | flex }}\n{{ url }}\n"
LABEL = '[[labels]]\nname = "ad"\nmatch.categories_any = ["Ad"]\ntext = "Sponsored"\n'


def write(name: str, source: str) -> None:
    path = Path("templates") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")


def test_the_shipped_templates_hold_on_every_platform(desk: Desk) -> None:
    kinds = ("bluesky", "webhook")
    more = "".join(f'[accounts.{kind}]\nplatform = "file"\nas = "{kind}"\n' for kind in kinds)
    desk.configure(
        ("[sources.site]", 'languages = ["en", "fr", "rw", "ar", "am", "zh"]\n[sources.site]'),
        ('accounts = ["main_x", "fedi"]', 'accounts = ["main_x", "fedi", "bluesky", "webhook"]'),
        more=more + LABEL,
    )
    assert desk("templates", "lint") == (
        0,
        "1 template set (default) tried on 19 hard articles, 4 accounts: fine\n",
        "",
    )


DIGEST = """
[[digests]]
name = "morning"
at = { mon-sun = ["06:45"] }
accounts = [ACCOUNTS]
articles = { min = 2, max = 5 }
link = "https://news.example/"
"""


def test_the_shipped_editions_hold_on_every_platform(desk: Desk) -> None:
    kinds = ("bluesky", "webhook")
    more = "".join(f'[accounts.{kind}]\nplatform = "file"\nas = "{kind}"\n' for kind in kinds)
    desk.configure(more=more + DIGEST.replace("ACCOUNTS", '"main_x", "fedi", "bluesky", "webhook"'))
    assert desk("templates", "lint", "digest") == (
        0,
        "1 template set (digest) tried on 9 hard articles, 4 accounts: fine\n",
        "",
    )


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("{{ item.titel }} {{ item.url }}", "an item has no .titel: did you mean 'title'?"),
        ("{{ item.title | flex }} {{ item.url | truncate(10) }}", "tells none of its articles with its link"),
        ("{{ item.title | flex }}", "tells none of its articles with its link"),
        ("{{ item.title }} {{ item.url }}", "what may not be cut is"),
        ("{{ item.title | flex }} {{ item.author.name }}{{ item.url }}", "a text has no .name"),
    ],
)
def test_what_is_wrong_with_an_edition_is_named(desk: Desk, item: str, said: str) -> None:
    desk.configure(more=DIGEST.replace("ACCOUNTS", '"fedi"'))
    write("digest/mastodon.j2", "{{ title }}\n{% for item in items %}" + item + "\n{% endfor %}\n")
    code, out, _ = desk("templates", "lint", "digest")
    assert code == 1
    assert "error: templates/digest/mastodon.j2:" in out
    assert said in out


def test_an_edition_without_room_for_its_least_is_a_warning(desk: Desk) -> None:
    more = DIGEST.replace("ACCOUNTS", '"main_x"').replace("min = 2", "min = 5")
    desk.configure(more=more)
    write(
        "digest/x.j2",
        "{{ title }}\n{% for item in items %}{% item %}\n{{ item.title[:90] }} {{ item.url }}\n"
        "{% enditem %}{% endfor %}\n",
    )
    out = desk("templates", "lint", "digest")[1]
    assert "warning: templates/digest/x.j2:2: an edition has room for 2 of 5 articles, and [[digests]]" in out


@pytest.mark.parametrize(
    ("source", "said", "articles"),
    [
        (
            "{{ label }} {{ titel | flex }} {{ url }}",
            ":1: there is no variable 'titel': did you mean 'title'?",
            "",
        ),
        (
            "{{ label }}\n{{ title }}\n{{ url }}",
            ":2: on main_x: what may not be cut is",
            "a label and a long title, a title of 400 characters, a title of 400 characters without a space",
        ),
        (
            "{{ label }} {{ title | flex }}\n{{ url | truncate(60) }}",
            ":2: the link is lost: print {{ url }} whole, outside of `truncate` and `if`",
            "a link of 300 characters",
        ),
        (
            "{{ label }} {{ title | flex }}\n{% if author %}{{ url }}{% endif %}",
            ":2: the link is lost",
            "no author, nothing but a title",
        ),
        (
            "{{ label }} {{ title | flex }}\n{{ url }}{{ site_name }}",
            ":2: the link runs into what stands behind it",
            "an ordinary article, a label,",
        ),
        (
            "{{ title | flex }} {{ url }}",
            ":1: the post on main_x lacks 'Sponsored', which label ad asks for",
            "a label",
        ),
        (
            "{{ label }} {{ summary | flex }}",
            ":1: the post of https://news.example.org/",
            "no summary, nothing but",
        ),
        (
            "{{ label }} {{ title | flex }} {{ url }}\nNone",
            ":2: prints 'None': put what may be missing",
            "an ordinary",
        ),
        (
            "{{ label }} {{ title | flex }} {{ url }}\n{ { author } }",
            ":2: prints '{ {': a tag is",
            "an ordinary",
        ),
        (
            "{{ label }} {{ title.upper | flex }} {{ url }}",
            ":1: prints '<built-in method upper",
            "an ordinary",
        ),
        (
            "{{ label }} {{ title | flex }} {{ url }} &amp;",
            ":1: prints '&amp;': posts are plain text",
            "an ordinary",
        ),
    ],
)
def test_a_bad_template_fails_by_file_line_article_and_platform(
    desk: Desk, source: str, said: str, articles: str
) -> None:
    desk.configure(('as = "x"', 'as = "x"\ntemplate = "own"'), more=LABEL)
    write("own/any.j2", source)
    code, out, _ = desk("templates", "lint", "own")
    first, *rest = out.splitlines()
    assert code == 1
    assert first.startswith(f"error: templates/own/any.j2{said}")
    assert not articles or rest[0].startswith(f"  x: {articles}")
    assert "error" in rest[-1]


def test_without_labels_a_template_that_lacks_one_is_warned_of(desk: Desk) -> None:
    write("default/any.j2", "{{ title | flex }}\n{{ url }}")
    code, out, _ = desk("templates", "lint")
    assert code == 0
    lacks = "the post on main_x lacks 'Sponsored content': add {{ label }}"
    assert out.splitlines()[2:4] == [
        f"warning: templates/default/any.j2:1: once there are [[labels]]: {lacks}",
        "  x: a label, a label and a long title",
    ]


def test_a_template_without_a_link_is_warned_of_unless_that_is_meant(desk: Desk) -> None:
    write("default/any.j2", "{{ label }} {{ title | flex }}")
    assert "warning: templates/default/any.j2:1: prints no link" in desk("templates", "lint")[1]
    desk.configure(('name = "everything"', 'name = "everything"\nlink = "none"'))
    assert desk("templates", "lint")[1].endswith("2 accounts: fine\n")


def test_a_set_of_ones_own_that_nobody_uses_is_tried_too(desk: Desk) -> None:
    write("spare/x.1.j2", GOOD)
    write("spare/x.2.j2", "{# the same #}" + GOOD)
    code, out, _ = desk("templates", "lint")
    assert code == 1
    assert out.startswith("error: templates/spare/x.2.j2:1: says the same as templates/spare/x.1.j2")


def test_lint_speaks_json(desk: Desk) -> None:
    found = desk.json("templates", "lint")
    assert found == {"sets": ["default"], "accounts": 2, "articles": 19, "faults": []}
    write("default/any.j2", "{{ label }} {{ title }}\n{{ url }}")
    code, out, _ = desk("templates", "lint", "--json")
    assert code == 1
    assert {"level", "file", "line", "platform", "account", "articles", "message"} == set(
        json.loads(out)["faults"][0]
    )


def test_an_unknown_set_is_wrong_use(desk: Desk) -> None:
    assert desk("templates", "lint", "defualt") == (
        2,
        "",
        "sharewire: no account is told with a template set 'defualt': choose among default\n",
    )


EXAMPLES = """\
[[tests]]
name = "a short title"
account = "main_x"
expect = \"\"\"
Ask @everyone
https://example.org/a/

#City
\"\"\"
article = { title = "Ask @everyone", url = "https://example.org/a/", categories = ["City"] }

[[tests]]
name = "an ad"
account = "fedi"
refused = "lacks 'Sponsored'"
template = "bare"
article = { title = "Cars", categories = ["Ad"] }
"""


def test_examples_that_read_as_expected(desk: Desk) -> None:
    desk.configure(more=LABEL)
    write("bare/any.j2", "{{ title }}")
    write("tests/news.toml", EXAMPLES)
    assert desk("templates", "test") == (0, "2 examples: all as expected\n", "")
    rows = desk.json("templates", "test", "templates/tests/news.toml")
    assert [(row["name"], row["account"], row["ok"], row["template"]) for row in rows] == [
        ("a short title", "main_x", True, "default/x.j2"),
        ("an ad", "fedi", True, "templates/bare/any.j2"),
    ]


def test_an_example_that_reads_otherwise_is_shown_line_by_line(desk: Desk) -> None:
    write("tests/news.toml", EXAMPLES.replace("#City", "#Town").split("\n\n[[")[0])
    code, out, _ = desk("templates", "test")
    assert code == 1
    head, *lines = out.splitlines()
    assert head.startswith(
        "templates/tests/news.toml: a short title (main_x, default/x.j2) reads otherwise: -"
    )
    assert lines == [
        "    Ask @everyone",
        "    https://example.org/a/",
        "    ",
        "  - #Town",
        "  + #City",
        "1 example: 1 otherwise",
    ]


def test_a_thread_and_what_stands_beside_the_text(desk: Desk) -> None:
    write("own/any.j2", "{{ title }}\n===\n{{ url }}{% block warning %}Violence{% endblock %}")
    example = (
        '[[tests]]\nname = "thread"\naccount = "fedi"\ntemplate = "own"\nwarning = "Violence"\n'
        'expect = "A\\n===\\nhttps://example.org/an-article/"\narticle = { title = "A" }\n'
    )
    write("tests/thread.toml", example)
    assert desk("templates", "test")[0] == 0
    write("tests/thread.toml", example.replace('"Violence"', '"Blood"'))
    assert "  - warning: Blood\n  + warning: Violence\n" in desk("templates", "test")[1]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('account = "main_x"', "", "tests.a short title.account: is missing: write `account = …` there"),
        (
            'account = "main_x"',
            'account = "zz"',
            "tests.a short title: there is no [accounts.zz]: choose among",
        ),
        (
            'account = "main_x"',
            'acount = "main_x"',
            'tests.a short title.acount: is no key: did you mean "account"?',
        ),
        ("title =", "titel =", 'tests.a short title.article.titel: is no key: did you mean "title"?'),
        (
            "article = {",
            "[tests.article]\nexpect = 3\nx = {",
            "`expect` stands under [tests.article]: move it above",
        ),
        (
            'refused = "lacks',
            'expect = "x"\nrefused = "lacks',
            "tests.an ad: say `expect` (the text) or `refused`",
        ),
        ('"fedi"', "3", "tests.an ad.account: write it in quotes"),
        ('"fedi"', '"fedi"\nroute = "zz"', "tests.an ad: there is no route 'zz': choose among everything"),
        ("[[tests]]", "[[test]]", 'test: is no key: did you mean "tests"?'),
        ('"fedi"', "fedi", "is no TOML: Invalid value"),
    ],
)
def test_a_malformed_example_is_one_line(desk: Desk, old: str, new: str, said: str) -> None:
    write("bare/any.j2", "{{ title }}")
    write("tests/news.toml", EXAMPLES.replace(old, new))
    code, out, err = desk("templates", "test")
    assert (code, out) == (2, "")
    assert err.startswith("sharewire: templates/tests/news.toml: ")
    assert said in err
    assert err.count("\n") == 1


def test_no_examples_yet_says_how_to_begin(desk: Desk) -> None:
    said = "sharewire: there is no example in templates/tests: docs/templates.md shows how to write one\n"
    assert desk("templates", "test") == (2, "", said)
