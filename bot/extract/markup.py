"""Reads the text of markup so simple that it needs no parser, which is most of what feeds carry."""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape

__all__ = ["MARK", "text_of_simple"]

MARK = "\x01"
"""Stands at a block's edge while we work: a control character, no white space, in no honest text."""
BLOCKS = (
    "p div br li ul ol h1 h2 h3 h4 h5 h6 section article blockquote pre figure figcaption header footer main "
    "hr dl dt dd"
)
INLINE = "a abbr b cite code del em font i img ins mark q s small span strike strong sub sup time tt u wbr"
INSTEAD = (
    {f"{slash}{name}": MARK for name in BLOCKS.split() for slash in ("", "/") if name != "dl"}
    | {f"{slash}{name}": "" for name in (*INLINE.split(), "dl") for slash in ("", "/")}
    | {"br/": MARK, "br /": MARK}
)
"""What stands in a tag's place. No table (its text may move), nothing whose content is raw or unseen."""
TAG = re.compile(
    r"(/?[A-Za-z][A-Za-z0-9]*)(?:\s[^\"'=]*+(?:(?<=[\w-])=(?:\"[^\"]*\"|'[^']*')[^\"'=]*+)*+)?/?", re.ASCII
)
"""A tag up to its first ">" in which every quote is closed, so that this is where it ends."""


def text_of_simple(html: str) -> str | None:
    """The text with MARK at each block's edge, white space as it is; None where only a parser reads it right.

    That is wherever a tag, a comment or a lone "<" is not surely what it seems.
    """
    first, *parts = html.split("<")
    out = [unescape(first) if "&" in first else first]
    for part in parts:
        tag, closed, text = part.partition(">")
        instead = INSTEAD.get(tag)
        if instead is None:
            instead = _instead(tag)
        if instead is None or not closed:
            return None
        out.append(instead)
        out.append(unescape(text) if "&" in text else text)
    return "".join(out)


@lru_cache(maxsize=1024)
def _instead(tag: str) -> str | None:
    """For a tag with attributes: a site writes the same ones again and again."""
    found = TAG.fullmatch(tag)
    return INSTEAD.get(found[1].lower()) if found else None
