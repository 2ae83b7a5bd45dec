"""Several wordings of one template take turns."""

from __future__ import annotations

import pytest

from bot.domain.errors import TemplateError
from bot.domain.wording import Wording
from tests.rendering.conftest import Render, Write


def test_variants_take_turns_and_a_retry_keeps_its_own(render: Render, write: Write) -> None:
    write("own/x.1.j2", "One: {{ title }}")
    write("own/x.2.j2", "Two: {{ title }}")
    write("own/x.10.j2", "Ten: {{ title }}")
    told = [render(occasion=each).template for each in ("new", "new", "repeat:1", "repeat:2", "repeat:3")]
    assert set(told) == {"own/x.1.j2", "own/x.2.j2", "own/x.10.j2"}
    assert told[0] == told[1] == told[4]
    assert render("any", "mastodon").template == "own/any.j2"


def test_a_plain_template_is_one_among_its_variants(render: Render, write: Write) -> None:
    write("own/fr/any.j2", "Un: {{ title }}")
    write("own/fr/any.1.j2", "Deux: {{ title }}")
    write("own/any.j2", "{{ title }}")
    from tests.rendering.conftest import article

    told = {render(on=article(lang="fr"), occasion=each).template for each in ("new", "repeat:1")}
    assert told == {"own/fr/any.j2", "own/fr/any.1.j2"}


def test_a_variant_that_says_the_same_is_a_mistake(render: Render, write: Write) -> None:
    write("own/x.1.j2", "{{ title }} {{ url }}")
    write("own/x.2.j2", "{# another #}{{ title }}\n{{ link }}")
    with pytest.raises(TemplateError, match=r"x.2.j2:1: says the same as .*own/x.1.j2: nobody shall read it"):
        render()


def test_a_share_that_knows_its_turn_takes_it_whatever_its_occasion(render: Render, write: Write) -> None:
    write("own/x.1.j2", "One: {{ title }}")
    write("own/x.2.j2", "Two: {{ title }}")
    repeat = render(occasion="repeat:1").template
    assert render(occasion="evergreen:1").template == repeat
    assert render(occasion="evergreen:1", words=Wording(turn=2)).template != repeat
    assert render(occasion="evergreen:1", words=Wording(turn=1)).template == repeat
