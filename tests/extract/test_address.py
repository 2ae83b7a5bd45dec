"""Addresses as sites write them, and as platforms take them for links."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.identity import normalise_url
from bot.domain.links import server_urls, x_urls
from bot.extract.address import absolute

WRITTEN = {
    "/inkuru/umuco-w’u-rwanda/": "/inkuru/umuco-w%E2%80%99u-rwanda/",
    "/actualité/l'été à Kigali/": "/actualit%C3%A9/l'%C3%A9t%C3%A9%20%C3%A0%20Kigali/",
    "/%C3%A9t%C3%A9/": "/%C3%A9t%C3%A9/",
    "/قطار/": "/%D9%82%D8%B7%D8%A7%D8%B1/",
    "/ዜና/?ቀን=1": "/%E1%8B%9C%E1%8A%93/?%E1%89%80%E1%8A%95=1",
    "/🎉/x": "/%F0%9F%8E%89/x",
    '/a^b/"q"/{c}/d\\e': "/a%5Eb/%22q%22/%7Bc%7D/d%5Ce",
    "/x|y/[z]/": "/x|y/[z]/",
    "/film_(2026)/": "/film_(2026)/",
    "/film_(2026)": "/film_(2026)",
    "/a)b(/c)/": "/a%29b%28/c%29/",
    "/why?": "/why?",
    "/and so on...": "/and%20so%20on..%2E",
    "/100%": "/100%25",
    "/a?q=é&r=%E9": "/a?q=%C3%A9&r=%E9",
    "/ta\tb\n": "/tab",
}


@pytest.mark.parametrize("written", list(WRITTEN))
def test_an_address_is_a_link_from_its_first_to_its_last_letter(written: str) -> None:
    made = absolute(f"https://umuco.rw{written}", "")
    assert made == f"https://umuco.rw{WRITTEN[written]}"
    text = f"What it is about\n{made}\n\n#Umuco"
    for found in (x_urls(text), server_urls(text)):
        assert [span.text for span in found] == [made.removesuffix("?")]


@pytest.mark.parametrize("written", [each for each in WRITTEN if "\t" not in each])
def test_it_is_the_same_page_however_it_was_written(written: str) -> None:
    assert normalise_url(absolute(f"https://umuco.rw{written}", "")) == normalise_url(
        f"https://umuco.rw{written}"
    )


def test_a_host_of_another_script_stays_as_it_is_read() -> None:
    assert absolute("//bücher.de/été", "https://umuco.rw/feed/") == "https://bücher.de/%C3%A9t%C3%A9"


@pytest.mark.parametrize("link", ["umuco.rw/a/", "www.umuco.rw/a/"])
def test_a_host_without_its_scheme_is_no_folder(link: str) -> None:
    assert absolute(link, "https://umuco.rw/feed/") == f"https://{link}"
    assert absolute("www/a/", "https://umuco.rw/feed/") == "https://umuco.rw/feed/www/a/"


@given(
    st.from_regex(
        r"https?://[A-Za-z0-9.-]{0,5}(:[0-9]{1,6})?(/([A-Za-z0-9_.=&?+%(~-]|é){0,6}){0,3}", fullmatch=True
    )
)
@example("https://umuco.rw")
@example("https://umuco.rw/a.")
@example("https://.rw/a")
def test_a_plain_address_is_read_fast_as_any_other(written: str) -> None:
    slowly = f" {written}"  # white space has it read the long way
    assert absolute(written, "") == absolute(slowly, "")
