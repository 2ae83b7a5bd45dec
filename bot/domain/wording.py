"""What a share's own row says of its words: a text written by hand, a template, whose turn it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.variants import turn

__all__ = ["NO_WORDS", "Wording", "next_turn"]


@dataclass(frozen=True, slots=True)
class Wording:
    """`text` is told instead of what the template says, a line `===` between the posts of a thread.

    `template` is a set that a person chose for this share. `turn` says which of a set's variants it takes;
    None: by its occasion. `instead_of` is what the template said when the text was written, part by part.
    """

    text: str = ""
    template: str = ""
    turn: int | None = None
    instead_of: tuple[str, ...] = ()

    @property
    def chosen(self) -> bool:
        """Whether a person chose its text or its template."""
        return bool(self.text or self.template)

    @classmethod
    def of(cls, document: Mapping[str, Any] | None) -> Wording:
        """That of a row; None stands for nothing of its own."""
        if not document:
            return cls()
        return cls(
            document.get("text", ""),
            document.get("template", ""),
            document.get("turn"),
            tuple(document.get("instead_of", ())),
        )

    def document(self) -> dict[str, Any] | None:
        """As a row keeps it."""
        said: dict[str, Any] = {"text": self.text, "template": self.template, "turn": self.turn}
        said["instead_of"] = list(self.instead_of)
        kept = {name: value for name, value in said.items() if value not in ("", None, [])}
        return kept or None


NO_WORDS = Wording()
"""Nothing of its own: its template says it all."""


def next_turn(had: Iterable[tuple[str, Wording]]) -> int:
    """The turn after those that an account's shares of an article took, by occasion and wording."""
    return max((turn(occasion) if own.turn is None else own.turn for occasion, own in had), default=-1) + 1
