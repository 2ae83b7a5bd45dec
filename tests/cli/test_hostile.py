"""What a hostile site writes is shown, and never obeyed: by a terminal, a page, a log or a platform."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from bot.cli.screen import Screen
from tests.cli.conftest import Desk

ESC, CSI, BELL, TURN, ISOLATE, LINE = "\x1b", "\x9b", "\x07", "\u202e", "\u2067", "\u2028"
ORDERS = (ESC, CSI, BELL, TURN, ISOLATE, LINE, "\x00")
EVIL = (
    f"Breaking{ESC}]0;owned{BELL} {CSI}31m{TURN}gpj.exe{ISOLATE} @everyone <script>alert(1)</script>{LINE}end"
)


def item(number: int) -> dict[str, object]:
    return {
        "id": f"id-{number}{ESC}[2J",
        "url": f"{{url}}/a/{number}/?q={TURN}{CSI}<script>",
        "title": f"{EVIL} {number}",
        "summary": EVIL,
        "content_html": f"<p>{EVIL}</p><img src=x onerror=alert(1)>",
        "tags": [EVIL, f"<b>{ESC}"],
        "authors": [{"name": EVIL}],
        "image": f"javascript:alert(1){ESC}",
        "language": f"en{ESC}",
    }


@pytest.fixture
def hostile(working: Desk) -> Desk:
    """A desk whose site was taken over, after one pass."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": EVIL,
        "items": [item(number) for number in range(2)],
    }
    body = json.dumps(feed).replace("{url}", working.site.url("").rstrip("/"))
    working.site.feed("/feed/", body, kind="application/feed+json")
    working("run", "--once")
    return working


def obeyed(text: str) -> list[str]:
    return [order for order in ORDERS if order in text]


def test_no_command_hands_an_order_to_the_terminal(hostile: Desk) -> None:
    shown = 0
    for words in (
        ("run", "--once"),
        ("preview", "latest", "--last", "2"),
        ("plan",),
        ("status",),
        ("explain", "2"),
        ("queue", "list", "--all"),
        ("queue", "show", "1"),
        ("explain", f"https://nowhere.example/{ESC}[2J{TURN}"),
        ("preview", f"{ESC}]0;x{BELL}"),
        ("check",),
    ):
        for form in ((), ("--json",)):
            _, out, err = hostile(*words, *form)
            assert (words, form, obeyed(out), obeyed(err)) == (words, form, [], [])
            shown += "gpj.exe" in out
    assert shown >= 6


def test_no_page_and_no_file_holds_what_a_browser_would_run(hostile: Desk) -> None:
    pages = [path for path in Path("out").rglob("*") if path.is_file()]
    assert any(path.suffix == ".html" for path in pages)
    for path in pages:
        text = path.read_text("utf-8")
        assert obeyed(text) == []
        assert ("<script>" in text and path.suffix == ".html", "onerror" in text) == (False, False)


def test_no_post_mentions_whom_the_article_names(hostile: Desk) -> None:
    posts = [json.loads(path.read_text("utf-8")) for path in Path("out").rglob("*.json")]
    assert posts
    assert [post for post in posts if "@everyone" in json.dumps(post, ensure_ascii=False)] == []


def test_a_screen_shows_orders_as_what_they_are() -> None:
    out = io.StringIO()
    Screen(file=out, force_terminal=True, width=60, highlight=False).print(
        f"a{ESC}[31mb{CSI}c{TURN}d", markup=False
    )
    assert out.getvalue() == "a\ufffd[31mb\ufffdc\ufffdd\n"
