"""Fits a post to its platform's limits: shrinks what may shrink, in order, and never what may not."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

import regex

from bot.domain.limits import Limits
from bot.domain.links import x_urls
from bot.domain.text import grapheme_ends, graphemes, hashtags, mentions, urls

__all__ = ["Fitted", "Fixed", "Flex", "Group", "Item", "Segment", "TooLongError", "collapse", "fit"]

ELLIPSIS = "…"
LEAST = 12
"""Graphemes: a text that would keep fewer than this of its words goes whole, if something else stays."""
ITEM_LEAST = 30
"""Graphemes: what may shrink in a list's items keeps so much; before less is kept, the last item goes."""
LONG_WORD = 30
"""Graphemes: a longer run without white space (Chinese, Japanese, Thai) is cut between graphemes."""
WORD_ENDS = regex.compile(r"\S+")
BEFORE_ELLIPSIS = " \t\n,;:.·-–—!?…'\"“‘«([{/&"
KEPT_WHOLE = ("http://", "https://", "#", "@", "www.")


class TooLongError(ValueError):
    """What may not be cut is too long alone; `over` says by how much, in the measure's unit."""

    def __init__(self, over: int, unit: str, limit: int) -> None:
        super().__init__(f"{over} {unit} over the limit of {limit}")
        self.over, self.unit, self.limit = over, unit, limit


@dataclass(frozen=True, slots=True)
class Fixed:
    """Text that is never cut."""

    text: str


@dataclass(frozen=True, slots=True)
class Flex:
    """Text that may shrink: a higher rank sooner. `drop`: goes whole. `atoms`: words go one by one."""

    text: str
    rank: int = 1
    drop: bool = False
    atoms: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A `maybe`: may be dropped whole."""

    children: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One of a list: what may shrink in all of them does so alike; then the last one goes whole."""

    children: tuple[Segment, ...]


Segment = Fixed | Flex | Group | Item


@dataclass(frozen=True, slots=True)
class Fitted:
    """The final text, and what was done to it in words."""

    text: str
    notes: tuple[str, ...] = ()


DOUBLE_SPACES = regex.compile(r"(?<=\S)  +(?=\S)")


def collapse(text: str) -> str:
    """Text without the blank lines and double spaces that empty parts left behind."""
    if "  " in text:
        text = DOUBLE_SPACES.sub(" ", text)
    text = text.rstrip()
    if " \n" in text or "\t\n" in text:
        text = "\n".join(map(str.rstrip, text.split("\n")))
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.strip("\n ")


