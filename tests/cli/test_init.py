from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path

import pytest

from tests.cli.conftest import Desk, Run
from tests.fakes.site import Page

SHIPPED = Path(__file__).parents[2] / "config"
WRITTEN = Path("config/bot.toml")


@pytest.fixture
def fresh(desk: Desk) -> Desk:
    """A checkout as it is cloned: with the example configuration that is shipped."""
    shutil.rmtree("config")
    shutil.copytree(SHIPPED, "config")
    return desk


def test_the_shipped_example_gives_way_and_is_kept_beside(fresh: Desk) -> None:
    example = WRITTEN.read_text()
    code, out, err = fresh("init", fresh.site.url("/feed/"), "--allow-private")
    assert (code, err) == (0, "")
    assert Path("config/bot.toml.old").read_text() == example
    assert out.splitlines()[0] == "What stood in config/bot.toml is kept as config/bot.toml.old"
    assert tomllib.loads(WRITTEN.read_text())["sources"]["site"]["url"] == fresh.site.url("/feed/")


def test_what_it_writes_passes_the_check(fresh: Desk) -> None:
    fresh("init", fresh.site.url("/feed/"), "--allow-private", "--timezone", "Africa/Kigali")
    code, out, _ = fresh("check")
    assert code == 0
    assert out.startswith("config/bot.toml is fine: 1 source, 3 accounts, 1 route")


def test_a_site_leads_to_the_feed_that_its_page_names(fresh: Desk) -> None:
    link = b'<html><head><link rel="alternate" type="application/rss+xml" href="/feed/"></head></html>'
    fresh.site.pages["/"] = Page(link, headers={"Content-Type": "text/html"})
    said = fresh.json("init", fresh.site.url("/"), "--allow-private")
    assert (said["config"], said["languages"], said["titles"]) == ("config/bot.toml", ["en"], ["News of old"])
    assert said["source"] == {"kind": "feed", "url": fresh.site.url("/feed/")}


def test_a_configuration_of_yours_is_left_alone(desk: Desk) -> None:
    before = WRITTEN.read_text()
    code, _, err = desk("init", desk.site.url("/feed/"), "--allow-private")
    assert code == 2
    assert err == ("sharewire: config/bot.toml is there already: edit it, or say --force to write it anew\n")
    assert WRITTEN.read_text() == before


def test_force_keeps_what_stood_there(desk: Desk) -> None:
    before = WRITTEN.read_text()
    assert desk("init", desk.site.url("/feed/"), "--allow-private", "--force")[0] == 0
    assert Path("config/bot.toml.old").read_text() == before


def test_a_private_address_names_the_option_that_opens_it(fresh: Desk) -> None:
    address = fresh.site.url("/")
    code, _, err = fresh("init", address)
    assert code == 2
    assert err == f"sharewire: {address} is on a private address: say --allow-private if it is yours\n"


def test_a_site_without_a_feed_is_exit_1_with_what_was_tried(fresh: Desk) -> None:
    code, _, err = fresh("init", fresh.site.url("/a/old/"), "--allow-private")
    assert code == 1
    assert err.startswith(f"sharewire: no feed found at {fresh.site.url('/a/old/')}: tried ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("address", ["gopher://x.example", "https://", "two words"])
def test_what_is_no_address_is_wrong_use(command: Run, address: str) -> None:
    code, _, err = command("init", address)
    assert (code, err) == (
        2,
        f"sharewire: {address!r} is no address of a site: write it as https://your.site\n",
    )


def test_a_zone_that_is_none_is_refused_before_anything_is_asked(command: Run) -> None:
    code, _, err = command("init", "https://site.example", "--timezone", "Mars/Crater")
    assert (code, err) == (
        2,
        "sharewire: --timezone: 'Mars/Crater' is no IANA zone: write it as Africa/Kigali\n",
    )


def test_without_a_terminal_nobody_is_asked_for_the_address(command: Run) -> None:
    code, _, err = command("init")
    assert (code, err) == (2, "sharewire: name your site: sharewire init https://your.site\n")
    assert not Path("config").exists()


def test_json_is_the_only_thing_on_stdout(fresh: Desk) -> None:
    _, out, _ = fresh("init", fresh.site.url("/feed/"), "--allow-private", "--json")
    keys = {"config", "source", "generator", "others", "timezone", "languages", "titles", "posts"}
    assert set(json.loads(out)) == keys
