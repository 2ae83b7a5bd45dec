"""A console that shows what an article says and never does what it says."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

__all__ = ["Screen"]

ORDERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff]")
"""What a terminal obeys, turns of direction, and what cannot be written at all; line ends and tabs stay."""
INSTEAD = "\ufffd"


class Screen(Console):
    """Rich's console, each piece of text without orders to the terminal."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            if segment.control or not ORDERS.search(segment.text):
                yield segment
            else:
                yield Segment(ORDERS.sub(INSTEAD, segment.text), segment.style)
