"""Tells what an article says from what its page says around it: bylines, share buttons, cut marks."""

from __future__ import annotations

import html
import re

__all__ = ["is_cut", "is_noise", "tidy", "without_cut_marks", "without_dateline"]

MONTHS = (
    r"jan\w*|feb\w*|mar\w*|apr\w*|may|jun\w*|jul\w*|aug\w*|sep\w*|oct\w*|nov\w*|dec\w*|"
    r"janv\w*|févr\w*|mars|avr\w*|mai|juin|juil\w*|août|déc\w*|"
    r"mutarama|gashyantare|werurwe|mata|gicurasi|kamena|nyakanga|kanama|nzeri|ukwakira|ugushyingo|ukuboza"
)
DAYS = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tue|wed|thu|fri|sat|sun|"
    r"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
)
MINUTES = r"(?:mins?|minutes?|dakika|iminota)"
BYLINE = r"(?:(?:written|posted|reported|story|text|words|edited)\s+)?by|par|propos recueillis par|[by]?yanditswe na|"
BYLINE += r"imeandikwa na|na mwandishi(?: wetu)?|author|auteur|umwanditsi|mwandishi"

NOISE = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # bylines: a name, perhaps twice, perhaps with place, date or reading time
        rf"(?:{BYLINE})\s*:?\s+\S+(?:\s+\S+){{0,11}}",
        # reading times
        rf"(?:(?:estimated\s+)?reading time|read(?:ing)?|temps de lecture|lecture)\W*(?:<\s*)?\d+\s*{MINUTES}\W*",
        rf"\W*(?:about\s+|less than\s+)?(?:\d+|an?|one|une?)[\s\-–]*{MINUTES}[\s\-–]*(?:of\s+|de\s+)?"
        r"(?:read(?:ing)?|lecture)?(?:\s+time)?\W*",
        # sharing and commenting
        r"(?:share|tweet|pin|e-?mail|print|copy|save|partage[rz]?|sangiza|shiriki|like)\b(?:\W*\w+){0,8}\W*",
        r"(?:\W*(?:facebook|twitter|x|whatsapp|telegram|linkedin|pinterest|e-?mail|print|copy link|share|messenger"
        r"|reddit|instagram|threads|bluesky|mastodon))+\W*",
        r"(?:leave|add|post|write)\s+(?:a|your)\s+(?:comment|reply)\b.*",
        r"(?:laisser un|ajouter un|aucun)\s+commentaire\b.*",
        r"(?:no|\d+)\s+(?:comments?|replies|shares?|views?|likes?|commentaires?)\W*",
        # captions and credits
        r"\W*(?:file |stock |courtesy |handout )?(?:photos?|photographs?|images?|pictures?|pic|caption|credits?|crédits?"
        r"|légende|ifoto|amafoto|picha|illustration|video)\b(?:\s+(?:by|credit|courtesy|file|from|de|par|of)\b|\s*[:/|©–—-]).*",
        r"\W*(?:©|\(c\)|copyright\b).*",
        r".*\b(?:getty images|shutterstock|unsplash|afp photo|ap photo|via reuters)\b\W*\w*\W*",
        # dates and places that stand alone
        rf"(?:(?:first\s+)?published|posted|(?:last\s+)?updated|publié|mis à jour|modified|on|le)?\W*(?:on|at|le|at:)?\W*"
        rf"(?:(?:{DAYS})\W+)?(?:\d{{1,4}}\W+)?(?:(?:{MONTHS})\W*)?[\d\W]*(?:(?:at|à|h|am|pm|gmt|utc|cat|eat|est|a\.m\.|p\.m\.)[\d\W]*)*",
        r"[A-ZÀ-Þ][\w' .-]{1,30}(?:,\s*[\w' .-]{2,30})?(?:,\s*[\w .]{2,20})?\s*\((?:afp|ap|reuters|rba|apa|bbc|xinhua|upi|dpa)\)\W*",
        # pointers elsewhere
        r"(?:advertisement|sponsored|publicité|annonce|related|tags?|topics?|categor(?:y|ies)|filed under)\b(?:\W*\w+){0,12}\W*",
        r"(?:also read|read also|read more|see also|watch|listen|more on|lire aussi|à lire|voir aussi|soma n|soma kandi"
        r"|reba n|soma pia|soma zaidi|don't miss|continue reading|keep reading|click here|en savoir plus)\b.{0,200}",
        r"(?:subscribe|sign up|follow us|join (?:us|our)|get (?:the|our)|log in|register|abonnez|inscrivez|skip to"
        r"|accept (?:all )?cookies|we use cookies|this (?:site|website) uses cookies|support (?:us|our))\b.*",
        r"the post\b.*\bappeared first on\b.*",
        r"l['’]article\b.*\best apparu en premier sur\b.*",
    )
]
NAME = re.compile(r"(?:(?:[A-ZÀ-Þ][\w'’.-]*|de|da|van|von|der|la|le|and|et|na|&)[\s,|]*){1,8}")
MARK = re.compile(
    r"\s*(?:"
    r"(?:\[|\()\s*(?:…|\.{2,}|&hellip;|&#8230;|read more|continue reading|more)\s*(?:\]|\))"
    r"|(?:…|\.{3})?\s*(?:continue reading|read more|read the (?:rest|full)|keep reading|lire la suite|en savoir plus"
    r"|lire plus|soma zaidi|soma ibindi|soma inkuru yose|click here to read)\b.{0,160}"
    r"|the post\b.{0,600}?\b(?:appeared|first appeared|appeared first) on\b.{0,200}"
    r"|l['’]article\b.{0,600}?\best apparu en premier sur\b.{0,200}"
    r")\s*[→»›]*\s*$",
    re.IGNORECASE | re.DOTALL,
)
CUT = re.compile(r"(?:\[|\()\s*(?:…|\.{2,})\s*(?:\]|\))|(?:…|\.{3})\s*$")
END = re.compile(r"[.!?…:;。！？؟።]['\"”’»)\]]*$")
DATELINE = re.compile(
    r"^(?:[A-ZÀ-Þ][A-ZÀ-Þ'’. -]{2,30})(?:,\s+[^\W\d_][\w. ]{1,24})?(?:,\s+[\w .]{3,20})?"
    r"(?:\s*\([A-Z][\w/ ]{1,20}\))?\s*(?:[—–]|--|\s-)\s+"
)
SHORT = 160


