"""Each mistake of an editor is one line with its file, place and cure, and exit 1."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Desk


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (
            'timing = "now',
            (
                ", line 23, column 14: this is no TOML (illegal character '\\n'): "
                "close the quotes on the same line"
            ),
        ),
        ('timming = "now"', ': routes.everything.timming: is no key: did you mean "timing"?'),
        (
            '[routes.match]\ncategories_any = ["News"]\ntiming = "now"',
            (
                ": routes.everything.match.timing: `timing` stands under [routes.match]; "
                "move it above that header"
            ),
        ),
    ],
    ids=["malformed", "unknown key", "under a header"],
)
def test_a_mistake_in_the_file(desk: Desk, wrong: str, told: str) -> None:
    desk.configure(('timing = "now"', wrong))
    assert desk("check") == (1, f"error: config/bot.toml{told}\n", "")


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{{ title }}\n{{ titel }}", "2: there is no variable 'titel': did you mean 'title'?"),
        ("{{ title | flexx }}", "1: no filter is named 'flexx': did you mean 'flex'?"),
        ("{{ title }}\n{{ url }\n", "2: } does not belong here"),
        ("{{ title }}\n\n{% maybee %}{% endmaybee %}", "3: there is no tag 'maybee': did you mean 'maybe'?"),
    ],
)
def test_a_mistake_in_a_template_names_file_and_line(desk: Desk, template: str, told: str) -> None:
    path = Path("templates/default/any.j2")
    path.parent.mkdir(parents=True)
    path.write_text(template)
    (path.parent / "x.j2").write_text("{{ title }} {{ url }}")
    code, out, err = desk("check")
    assert (code, err) == (1, "")
    assert out == f"error: config/bot.toml: routes.everything.template: {path}:{told}\n"


@pytest.mark.parametrize(
    "words", [("run",), ("preview",), ("plan",), ("status",), ("explain", "1"), ("share", "1")]
)
def test_every_command_refuses_it_in_the_same_words(desk: Desk, words: tuple[str, ...]) -> None:
    desk.configure(('timing = "now"', 'timming = "now"'))
    told = 'sharewire: config/bot.toml: routes.everything.timming: is no key: did you mean "timing"?\n'
    kept = "sharewire: mend it for the status to be shown; a running worker keeps the configuration it had\n"
    assert desk(*words) == (1, "", told + kept * (words == ("status",)))
    assert not Path("data").exists()
