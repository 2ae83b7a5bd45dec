from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.article import Entry
from bot.domain.identity import (
    TOLD_AS,
    Fingerprint,
    Merge,
    New,
    Resolution,
    Same,
    content_hash,
    fingerprints,
    host_of,
    normalise_url,
    resolve,
)
from bot.domain.post import Image

AT = datetime(2026, 11, 24, tzinfo=UTC)
RAIN = Entry(guid="42", url="https://example.org/news/rain", title="Rain over Huye", summary="It rained.")


@dataclass(frozen=True)
class Known:
    id: int
    title: str
    url: str
    canonical_url: str = ""


@dataclass
class Memory:
    """What a store does with marks: the first article to have one keeps it."""

    marks: dict[Fingerprint, int] = field(default_factory=dict)
    known: dict[int, Known] = field(default_factory=dict)

    def meet(self, entry: Entry, source: str = "site") -> Resolution:
        mine = fingerprints(source, entry)
        hits = {mark: self.marks[mark] for mark in mine if mark in self.marks}
        return resolve(entry, mine, hits, self.known)

    def learn(self, id_: int, entry: Entry, source: str = "site") -> None:
        self.known[id_] = Known(id_, entry.title, entry.url, entry.canonical_url)
        self.marks |= {mark: id_ for mark in fingerprints(source, entry) if mark not in self.marks}


@pytest.fixture
def memory() -> Memory:
    memory = Memory()
    memory.learn(1, RAIN)
    return memory


@pytest.mark.parametrize(
    "entry",
    [
        replace(RAIN, guid="a", url="http://example.org/news/rain"),
        replace(RAIN, guid="a", url="https://www.example.org/news/rain"),
        replace(RAIN, guid="a", url="https://example.org/news/rain?utm_source=x&utm_medium=social"),
        replace(RAIN, guid="a", url="https://example.org/news/rain/"),
        replace(RAIN, guid="a", url="https://example.org/news/rain#comments"),
        replace(RAIN, guid="a", url="https://example.org/news/rain/amp/"),
        replace(RAIN, guid="a", url="https://m.example.org/news/rain"),
        replace(RAIN, guid="a", url="https://m.example.org/?id=1", canonical_url=RAIN.url),
        replace(RAIN, guid="a", title="Another headline"),
        replace(RAIN, url="https://example.org/news/heavy-rain"),
        replace(RAIN, title="Rain!", url="https://example.org/p/1", canonical_url=RAIN.url),
        replace(RAIN, guid="a", url="https://example.org/p/1", canonical_url=RAIN.url),
    ],
    ids=[
        "http",
        "www",
        "tracking",
        "trailing slash",
        "fragment",
        "amp",
        "mobile",
        "mobile, at an address of its own",
        "another guid and headline under the same URL",
        "the same guid and title under another slug",
        "the same guid whose canonical agrees",
        "the same canonical and title",
    ],
)
def test_one_article_in_another_dress_is_the_same(memory: Memory, entry: Entry) -> None:
    assert memory.meet(entry) == Same(1)


@pytest.mark.parametrize(
    ("entry", "source"),
    [
        (replace(RAIN, url="https://wire.example/a", title="Snow"), "wire"),
        (replace(RAIN, guid="43", url="https://example.org/news/rain-2"), "site"),
        (replace(RAIN, guid="43", url="https://example.org/news/rain?lang=fr"), "site"),
        (
            replace(RAIN, guid="43", url="https://example.org/snow", canonical_url="https://example.org/"),
            "site",
        ),
        (replace(RAIN, guid="43", url="https://wire.example/rain", canonical_url=RAIN.url), "site"),
        (
            replace(
                RAIN, guid="43", url="https://example.org/part-2", title="Part 2", canonical_url=RAIN.url
            ),
            "site",
        ),
    ],
    ids=[
        "guid 42 of another source",
        "the same title",
        "another language",
        "the home page as canonical",
        "a canonical on another host",
        "the canonical of another article",
    ],
)
def test_another_article_is_new(memory: Memory, entry: Entry, source: str) -> None:
    assert memory.meet(entry, source) == New()


def test_a_home_page_named_as_canonical_by_every_article_joins_none_of_them() -> None:
    memory = Memory()
    memory.learn(1, replace(RAIN, canonical_url="https://www.example.org/"))
    snow = Entry("43", "https://example.org/snow", RAIN.title, canonical_url="https://www.example.org/")
    assert memory.meet(snow) == New()


def test_the_pages_of_a_single_page_site_are_articles_of_their_own() -> None:
    memory = Memory()
    first = Entry("https://example.org/#/a/1", "https://example.org/#/a/1", "Rain")
    memory.learn(1, first)
    assert memory.meet(replace(first, title="Heavy rain")) == Same(1)
    assert memory.meet(Entry("https://example.org/#/a/2", "https://example.org/#/a/2", "Snow")) == New()


