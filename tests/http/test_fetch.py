"""Fetching: caps, redirects, politeness and the guard, against a real server."""

import asyncio
from collections.abc import Iterator

import pytest

from bot.domain.errors import SourceError
from bot.http.fetch import Fetcher
from bot.ports.source import Request, Response
from tests.fakes.site import Page, Site


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


def fetch(url: str, *, private: str | None = None, timeout: float = 5, **asked: object) -> Response:
    async def once() -> Response:
        async with Fetcher("https://news.example/bot", timeout=timeout) as fetcher:
            return await fetcher.get(Request(url, **asked), private=private)  # type: ignore[arg-type]

    return asyncio.run(once())


def test_a_page_comes_back_with_status_headers_and_body(site: Site) -> None:
    site.pages["/a"] = Page(b"hello", headers={"X-Kind": "page"})
    answer = fetch(site.url("/a"), private=site.host)
    assert (answer.url, answer.status, answer.body) == (site.url("/a"), 200, b"hello")
    assert answer.headers["x-kind"] == "page"
    assert answer.moved_to == ""


def test_it_says_honestly_who_asks_and_how_to_reach_us(site: Site) -> None:
    site.pages["/a"] = Page(b"hello")
    fetch(site.url("/a"), private=site.host, headers={"If-None-Match": '"x"'})
    assert site.asked[0].headers["user-agent"] == "Sharewire/0.1.0 (+https://news.example/bot)"
    assert site.asked[0].headers["if-none-match"] == '"x"'


@pytest.mark.parametrize("status", [304, 404, 410, 429, 500, 503])
def test_every_status_is_an_answer(site: Site, status: int) -> None:
    site.pages["/a"] = Page(status=status, headers={"Retry-After": "7"})
    answer = fetch(site.url("/a"), private=site.host)
    assert (answer.status, answer.headers["retry-after"]) == (status, "7")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1"]
)
def test_a_private_address_is_never_connected_to_however_it_is_written(site: Site, host: str) -> None:
    port = site.host.partition(":")[2]
    with pytest.raises(SourceError):
        fetch(f"http://{host}:{port}/a")
    assert site.asked == []


def test_the_refusal_names_the_address_and_the_cure(site: Site) -> None:
    with pytest.raises(SourceError, match=r"127\.0\.0\.1 is not a public address; `allow_private = true`"):
        fetch(site.url("/a"))


def test_allow_private_opens_that_host_and_port_only(site: Site) -> None:
    with Site() as other:
        site.redirect("/a", other.url("/secret"))
        with pytest.raises(SourceError, match="not a public address"):
            fetch(site.url("/a"), private=site.host)
        assert other.asked == []


def test_a_connection_opened_for_one_source_serves_no_other(site: Site) -> None:
    site.pages["/a"] = Page(b"hello")

    async def twice() -> None:
        async with Fetcher("") as fetcher:
            await fetcher.get(Request(site.url("/a")), private=site.host)
            await fetcher.get(Request(site.url("/a")))

    with pytest.raises(SourceError, match="not a public address"):
        asyncio.run(twice())
    assert len(site.asked) == 1


@pytest.mark.parametrize("status", [301, 308])
def test_a_permanent_redirect_says_where_it_moved(site: Site, status: int) -> None:
    site.redirect("/a", "/b", status)
    site.pages["/b"] = Page(b"here")
    answer = fetch(site.url("/a"), private=site.host)
    assert (answer.url, answer.moved_to, answer.body) == (site.url("/b"), site.url("/b"), b"here")


@pytest.mark.parametrize("status", [302, 303, 307])
def test_one_temporary_hop_makes_the_move_temporary(site: Site, status: int) -> None:
    site.redirect("/a", "/b", 301)
    site.redirect("/b", "/c", status)
    site.pages["/c"] = Page(b"here")
    answer = fetch(site.url("/a"), private=site.host)
    assert (answer.url, answer.moved_to) == (site.url("/c"), "")


def test_a_circle_of_redirects_is_an_error(site: Site) -> None:
    site.redirect("/a", "/b")
    site.redirect("/b", "/a")
    with pytest.raises(SourceError, match="in a circle"):
        fetch(site.url("/a"), private=site.host)
    assert len(site.asked) == 2


def test_more_than_five_redirects_are_an_error(site: Site) -> None:
    site.pages.update({f"/{n}": Page(status=302, headers={"Location": f"/{n + 1}"}) for n in range(9)})
    with pytest.raises(SourceError, match="more than 5 redirects"):
        fetch(site.url("/0"), private=site.host)
    assert len(site.asked) == 6


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://example.org/", "http://169.254.169.254/latest"]
)
def test_a_redirect_passes_the_guard_too(site: Site, target: str) -> None:
    site.redirect("/a", target)
    with pytest.raises(SourceError, match=r"not an http\(s\) address|not a public address"):
        fetch(site.url("/a"), private=site.host)


def test_a_body_over_the_cap_is_an_error(site: Site) -> None:
    site.endless("/a")
    with pytest.raises(SourceError, match="more than 100,000 bytes"):
        fetch(site.url("/a"), private=site.host, max_bytes=100_000)


