"""Counting, fitting and rendering."""

from __future__ import annotations

from datetime import UTC, datetime

from jinja2 import Environment

from bot.domain.article import Article
from bot.domain.fit import Fixed, Flex, Segment, fit
from bot.domain.limits import Limits, Measure
from bot.domain.text import x_weight
from bot.ports.render import Brief
from bot.rendering.environment import TemplateRenderer
from bot.rendering.loading import packaged_templates
from tests.benchmarks.measure import Figure, turns

__all__ = ["figures"]

LINK = "https://news.example/2026/11/24/kigali-orders-electric-buses/"
TITLE = "Kigali orders 120 electric buses, and a depot to charge them under the sun, the city said on Tuesday"
POST = f"{TITLE}\n{LINK}\n\n#Transport #Climate"
X = Limits((Measure("characters", x_weight, 280),))
AT = datetime(2026, 11, 24, tzinfo=UTC)


def figures() -> list[Figure]:
    long: list[Segment] = [
        Flex(f"{TITLE} " * 4),
        Fixed(f"\n{LINK}\n\n"),
        Flex("#Transport #Climate", 1, True, True),
    ]
    renderer = TemplateRenderer([packaged_templates()])
    article = Article(1, "site", LINK, TITLE, AT, AT, categories=("Transport", "Climate"))
    brief = Brief("main", "x", X)
    plain = Environment(autoescape=True).from_string("{{ title }}\n{{ url }}\n\n{{ tags }}")
    count, fitted, ours, raw = turns(
        (lambda: x_weight(POST), 2000),
        (lambda: fit(long, X), 200),
        (lambda: renderer.render(article, brief, AT), 200),
        (lambda: plain.render(title=TITLE, url=LINK, tags="#Transport #Climate"), 2000),
    )
    return [
        Figure("count a post by X's rule", f"{count * 1e6:.1f} µs", "", "", "", None),
        Figure(
            "fit a 400-character title to X", f"{fitted * 1e6:.0f} µs", "", "", "≤ 150 µs", fitted <= 150e-6
        ),
        Figure(
            "render and fit a post",
            f"{ours * 1e6:.0f} µs",
            f"plain Jinja {raw * 1e6:.0f} µs",
            f"{ours / raw:.0f} ×",
            "",
            None,
        ),
    ]
