"""Which addresses may be fetched from."""

import socket

import pytest

from bot.domain.errors import SourceError
from bot.http.guard import ForbiddenAddress, check_url, guarded_socket, host_port, is_public, shown


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff0e::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::7f00:1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:c0a8:101::1",
        "2001:0:1::",
        "2606:4700::5efe:7f00:1",
        "2606:4700::200:5efe:a00:1",
        "3fff::1",
        "192.88.99.1",
        "::ffff:0:7f00:1",
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"],
)
def test_a_public_address_passes_also_inside_another_one(address: str) -> None:
    assert is_public(address)


def test_the_socket_for_a_private_address_is_never_made() -> None:
    info = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 80))
    with pytest.raises(ForbiddenAddress, match="not a public address"):
        guarded_socket(info)


def test_the_socket_for_a_public_address_is_made() -> None:
    with guarded_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 80))) as made:
        assert made.family == socket.AF_INET


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/",
        "gopher://x/",
        "http://",
        "//example.org",
        "",
        "http://[::1",
        "http://x:99999/",
    ],
)
def test_what_is_no_http_address_is_refused(url: str) -> None:
    with pytest.raises(SourceError, match=r"not an http\(s\) address"):
        check_url(url)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Example.org/feed", "example.org:443"),
        ("http://example.org.:8080/", "example.org:8080"),
        ("http://[::1]:81/x", "::1:81"),
        ("nonsense", ""),
    ],
)
def test_host_and_port_of_a_url(url: str, expected: str) -> None:
    assert host_port(url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://me:hunter2@example.org/feed?key=s3cret&a=1#f", "https://example.org/feed?key=…&a=…"),
        ("https://example.org/feed?s3cret", "https://example.org/feed?…"),
        ("https://example.org/feed", "https://example.org/feed"),
    ],
)
def test_a_shown_url_holds_no_secret(url: str, expected: str) -> None:
    assert shown(url) == expected
