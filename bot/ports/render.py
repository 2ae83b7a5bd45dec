"""From article to post: one renderer for preview, plan and send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.domain.article import Article
from bot.domain.errors import TemplateError
from bot.domain.labels import Disclosure
from bot.domain.limits import Limits
from bot.domain.post import Post
from bot.domain.wording import Wording
from bot.ports.platform import ImagePolicy

__all__ = ["Brief", "Count", "Renderer", "Rendering", "TemplateSets"]


@dataclass(frozen=True, slots=True)
class Brief:
    """What to render for: the account, its platform and limits, the route that chose it.

    `link` says where the article's address stands: "text", "card" or "none"; "" leaves it to the template.
    `occasion` is the delivery's, by which variants take turns. `words`: what its own row says of its words.
    """

    account: str
    platform: str
    limits: Limits
    route: str = ""
    template: str = "default"
    utm: Mapping[str, str] = field(default_factory=dict)
    image: ImagePolicy = ImagePolicy()
    override_text: str = ""
    disclosure: Disclosure = Disclosure()
    link: str = ""
    occasion: str = "new"
    words: Wording = Wording()


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


class TemplateSets(Renderer, Protocol):
    """The renderer of templates, as the linter asks it."""

    def variants(self, template: str, lang: str, platform: str) -> Sequence[str]:
        """The templates of a set that take turns for such an article, by name; most often one.

        Raises:
            TemplateError: the set is nowhere, or has nothing for the platform.
        """
        ...

    def own_sets(self) -> Sequence[str]:
        """The sets in the editors' own folder, used or not."""
        ...

    def mistakes(self, template: str) -> Sequence[TemplateError]:
        """What is wrong with a set before any article of one's own is told with it."""
        ...

    def shown(self, name: str) -> str:
        """A template's file as people know it."""
        ...

    def line_of(self, name: str, piece: str) -> int:
        """The first line of a template's file that has these words; its first line, if none has."""
        ...

    def reads(self, name: str, variable: str) -> int:
        """The line on which a template, or one it extends, names a variable; 0 if none does."""
        ...
