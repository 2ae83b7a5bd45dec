"""Reads an article's body: its plain text, its first real paragraph, the minutes it takes."""

from __future__ import annotations

import re
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.extract.markup import MARK, text_of_simple
from bot.extract.text import is_noise, tidy, without_dateline

__all__ = ["first_paragraph", "plain_text", "reading_minutes"]

UNSEEN = ["script", "style", "noscript", "template", "svg", "iframe", "object", "head"]
BESIDE = ["figure", "figcaption", "aside", "nav", "form", "button", "footer", "select", "table"]
FRAMES = ("table", "form")
EDGE = re.compile(
    r"<(?=/?(?:[pP](?i:re)?|[dD](?i:iv|d|t)|[bB](?i:r|lockquote)|[lL][iI]|[uoUO][lL]|[hH](?i:[1-6r]|eader)"
    r"|[sS](?i:ection)|[aA](?i:rticle)|[tT](?i:[dhr]|able)|[fF](?i:igure|igcaption|ooter)|[mM](?i:ain))\b)"
)
"""A block's edge. Written by first letters, which lets the engine pass over other tags faster."""
BREAK = re.compile(r"<(?=[bB][rR]\b)")
BODIES = (
    "[itemprop=articleBody]",
    ".entry-content",
    ".post-content",
    ".article-body",
    "article",
    "main",
    "body",
)
LABELS = re.compile(
    r"caption|byline|by-line|author|credit|share|social|meta|date|comment|read(?:ing)?-?time|related|newsletter"
    r"|advert|promo|breadcrumb|cookie|kicker|wp-element",
    re.IGNORECASE,
)
UNSHOWN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
ANCESTORS = 4
PROSE = 40
TOP = 3_000
TEASER = 600
"""Characters that a link to another article holds at most: its title, and how it begins."""
SENTENCE = re.compile(r"[.!?…。！？؟።]['\"”’»)\]]*(?:\s|$)")
FIGURE = re.compile(r"<figure\b.*?</figure>", re.IGNORECASE | re.DOTALL)
PARAGRAPH = re.compile(r"<p(?:\s[^<>]*)?>(.*?)</p>", re.IGNORECASE | re.DOTALL)
INVOLVED = re.compile(
    r"\b(?:class|id|style|aria-hidden)\s*=|<(?!/?(?:p|br|a|b|i|em|strong|span|img|h[1-6]|ul|ol|li|div|q|u|s|small|sup|sub)\b)[^\s\d]",
    re.IGNORECASE,
)
INLINE = re.compile(r"</?(?:a|b|i|em|strong|span|q|u|s|small|sup|sub|img)\b[^<>]*>", re.IGNORECASE)
BREAK_TAG = re.compile(r"<(?:br|div|li|ul|ol|h[1-6])\b[^<>]*>|</(?:div|li|ul|ol|h[1-6])>", re.IGNORECASE)
BARE = re.compile(r"[<&]")
WORDS_A_MINUTE = 220


def plain_text(html: str) -> str:
    """The text of an HTML fragment on lines by block; no script, no style; "" stays ""."""
    if not BARE.search(html):
        return tidy(html)
    simple = text_of_simple(html.replace(MARK, " "))
    if simple is not None:
        return "\n".join(_lines(simple))
    root = _parsed(html, UNSEEN).body
    return "\n".join(_text_lines(root)) if root is not None else ""


def first_paragraph(html: str) -> str:
    """The first paragraph that says something; "" where there is none.

    Never the byline, the reading time, a caption, a dateline that stands alone, "Share this Article" or
    "Leave a comment".
    """
    # Mostly it stands near the top, and the rest need not be parsed, nor need that much be parsed as a tree.
    return (
        _plainly_first(html[:TOP])
        or (_first(html[:TOP]) if len(html) > 2 * TOP and "<body" not in html else "")
        or _first(html)
    )


