"""Where the link stands: as the template says, in the text, in the card alone, or nowhere."""

from __future__ import annotations

import pytest

from bot.domain.post import Image
from bot.ports.platform import ImagePolicy
from tests.rendering.conftest import Render, article

URL = "https://news.example/a/"
BOTH = "{{ title }}{% maybe %}\nMore: {{ url }}{% endmaybe %}"


@pytest.mark.parametrize(
    ("platform", "link", "text", "carded"),
    [
        ("x", "", f"Buses run on the sun\nMore: {URL}", False),
        ("x", "text", f"Buses run on the sun\nMore: {URL}", False),
        ("x", "card", f"Buses run on the sun\nMore: {URL}", False),
        ("x", "none", "Buses run on the sun", False),
        ("bluesky", "", f"Buses run on the sun\nMore: {URL}", True),
        ("bluesky", "text", f"Buses run on the sun\nMore: {URL}", False),
        ("bluesky", "card", "Buses run on the sun", True),
        ("bluesky", "none", "Buses run on the sun", False),
    ],
)
def test_the_account_says_where_the_link_stands(
    render: Render, platform: str, link: str, text: str, carded: bool
) -> None:
    post = render(BOTH, platform, link=link).post
    assert post.parts == (text,)
    assert (post.card is not None) is carded
    assert post.link == ("" if link == "none" else URL)


def test_a_link_that_must_be_in_the_text_is_put_at_its_end(render: Render) -> None:
    done = render(platform="bluesky", template="default", link="text", on=article(summary="It works."))
    assert done.post.parts == (f"Buses run on the sun\n\nIt works.\n\n{URL}",)
    thread = render("{{ title }}\n===\n{{ summary }}", on=article(summary="It works."), link="text")
    assert thread.post.parts == (f"Buses run on the sun\n\n{URL}", "It works.")


def test_a_picture_goes_where_no_card_holds_the_link(render: Render) -> None:
    on = article(image=Image("https://news.example/a.jpg", "A bus"))
    post = render("{{ title }}", "bluesky", on=on, image=ImagePolicy(need="optional"), link="none").post
    assert (post.images, post.card) == ((on.image,), None)


def test_the_card_and_the_text_carry_the_same_utm_parameters(render: Render) -> None:
    utm = {"source": "{platform}", "campaign": "{route}", "content": "{account}-{source}", "term": "{lang}"}
    post = render("{{ title }} {{ url }}", "bluesky", utm=utm, route="breaking").post
    wanted = f"{URL}?utm_source=bluesky&utm_campaign=breaking&utm_content=main-site"
    assert post.card is not None
    assert (post.link, post.card.url) == (wanted, wanted)
    assert wanted in post.parts[0].split()
