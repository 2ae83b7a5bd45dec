"""Reads the text of markup so simple that it needs no parser, which is most of what feeds carry."""

from __future__ import annotations

import re
from html import unescape

__all__ = ["MARK", "text_of_simple"]

MARK = "\x01"
"""Stands at a block's edge while we work: a control character, no white space, in no honest text."""
BLOCKS = (
    "p div br li ul ol h1 h2 h3 h4 h5 h6 section article blockquote pre figure figcaption header footer main "
    "hr dl dt dd"
)
INLINE = "a abbr b cite code del em font i img ins mark q s small span strike strong sub sup time tt u wbr"
UNSURE = "\x02"
"""Stands for a tag that only a parser reads right."""
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
ALL_ELSE = bytes(set(range(256)) - set(b"<>"))
KNOWN = 1_024


class _Tags(dict[str, str]):
    """What stands in the place of each tag; a site writes the same ones again and again."""

    def __missing__(self, tag: str) -> str:
        found = TAG.fullmatch(tag)
        instead = INSTEAD.get(found[1].lower(), UNSURE) if found else UNSURE
        if len(self) < KNOWN:
            self[tag] = instead
        return instead


TAGS = _Tags(INSTEAD)


def text_of_simple(html: str) -> str | None:
    """The text with MARK at each block's edge, white space as it is; None where only a parser reads it right.

    That is wherever a tag, a comment or a lone "<" or ">" is not surely what it seems.
    """
    if html.encode(errors="replace").translate(None, ALL_ELSE) != b"<>" * html.count("<"):
        return None
    # Text, tag, text, tag, text: a body has hundreds of tags, and a loop over them is slow.
    parts = html.replace(">", "<").split("<")
    parts[1::2] = instead = [*map(TAGS.__getitem__, parts[1::2])]
    if UNSURE in instead:
        return None
    if "&" in html:
        parts[::2] = [unescape(text) if "&" in text else text for text in parts[::2]]
    return "".join(parts)