def test_a_body_over_the_cap_is_cut_where_that_is_asked_for(site: Site) -> None:
    site.endless("/a")
    answer = fetch(site.url("/a"), private=site.host, max_bytes=100_000, truncate=True)
    assert answer.body == b"x" * 100_000


def test_a_compressed_body_is_counted_as_it_inflates(site: Site) -> None:
    site.endless("/a", compressed=True)
    with pytest.raises(SourceError, match="more than 5,000,000 bytes"):
        fetch(site.url("/a"), private=site.host)


def test_a_compressed_body_is_inflated(site: Site) -> None:
    site.gzipped("/a", b"hello " * 1000)
    assert fetch(site.url("/a"), private=site.host).body == b"hello " * 1000


def test_a_server_that_says_no_more_runs_into_the_time_out(site: Site) -> None:
    site.slow("/a")
    with pytest.raises(SourceError, match=r"no answer within 0\.05 s"):
        fetch(site.url("/a"), private=site.host, timeout=0.05)


def test_a_closed_port_is_named_as_such() -> None:
    with Site() as gone:
        host = gone.host
    with pytest.raises(SourceError, match="cannot connect"):
        fetch(f"http://{host}/", private=host)


def test_no_secret_of_the_url_stands_in_an_error(site: Site) -> None:
    with pytest.raises(SourceError) as caught:
        fetch(f"http://me:hunter2@{site.host}/a?key=s3cret")
    assert "hunter2" not in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_user_and_password_of_a_url_are_sent_to_its_host_and_kept_out_of_the_answer(site: Site) -> None:
    site.redirect("/a", "/b")
    site.pages["/b"] = Page(b"here")
    answer = fetch(f"http://me:hunter2@{site.host}/a", private=site.host)
    assert [asked.headers["authorization"] for asked in site.asked] == ["Basic bWU6aHVudGVyMg=="] * 2
    assert (answer.url, answer.moved_to) == (site.url("/b"), "")


def test_secret_headers_do_not_follow_a_redirect_to_another_host(site: Site) -> None:
    port = site.host.partition(":")[2]
    site.redirect("/a", f"http://localhost:{port}/b")
    with pytest.raises(SourceError, match="not a public address"):
        fetch(site.url("/a"), private=site.host, headers={"Authorization": "Bearer s3cret"})
    assert [asked.url for asked in site.asked] == ["/a"]


def test_one_host_is_asked_two_things_at_a_time_at_most(site: Site) -> None:
    site.lingering("/a", b"x", seconds=0.02)

    async def many() -> None:
        async with Fetcher("") as fetcher:
            await asyncio.gather(*(fetcher.get(Request(site.url("/a")), private=site.host) for _ in range(8)))

    asyncio.run(many())
    assert site.most_at_once == 2
    assert len(site.asked) == 8


def test_a_site_that_lets_in_only_who_brings_its_cookie_back_is_read(site: Site) -> None:
    def live(request: Request) -> Page:
        if "seen=1; way=b" in request.headers.get("cookie", ""):
            return Page(b"hello")
        if "seen=1" in request.headers.get("cookie", ""):
            return Page(status=302, headers={"Location": "/a", "Set-Cookie": "way=b; Path=/; HttpOnly"})
        return Page(status=302, headers={"Location": "/a", "Set-Cookie": "seen=1; Path=/"})

    site.live = live
    assert fetch(site.url("/a"), private=site.host).body == b"hello"
    assert fetch(site.url("/a"), private=site.host).body == b"hello"
    assert [each.headers.get("cookie") for each in site.asked] == [None, "seen=1", "seen=1; way=b"] * 2


def test_a_cookie_stays_with_its_own_host(site: Site) -> None:
    port = site.host.partition(":")[2]

    def live(request: Request) -> Page:
        here = request.headers["host"].startswith("127.")
        other = f"http://{'localhost' if here else '127.0.0.1'}:{port}"
        where = {"/a": f"{other}/b", "/b": f"{other}/c"}.get(request.url, "")
        headers = {"Location": where, "Set-Cookie": f"{'ours' if here else 'theirs'}=1; Path=/"}
        return Page(status=302, headers=headers) if where else Page(b"hello")

    site.live = live

    async def once() -> Response:
        async with Fetcher("") as fetcher:
            fetcher._sessions[False] = fetcher._session(private=True)
            return await fetcher.get(Request(site.url("/a")), private=site.host)

    assert asyncio.run(once()).body == b"hello"
    assert [each.headers.get("cookie") for each in site.asked] == [None, None, "ours=1"]


def test_what_says_it_is_packed_and_is_not_is_asked_for_unpacked(site: Site) -> None:
    def live(request: Request) -> Page:
        plain = request.headers["accept-encoding"] == "identity"
        return Page(b"hello", headers={} if plain else {"Content-Encoding": "gzip"})

    site.live = live
    assert fetch(site.url("/a"), private=site.host).body == b"hello"


@pytest.mark.parametrize("packing", ["gzip", "deflate", "br", "zstd"])
def test_what_cannot_be_unpacked_is_said_to_be_so(site: Site, packing: str) -> None:
    site.pages["/a"] = Page(b"<rss>plain</rss>", headers={"Content-Encoding": packing})
    with pytest.raises(SourceError, match=rf"packed \({packing}\), and cannot be unpacked"):
        fetch(site.url("/a"), private=site.host)
    assert len(site.asked) == 2
