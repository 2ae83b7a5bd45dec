"""From article to post: one renderer for preview, plan and send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.domain.article import Article
from bot.domain.limits import Limits
from bot.domain.post import Post
from bot.ports.platform import ImagePolicy

__all__ = ["Brief", "Count", "Renderer", "Rendering"]


@dataclass(frozen=True, slots=True)
class Brief:
    """What to render for: the account, its platform and limits, the route that chose it.

    `occasion` is the delivery's, by which variants take turns.
    """

    account: str
    platform: str
    limits: Limits
    route: str = ""
    template: str = "default"
    utm: Mapping[str, str] = field(default_factory=dict)
    image: ImagePolicy = ImagePolicy()
    override_text: str = ""
    label: str = ""
    occasion: str = "new"


@dataclass(frozen=True, slots=True)
class Count:
    """How long a part is by the platform's own rule."""

    count: int
    limit: int
    unit: str


@dataclass(frozen=True, slots=True)
class Rendering:
    """A post, the template it came from ("default/x.j2"), one count a part, and remarks."""

    post: Post
    template: str
    counts: tuple[Count, ...]
    warnings: tuple[str, ...] = ()


class Renderer(Protocol):
    def render(self, article: Article, brief: Brief, at: datetime) -> Rendering:
        """Render and fit.

        Raises:
            TemplateError: no template, a mistake in it, or what may not be cut is too long alone.
        """
        ...
