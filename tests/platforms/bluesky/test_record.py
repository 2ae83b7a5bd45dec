from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.post import Card
from bot.platforms.bluesky.record import card_embed, created_at, facets, handles, links, record, tid

AT = datetime(2026, 11, 24, 9, 30, 15, 123_456, UTC)
LINK = "https://example.org/a"
JANE = {"jane.example.org": "did:plc:jane"}


def spanned(text: str, dids: dict[str, str] | None = None) -> list[tuple[str, Any]]:
    """Each facet as the piece of the text it marks and what it says of it."""
    raw = text.encode()
    return [
        (
            raw[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode(),
            next(value for name, value in facet["features"][0].items() if name != "$type"),
        )
        for facet in facets(text, dids or {})
    ]


@pytest.mark.parametrize(
    "before",
    [
        "",
        "Plain ",
        "Café ",
        "👩🏽‍💻🇷🇼 ",
        "مرحبا بالعالم ",
        "አዲስ አበባ ",
        "हिन्दी ",
        "e\u0301 ",
        "\U0001f468\u200d\U0001f469 ",
        "(",
        "«",
    ],
)
def test_a_link_is_marked_to_the_byte_in_any_script(before: str) -> None:
    assert spanned(f"{before}{LINK} fin") == [(LINK, LINK)]


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("#Kigali", "Kigali"),
        ("Un mot #Bénin.", "Bénin"),
        ("خبر #رواندا", "رواندا"),
        ("ዜና #ኢትዮጵያ!", "ኢትዮጵያ"),
    ],
)
def test_hashtags_of_any_script_are_marked_without_their_sign(text: str, tag: str) -> None:
    assert spanned(text) == [(f"#{tag}", tag)]


def test_a_tag_longer_than_bluesky_takes_stays_text() -> None:
    assert spanned("#" + "a" * 65) == []


def test_facets_come_in_order_and_do_not_overlap() -> None:
    text = f"#One {LINK}#fragment @jane.example.org #Two"
    assert [piece for piece, _ in spanned(text, JANE)] == [
        "#One",
        f"{LINK}#fragment",
        "@jane.example.org",
        "#Two",
    ]


def test_only_a_known_handle_becomes_a_mention() -> None:
    assert spanned("@Jane.Example.org and @joe.example.org", JANE) == [("@Jane.Example.org", "did:plc:jane")]


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_facet_ever_leaves_the_text(before: str, after: str) -> None:
    text = f"{before} {LINK} #tag {after}"
    size, found = len(text.encode()), facets(text, {})
    bounds = [(facet["index"]["byteStart"], facet["index"]["byteEnd"]) for facet in found]
    assert [bound for bound in bounds if not 0 <= bound[0] < bound[1] <= size] == []
    assert [end for (_, end), (start, _) in pairwise(bounds) if end > start] == []


def test_handles_are_domain_names_and_each_named_once() -> None:
    assert handles("@jane.example.org @Jane.Example.org @joe @ann@mastodon.example a@b.org") == [
        "jane.example.org"
    ]


def test_a_record_says_what_it_must_and_no_more() -> None:
    assert record("Tea", AT) == {
        "$type": "app.bsky.feed.post",
        "text": "Tea",
        "createdAt": "2026-11-24T09:30:15.123456Z",
    }


def test_a_record_says_its_language_and_what_it_embeds() -> None:
    made = record("Tea", AT, lang="am", embed={"$type": "x"})
    assert (made["langs"], made["embed"]) == (["am"], {"$type": "x"})


def test_a_time_of_another_zone_or_without_microseconds_is_written_in_full() -> None:
    kigali = datetime(2026, 11, 24, 11, 30, tzinfo=timezone(timedelta(hours=2)))
    assert created_at(kigali) == "2026-11-24T09:30:00.000000Z"


def test_a_card_without_a_title_shows_its_address() -> None:
    assert card_embed(Card(LINK, ""), None)["external"] == {"uri": LINK, "title": LINK, "description": ""}


def test_the_links_of_a_record_are_its_facets_and_its_card() -> None:
    made = record(f"Tea {LINK} #tag", AT, embed=card_embed(Card(f"{LINK}?card", "Tea"), None))
    assert links(made) == (LINK, f"{LINK}?card")
    assert links({"text": "Tea"}) == ()


def test_the_address_is_the_same_in_every_process_and_release() -> None:
    assert tid("2026-11-24T09:30:15.123456Z", "6f0b7c1e:0") == "3n32dhtuik2op"
    assert tid("1970-01-01T00:00:00.000000Z", "6f0b7c1e:0")[:11] == "2" * 11


def test_the_microseconds_can_be_read_from_the_address() -> None:
    number = 0
    for letter in tid(created_at(AT), "key:0"):  # base 32, most significant first
        number = number << 5 | "234567abcdefghijklmnopqrstuvwxyz".index(letter)
    assert datetime.fromtimestamp(0, UTC) + timedelta(microseconds=number >> 10) == AT


def test_addresses_sort_by_time_and_differ_by_key() -> None:
    early, late = tid(created_at(AT), "a:0"), tid(created_at(AT + timedelta(microseconds=1)), "a:0")
    assert early < late
    assert tid(created_at(AT), "a:0") != tid(created_at(AT), "b:0")
