from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.evidence import find_own, normal_text, same_post
from bot.domain.post import OwnPost

MARK = datetime(2026, 11, 24, 12, tzinfo=UTC)
TEXT = "Rain over Huye\nhttps://example.org/rain?utm_source=fedi"
LINK = "https://example.org/rain?utm_source=fedi"
OURS = OwnPost({"id": "7"}, "https://social.example/7", TEXT, (LINK,), MARK + timedelta(seconds=3))


def is_ours(post: OwnPost, text: str = TEXT, link: str = LINK, taken: tuple[str, ...] = ()) -> bool:
    return same_post(post, text=text, link=link, marked_at=MARK, taken=taken)


@pytest.mark.parametrize(
    "post",
    [
        OURS,
        replace(OURS, created_at=MARK - timedelta(minutes=2)),
        replace(OURS, links=("http://www.example.org/rain/",), text="whatever"),
        replace(OURS, links=("https://elsewhere.example/", LINK), text="whatever"),
        replace(OURS, links=(), text="RAIN over  Huye https://t.example/x1"),
        replace(OURS, links=("https://t.example/x1",), text="Rain over Huye https://t.example/x1"),
    ],
    ids=[
        "the very same",
        "by a clock two minutes behind",
        "the link in another dress",
        "the link among others",
        "the text in another dress",
        "the link made short",
    ],
)
def test_the_same_link_or_the_same_text_is_ours(post: OwnPost) -> None:
    assert is_ours(post)


@pytest.mark.parametrize(
    "post",
    [
        replace(OURS, created_at=MARK - timedelta(minutes=2, microseconds=1)),
        replace(OURS, links=(), text="Snow over Huye"),
        replace(OURS, links=("https://example.org/snow",)),
        replace(OURS, links=("https://example.org/rain?lang=fr",)),
    ],
    ids=[
        "made before the mark",
        "neither link nor text",
        "our words around another article",
        "another language of the article",
    ],
)
def test_anything_else_is_not(post: OwnPost) -> None:
    assert not is_ours(post)


def test_what_is_recorded_for_another_share_is_not_this_one() -> None:
    assert not is_ours(OURS, taken=("7",))


def test_a_number_for_an_id_is_recorded_all_the_same() -> None:
    assert not is_ours(replace(OURS, ref={"id": 7}), taken=("7",))


def test_a_later_part_goes_by_its_text_though_the_link_is_the_same() -> None:
    assert not is_ours(OURS, text="The second part", link="")


def test_a_post_of_nothing_but_a_link_is_not_known_by_its_empty_text() -> None:
    assert not is_ours(replace(OURS, text="https://t.example/x1", links=()), text=LINK)


@pytest.mark.parametrize(
    ("one", "other"),
    [("A  b\nc", "a b c"), ("See https://a.example/x now", "see now"), ("ﬁn", "fin"), ("a\u00a0b", "a b")],
)
def test_text_is_the_same_without_what_platforms_change_in_it(one: str, other: str) -> None:
    assert normal_text(one) == normal_text(other)


def test_the_earliest_of_several_is_ours() -> None:
    later = replace(OURS, ref={"id": "8"}, created_at=MARK + timedelta(minutes=1))
    strange = replace(OURS, ref={"id": "6"}, created_at=MARK, links=(), text="Snow")
    assert find_own([later, strange, OURS], text=TEXT, link=LINK, marked_at=MARK, taken=()) == OURS


def test_none_is_ours_where_none_is() -> None:
    assert find_own([OURS], text=TEXT, link=LINK, marked_at=MARK, taken={"7"}) is None
