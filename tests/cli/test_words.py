"""`sharewire queue edit`: a share's own words, from the check to the post."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Desk


def texts(document: dict[str, Any]) -> list[str]:
    return [part["text"] for part in document["post"]["parts"]]


def test_a_text_is_shown_everywhere_and_goes_out(waiting: Desk) -> None:
    url, said = waiting.url("rain"), f"It rains, says @mayor {waiting.url('rain')}"
    shown = waiting.json("queue", "edit", "1", "--text", said)
    assert (texts(shown), shown["by_hand"]) == ([said], "text")
    assert shown["why"].endswith(", its text written by hand")
    assert texts(waiting.json("queue", "show", "1")) == [said]
    x, fedi = waiting.json("plan")
    assert (x["parts"][0]["text"], x["by_hand"], fedi["by_hand"]) == (said, True, False)
    assert x["parts"][0]["count"] == len(said)
    assert "  by hand\n" in waiting("plan")[1]
    previewed = waiting.json("preview", url)
    assert [each["parts"][0]["text"] == said for each in previewed] == [True, False]
    assert "its text was written by hand" in previewed[0]["warnings"]
    assert ", its text written by hand" in waiting("explain", url)[1]
    waiting("queue", "move", "1", "2030-01-01T10:00")
    assert texts(waiting.json("queue", "show", "1")) == [said]
    waiting.configure(('timing = "slot"', 'timing = "now"'))
    assert waiting("run", "--once")[0] == 0
    sent = waiting.json("queue", "show", "2")
    assert (sent["state"], texts(sent)[0].startswith("Rain & wind")) == ("published", True)


def test_it_goes_out_as_it_was_written(waiting: Desk) -> None:
    said = f"It rains {waiting.url('rain')}"
    waiting("queue", "edit", "2", "--text", said)
    waiting.configure(('timing = "slot"', 'timing = "now"'))
    assert waiting("run", "--once")[0] == 0
    sent = waiting.json("queue", "show", "2")
    assert (sent["state"], texts(sent)) == ("published", [said])


def test_reset_gives_the_template_its_word_back(waiting: Desk) -> None:
    before = texts(waiting.json("queue", "show", "1"))
    waiting("queue", "edit", "1", "--text", f"It rains {waiting.url('rain')}")
    after = waiting.json("queue", "edit", "1", "--reset")
    assert (texts(after), after["by_hand"]) == (before, "")


def test_another_template_is_kept_for_this_share(waiting: Desk) -> None:
    Path("templates/short").mkdir(parents=True)
    Path("templates/short/any.j2").write_text("Short: {{ title | flex }} {{ url }}\n")
    shown = waiting.json("queue", "edit", "1", "--template", "short")
    assert (texts(shown)[0][:6], shown["by_hand"]) == ("Short:", "template")
    assert "told by the template short that a person chose" in shown["why"]
    assert waiting.json("plan")[0]["parts"][0]["text"].startswith("Short:")
    assert waiting.json("plan")[1]["parts"][0]["text"].startswith("Rain")


def test_what_is_too_long_or_lacks_its_link_or_label_is_refused_in_one_line(waiting: Desk) -> None:
    waiting.configure(
        more='[[labels]]\nname = "ad"\nmatch.title_matches = "Rain"\ntext = { en = "Sponsored" }\n'
    )
    Path("templates/default").mkdir(parents=True)
    for kind in ("x", "mastodon"):
        Path(f"templates/default/{kind}.j2").write_text("{{ label }} {{ title | flex }} {{ url }}\n")
    url = waiting.url("rain")
    for text, says in (
        ("Sponsored: it rains", f"the text lacks the link: add {url}"),
        (f"It rains {url}", "lacks 'Sponsored', which label ad asks for: write it in the text"),
        (f"Sponsored {'x' * 300} {url}", "weighted characters over the limit of 280"),
    ):
        code, out, err = waiting("queue", "edit", "1", "--text", text)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert says in err
    assert waiting("queue", "edit", "1", "--text", f"SPONSORED · it rains {url}")[0] == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("1",), 'say --text "…", --template SET or --reset'),
        (("1", "--text", "a", "--reset"), "say one of --text, --template or --reset"),
        (("99", "--reset"), "there is no share 99"),
        (("1", "--template", "shirt"), "there is no template set 'shirt'"),
    ],
)
def test_a_mistake_is_told(waiting: Desk, words: tuple[str, ...], says: str) -> None:
    code, _, err = waiting("queue", "edit", *words)
    assert (code, says in err) == (2, True)


def test_what_is_out_keeps_its_words(shared: Desk) -> None:
    code, _, err = shared("queue", "edit", "1", "--text", "Other words")
    assert code == 2
    assert "share 1 is published; only what waits can be given other words" in err
    assert "sharewire correct 2" in err


class TestEditor:
    """Without an option, on a terminal."""

    @pytest.fixture(autouse=True)
    def terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin.isatty", lambda: True)
        monkeypatch.delenv("VISUAL", raising=False)

    def test_the_text_is_edited_there(self, waiting: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("EDITOR", "sed -i s/Rain/Snow/")
        shown = waiting.json("queue", "edit", "1")
        assert texts(shown) == [f"Snow & wind [live]\n{waiting.url('rain')}"]

    def test_left_as_it_was_nothing_is_kept(self, waiting: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("EDITOR", "true")
        assert waiting("queue", "edit", "1") == (0, "", "share 1 stays as it is\n")
        assert waiting.json("queue", "show", "1")["by_hand"] == ""

    def test_an_editor_that_fails_changes_nothing(
        self, waiting: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("EDITOR", "no-such-editor")
        code, _, err = waiting("queue", "edit", "1")
        assert (code, "the editor 'no-such-editor' did not end well" in err) == (2, True)
