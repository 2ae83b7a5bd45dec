import pytest

from bot.domain.tracking import route_of, untracked, without_session


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/a/?utm_source=home", "https://example.org/a/"),
        ("https://example.org/a?p=4&utm_medium=rss&q=é%20b#top", "https://example.org/a?p=4&q=é%20b#top"),
        ("https://example.org/a?fbclid=x#top", "https://example.org/a#top"),
        ("https://news.blogspot.com/2026/11/rain.html?m=1", "https://news.blogspot.com/2026/11/rain.html"),
        ("https://example.org/?m=202611", "https://example.org/?m=202611"),
        ("https://example.org/a?%75tm_source=x", "https://example.org/a"),
        ("https://example.org/#/a?utm_source=x", "https://example.org/#/a?utm_source=x"),
        ("https://example.org/a", "https://example.org/a"),
    ],
)
def test_what_tells_who_led_there_is_left_out_and_the_rest_stays_as_written(url: str, expected: str) -> None:
    assert untracked(url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/a?PHPSESSID=0a1b2c", "https://example.org/a"),
        ("https://example.org/a.php?id=3&PHPSESSID=0a1b2c", "https://example.org/a.php?id=3"),
        ("https://example.org/a.php?PHPSESSID=0a1b2c&id=3#c", "https://example.org/a.php?id=3#c"),
        ("https://example.org/a.jsp;jsessionid=0A1B.node1?id=3", "https://example.org/a.jsp?id=3"),
        ("https://example.org/a.asp?ASPSESSIONIDQQ=AB&id=3", "https://example.org/a.asp?id=3"),
        ("https://example.org/sittings?session_id=57", "https://example.org/sittings?session_id=57"),
        ("https://example.org/a?session=57", "https://example.org/a?session=57"),
    ],
)
def test_a_session_is_left_out(url: str, expected: str) -> None:
    assert without_session(url) == expected


@pytest.mark.parametrize("fragment", ["/article/12", "!/article/12", "!article=12"])
def test_a_fragment_may_be_a_page(fragment: str) -> None:
    assert route_of(fragment) == fragment


@pytest.mark.parametrize("fragment", ["", "comments", "/", "!", "!/", ":~:text=rain", "more-12"])
def test_a_fragment_may_be_a_place(fragment: str) -> None:
    assert route_of(fragment) == ""
