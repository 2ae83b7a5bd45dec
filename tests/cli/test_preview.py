from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from tests.cli.conftest import Desk
from tests.fakes.site import Page

KEYS = {
    "account",
    "platform",
    "article",
    "label",
    "template",
    "parts",
    "link",
    "card",
    "media",
    "lang",
    "cost_usd",
    "over_budget",
    "warnings",
}


def test_before_any_run_it_reads_the_feed_live_and_makes_no_database(desk: Desk) -> None:
    posts = desk.json("preview")
    assert [post["account"] for post in posts] == ["main_x", "fedi"]
    assert not Path("data").exists()
    assert not Path("out").exists()


def test_each_post_has_the_promised_keys(shared: Desk) -> None:
    x, fedi = shared.json("preview", "latest")
    assert set(x) == set(fedi) == KEYS
    text = f"Rain & wind [live]\n{shared.url('rain')}"
    assert x == {
        "account": "main_x",
        "platform": "x",
        "article": {"id": 2, "url": shared.url("rain"), "title": "Rain & wind [live]"},
        "label": None,
        "template": "default/x.j2",
        "parts": [{"text": text, "count": len(text), "limit": 280}],
        "link": shared.url("rain"),
        "card": None,
        "media": [],
        "lang": "",
        "cost_usd": 0.015,
        "over_budget": "",
        "warnings": [],
    }


def test_a_preview_is_what_was_sent(shared: Desk) -> None:
    (sent,) = Path("out/fedi/posts").glob("*")
    (post,) = shared.json("preview", "latest", "--account", "fedi")
    assert post["parts"][0]["text"] == json.loads(sent.read_text())["text"]


def test_the_last_two_articles(shared: Desk) -> None:
    posts = shared.json("preview", "--last", "2", "--account", "fedi")
    assert [post["article"]["title"] for post in posts] == ["Rain & wind [live]", "News of old"]


def test_piped_it_is_plain_lines_with_the_text_as_it_is(shared: Desk) -> None:
    code, out, _ = shared("preview", "2", "--account", "main_x")
    assert code == 0
    count = len(f"Rain & wind [live]\n{shared.url('rain')}")
    assert out.splitlines()[:3] == [
        f"== main_x (x) ({count} of 280 · default/x.j2)",
        "Rain & wind [live]",
        shared.url("rain"),
    ]


def test_an_address_that_no_route_takes_is_shown_with_a_warning(desk: Desk) -> None:
    posts = desk.json("preview", desk.url("old"))
    assert [post["warnings"][0].split(":")[0] for post in posts] == [
        "no route takes this article to main_x",
        "no route takes this article to fedi",
    ]


def test_a_post_that_cannot_be_fitted_keeps_the_keys_and_says_why(shared: Desk) -> None:
    folder = Path("templates/default")
    folder.mkdir(parents=True)
    (folder / "any.j2").write_text("{{ title }} {{ url }}" + " x" * 300)
    code, out, _ = shared("preview", "2", "--account", "main_x", "--json")
    (post,) = json.loads(out)
    assert code == 1
    assert set(post) == {*KEYS, "error"}
    assert (post["parts"], post["link"], post["template"]) == ([], None, "")
    assert "any.j2" in post["error"]


def test_what_is_not_there_is_one_line(desk: Desk) -> None:
    assert desk("preview", "99") == (
        2,
        "",
        "sharewire: there is no article 99: give its number, its address, or `latest`\n",
    )
    assert desk("preview", "--account", "zz") == (
        2,
        "",
        "sharewire: there is no [accounts.zz]: choose among main_x, fedi\n",
    )
    gone = desk.site.url("/gone/")
    assert desk("preview", gone) == (1, "", f"sharewire: {gone} answers 404\n")


def test_no_source_that_answers_is_said_source_by_source(desk: Desk) -> None:
    desk.site.pages["/feed/"] = Page(b"", 500)
    code, _, err = desk("preview")
    assert code == 2
    assert err.startswith("sharewire: no article to show: site: ")
    assert "500" in err


def test_for_people_it_says_what_a_share_costs_and_what_there_is_no_money_for(shared: Desk) -> None:
    shared.configure(('as = "x"', 'as = "x"\nbudget = { usd_per_month = 0.02 }'))
    _, out, _ = shared("preview", "--account", "main_x")
    assert "  cost: $0.015\n" in out
    assert "  ! over budget: it costs $0.015, and $0.015 of the month's $0.02 is spent: raise" in out


def test_the_latest_is_the_newest_by_date_wherever_the_source_lists_it(desk: Desk) -> None:
    desk.publish("older", "The older one", ago=timedelta(days=9))
    assert [post["article"]["title"] for post in desk.json("preview", "latest")] == ["News of old"] * 2


def test_an_old_article_is_shown_with_what_its_page_says_and_stored_as_it_was(working: Desk) -> None:
    working.configure(("enrich = false\n", ""))
    page = b"""<html lang="rw"><head><meta property="og:title" content="News of old">
    <meta property="og:description" content="What its page alone says of it, in more than forty letters.">
    </head></html>"""
    working.site.pages["/a/old/"] = Page(page, headers={"Content-Type": "text/html"})
    for name in (working.url("old"), "1"):
        (post,) = working.json("preview", name, "--account", "fedi")
        assert "What its page alone says of it" in post["parts"][0]["text"]
        assert post["lang"] == "rw"
    assert working.json("explain", "1")["article"]["lang"] == ""
    assert working.json("queue") == []


def test_an_old_article_whose_page_is_gone_is_shown_as_its_source_told_it(working: Desk) -> None:
    working.configure(("enrich = false\n", ""))
    working.site.pages["/a/old/"] = Page(b"gone", 404)
    (post,) = working.json("preview", "1", "--account", "fedi")
    assert "News of old" in post["parts"][0]["text"]