def fit(segments: Sequence[Segment], limits: Limits) -> Fitted:
    """The longest form of a post that holds every limit.

    Ranks above 1 give way first, the highest before the rest; of one rank, what may be dropped before what
    may shrink; `maybe` groups, then the items of a list, before the last rank shrinks. What went first comes
    back where something greater, that went after it, left room enough.

    Raises:
        TooLongError: what may not be cut is too long alone.
    """
    work = _Work(segments, limits)
    if work.fits():
        return Fitted(work.text())
    done: list[Step] = []
    for step in _steps(work):
        step.act()
        done.append(step)
        if work.fits():
            work.refill(done)
            return Fitted(work.text(), tuple(chain.from_iterable(work.notes.values())))
    text = work.text()
    for measure in limits.text:
        if (count := measure.count(text)) > measure.maximum:
            raise TooLongError(count - measure.maximum, measure.unit, measure.maximum)
    return Fitted(text, tuple(chain.from_iterable(work.notes.values())))


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that can be done to make a post shorter, and the leaves that it is done to."""

    leaves: tuple[int, ...]
    act: Callable[[], None]


class _Work:
    """The post under the knife: each leaf's present text, and what was done to it by the leaf it befell."""

    def __init__(self, segments: Sequence[Segment], limits: Limits) -> None:
        self.limits = limits
        self.leaves: list[Fixed | Flex] = []
        self.groups: list[range] = []
        self.items: list[range] = []
        for segment in segments:
            self._add(segment)
        self.now = [leaf.text for leaf in self.leaves]
        self.notes: dict[tuple[int, ...], tuple[str, ...]] = {}

    def _add(self, segment: Segment) -> None:
        if isinstance(segment, Group | Item):
            start = len(self.leaves)
            for child in segment.children:
                self._add(child)
            kept = self.groups if isinstance(segment, Group) else self.items
            kept.append(range(start, len(self.leaves)))
        else:
            self.leaves.append(segment)

    def text(self) -> str:
        return collapse("".join(self.now))

    def fits(self) -> bool:
        return self.limits.fits(self.text())

    def room(self, index: int) -> int:
        """About how many characters of a leaf will fit, if what it counts is spread over it evenly."""
        text, own = self.text(), self.now[index]
        rooms = [len(own)]
        for measure in self.limits.text:
            over = measure.count(text) - measure.maximum
            if over > 0:
                rooms.append(len(own) - over * len(own) // measure.count(own) - 1)
        return min(rooms)

    def flexes(self, rank: int, *, dropping: bool) -> list[int]:
        """Indices of the rank's leaves that go (or shrink), the last first."""
        return [
            i
            for i in reversed(range(len(self.leaves)))
            if isinstance(leaf := self.leaves[i], Flex)
            and leaf.rank == rank
            and (leaf.drop or leaf.atoms) is dropping
            and self.now[i]
            and not any(i in item for item in self.items)
        ]

    def refill(self, done: Sequence[Step]) -> None:
        """Bring back what went before the last step, if that dropped more than it had to."""
        if any(self.now[i] for i in done[-1].leaves):
            return
        for step in reversed(done[:-1]):
            for i in step.leaves:
                self.now[i] = self.leaves[i].text
            self.notes.pop(step.leaves, None)
            if not self.fits():
                step.act()


def _steps(work: _Work) -> Iterator[Step]:
    ranks = sorted({leaf.rank for leaf in work.leaves if isinstance(leaf, Flex)} | {1}, reverse=True)
    for rank in ranks:
        for i in work.flexes(rank, dropping=True):
            yield Step((i,), partial(_drop, work, i))
        if rank == ranks[-1]:
            for group in reversed(work.groups):
                yield Step(tuple(group), partial(_drop_group, work, tuple(group)))
            if work.items:
                yield Step(tuple(i for item in work.items for i in item), partial(_level, work))
        for i in work.flexes(rank, dropping=False):
            yield Step((i,), partial(_shrink, work, i, may_vanish=rank > ranks[-1]))


def _drop(work: _Work, index: int) -> None:
    """Hashtags go one by one from the end, anything else whole."""
    leaf = work.leaves[index]
    atoms = leaf.text.split() if isinstance(leaf, Flex) and leaf.atoms else []
    for count in range(len(atoms) - 1, 0, -1):
        work.now[index] = " ".join(atoms[:count])
        if work.fits():
            work.notes[index,] = (f"kept {count} of {len(atoms)}: {work.now[index]}",)
            return
    work.now[index] = ""
    work.notes[index,] = (f"left out: {leaf.text[:40]}",)


def _drop_group(work: _Work, group: tuple[int, ...]) -> None:
    if said := "".join(work.now[i] for i in group).strip():
        work.notes[group] = (f"left out: {said[:40]}",)
    for i in group:
        work.now[i] = ""


def _level(work: _Work) -> None:
    """The most items that go in with at least the least of each, and then as much of each as goes in."""
    notes: list[str] = []
    for kept in range(len(work.items), 0, -1):
        for i in (i for gone in work.items[kept:] for i in gone):
            work.now[i] = ""
        flexes = [
            i for item in work.items[:kept] for i in item if isinstance(work.leaves[i], Flex) and work.now[i]
        ]

        def fits(most: int, flexes: list[int] = flexes) -> bool:
            for i in flexes:
                work.now[i] = _front(work.leaves[i].text, most)
            return work.fits()

        least = ITEM_LEAST if kept > 1 else LEAST
        if fits(least) or kept == 1:
            longest = max((graphemes(work.leaves[i].text) for i in flexes), default=0)
            room = max(least, _most(longest, lambda n: fits(max(n, least)), least))  # noqa: B023 - called at once
            fits(room)
            if any(work.now[i] != work.leaves[i].text for i in flexes):
                notes.append(f"shortened in {kept} items to {room} characters")
            if left := len(work.items) - kept:
                notes.append(f"left out: the last {left} of {len(work.items)} items")
            work.notes[tuple(i for item in work.items for i in item)] = tuple(notes)
            return


def _front(full: str, most: int) -> str:
    """The text within so many graphemes, cut at a word's end; within one word where that is very long."""
    ends = grapheme_ends(full)
    if len(ends) <= most:
        return full
    words = [found.end() for found in WORD_ENDS.finditer(full) if found.end() <= ends[most - 2]]
    best = words[-1] if words else 0
    rest = full[best : ends[most - 2]]
    if graphemes(rest) > LONG_WORD // 2 and not rest.strip().startswith(KEPT_WHOLE):
        best = ends[most - 2]
    return _cut(full, best)


def _shrink(work: _Work, index: int, *, may_vanish: bool) -> None:
    """The longest front part, at a word's end, with which all fits; "" if too little would be left."""
    full = work.leaves[index].text

    def fits(cut: str) -> bool:
        work.now[index] = cut
        return work.fits()

    best = _longest(full, fits, work.room(index))
    if may_vanish and graphemes(best) < min(LEAST, graphemes(full)):
        best = ""
    work.now[index] = best
    work.notes[index,] = (f"shortened: {full[:40]}" if best else f"left out: {full[:40]}",)


def _longest(full: str, fits: Callable[[str], bool], room: int) -> str:
    """`room`: about how many characters of it will fit, to begin the search with."""
    words = [found.end() for found in WORD_ENDS.finditer(full)]
    count = _most(len(words) - 1, lambda n: fits(_cut(full, words[n - 1])), bisect_right(words, room))
    start = words[count - 1] if count else 0
    end = words[count] if count < len(words) else len(full)
    ends = _inner_ends(full[start:end])
    guess = bisect_right(ends, room - start)
    if more := _most(len(ends), lambda n: fits(_cut(full, start + ends[n - 1])), guess):
        return _cut(full, start + ends[more - 1])
    return _cut(full, start) if count else ""


def _inner_ends(word: str) -> list[int]:
    """Where a long run without white space may be cut: between graphemes, outside links, tags, mentions."""
    if len(word) <= LONG_WORD or graphemes(word) <= LONG_WORD:
        return []
    whole = [*urls(word), *hashtags(word), *mentions(word), *x_urls(word)]
    return [end for end in grapheme_ends(word)[:-1] if not any(span.start < end < span.end for span in whole)]


def _most(upper: int, holds: Callable[[int], bool], guess: int) -> int:
    """The greatest n in 0..upper that holds: with growing steps away from the guess, then by halving."""
    low, high, step = 0, upper, 1
    at = max(1, min(guess, upper))
    while low < high:
        if held := holds(at):
            low = at
        else:
            high = at - 1
        middle = (low + high + 1) // 2
        at = min(low + step, middle) if held else max(high + 1 - step, middle)
        step *= 2
    return low


def _cut(full: str, end: int) -> str:
    """The front part with an ellipsis, no punctuation left dangling before it."""
    front = full[:end].rstrip()
    last = front.rsplit(None, 1)[-1] if front else ""
    if "://" in last or last.startswith(KEPT_WHOLE):
        return f"{front} {ELLIPSIS}"  # directly behind a link, servers would take the ellipsis into it
    front = front.rstrip(BEFORE_ELLIPSIS)
    return front + ELLIPSIS if front else ""
