"""XML that means harm: entities that explode, files of this machine, tags without end."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from bot.extract.item import Channel
from bot.sources.feed.fast import parse_fast
from bot.sources.feed.mend import mend
from bot.sources.feed.slow import parse_slow

LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
FEED = """<?xml version="1.0"?>{doctype}<rss version="2.0" xmlns:xi="http://www.w3.org/2001/XInclude">
<channel><title>Site</title><item><title>{title}</title><link>https://e.example/1</link></item></channel></rss>"""
HARM = {
    "a billion laughs": FEED.format(doctype=f'<!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]>', title="&l9;"),
    "one long entity many times": FEED.format(
        doctype=f'<!DOCTYPE r [<!ENTITY a "{"A" * 100_000}">]>', title="&a;" * 10_000
    ),
    "a file of ours": FEED.format(
        doctype='<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>', title="&x;"
    ),
    "a file of ours by parameter entity": FEED.format(
        doctype='<!DOCTYPE r [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>', title="a"
    ),
    "a file of ours by inclusion": FEED.format(
        doctype="", title='<xi:include href="file:///etc/passwd" parse="text"/>'
    ),
    "a doctype of another host": FEED.format(
        doctype='<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">', title="a"
    ),
    "tags without end": FEED.format(doctype="", title="<b>" * 20_000),
}


def fast(body: bytes) -> Channel | None:
    try:
        return parse_fast(mend(body, ""), 100)
    except ValueError:
        return None


def slow(body: bytes) -> Channel | None:
    return parse_slow(body, "https://e.example/", 100)


@pytest.mark.parametrize("parse", [fast, slow])
@pytest.mark.parametrize("harm", list(HARM))
def test_harm_is_neither_done_nor_waited_for(harm: str, parse: Callable[[bytes], Channel | None]) -> None:
    began = time.process_time()
    channel = parse(HARM[harm].encode())
    said = repr(channel)
    assert "root:" not in said
    assert len(said) < 200_000
    assert time.process_time() - began < 5
