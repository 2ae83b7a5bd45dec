import pytest

from bot.extract.gate import gate
from tests.fakes.wordpress import LOGIN

ASKED = "https://example.org/rain/"


@pytest.mark.parametrize(
    "title",
    [
        "Just a moment...",
        "Attention Required! | Cloudflare",
        "Access Denied",
        "Account Suspended",
        "404 Not Found",
        "Page not found – The Site",
        "Page introuvable | Le Site",
        "Site under maintenance",
        "Maintenance",
        "Index of /news",
    ],
)
def test_a_title_that_stands_for_any_page(title: str) -> None:
    body = f"<html><head><title>{title}</title></head><body></body></html>".encode()
    assert gate(ASKED, ASKED, body, "text/html; charset=utf-8") == f"“{title}” in its place"


@pytest.mark.parametrize(
    "title",
    [
        "Access denied to three districts after the rain",
        "Maintenance of the Kigali road begins",
        "404 houses built in Huye",
        "A moment in Kigali",
        "",
    ],
)
def test_an_article_may_begin_so(title: str) -> None:
    body = f"<html><head><title>{title}</title></head><body></body></html>".encode()
    assert gate(ASKED, ASKED, body, "text/html") == ""


def test_wordpress_asks_who_one_is_at_any_address() -> None:
    assert gate(ASKED, ASKED, LOGIN, "text/html") == "a log-in page"


def test_a_log_in_form_beside_an_article_is_none() -> None:
    body = b"<body class=single><article><p>Rain.</p></article><form id=loginform action=/wp-login.php>"
    body += b"<input type=password></form></body>"
    assert gate(ASKED, ASKED, body, "text/html") == ""
    assert gate(ASKED, "https://www.example.org/2026/rain/", body, "text/html") == ""


@pytest.mark.parametrize(
    ("headline", "title", "stands_in"),
    [
        ("Access denied", "Access denied", False),
        ("Access Denied", "Access denied | The Site", False),
        ("Just a moment…", "Just a moment...", False),
        (
            "Under construction – Kigali’s new airport",
            "Under construction – Kigali&rsquo;s new airport – Site",
            False,
        ),
        ("Access denied to three districts", "Access denied", True),
        ("Maintenance of the road", "Maintenance | Le Site", True),
        ("Access", "Access denied", True),
        ("…", "Just a moment...", True),
        ("", "Access denied", True),
    ],
)
def test_a_headline_that_the_source_gives_is_no_gate(headline: str, title: str, stands_in: bool) -> None:
    body = f"<html><head><title>{title}</title></head><body></body></html>".encode()
    assert bool(gate(ASKED, ASKED, body, "text/html; charset=utf-8", headline)) == stands_in


def test_a_headline_lets_no_log_in_pass() -> None:
    assert gate(ASKED, ASKED, LOGIN, "text/html", "Log In") == "a log-in page"
