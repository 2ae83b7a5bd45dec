"""Every fitted post is valid by somebody else's counter, loses nothing that is whole, and wastes no room."""

from __future__ import annotations

from itertools import accumulate

import grapheme
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import registry
from bot.domain.fit import Fixed, Flex, Group, Segment, fit
from bot.domain.limits import Limits, Measure
from bot.domain.text import linkedin_length, threads_length, utf16_units
from tests.domain.oracles import ORACLES

LINK = "https://example.org/2026/11/an-article/"
LIMITS = {
    **{kind: registry.platform(kind).default_limits for kind in ("x", "bluesky", "mastodon")},
    "telegram": Limits((Measure("UTF-16 units", utf16_units, 4_096),)),
    "threads": Limits((Measure("characters", threads_length, 500),)),
    "linkedin": Limits((Measure("characters", linkedin_length, 3_000),)),
}
PLATFORMS = st.sampled_from(sorted(LIMITS))
WHOLE = (
    "#Bénin",
    "#رواندا",
    "#ኢትዮጵያ",
    "#日本",
    "@aline",
    "@eric@social.example.org",
    "https://example.org/a-(b)/c-/",
)
WORDS = (
    *(
        "Kigali",
        "orders",
        "buses,",
        "a",
        "I",
        "—",
        "“quoted”",
        "e\u0301te\u0301",
        "d'Ivoire",
        "R&D",
        "2026.",
        "1,000",
    ),
    *(
        "كيغالي",
        "حافلة،",
        "የኤሌክትሪክ",
        "ኪጋሊ።",
        "基加利订购一百二十辆电动公交车",
        "公共交通，",
        "क्षेत्र",
        "ไทย",
        "mu\u200dk",
    ),
    *("👩‍👩‍👧‍👦", "👨🏿‍🚀", "🏳️‍🌈", "🇷🇼", "🇷🇼🇫🇷", "1️⃣", "❤️", "©", "😀😀😀"),
    *(
        "example.com",
        "main.rs",
        "ASP.NET",
        "U.S.",
        "desk@example.org",
        "<b>",
        "(x)",
        "a_b",
        "x" * 40,
        "基" * 50,
    ),
)
token = st.sampled_from((*WORDS, *WHOLE))
stray = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Co", "Cn", "Zs", "Zl", "Zp"]),
    min_size=1,
    max_size=9,
).filter(lambda word: not regex.search(r"[#＃@＠.]|://|[\p{GCB=Prepend}\u180e]", word))
prose = st.lists(st.one_of(token, token, token, stray), min_size=1, max_size=120)
fuzz = settings(max_examples=60, deadline=None)


def post(title: list[str], summary: list[str]) -> list[Segment]:
    return [
        Flex(" ".join(title)),
        Group((Fixed("\n"), Fixed("By Aline Uwase"))),
        Fixed("\n\n"),
        Flex(" ".join(summary), rank=2),
        Fixed(f"\n\n{LINK}\n\n"),
        Flex("#Bénin #رواندا #Kigali", drop=True, atoms=True),
    ]


def is_kept(kept: str, full: list[str]) -> bool:
    """Whether a text is the front of these words, the whole ones whole, cut between graphemes."""
    words = kept.split()
    if kept == " ".join(full) or not words:
        return True
    *before, last = words[:-1] if words[-1] == "…" else words
    here, cut = full[len(before)], last.removesuffix("…")
    ends = set(accumulate(map(len, grapheme.graphemes(here))))
    return before == list(full[: len(before)]) and (
        cut == here or (here.startswith(cut) and len(cut) in ends and here not in WHOLE)
    )


@fuzz
@given(title=prose, summary=prose, platform=PLATFORMS, times=st.integers(1, 12))
def test_a_fitted_post_is_valid_by_somebody_elses_counter(
    title: list[str], summary: list[str], platform: str, times: int
) -> None:
    fitted = fit(post(title * times, summary * times), LIMITS[platform])
    assert ORACLES[platform](fitted.text)
    assert LINK in fitted.text.split()
    assert fit([Flex(fitted.text)], LIMITS[platform]).text == fitted.text
    assert fit(post(title * times, summary * times), LIMITS[platform]) == fitted


@fuzz
@given(title=prose, platform=PLATFORMS, times=st.integers(1, 40))
def test_what_is_kept_is_the_front_with_links_tags_mentions_and_graphemes_whole(
    title: list[str], platform: str, times: int
) -> None:
    full = title * times
    kept = fit([Flex(" ".join(full)), Fixed(f"\n{LINK}")], LIMITS[platform]).text.removesuffix(LINK).strip()
    assert is_kept(kept, full)


@fuzz
@given(
    words=st.lists(st.sampled_from([word for word in WORDS if len(word) < 20]), min_size=8, max_size=60),
    platform=PLATFORMS,
)
def test_one_word_more_would_be_too_much(words: list[str], platform: str) -> None:
    full = words * 250
    kept = fit([Flex(" ".join(full)), Fixed(f"\n{LINK}")], LIMITS[platform]).text.removesuffix(f"\n{LINK}")
    count = len(kept.split())
    while full[count] == "—":  # before an ellipsis a dash is left out
        count += 1
    count += 1
    one_more = " ".join(full[:count])
    assert not ORACLES[platform](f"{one_more}…\n{LINK}")


@fuzz
@given(
    text=st.lists(
        st.sampled_from(["e\u0301", "👩‍👩‍👧‍👦", "🇷🇼", "क्षि", "基", "한"]), min_size=200, max_size=300
    ),
    platform=PLATFORMS,
)
def test_text_without_spaces_is_cut_to_within_one_grapheme(text: list[str], platform: str) -> None:
    full = "".join(text * 16)
    kept = fit([Flex(full), Fixed(f"\n{LINK}")], LIMITS[platform]).text.removesuffix(f"…\n{LINK}")
    pieces = list(grapheme.graphemes(full))
    count = len(list(grapheme.graphemes(kept)))
    assert kept == "".join(pieces[:count])
    assert not ORACLES[platform]("".join(pieces[: count + 1]) + f"…\n{LINK}")


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        (f"See {LINK} " + "and more " * 80, f"See {LINK} and"),
        ("word " * 54 + f"{LINK} x", "word word…"),
        (f"word (#{'Bénin' * 70} x", "word"),
    ],
)
def test_a_link_or_a_tag_within_a_text_goes_whole_or_stays_whole(title: str, kept: str) -> None:
    text = fit([Flex(title)], LIMITS["x"]).text
    assert text.startswith(kept.removesuffix("…"))
    assert not regex.search(r"https://example\.org/[^ ]*(?<!article/)(?: |…|$)", text)
    assert "#" not in text


def test_what_went_first_comes_back_where_there_is_room_again() -> None:
    segments: list[Segment] = [
        Flex("The title stays whole"),
        Group((Fixed("\nBy somebody with a very long name indeed"),)),
        Fixed("\nx\n"),
        Flex("#One #Two", drop=True, atoms=True),
    ]
    limits = Limits((Measure("characters", len, 35),))
    fitted = fit(segments, limits)
    assert fitted.text == "The title stays whole\nx\n#One #Two"
    assert fitted.notes == ("left out: By somebody with a very long name indeed",)
