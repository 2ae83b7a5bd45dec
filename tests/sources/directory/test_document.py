"""What becomes of a Markdown file, in the four generators' ways of writing one."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.article import Entry
from bot.domain.post import Image
from bot.sources.directory import DirectoryOptions
from bot.sources.directory.document import NotPublic, entry_of_file

SITE = "https://example.org/"
REAL = "The minister said on Monday that the road would open by the end of the year."
HUGO = f"""+++
title = "Roads & bridges"
date = 2026-11-24T08:00:00+02:00
lastmod = 2026-11-24T09:00:00Z
tags = ["roads", "Kigali"]
categories = ["News"]
author = "Jane Doe"
description = "The road opens."
[cover]
image = "road.jpg"
alt = "A road"
+++
{{{{< figure src="x.jpg" >}}}}

{REAL} It is [long](https://example.org/x) and **wide**.
"""
JEKYLL = f"""---
layout: post
title:  "Roads: an overview"
date:   2026-11-24 10:00:00 +0200
categories: news
tags: [roads, 12:30]
image: /assets/road.jpg
---
{REAL}

{{% highlight ruby %}}
puts 1
{{% endhighlight %}}
"""
PELICAN = f"""Title: Roads and bridges
Date: 2026-11-24 10:00
Modified: 2026-11-24 11:00
Category: News
Tags: roads, Kigali
Authors: Jane Doe, John Roe
Summary: The road opens.

{REAL}
"""
ELEVENTY = f"""---
title: Roads
date: 2026-11-24
tags:
  - roads
permalink: /stories/roads/index.html
---
![A road](/img/road.jpg)

{REAL}
"""


def made(text: str, name: str = "posts/roads.md", **options: Any) -> Entry:
    table = {"kind": "directory", "path": "content", "url": SITE, **options}
    return entry_of_file(name, text, DirectoryOptions.model_validate(table))


def test_hugos_way() -> None:
    entry = made(HUGO)
    assert (entry.title, entry.url) == ("Roads & bridges", "https://example.org/posts/roads/")
    assert (entry.guid, entry.summary) == ("posts/roads.md", "The road opens.")
    assert (entry.tags, entry.categories, entry.authors) == (("roads", "Kigali"), ("News",), ("Jane Doe",))
    assert entry.image == Image("https://example.org/posts/roads/road.jpg", "A road")
    assert entry.published_at is not None
    assert entry.updated_at is not None
    assert (entry.published_at.isoformat(), entry.updated_at.hour) == ("2026-11-24T06:00:00+00:00", 9)
    assert "figure" not in entry.html
    assert "It is long and wide." in entry.html


def test_jekylls_way() -> None:
    entry = made(JEKYLL, "2026-11-24-roads.md", style="jekyll")
    assert entry.url == "https://example.org/news/2026/11/24/roads.html"
    assert (entry.title, entry.tags, entry.summary) == ("Roads: an overview", ("roads", "12:30"), REAL)
    assert entry.image == Image("https://example.org/assets/road.jpg")
    assert entry.published_at is not None
    assert entry.published_at.isoformat() == "2026-11-24T08:00:00+00:00"


def test_pelicans_way() -> None:
    entry = made(PELICAN, "news/anything.md", style="pelican", timezone="Africa/Kigali")
    assert entry.url == "https://example.org/roads-and-bridges.html"
    assert (entry.authors, entry.tags) == (("Jane Doe", "John Roe"), ("roads", "Kigali"))
    assert entry.published_at is not None
    assert entry.published_at.isoformat() == "2026-11-24T08:00:00+00:00"


def test_eleventys_way() -> None:
    entry = made(ELEVENTY, style="eleventy")
    assert (entry.url, entry.summary) == ("https://example.org/stories/roads/", REAL)
    assert entry.image == Image("https://example.org/img/road.jpg", "A road")


@pytest.mark.parametrize(
    ("style", "pattern", "name", "url"),
    [
        ("hugo", "", "posts/a-road/index.md", "posts/a-road/"),
        ("hugo", "", "posts/2026/Big Road.md", "posts/2026/big-road/"),
        ("hugo", "/:year/:month/:slug/", "posts/x.md", "2026/11/roads/"),
        ("hugo", "/:section/:slugorfilename/", "posts/x.md", "posts/x/"),
        ("jekyll", "pretty", "2026-11-24-road.md", "2026/11/24/road/"),
        ("jekyll", "/:year/:title/", "2026-11-24-road.md", "2026/road/"),
        ("hugo", "/:year/:title/", "posts/x.md", "2026/roads/"),
        ("pelican", "{date:%Y}/{slug}/", "x.md", "2026/roads/"),
        ("eleventy", "/blog/:name/", "2026-11-24-road.md", "blog/road/"),
    ],
)
def test_where_a_page_is(style: str, pattern: str, name: str, url: str) -> None:
    text = "---\ntitle: Roads\ndate: 2026-11-24 08:00\n---\nText."
    assert made(text, name, style=style, permalink=pattern).url == SITE + url


@pytest.mark.parametrize(
    ("front", "url"),
    [
        ("url: /own/place/", "own/place/"),
        ("slug: own", "posts/own/"),
        ("permalink: /:year/own/", "2026/own/"),
        ("url: https://example.org/elsewhere/", "elsewhere/"),
    ],
)
def test_a_file_may_name_its_own_place(front: str, url: str) -> None:
    assert made(f"---\ntitle: Roads\ndate: 2026-11-24\n{front}\n---\nText.").url == SITE + url


@pytest.mark.parametrize(
    ("front", "name"),
    [
        ("draft: true", "a.md"),
        ("published: false", "a.md"),
        ("status: draft", "a.md"),
        ("eleventyExcludeFromCollections: true", "a.md"),
        ("layout: x", "_drafts/a.md"),
        ("layout: x", "posts/_index.md"),
    ],
)
def test_what_is_no_published_article_is_passed_in_silence(front: str, name: str) -> None:
    with pytest.raises(NotPublic, match=r"\A\Z"):
        made(f"---\ntitle: Roads\n{front}\n---\nText.", name)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Just text.", "has no front matter"),
        ("---\nlayout: x\n---\n", "has no title"),
        ('---\ntitle: A\npermalink: "/{{ page.date }}/"\n---\n', "computes its own address"),
        ("---\ntitle: A\npermalink: /:year/\n---\n", "its address needs a date, and it has none"),
    ],
)
def test_what_cannot_be_told_is_said(text: str, said: str) -> None:
    with pytest.raises(NotPublic, match=said):
        made(text, "a.md")


@pytest.mark.parametrize("text", ["---\na: [1\n---\n", "---\n\ta: b\n---\n", "+++\na = \n+++\n"])
def test_front_matter_that_cannot_be_read_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="that cannot be read"):
        made(text)


def test_yaml_is_read_as_texts() -> None:
    entry = made("---\ntitle: 12:30\ntags: [no, 012, null]\ndate: 2026-11-24\n---\nText.")
    assert (entry.title, entry.tags) == ("12:30", ("no", "012", "null"))


def test_a_yaml_bomb_does_not_go_off() -> None:
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 'lol'}]" for n in range(12))
    entry = made(f"---\ntitle: A\ntags: &t\n  - x\n{levels}\nauthors: *a11\nsharewire_text: *a11\n---\nText.")
    assert (entry.tags, entry.authors, entry.override_text) == (("x",), (), "")


def test_nothing_is_shared_before_its_date() -> None:
    entry = made("---\ntitle: A\npublishDate: 2027-01-01T08:00:00Z\ndate: 2026-11-24\n---\nText.")
    assert entry.not_before is not None
    assert entry.not_before.isoformat() == "2027-01-01T08:00:00+00:00"


def test_the_desk_orders_in_the_front_matter() -> None:
    front = "sharewire_skip: true\nsharewire_text: Ours\nsharewire_embargo: 2027-01-01T06:00"
    entry = made(f"---\ntitle: A\ndate: 2026-11-24\n{front}\n---\nText.", timezone="Africa/Kigali")
    assert (entry.skip != "", entry.override_text) == (True, "Ours")
    assert entry.not_before is not None
    assert entry.not_before.isoformat() == "2027-01-01T04:00:00+00:00"


def test_hugos_translations_say_their_language() -> None:
    entry = made("---\ntitle: La route\n---\nTexte.", "posts/road.fr.md")
    assert (entry.lang, entry.url) == ("fr", "https://example.org/posts/road/")


def test_what_stands_before_the_more_mark_is_the_summary() -> None:
    text = f"---\ntitle: A\n---\n{REAL}\n\n<!--more-->\n\nAnd so on, for very long indeed."
    assert made(text).summary == REAL


def test_json_front_matter() -> None:
    assert made('{"title": "A", "tags": ["x"]}\n\nText.').tags == ("x",)


@pytest.mark.parametrize(
    ("said", "was"),
    [
        ("aliases: [/old/, /2025/older/]", ("https://example.org/old/", "https://example.org/2025/older/")),
        ("aliases:\n  - old", ("https://example.org/posts/old",)),
        ("redirect_from: /old.html", ("https://example.org/old.html",)),
        ("aliases: ['https://example.org/old/', 'http://[', '']", ("https://example.org/old/",)),
        ("draft: false", ()),
    ],
)
def test_the_addresses_that_a_page_had_before(said: str, was: tuple[str, ...]) -> None:
    assert made(f"---\ntitle: Roads\n{said}\n---\n{REAL}").was == was
