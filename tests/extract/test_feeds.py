from __future__ import annotations

from bot.extract.feeds import feeds_of

PAGE = "https://example.org/a/"
LINK = '<link rel="alternate" type="application/rss+xml" title="{title}" href="{href}">'


def feeds(*links: tuple[str, str]) -> list[str]:
    html = "".join(LINK.format(title=title, href=href) for title, href in links)
    return feeds_of(f"<html><head>{html}</head></html>".encode(), PAGE)


def test_a_site_s_feeds_in_the_page_s_order() -> None:
    found = feeds(("News", "/feed/"), ("Sport", "sport/feed"), ("News", "/feed/"))
    assert found == ["https://example.org/feed/", "https://example.org/a/sport/feed"]


def test_comments_are_no_articles() -> None:
    """As WordPress 6.5 names them on a post's page."""
    found = feeds(
        ("The Commentary » Feed", "/feed/"),
        ("The Commentary » Comments Feed", "/comments/feed/"),
        ("The Commentary » A road opens Comments Feed", "/2026/11/26/a-road-opens/feed/"),
        ("Le Site » Flux des commentaires", "/?feed=comments-rss2"),
        ("Commentary", "/commentary/feed/"),
    )
    assert found == ["https://example.org/feed/", "https://example.org/commentary/feed/"]
