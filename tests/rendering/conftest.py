"""A folder of templates as an editor writes them, and what they make of an article."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.domain.article import Article
from bot.domain.labels import Disclosure
from bot.domain.limits import ImageLimits, Limits, Measure
from bot.domain.text import graphemes, utf8_bytes, x_weight
from bot.ports.render import Brief, Rendering
from bot.rendering.environment import TemplateRenderer
from bot.rendering.loading import Hashtags, People, packaged_templates

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SPONSORED = Disclosure(("ad",), "Sponsored")
PICTURES = ImageLimits(4, 5_000_000)
LIMITS = {
    "x": Limits((Measure("characters", x_weight, 280),), images=PICTURES, alt=20),
    "bluesky": Limits(
        (Measure("graphemes", graphemes, 300), Measure("bytes", utf8_bytes, 3000)),
        images=PICTURES,
        card="client",
    ),
    "mastodon": Limits((Measure("characters", len, 500),), warning=True),
}
Render = Callable[..., Rendering]
Write = Callable[[str, str], None]


def article(**values: Any) -> Article:
    base: dict[str, Any] = {
        "id": 1,
        "source": "site",
        "url": "https://news.example/a/",
        "title": "Buses run on the sun",
        "first_seen_at": AT,
        "changed_at": AT,
    }
    return Article(**base | values)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def put(name: str, source: str) -> None:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")

    return put


@pytest.fixture
def render(tmp_path: Path) -> Render:
    def run(
        source: str = "",
        platform: str = "x",
        *,
        template: str = "own",
        on: Article | None = None,
        **brief: Any,
    ) -> Rendering:
        if source:
            (tmp_path / "own").mkdir(exist_ok=True)
            (tmp_path / "own" / "any.j2").write_text(source, encoding="utf-8")
        renderer = TemplateRenderer(
            [tmp_path, packaged_templates()],
            timezone="Africa/Kigali",
            people=People({"aline uwase": {"x": "@aline", "any": "@aline@social.example"}}),
            hashtags=Hashtags({"public health": "Health", "misc": ""}, 3),
        )
        renderer.compile_set(template)
        asked = Brief("main", platform, LIMITS[platform], template=template, **brief)
        return renderer.render(on or article(), asked, AT)

    return run
