"""The fit: always valid by the counter, never a link cut, the room used."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.fit import ITEM_LEAST, Fixed, Flex, Group, Item, Segment, TooLongError, collapse, fit
from bot.domain.limits import Limits, Measure
from bot.domain.text import grapheme_ends, graphemes, hashtags, mastodon_length, utf8_bytes, x_weight

X = Limits((Measure("characters", x_weight, 280),))
BLUESKY = Limits((Measure("graphemes", graphemes, 300), Measure("bytes", utf8_bytes, 3000)))
MASTODON = Limits((Measure("characters", mastodon_length, 500),))
LINK = "https://example.org/2026/11/an-article/"
FAMILY = "👨‍👩‍👧‍👦"


def small(limit: int) -> Limits:
    return Limits((Measure("characters", len, limit),))


def test_a_short_post_is_left_alone() -> None:
    assert fit([Flex("Title"), Fixed(f"\n{LINK}")], X).text == f"Title\n{LINK}"


def test_a_summary_gives_way_before_hashtags_and_those_before_the_title() -> None:
    segments: list[Segment] = [
        Flex("A title of some length"),
        Fixed("\n\n"),
        Flex("A summary that says a little more about it", rank=2),
        Fixed("\n\n"),
        Flex("#One #Two", drop=True, atoms=True),
    ]
    assert fit(segments, small(60)).text == "A title of some length\n\nA summary that says a…\n\n#One #Two"
    assert fit(segments, small(34)).text == "A title of some length\n\n#One #Two"
    assert fit(segments, small(30)).text == "A title of some length\n\n#One"
    assert fit(segments, small(22)).text == "A title of some length"
    assert fit(segments, small(12)).text == "A title of…"


def test_it_cuts_at_a_words_end_and_leaves_no_comma_before_the_ellipsis() -> None:
    assert fit([Flex("Buses, trains, planes")], small(15)).text == "Buses, trains…"


def test_a_maybe_goes_before_the_title_shrinks() -> None:
    segments: list[Segment] = [Flex("The title stays whole"), Group((Fixed("\nBy Aline"),)), Fixed("\nx")]
    assert fit(segments, small(25)).text == "The title stays whole\nx"


def test_text_without_spaces_is_cut_between_graphemes() -> None:
    cut = fit([Flex(FAMILY * 40)], Limits((Measure("graphemes", graphemes, 10),))).text
    assert cut == FAMILY * 9 + "…"


def test_a_link_inside_a_summary_goes_whole() -> None:
    segments = [Flex(f"Read this at {LINK} today", rank=1)]
    assert fit(segments, small(40)).text == "Read this at…"


def test_what_may_not_be_cut_says_by_how_much_it_is_too_long() -> None:
    with pytest.raises(TooLongError, match="20 characters over the limit of 280"):
        fit([Flex("Title"), Fixed("x" * 300)], X)


def test_both_of_blueskys_limits_hold() -> None:
    text = fit([Flex(FAMILY * 250)], BLUESKY).text
    assert graphemes(text) <= 300
    assert 2950 < utf8_bytes(text) <= 3000


def test_empty_parts_leave_no_blank_lines() -> None:
    assert collapse("Title\n\n\n\n\nlink  \n  \n\n") == "Title\n\nlink"
    assert collapse("a   b") == "a b"


words = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Co", "Cn"]), min_size=1, max_size=14
).filter(lambda word: bool(word.strip()))
prose = st.lists(
    st.one_of(words, st.sampled_from([FAMILY, "#Bénin", "@aline", "example.com", "🇷🇼"])), max_size=90
)


@settings(max_examples=60, deadline=None)
@given(title=prose, summary=prose, limits=st.sampled_from([X, BLUESKY, MASTODON]))
def test_every_post_holds_its_limits_with_its_link_whole(
    title: Sequence[str], summary: Sequence[str], limits: Limits
) -> None:
    segments: list[Segment] = [
        Flex(" ".join(title)),
        Fixed("\n\n"),
        Flex(" ".join(summary), rank=2),
        Fixed(f"\n\n{LINK}\n\n"),
        Flex("#Bénin #رواندا", drop=True, atoms=True),
    ]
    text = fit(segments, limits).text
    assert limits.fits(text)
    assert f"{LINK}" in text.split()
    assert {tag.text for tag in hashtags(text.rsplit(LINK, 1)[1])} <= {"#Bénin", "#رواندا"}
    assert fit([Fixed(text)], limits).text == text


@settings(max_examples=60, deadline=None)
@given(title=st.lists(st.text("abcdefghij", min_size=1, max_size=12), min_size=60, max_size=120))
def test_the_room_is_used_to_within_one_word(title: Sequence[str]) -> None:
    full = " ".join(title)
    text = fit([Flex(full), Fixed(f"\n{LINK}")], X).text
    kept = text.split("\n", maxsplit=1)[0].removesuffix("…")
    following = full[len(kept) :].split(" ")[1] if len(kept) < len(full) else ""
    assert full.startswith(kept)
    assert x_weight(text) + 1 + len(following) >= min(280, x_weight(full) + 24)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["e\u0301", FAMILY, "🇷🇼", "क्षि", "a"]), min_size=60, max_size=200).map("".join)
)
def test_a_cut_falls_between_graphemes(text: str) -> None:
    cut = fit([Flex(text)], small(50)).text.removesuffix("…")
    assert text.startswith(cut)
    assert len(cut) in {0, *grapheme_ends(text)}


TITLES = st.lists(
    st.lists(st.text("abcdefgh", min_size=1, max_size=12), min_size=1, max_size=20).map(" ".join),
    min_size=1,
    max_size=8,
)


def a_list(titles: list[str]) -> list[Segment]:
    items = [
        Item((Fixed("• "), Flex(title), Fixed(f"\nhttps://example.org/{n}/\n")))
        for n, title in enumerate(titles)
    ]
    return [Fixed("The morning\n\n"), *items]


def test_titles_of_a_list_shrink_alike_before_the_last_item_goes() -> None:
    titles = [
        "The first title is rather long and goes on and on",
        "A second one that is as long as the first",
    ]
    said = fit(a_list([*titles, "Short"]), small(165))
    assert said.text.split("\n")[2::2] == [
        "• The first title is rather long and…",
        "• A second one that is as long as…",
        "• Short",
    ]
    assert said.notes == ("shortened in 3 items to 35 characters",)
    said = fit(a_list([*titles, "Short"]), small(130))
    assert said.text.split("\n")[2::2] == [
        "• The first title is rather long…",
        "• A second one that is as long as…",
    ]
    assert said.notes[-1] == "left out: the last 1 of 3 items"


def test_hashtags_and_lines_that_may_go_do_so_before_a_list_shrinks() -> None:
    tags = Flex("#One #Two #Three", drop=True, atoms=True)
    segments = [*a_list(["A title of a certain length, not more"]), tags]
    assert fit(segments, small(75)).text.endswith("/0/")
    assert "not more" in fit(segments, small(75)).text


@given(TITLES, st.integers(60, 600))
@settings(max_examples=150)
def test_a_list_keeps_whole_items_from_the_front_and_enough_of_each_title(
    titles: list[str], limit: int
) -> None:
    fitted = fit(a_list(titles), small(limit)).text
    assert len(fitted) <= limit
    links = [line for line in fitted.split("\n") if line.startswith("https")]
    assert links == [f"https://example.org/{n}/" for n in range(len(links))]
    assert links
    shown = [line.removeprefix("• ") for line in fitted.split("\n") if line.startswith("• ")]
    assert len(shown) == len(links)
    for title, text in zip(titles, shown, strict=False):
        words = title[: ITEM_LEAST - 1].rsplit(" ", 1)[0] if len(title) > ITEM_LEAST else title
        assert text == title or (text.endswith("…") and title.startswith(text[:-1]))
        assert len(text) >= len(words) or len(links) == 1


@given(TITLES)
@settings(max_examples=50)
def test_one_more_item_would_not_have_gone_in(titles: list[str]) -> None:
    limit = 280
    fitted = fit(a_list(titles), small(limit)).text
    kept = fitted.count("https://")
    if kept < len(titles):
        least = [title if len(title) <= ITEM_LEAST else title[:ITEM_LEAST] for title in titles[: kept + 1]]
        assert sum(len(f"• \nhttps://example.org/{n}/\n{t}") for n, t in enumerate(least)) > limit - 100
