from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.storage.store import open_store
from tests.cli.conftest import Desk
from tests.fakes.site import Page


def texts(account: str) -> list[str]:
    return [json.loads(path.read_text())["text"] for path in sorted(Path(f"out/{account}/posts").glob("*"))]


def test_the_first_pass_only_learns_and_says_how_to_share_what_was_there(desk: Desk) -> None:
    code, out, err = desk("run", "--once")
    line = json.loads(err)
    assert (code, out) == (0, "")
    assert (line["event"], line["learnt"]) == ("source.baseline", 1)
    assert "sharewire share URL" in line["hint"]
    assert not Path("out").exists()


def test_the_second_pass_shares_what_is_new_on_every_account(shared: Desk) -> None:
    (x,) = texts("main_x")
    assert x.startswith(f"Rain & wind [live]\n{shared.url('rain')}")
    assert len(texts("fedi")) == 1


def test_a_third_pass_shares_nothing_twice(shared: Desk) -> None:
    assert shared("run", "--once") == (0, "", "")
    assert len(texts("main_x")) == 1


def test_a_pass_that_fails_at_a_source_is_one_line_and_exit_1(working: Desk) -> None:
    working.site.pages["/feed/"] = Page(b"gone fishing", 503)
    code, out, err = working("run", "--once", "--json")
    assert code == 1
    (trouble,) = json.loads(out)["troubles"]
    assert trouble.startswith("source site: ")
    assert "503" in trouble
    assert "None" not in err


def test_a_good_pass_has_no_troubles(desk: Desk) -> None:
    assert desk.json("run", "--once") == {"troubles": []}


def test_a_refused_configuration_ends_it_before_a_database_is_made(desk: Desk) -> None:
    desk.configure(('timing = "now"', 'timing = "nwo"'))
    code, out, err = desk("run", "--once")
    assert (code, out) == (1, "")
    assert err == (
        'sharewire: config/bot.toml: routes.everything.timing: is none of its values: did you mean "now"?\n'
    )
    assert not Path("data").exists()


def test_one_pass_reads_the_page_of_what_its_rules_bring_back_and_shares_it(working: Desk) -> None:
    page = b"""<html><head><meta property="og:title" content="News of old">
    <meta property="og:description" content="What its page alone says of it, in more than forty letters.">
    </head></html>"""
    working.site.pages["/a/old/"] = Page(page, headers={"Content-Type": "text/html"})
    lately = datetime.now(UTC) - timedelta(minutes=2)
    rule = f'cron = "{lately.minute} * * * *"\nmin_age = "1d"\ncooldown = "30d"\n'
    working.configure(
        ("enrich = false\n", ""),
        more=f'\n[[evergreen]]\nname = "classics"\nsources = ["site"]\naccounts = ["fedi"]\n{rule}',
    )
    assert working("run", "--once")[0] == 0
    store = open_store("sqlite:///data/sharewire.db")
    with store.write() as tx:  # the rule was met a while ago
        tx.workers.set("since:evergreen:classics", (datetime.now(UTC) - timedelta(minutes=5)).isoformat())
    store.close()
    code, out, err = working("run", "--once")
    assert (code, out) == (0, ""), err
    (post,) = Path("out/fedi/posts").glob("*")
    assert "What its page alone says of it" in json.loads(post.read_text())["text"]