def _plainly_first(html: str) -> str:
    """The first real paragraph of markup so simple that patterns read it right; "" where they might not."""
    html = FIGURE.sub("", html)
    for found in PARAGRAPH.finditer(html):
        if INVOLVED.search(html, 0, found.end()):
            return ""
        text = _prose(unescape(INLINE.sub("", BREAK_TAG.sub(" ", found[1]))))
        if text:
            return text
    return ""


def _first(html: str) -> str:
    tree = _parsed(html, UNSEEN + BESIDE, BREAK)
    for selector in BODIES:
        root = tree.css_first(selector)
        if root is None:
            continue
        for node in root.css("p"):
            text = "" if _labelled(node) else _prose(" ".join(_text_lines(node)))
            if text:
                return text
    if tree.css_first("p") is not None:
        return _first_block(html)
    root = _parsed(html, UNSEEN + BESIDE).body
    lines = _text_lines(root) if root is not None else []
    return next((text for text in map(_prose, lines) if text), "") or _first_within(html)


def _first_block(html: str) -> str:
    """Where the article is written in other blocks than paragraphs, which it has for its links only."""
    tree = _parsed(html, UNSEEN + BESIDE)
    for selector in BODIES:
        root = tree.css_first(selector)
        lines = _text_lines(root) if root is not None else []
        for text in map(_prose, lines):
            if len(text) >= 2 * PROSE and SENTENCE.search(text):
                return text
    return ""


def _first_within(html: str) -> str:
    """Where a table or a form holds the whole page, as old sites are laid out."""
    tree = _parsed(html, UNSEEN + [name for name in BESIDE if name not in FRAMES], BREAK)
    paragraphs = (_prose(" ".join(_text_lines(node))) for node in tree.css("p") if not _labelled(node))
    return next((text for text in paragraphs if text), "")


def reading_minutes(text: str) -> int:
    """How many minutes a text takes at 220 words a minute, rounded; 0 for none. It is one of `plain_text`."""
    words = text.count(" ") + text.count("\n") + 1
    return max(1, round(words / WORDS_A_MINUTE)) if text else 0


def _prose(text: str) -> str:
    text = tidy(text)
    if is_noise(text):
        return ""
    text = without_dateline(text)
    enough = PROSE // 2 if SENTENCE.search(text) else 2 * PROSE
    return text if len(text) >= enough else ""


def _labelled(node: LexborNode) -> bool:
    """Whether the page itself says that this is no prose (class="caption")."""
    at: LexborNode | None = node
    for _ in range(ANCESTORS):
        if at is None or at.tag in {"article", "main", "body"}:
            return False
        said = at.attributes
        if LABELS.search(f"{said.get('class') or ''} {said.get('id') or ''}") or "hidden" in said:
            return True
        if said.get("aria-hidden") == "true" or UNSHOWN.search(said.get("style") or ""):
            return True
        at = at.parent
    return False


def _text_lines(node: LexborNode) -> list[str]:
    """The text below a node whose blocks were marked, a line for each block that says anything."""
    return _lines(node.text(deep=True) or "")


def _lines(marked: str) -> list[str]:
    """The lines of a text whose blocks were marked, tidied, none empty."""
    lines = [each.strip() for each in marked.split(MARK)]
    # Printable and without two spaces together, a line is tidy already; splitting words is slow.
    return [
        tidied
        for line in lines
        if line and (tidied := line if line.isprintable() and "  " not in line else tidy(line))
    ]


def _parsed(html: str, without: list[str], edge: re.Pattern[str] = EDGE) -> LexborHTMLParser:
    """The tree, every block's edge marked: walking it node by node in Python takes ten times as long."""
    tree = LexborHTMLParser(edge.sub(f"{MARK}<", html.replace(MARK, " ")))
    tree.strip_tags(without)
    if BESIDE[0] in without:
        _without_teasers(tree)
    return tree


def _without_teasers(tree: LexborHTMLParser) -> None:
    """Paragraphs that are links as a whole tell of another article; one that holds all was never closed."""
    for link in tree.css("a[href]"):
        if link.css_first("p") is not None and len(link.text(deep=True)) < TEASER:
            link.decompose()
