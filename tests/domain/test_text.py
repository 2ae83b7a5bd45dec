"""Counting by each platform's rule; the expected weights of X are twitter-text's own, config v3."""

from __future__ import annotations

import pytest

from bot.domain.links import x_urls
from bot.domain.text import (
    code_points,
    grapheme_ends,
    graphemes,
    hashtags,
    linkedin_escape,
    linkedin_length,
    mastodon_length,
    mentions,
    threads_length,
    urls,
    utf8_bytes,
    utf16_units,
    x_weight,
)

FAMILY = "👨‍👩‍👧‍👦"
LONG_HOST = "somesuperlongurl" * 12 + ".com"


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("Hi http://test.co", 26),
        ("http://test.co", 23),
        ("a" * 280, 280),
        ("ten chars- http://www.example.com/jack end", 38),
        (" ".join(["https://www.example.com/aloha"] * 10) + " ", 240),
        ("故人西辞黄鹤楼，烟花三月下扬州。", 32),
        ("the故人西辞黄鹤楼", 17),
        ("😷" * 140, 280),
        ("xÁx", 3),
        ("xA\u0301x", 3),
        (f"H🐱☺{FAMILY}", 7),
        ("😷👾😡🔥💩", 10),
        ("🙋🏽👨\u200d🎤", 4),
        ("\u2000\u200a\u200b ‐ – — ‘ ’ “ ” ′ ″ ‷", 23),
        ("\u2016 \u2017", 3),
        ("1⃣", 2),
        ("🤪; 🧕; 🧕🏾; 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 14),
        ("🤠; 💃; 💃🏾", 10),
        (FAMILY * 140, 280),
        ("ABC\u202aABC", 8),
        ("\u2066\u202ahttp://foobar.پاکستان/\u202c\u2069", 31),
        ("randomurl" * 7 + "s.com", 68),
        (f"https://{LONG_HOST}/foo https://validurl.com", len(f"https://{LONG_HOST}/foo ") + 23),
        ("🇷🇼", 2),
    ],
)
def test_x_weighs_as_twitter_text_does(text: str, weight: int) -> None:
    assert x_weight(text) == weight


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("example.com", ["example.com"]),
        ("see main.rs and ASP.NET.", ["main.rs", "ASP.NET"]),
        ('he said "example.org".', ["example.org"]),
        ("https://example.org/a_(b)?c=d#e, and", ["https://example.org/a_(b)?c=d#e"]),
        ("(https://example.org/a)", ["https://example.org/a"]),
        ("write to desk@example.org", []),
        ("@example.com", []),
        ("#example.com", []),
        ("-example.com", []),
        ("a_x.com", []),
        ("foo.py-x", []),
        ("version 3.5 of it", []),
        ("日本語.com", []),
        ("http://日本語.jp/", ["http://日本語.jp/"]),
        ("example.comです", ["example.com"]),
        ("e.g.http://x.co", ["http://x.co"]),
        ("https://t.co/abc123xyz", ["https://t.co/abc123xyz"]),
        ("https://t.co/" + "a" * 41, []),
        ("x.com.日本語.com", ["x.com"]),
        ("U.S.A.", []),
    ],
)
def test_x_sees_the_links_that_twitter_text_sees(text: str, links: list[str]) -> None:
    assert [span.text for span in x_urls(text)] == links


def test_an_x_link_counts_23_however_long_it_is() -> None:
    assert x_weight("https://example.org/" + "a" * 300) == 23


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("abc", 3), ("a\r\nb", 3), (FAMILY, 1), ("é", 1), ("e\u0301", 1), ("🇷🇼🇫🇷", 2), ("क्षि", 1)],
)
def test_graphemes_are_what_people_see(text: str, count: int) -> None:
    assert graphemes(text) == count
    assert len(grapheme_ends(text)) == count


def test_bluesky_also_counts_bytes() -> None:
    assert utf8_bytes(FAMILY) == 25
    assert utf8_bytes("abc") == 3


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("https://example.org/" + "a" * 100, 23),
        ("https://example.org/日本語?q=京都", 23),
        ("https://example.org/a=", 24),
        ("https://example.org#top", 27),
        ("https://example.org/a_(b)_(c(d))", 23),
        ("https://example.org/a(b", 25),
        ("https://news.invalid/a", 22),
        ("ahttps://example.org/a", 22),
        ("example.org/x,https://example.org/a", 35),
        ("@ümit@social.example", 20),
        ("🇷https://example.org/🇼", 1 + 23),
        ("see https://example.org/a.", 28),
        ("example.org", 11),
        ("@aline@social.example hi", 9),
        ("@aline hi", 9),
        (FAMILY, 1),
        ("a https://a.example.org b https://b.example.org", 2 + 23 + 3 + 23),
    ],
)
def test_mastodon_shortens_links_and_far_mentions(text: str, count: int) -> None:
    assert mastodon_length(text) == count


def test_mastodon_takes_the_instances_own_link_length() -> None:
    assert mastodon_length("https://example.org/abc", per_url=25) == 25


def test_other_platforms_count_their_own_way() -> None:
    assert utf16_units("a😀") == 3
    assert code_points("a😀") == 2
    assert threads_length(f"ab{FAMILY}") == 27
    assert linkedin_escape("a (b) #c") == r"a \(b\) \#c"
    assert linkedin_length("a (b)") == 7


def test_links_leave_the_sentences_punctuation_behind() -> None:
    text = "See (https://example.org/a_(b)), or https://example.org/c…"
    assert [span.text for span in urls(text)] == ["https://example.org/a_(b)", "https://example.org/c"]


@pytest.mark.parametrize("tag", ["#Bénin", "#رواندا", "#ኢትዮጵያ", "#日本", "#Amakuru2024", "#क्षेत्र"])
def test_hashtags_are_found_in_every_script(tag: str) -> None:
    found = hashtags(f"a {tag}, https://example.org/#no x#no #2024")
    assert [span.text for span in found] == [tag]
    assert f"a {tag}, "[found[0].start : found[0].end] == tag


def test_mentions_are_no_mail_addresses() -> None:
    found = mentions("@aline and @eric@social.example, not desk@example.org nor https://example.org/@x")
    assert [span.text for span in found] == ["@aline", "@eric@social.example"]


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("😀\ufe0f", 4),
        ("❤\ufe0f", 2),
        ("👨\u200d👩\u200d👧\ufe0f", 4),
        ("🏴\U000e0067\U000e0062\U000e007f", 2),
    ],
)
def test_a_variation_selector_is_free_only_behind_what_is_no_picture_by_itself(
    text: str, weight: int
) -> None:
    assert x_weight(text) == weight


@pytest.mark.timeout(30)
def test_a_long_hyphenated_run_is_counted_in_bearable_time() -> None:
    assert x_weight("a-" * 10_000 + ".x") == 20_002
