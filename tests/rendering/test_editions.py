"""The packaged digest set: every platform's edition fits, tells whole items, and says what it left out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot import registry
from bot.domain.article import Article
from bot.domain.errors import TemplateError
from bot.ports.render import Brief, Rendering
from bot.rendering.environment import TemplateRenderer
from bot.rendering.loading import packaged_templates

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LONG = "A headline that goes on and on, as they do in the papers of the capital on the morning after, number"
PLATFORMS = ("x", "mastodon", "bluesky", "webhook")


def article(number: int, title: str = "", **more: Any) -> Article:
    url = f"https://example.org/2026/11/24/an-address-of-the-usual-length-{number}/"
    return Article(number, "site", url, title or f"{LONG} {number}", NOON, NOON, **more)


def edition(*items: Article, **more: Any) -> Article:
    values = {"url": "", "title": "The morning"} | more
    return Article(
        99, "digest:morning", first_seen_at=NOON, changed_at=NOON, published_at=NOON, items=items, **values
    )


def render(told: Article, platform: str, folder: Path | None = None, **more: Any) -> Rendering:
    limits = registry.platform(platform).default_limits
    renderer = TemplateRenderer([*([folder] if folder else []), packaged_templates()])
    brief = Brief("acc", platform, limits, route="morning", template="digest", **more)
    return renderer.render(told, brief, NOON)


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("count", [1, 3, 5, 25])
def test_an_edition_fits_and_tells_whole_items_in_their_order(platform: str, count: int) -> None:
    rendering = render(edition(*map(article, range(1, count + 1))), platform)
    assert all(each.count <= each.limit for each in rendering.counts)
    text = "\n".join(rendering.post.parts)
    told = [n for n in range(1, count + 1) if f"-{n}/" in text]
    assert told == list(range(1, len(told) + 1))
    assert told
    assert "None" not in text
    assert (rendering.post.link, rendering.post.card) == ("", None)
    if len(told) < count:
        assert f"left out: the last {count - len(told)} of {count} items" in rendering.warnings


def test_short_titles_all_stand_whole_in_one_post() -> None:
    rendering = render(edition(*(article(n, f"Short {n}") for n in range(1, 6))), "x")
    (text,) = rendering.post.parts
    assert text.splitlines()[0] == "The morning"
    assert [line for line in text.splitlines() if line.startswith("•")] == [
        f"• Short {n}" for n in range(1, 6)
    ]


def test_on_bluesky_it_is_a_thread_a_post_an_article() -> None:
    rendering = render(edition(*(article(n, f"Short {n}") for n in range(1, 4))), "bluesky")
    lead, *rest = rendering.post.parts
    assert lead.splitlines() == ["The morning", "", "• Short 1", "• Short 2", "• Short 3"]
    assert [part.splitlines()[0] for part in rest] == ["Short 1", "Short 2", "Short 3"]
    assert all("https://example.org" in part for part in rest)


def test_every_address_has_the_accounts_parameters_and_an_empty_one_stays_empty() -> None:
    rendering = render(edition(article(1, "One"), article(2, "Two")), "mastodon", utm={"source": "fedi"})
    assert rendering.post.parts[0].count("?utm_source=fedi") == 2
    assert rendering.post.link == ""


def test_an_editors_own_set_can_use_all_of_an_item(tmp_path: Path) -> None:
    (tmp_path / "digest").mkdir()
    source = (
        "{{ title }} {{ url }}\n{% for i in items %}{{ i.author }}: {{ i.title }} {{ i.link }}\n{% endfor %}"
    )
    (tmp_path / "digest/any.j2").write_text(source)
    told = edition(article(1, "One", authors=("Aline",)), url="https://example.org/")
    text = render(told, "mastodon", tmp_path).post.parts[0]
    assert text == f"The morning https://example.org/\nAline: One {told.items[0].url}"


def test_a_mistake_in_an_item_is_told(tmp_path: Path) -> None:
    (tmp_path / "digest").mkdir()
    (tmp_path / "digest/any.j2").write_text("{% for i in items %}{{ i.titel }}{% endfor %}")
    with pytest.raises(TemplateError, match="titel"):
        render(edition(article(1)), "mastodon", tmp_path)


def test_an_ordinary_article_has_no_items(tmp_path: Path) -> None:
    (tmp_path / "digest").mkdir()
    (tmp_path / "digest/any.j2").write_text("{{ title }} {{ items | length }}")
    assert render(article(1, "One"), "mastodon", tmp_path).post.parts == ("One 0",)