def test_the_name_of_a_cms_that_tells_of_its_articles_outlives_all_else() -> None:
    memory, named = Memory(), replace(RAIN, guid="7", cms_id=f"{TOLD_AS}7")
    memory.learn(1, named, "cms")
    moved = replace(named, url="https://other.example/storm", title="Storm")
    assert memory.meet(moved, "cms") == Same(1)
    assert memory.meet(moved, "another") == New()


def test_a_reused_guid_is_new_and_reported(memory: Memory) -> None:
    answer = memory.meet(replace(RAIN, url="https://example.org/snow", title="Snow"))
    assert isinstance(answer, New)
    assert answer.conflict == (
        "the guid '42' was article 1 (https://example.org/news/rain) before, "
        "and is used for https://example.org/snow now: taken as another article"
    )


def test_a_reused_guid_does_not_merge_two_articles(memory: Memory) -> None:
    snow = Entry("43", "https://example.org/snow", "Snow")
    memory.learn(2, snow)
    answer = memory.meet(replace(snow, guid="42"))
    assert isinstance(answer, Same)
    assert (answer.article, "guid '42' was article 1" in answer.conflict) == (2, True)


def test_a_cms_id_outlives_slug_and_headline() -> None:
    memory = Memory()
    memory.learn(1, replace(RAIN, cms_id="7"))
    moved = Entry("99", "https://www.example.org/storm", "Storm", cms_id="7")
    assert memory.meet(moved, "rest") == Same(1)


def test_a_cms_id_of_another_site_is_another_one() -> None:
    memory = Memory()
    memory.learn(1, replace(RAIN, cms_id="7"))
    assert memory.meet(Entry("99", "https://other.example/storm", "Storm", cms_id="7"), "rest") == New()


def test_two_articles_that_one_entry_names_are_merged_into_the_older(memory: Memory) -> None:
    memory.learn(2, Entry("x", "https://example.org/p/7", RAIN.title), "wire")
    assert memory.meet(replace(RAIN, url="https://example.org/p/7")) == Merge(1, 2)


def test_a_canonical_that_is_another_articles_merges_nothing(memory: Memory) -> None:
    snow = Entry("43", "https://example.org/snow", "Snow")
    memory.learn(2, snow)
    assert memory.meet(replace(snow, canonical_url=RAIN.url)) == Same(2)


def test_an_address_that_was_an_articles_canonical_is_that_article() -> None:
    memory = Memory()
    memory.learn(1, replace(RAIN, canonical_url="https://example.org/rain"))
    assert memory.meet(Entry("z", "https://example.org/rain", "Rain, again"), "wire") == Same(1)


def test_dates_do_not_matter(memory: Memory) -> None:
    assert memory.meet(replace(RAIN, published_at=AT, updated_at=AT)) == Same(1)


def test_an_entry_without_address_goes_by_its_guid() -> None:
    assert fingerprints("site", Entry("42", "", "A")) == (Fingerprint("guid", "site", "42"),)