def tidy(text: str) -> str:
    """White space collapsed, NUL and other control characters gone."""
    cleaned = "".join(
        char if char >= " " else " " for char in text.replace("\u200b", "").replace("\ufeff", "")
    )
    return " ".join(cleaned.split())


def is_noise(line: str) -> bool:
    """Whether a short line is no part of what the article says: byline, reading time, caption, button, date."""
    text = tidy(line)
    if not text:
        return True
    if len(text) > SHORT:
        return bool(MARK.fullmatch(text))
    if NAME.fullmatch(text):
        return True
    prose = (
        len(text) > 60
        and text.endswith((".", "!", "?"))
        and not text.lower().startswith(("photo", "the post"))
    )  # noqa: PLR2004 - a sentence, not a label
    return not prose and any(pattern.fullmatch(text) for pattern in NOISE)


def is_cut(summary: str) -> bool:
    """Whether a machine cut this summary off: "[…]", "Continue reading"."""
    text = html.unescape(summary).strip()
    return bool(MARK.search(text) or CUT.search(text))


def without_cut_marks(summary: str) -> str:
    """The summary without what a CMS appended; where that leaves half a sentence, it ends in "…"."""
    text = tidy(html.unescape(summary))
    cut = False
    while True:
        found = MARK.search(text)
        if not found:
            break
        appended = re.match(r"\W*(?:the post|l['’]article)\b", found.group(), re.IGNORECASE)
        cut = cut or not appended
        text = text[: found.start()].rstrip()
    if CUT.search(text):
        text, cut = CUT.sub("", text).rstrip(), True
    return f"{text.rstrip(',;:-– ')}…" if cut and text and not END.search(text) else text


def without_dateline(paragraph: str) -> str:
    """The paragraph without the "KIGALI, Rwanda (AP) — " before it."""
    return DATELINE.sub("", paragraph, count=1)
