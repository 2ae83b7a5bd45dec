from typing import Any

import pytest

from bot.platforms.mastodon.reading import domain, id_in, instance_limits, own_post

LINK = "https://www.example.org/2026/kigali-gets-a-new-bridge?x=1&y=2"


def test_gotosocial_counts_code_points_and_takes_nothing_off_for_links() -> None:
    about = {
        "source_url": "https://codeberg.org/superseriousbusiness/gotosocial",
        "configuration": {"statuses": {"max_characters": 5_000, "characters_reserved_per_url": 25}},
    }
    (measure,) = instance_limits(about).text
    assert (measure.count(LINK), measure.count("👨‍👩‍👧"), measure.maximum) == (len(LINK), 5, 5_000)


@pytest.mark.parametrize(
    "about", [{}, {"configuration": None}, {"configuration": {"statuses": {"max_characters": "x"}}}]
)
def test_what_an_instance_does_not_state_is_mainline_mastodons(about: dict[str, Any]) -> None:
    limits = instance_limits(about)
    assert (limits.text[0].maximum, limits.text[0].count(LINK), limits.alt) == (500, 23, 1_500)


@pytest.mark.parametrize(
    ("about", "name"),
    [
        ({"domain": "example.social"}, "example.social"),
        ({"domain": "gts.example.social", "account_domain": "example.social"}, "example.social"),
        ({"uri": "https://example.social/"}, "example.social"),
        ({}, ""),
    ],
)
def test_the_domain_of_handles_is_found(about: dict[str, Any], name: str) -> None:
    assert domain(about) == name


def test_the_address_a_card_shows_is_a_link_of_the_status_and_a_mention_is_not() -> None:
    mention = '<a href="https://e.x/@jane" class="u-url mention">@<span>jane</span></a>'
    status = {
        "id": 1,
        "created_at": "2026-11-24T08:00:00.000Z",
        "content": f"<p>{mention} &amp; tea</p>",
        "card": {"url": "https://example.org/a"},
        "uri": "https://e.x/1",
    }
    own = own_post(status)
    assert (own.text, own.links, own.url) == ("@jane & tea", ("https://example.org/a",), "https://e.x/1")


@pytest.mark.parametrize(
    ("address", "id_"),
    [
        ("https://social.example/@desk/115601234567890123", "115601234567890123"),
        ("https://Social.example/users/desk/statuses/115601234567890123", "115601234567890123"),
        ("https://social.example/@desk/statuses/01KAZ0V5G4T5N2Q0B7W8C9D0EF", "01KAZ0V5G4T5N2Q0B7W8C9D0EF"),
        ("https://social.example/@desk@social.example/posts/115601/", "115601"),
        ("https://social.example/notice/AzQvkMxsd0mX3N8OZk", "AzQvkMxsd0mX3N8OZk"),
        ("https://social.example/p/desk/891234567890123456", "891234567890123456"),
        ("https://other.example/@desk@social.example/115601234567890123", ""),
        ("https://social.example/@desk/media", ""),
        ("https://social.example/objects/5a2d4a4c-0f8e-4f7c-9a5c-0f8e4f7c9a5c", ""),
        ("https://social.example/", ""),
        ("https://[social.example/@desk/115601", ""),
    ],
)
def test_a_status_is_known_by_its_address_on_its_own_instance(address: str, id_: str) -> None:
    assert id_in(address, "social.example") == id_
