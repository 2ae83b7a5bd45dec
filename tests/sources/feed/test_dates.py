import pytest

from bot.sources.feed.dates import written
from bot.sources.feed.fast import parse_fast
from bot.sources.feed.slow import parse_slow


def feed(*dates: str, lang: str = "") -> bytes:
    items = "".join(
        f"<item><title>A</title><link>https://example.org/{n}</link><pubDate>{date}</pubDate></item>"
        for n, date in enumerate(dates)
    )
    head = f'<rss version="2.0"><channel><title>S</title><language>{lang}</language>'
    return f"{head}{items}</channel></rss>".encode()


def read(*dates: str, lang: str = "") -> list[str]:
    return [
        item.published.removesuffix(":00+00:00") for item in parse_fast(feed(*dates, lang=lang), 10).items
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("26 novembre 2026", "2026-11-26T00:00"),
        ("jeu., 26 novembre 2026 08:25:00 +0200", "2026-11-26T08:25:00+02:00"),
        ("26 novembre 2026 à 08h25", "2026-11-26T08:25"),
        ("le 1er mars 2026", "2026-03-01T00:00"),
        ("26 févr. 2026 10:00", "2026-02-26T10:00"),
        ("26 déc 2026 10:00:00 GMT", "2026-12-26T10:00"),
        ("Kuwa kane, 26 Ugushyingo 2026 08:25", "2026-11-26T08:25"),
        ("1 Mutarama 2019", "2019-01-01T00:00"),
        ("26 Novemba 2026", "2026-11-26T00:00"),
        ("Ugushyingo 26, 2026 3:05 PM", "2026-11-26T15:05"),
        ("Thu, 26 Nov 2026 10:25:00 GMT", "2026-11-26T10:25"),
        ("26/11/2026 10:25", "2026-11-26T10:25"),
        ("26 jui 2026", ""),
        ("31 février 2026", ""),
        ("yesterday", ""),
    ],
)
def test_months_by_their_names(text: str, expected: str) -> None:
    assert read(text) == [expected]


def test_the_day_comes_first_unless_the_feed_proves_or_is_american() -> None:
    assert read("03/11/2026 10:25") == ["2026-11-03T10:25"]
    assert read("03/11/2026 10:25", "26/11/2026 10:25", lang="en-US")[0] == "2026-11-03T10:25"
    assert read("03/11/2026 10:25", "11/26/2026 10:25") == ["2026-03-11T10:25", "2026-11-26T10:25"]
    assert read("03/11/2026 10:25", lang="en-US") == ["2026-03-11T10:25"]


def test_the_other_parser_reads_them_too() -> None:
    channel = parse_slow(feed("26 Ugushyingo 2026 08:25"), "https://example.org/feed", 10)
    assert channel
    (item,) = channel.items
    assert item.published == "2026-11-26T08:25:00+00:00"


@pytest.mark.parametrize(
    "text", ["26 novembre 2026 99:00", "99/99/2026", "1" * 5000, "a " * 5000, "1 " * 5000]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert written(text, day_first=True) == ""
