from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Desk


def test_what_was_there_before_is_shared_on_a_persons_word(working: Desk) -> None:
    url = working.url("old")
    assert working.json("share", url) == {"deliveries": [1, 2], "already": []}
    assert working("run", "--once")[0] == 0
    assert len(list(Path("out").glob("*/posts/*.json"))) == 2


def test_sharing_twice_needs_a_word_of_its_own(shared: Desk) -> None:
    url = shared.url("rain")
    assert shared.json("share", url) == {"deliveries": [], "already": ["main_x", "fedi"]}
    assert shared.json("share", url, "--again", "--account", "fedi") == {"deliveries": [3], "already": []}


def test_it_works_before_the_first_run(desk: Desk) -> None:
    code, out, _ = desk("share", desk.url("old"))
    assert code == 0
    assert out.splitlines() == [
        "share 1 is queued on main_x: News of old",
        "share 2 is queued on fedi: News of old",
    ]


def test_it_is_not_shared_again_when_the_feed_brings_it(desk: Desk) -> None:
    desk("share", desk.url("old"))
    desk("run", "--once")
    desk("run", "--once")
    assert len(list(Path("out").glob("*/posts/*.json"))) == 2


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("nosuch",), 2, "there is no article nosuch: give its number, its address, or `latest`"),
        (("1", "--account", "zz"), 2, "there is no [accounts.zz]: choose among main_x, fedi"),
        (
            ("ftp://site.example/a",),
            2,
            "'ftp://site.example/a' is no address of an article: give it with https://",
        ),
    ],
)
def test_what_cannot_be_shared_is_one_line(
    working: Desk, words: tuple[str, ...], code: int, told: str
) -> None:
    assert working("share", *words) == (code, "", f"sharewire: {told}\n")


def test_a_page_that_is_not_there_is_exit_1(working: Desk) -> None:
    url = working.site.url("/gone/")
    assert working("share", url) == (1, "", f"sharewire: {url} answers 404\n")


def test_backfill_shares_the_baseline_by_its_routes_and_once(working: Desk) -> None:
    assert working.json("backfill", "site", "--since", "2020-01-01") == {"deliveries": [1, 2]}
    assert working.json("backfill", "site", "--since", "2020-01-01") == {"deliveries": []}
    assert working("run", "--once")[0] == 0
    assert len(list(Path("out").glob("*/posts/*.json"))) == 2


def test_backfill_for_people_counts_what_it_queued(working: Desk) -> None:
    out = working("backfill", "site", "--since", "2020-01-01")[1]
    assert out == "queued: 2 shares; `sharewire plan` shows when they go out\n"


def test_backfill_by_what_only_pages_say_reads_them_first(desk: Desk) -> None:
    desk.configure(
        ("enrich = false", "enrich = true"),
        ('timing = "now"', 'timing = "now"\nmatch.authors_any = ["Ada M"]'),
    )
    desk.publish("rain", ago=timedelta(days=2))
    for path, author in (("/a/old/", b"Bo K"), ("/a/rain/", b"Ada M")):
        page = desk.site.pages[path]
        body = page.body.replace(b"<head>", b'<head><meta name="author" content="' + author + b'">')
        desk.site.pages[path] = replace(page, body=body)
    assert desk("run", "--once")[0] == 0
    assert desk.json("backfill", "site", "--since", "2020-01-01") == {"deliveries": [1, 2]}
    rain = desk.json("explain", desk.url("rain"))["article"]["id"]
    assert [row["article"] for row in desk.json("queue", "list")] == [rain, rain]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("zz", "--since", "2026-11-01"), "there is no [sources.zz]: choose among site"),
        (("site", "--since", "monday"), "--since: 'monday' is no date: write it as 2026-11-01"),
    ],
)
def test_a_backfill_that_cannot_be_is_one_line(working: Desk, words: tuple[str, ...], told: str) -> None:
    assert working("backfill", *words) == (2, "", f"sharewire: {told}\n")


def test_backfill_without_a_date_is_wrong_use(working: Desk) -> None:
    code, _, err = working("backfill", "site")
    assert code == 2
    assert "--since" in err


def test_an_article_known_by_its_address_alone_is_shared_as_its_page_says(desk: Desk) -> None:
    url = desk.url("old")
    listed = f"<url><loc>{url}</loc></url>"
    desk.site.feed(
        "/map.xml", f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</urlset>'
    )
    desk.configure(('kind = "feed"', 'kind = "sitemap"'), ("/feed/", "/map.xml"), ("enrich = false", ""))
    assert desk("run", "--once")[0] == 0
    assert [post["parts"][0]["text"][:11] for post in desk.json("preview", url)] == ["News of old"] * 2
    assert len(desk.json("share", url)["deliveries"]) == 2
    assert desk("run", "--once")[0] == 0
    assert "News of old" in "".join(path.read_text() for path in Path("out").rglob("*") if path.is_file())
