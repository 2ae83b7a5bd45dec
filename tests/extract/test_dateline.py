"""Datelines before a body's first paragraph go; what only looks like one stays."""

from __future__ import annotations

import pytest

from bot.domain.article import Entry
from bot.extract.dateline import without_place
from bot.extract.enrich import enrich
from bot.extract.entry import entry_of
from bot.extract.item import Channel, Item
from bot.extract.text import without_dateline
from bot.ports.source import Response

ROAD = "The road from Kigali to Huye opens on Monday, the minister said."


def stripped(paragraph: str) -> str:
    """As a body's first paragraph is read."""
    return without_place(without_dateline(paragraph))


@pytest.mark.parametrize(
    "before",
    [
        "KIGALI, Nov 26 (Reuters) – ",
        "KIGALI, Rwanda (AP) — ",
        "PARIS (AFP) - ",
        "Paris (AFP) – ",
        "Goma, Nov. 26 (Reuters) - ",
        "Huye, Southern Province (RBA) – ",
        "Nyagatare (The New Times) — ",
        "Addis-Abeba, 26 novembre (APA) – ",
        "Dar es Salaam (Xinhua) -- ",
        "Kigali, 26 November 2026 – ",
        "Kigali, Nov 26, 2026 — ",
        "Bukavu, 26 novembre – ",
        "Kigali, 26/11/2026 – ",
        "(Kigali) – ",
        "(Nairobi, November 26, 2026) – ",
        "(Cape Town) — ",
        "Kigali — ",
        "Kigali – ",
        "Nairobi - ",
        "Geneva, Switzerland — ",
        "Dar es Salaam — ",
    ],
)
def test_a_dateline_goes(before: str) -> None:
    assert stripped(f"{before}{ROAD}") == ROAD
    assert stripped(f"{before}“{ROAD}”") == f"“{ROAD}”"


@pytest.mark.parametrize(
    "paragraph",
    [
        "Kigali – the city of a thousand hills – grows by forty thousand people a year.",
        "KIGALI – the city of a thousand hills – grows by forty thousand people a year.",
        "Kigali – The city of a thousand hills – grows by forty thousand people a year.",
        "Kigali – Butare in two hours: the new road makes it possible at last, says the minister.",
        "Kigali-based traders said on Monday that the price of beans had doubled within a month.",
        "Kigali, the capital, will have forty new buses by the end of the year, the ministry says.",
        "Kagame – The president of Rwanda met his counterparts in Luanda on Monday afternoon.",
        "Paul Kagame — The Rwandan president said on Monday that the road would be open soon.",
        "Football – Rwanda beat Kenya by two goals to nil on Monday in front of thousands.",
        "Monday, 26 November – The day on which the road from Kigali to Huye was opened at last.",
        "Updated (AFP) – The road from Kigali to Huye opens on Monday, the minister said.",
        "(Left) – The minister, who opened the road, with the mayor of Huye on Monday morning.",
        "(Part One) – The minister opened the road with the mayor of Huye on Monday morning.",
        "(Kigali Today) – The minister opened the road with the mayor of Huye on Monday morning.",
        "(in Kigali) – The minister opened the road with the mayor of Huye on Monday morning.",
        "Rwanda (population: 14 million) – The smallest of four neighbours has the best roads.",
        "Yes – The road is open, and nobody who came by it on Monday had ever seen one like it.",
        "Washington – Rwanda’s ally for decades – has asked for the troops to be withdrawn.",
        "In Kigali – The Book of a City the author tells of streets that are no more to be seen.",
        "By Jane Doe, Kigali – The road from Kigali to Huye opens on Monday, the minister said.",
    ],
)
def test_what_only_looks_like_one_stays(paragraph: str) -> None:
    assert stripped(paragraph) == paragraph


def test_of_a_page_it_goes_from_the_body_not_from_its_description() -> None:
    html = f"<html><head>{{}}</head><body><article><p>Kigali — {ROAD}</p></article></body></html>"
    bare = Entry("g", "https://example.org/a", "A road opens", image=None, lang="en")

    def told(head: str) -> str:
        body = html.replace("{}", head).encode()
        return enrich(
            bare, Response("https://example.org/a", 200, {"content-type": "text/html"}, body)
        ).summary

    assert told("") == ROAD
    written = f"Kigali — {ROAD}"
    assert told(f'<meta name="description" content="{written}">') == written


def test_of_a_feed_it_goes_from_the_body_not_from_its_teaser() -> None:
    def told(teaser: str, body: str) -> str:
        item = Item(link="https://example.org/a", title="A", description=teaser, content=body)
        entry = entry_of(item, Channel(), "https://example.org/feed/")
        assert entry is not None
        return entry.summary

    body = f"<p>Kigali — {ROAD}</p><p>It took four years, and more money than anybody had thought.</p>"
    assert told("", body) == ROAD
    assert told(f"Kigali — {ROAD[:40]} […]", body) == ROAD
    assert told("Kigali — The minister opens a road to the south.", body) == (
        "Kigali — The minister opens a road to the south."
    )