def test_a_guid_that_is_an_address_counts_by_its_normal_form() -> None:
    assert fingerprints("site", replace(RAIN, guid="http://www.example.org/?p=42"))[0] == Fingerprint(
        "guid", "site", "https://example.org?p=42"
    )


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://WWW.Example.ORG:80/A/", "https://example.org/A"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("https://amp.example.org/a", "https://example.org/a"),
        ("https://amp.kt.rw.example/a", "https://kt.rw.example/a"),
        ("https://amp.com.au/a", "https://amp.com.au/a"),
        ("https://amp.dev/a", "https://amp.dev/a"),
        ("https://amp.rba.rw/a", "https://rba.rw/a"),
        ("https://m.rba.co.rw/a", "https://rba.co.rw/a"),
        ("https://mobile.example.org/a", "https://example.org/a"),
        ("https://m.co.rw/a", "https://m.co.rw/a"),
        ("https://example.org/#/?p=0", "https://example.org"),
        ("https://example.org/#/article/12", "https://example.org#/article/12"),
        (
            "https://example.org/app/#!/article/12/?utm_source=x&v=2",
            "https://example.org/app#!/article/12?v=2",
        ),
        ("https://example.org/a;jsessionid=0A1B?id=3", "https://example.org/a?id=3"),
        ("https://example.org/a?PHPSESSID=0a1b2c", "https://example.org/a"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        ("https://example.org./a", "https://example.org/a"),
        ("https://example.org", "https://example.org"),
        ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
        ("https://BÜCHER.example/a", "https://xn--bcher-kva.example/a"),
        ("https://example.org/caf%c3%a9", "https://example.org/caf%C3%A9"),
        ("https://example.org/café", "https://example.org/caf%C3%A9"),
        ("https://example.org/cafe\u0301", "https://example.org/caf%C3%A9"),
        ("https://example.org/%7euser", "https://example.org/~user"),
        ("https://example.org/caf%e9", "https://example.org/caf%E9"),
        ("https://example.org/a%2fb", "https://example.org/a%2Fb"),
        ("https://example.org//a///b", "https://example.org/a/b"),
        ("https://example.org/a?fbclid=1&gclid=2&mc_cid=3&mc_eid=4", "https://example.org/a"),
        ("https://example.org/a?igshid=1&ref_src=2&UTM_Source=3", "https://example.org/a"),
        ("https://example.org/a?lang=fr&utm_source=x", "https://example.org/a?lang=fr"),
        ("https://example.org/?p=42", "https://example.org?p=42"),
        ("https://example.org/a?b=2&a=1", "https://example.org/a?a=1&b=2"),
        ("https://example.org/a?b=2&a=3&a=1", "https://example.org/a?a=3&a=1&b=2"),
        ("https://example.org/a?q=caf%E9", "https://example.org/a?q=caf%E9"),
        ("https://example.org/a/amp", "https://example.org/a"),
        ("https://example.org/a/amp/", "https://example.org/a"),
        ("https://example.org/a/amp/amp", "https://example.org/a"),
        ("https://example.org/a?amp", "https://example.org/a"),
        ("https://example.org/a?amp=1", "https://example.org/a"),
        ("https://example.org/a?outputType=amp", "https://example.org/a"),
        ("https://example.org/a.amp.html", "https://example.org/a.html"),
        ("https://example.org/ramp", "https://example.org/ramp"),
        ("https://example.org/a?amp=volts", "https://example.org/a?amp=volts"),
        ("https://example.org/index.html", "https://example.org/index.html"),
        (" tag:example.org,2026:42 ", "tag:example.org,2026:42"),
        ("mailto:desk@example.org", "mailto:desk@example.org"),
        ("http://[broken", "http://[broken"),
        ("https://example.org:port/a", "https://example.org:port/a"),
        ("https://example.org/\ud800", "https://example.org/\ud800"),
        ("", ""),
    ],
)
def test_an_address_has_one_normal_form(url: str, expected: str) -> None:
    assert normalise_url(url) == expected


@given(
    path=st.lists(st.text(max_size=8), max_size=3).map("/".join),
    query=st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=5), max_size=3),
    fragment=st.text("!/?#&=;a \u2003") | st.text(max_size=8),
)
@example("#/", {"0": ""}, "")
def test_the_normal_form_of_a_normal_form_is_itself(path: str, query: dict[str, str], fragment: str) -> None:
    pairs = "&".join(f"{name}={value}" for name, value in query.items())
    once = normalise_url(f"http://www.example.org/{path}?{pairs}#{fragment}")
    assert normalise_url(once) == once


@given(
    st.from_regex(
        r"https?://(www\.|m\.|mobile\.|amp\.){0,2}([a-z0-9-]{1,4}\.){0,2}[A-Za-z0-9-]{1,4}\.?(:[0-9]{1,5}|:80|:443)?"
        r"(/(amp|[A-Za-z0-9._~%-]{1,6}|)){0,4}(\?(p=[0-9]{1,14}|m=1|amp|[a-z]=[a-z0-9%]{0,3}))?",
        fullmatch=True,
    )
)
@example("https://www.com/a")
@example("https://www.www.example.org/a")
@example("http://example.org:80")
@example("http://example.org:8080/?p=12")
def test_a_plain_address_is_read_fast_as_any_other(url: str) -> None:
    # A fragment that is a place in the page has it read the long way, as capitals have the host.
    slowly, whence = f"{url}#top", f"HTTP{url.removeprefix('http')}"
    assert normalise_url(url) == normalise_url(slowly).removesuffix("#top")
    assert host_of(url) == host_of(whence)


@given(st.text())
def test_any_text_has_a_normal_form_and_a_host(text: str) -> None:
    assert isinstance(normalise_url(f"https://{text}") + host_of(text), str)


@pytest.mark.parametrize(
    "edit",
    [
        {"title": "Storm"},
        {"summary": "It poured."},
        {"html": "<p>It poured.</p>"},
        {"categories": ("Breaking",)},
        {"tags": ("rain",)},
        {"authors": ("Aline",)},
        {"image": Image("https://example.org/a.jpg")},
        {"lang": "fr"},
    ],
)
def test_an_edit_changes_the_hash(edit: dict[str, object]) -> None:
    assert content_hash(replace(RAIN, **edit)) != content_hash(RAIN)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change", [{"published_at": AT}, {"updated_at": AT}, {"guid": "a"}, {"url": "https://b.c/d"}]
)
def test_what_is_no_edit_leaves_the_hash(change: dict[str, object]) -> None:
    assert content_hash(replace(RAIN, **change)) == content_hash(RAIN)  # type: ignore[arg-type]
