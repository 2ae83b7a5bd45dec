"""Tells what an article says from what its page says around it: bylines, share buttons, cut marks."""

from __future__ import annotations

import html
import re

from bot.extract.notices import is_notice

__all__ = [
    "BYLINE",
    "DAYS",
    "END",
    "MINUTES",
    "MONTHS",
    "is_cut",
    "is_noise",
    "tidy",
    "without_cut_marks",
    "without_dateline",
]

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
BYLINE = r"(?:(?:written|posted|reported|story|text|words|edited)\s+)?by|par|propos recueillis par|"
BYLINE += r"[by]?yanditswe na|imeandikwa na|na mwandishi(?: wetu)?|author|auteur|umwanditsi|mwandishi"

NAMES = (
    r"facebook|twitter|x|whatsapp|telegram|linkedin|pinterest|e-?mail|print|copy link|share|messenger|reddit"
)
NAMES += r"|instagram|threads|bluesky|mastodon"
PICTURE = (
    r"photos?|photographs?|images?|pictures?|pic|caption|credits?|crédits?|légende|ifoto|amafoto|picha|video"
)
PICTURE += r"|illustration"
AGENCIES = r"afp|ap|reuters|rba|apa|bbc|xinhua|upi|dpa"
SAID_OF_DATES = r"(?:first\s+)?published|posted|(?:last\s+)?updated|modified|publié|mis à jour|on|le"
CLOCK = r"at|à|h|am|pm|gmt|utc|cat|eat|est|a\.m\.|p\.m\."
POINTERS = r"also read|read also|read more|see also|watch|listen|more on|lire aussi|à lire|voir aussi"
POINTERS += r"|soma n|soma kandi|reba n|soma pia|soma zaidi|don't miss|continue reading|keep reading"
POINTERS += r"|click here|en savoir plus"
ORDERS = (
    r"subscribe|sign up|follow us|join (?:us|our)|get (?:the|our)|log in|register|abonnez|inscrivez|skip to"
)
ORDERS += r"|accept (?:all )?cookies|we use cookies|this (?:site|website) uses cookies|support (?:us|our)"
PATTERNS = {
    "a name, perhaps twice, perhaps with place or date": rf"(?:{BYLINE})\s*:?\s+\S+(?:\s+\S+){{0,11}}",
    "a reading time by its name": (
        rf"(?:(?:estimated\s+)?reading time|read(?:ing)?|temps de lecture|lecture)\W*\d+\s*{MINUTES}\W*"
    ),
    "a reading time by its number": (
        rf"\W*(?:about\s+|less than\s+)?(?:\d+|an?|one|une?)[\s\-–]*{MINUTES}[\s\-–]*(?:of\s+|de\s+)?"
        r"(?:read(?:ing)?|lecture)?(?:\s+time)?\W*"
    ),
    "an order to share": (
        r"(?:share|tweet|pin|e-?mail|print|copy|save|partage[rz]?|sangiza|shiriki|like)\b(?:\W*\w+){0,8}\W*"
    ),
    "a row of buttons": rf"(?:\W*(?:{NAMES}))+\W*",
    "an order to comment": r"(?:leave|add|post|write)\s+(?:a|your)\s+(?:comment|reply)\b.*",
    "an order to comment, French": r"(?:laisser un|ajouter un|aucun)\s+commentaire\b.*",
    "a count": r"(?:no|\d+)\s+(?:comments?|replies|shares?|views?|likes?|commentaires?)\W*",
    "a caption": (
        rf"\W*(?:file |stock |courtesy |handout )?(?:{PICTURE})\b"
        r"(?:\s+(?:by|credit|courtesy|file|from|de|par|of)\b|\s*[:/|©–—-]).*"
    ),
    "a copyright": r"\W*(?:©|\(c\)|copyright\b).*",
    "an agency's credit": (
        r".*\b(?:getty images|shutterstock|unsplash|afp photo|ap photo|via reuters)\b\W*\w*\W*"
    ),
    "a date": (
        rf"(?:{SAID_OF_DATES})?\W*(?:on|at|le)?\W*(?:(?:{DAYS})\W+)?(?:\d{{1,4}}\W+)?(?:(?:{MONTHS})\W*)?"
        rf"[\d\W]*(?:(?:{CLOCK})[\d\W]*)*"
    ),
    "a place and its agency": (
        r"[A-ZÀ-Þ][\w' .-]{1,30}(?:,\s*[\w' .-]{2,30})?(?:,\s*[\w .]{2,20})?"
        rf"\s*\((?:{AGENCIES})\)\W*"
    ),
    "a heading of its own": (
        r"(?:advertisement|sponsored|publicité|annonce|related|tags?|topics?|categor(?:y|ies)|filed under)\b"
        r"(?:\W*\w+){0,12}\W*"
    ),
    "a pointer elsewhere": rf"(?:{POINTERS})\b.{{0,200}}",
    "an invitation": rf"(?:{ORDERS})\b.*",
    "a CMS's last line": r"the post\b.*\bappeared first on\b.*|l['’]article\b.*\best apparu en premier\b.*",
}
NOISE = re.compile("|".join(f"(?:{each})" for each in PATTERNS.values()), re.IGNORECASE)
NAME = re.compile(r"(?:(?:[A-ZÀ-Þ][\w'’.-]*|de|da|van|von|der|la|le|and|et|na|&)[\s,|]*){1,8}")
MARK = re.compile(
    r"\s*(?:"
    r"(?:\[|\()\s*(?:…|\.{2,}|&hellip;|&#8230;|read more|continue reading|more)\s*(?:\]|\))"
    r"|(?:…|\.{3})?\s*(?:continue reading|read more|read the (?:rest|full)|keep reading|lire la suite"
    r"|en savoir plus|lire plus|soma zaidi|soma ibindi|soma inkuru yose|click here to read)\b.{0,160}"
    r"|the post\b.{0,600}?\b(?:appeared|first appeared|appeared first) on\b.{0,200}"
    r"|l['’]article\b.{0,600}?\best apparu en premier sur\b.{0,200}"
    r")\s*[→»›]*\s*$",
    re.IGNORECASE | re.DOTALL,
)
NETWORK = r"(?:facebook|twitter|x|whatsapp|linkedin)"
BUTTONS = re.compile(
    rf"(?<=[.!?…\"”»])(?:\s+(?:share (?:this (?:article|story|post)|on {NETWORK})|tweet this"
    rf"|leave a (?:comment|reply)|partager (?:cet article|sur {NETWORK})|laisser un commentaire"
    r"|sangiza abandi|tanga igitekerezo))+\W*$",
    re.IGNORECASE,
)
"""What a theme's buttons say behind the last sentence."""
MARKED = (
    *("…", "...", "[", "(", "reading", "read ", "lire", "savoir", "soma", "the post", "article"),
    *("share ", "tweet ", "leave a", "partager", "laisser", "sangiza", "tanga"),
)
APPENDED = re.compile(r"\W*(?:the post|l['’]article)\b", re.IGNORECASE)
CUT = re.compile(r"(?:\[|\()\s*(?:…|\.{2,})\s*(?:\]|\))|(?:…|\.{3})\s*$")
END = re.compile(r"[.!?…:;。！？؟።]['\"”’»)\]]*$")
DATELINE = re.compile(
    r"^(?:[A-ZÀ-Þ][A-ZÀ-Þ'’. -]{2,30})(?:,\s+[^\W\d_][\w. ]{1,24})?(?:,\s+[\w .]{3,20})?"
    r"(?:\s*\([A-Z][\w/ ]{1,20}\))?\s*(?:[—–]|--|\s-)\s+"
)
SHORT = 160
LABEL = 60
"""Longer, and ended like a sentence, a line is no label."""
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
INVISIBLE = re.compile("[\u200b\ufeff\ufffe\u00ad\u202a-\u202e\u2066-\u2069]")
"""What nobody sees, and what turns the direction of all that follows; plain direction marks stay."""


def tidy(text: str) -> str:
    """White space collapsed, NUL and other control characters gone."""
    line = " ".join(text.split())
    return line if line.isprintable() else " ".join(CONTROLS.sub(" ", INVISIBLE.sub("", line)).split())


def is_noise(line: str) -> bool:
    """Whether a short line is no part of what the article says: byline, caption, button, date."""
    text = tidy(line)
    if not text or is_notice(text):
        return True
    if len(text) > SHORT:
        return bool(MARK.fullmatch(text))
    if NAME.fullmatch(text):
        return True
    prose = len(text) > LABEL and text.endswith((".", "!", "?")) and not text.lower().startswith("the post")
    return not prose and bool(NOISE.fullmatch(text))


def is_cut(summary: str) -> bool:
    """Whether a machine cut this summary off: "[…]", "Continue reading"."""
    text = html.unescape(summary).strip() if "&" in summary else summary
    return _may_be_marked(text) and bool(MARK.search(text) or CUT.search(text))


def without_cut_marks(summary: str) -> str:
    """The summary without what a CMS appended; where that leaves half a sentence, it ends in "…"."""
    text = tidy(html.unescape(summary) if "&" in summary else summary)
    if not _may_be_marked(text):
        return text
    text, cut = BUTTONS.sub("", text), False
    while found := MARK.search(text):
        cut = cut or not APPENDED.match(found.group())
        text = text[: found.start()].rstrip()
    if CUT.search(text):
        text, cut = CUT.sub("", text).rstrip(), True
    return f"{text.rstrip(',;:-– ')}…" if cut and text and not END.search(text) else text


def _may_be_marked(text: str) -> bool:
    """A look that costs nothing: the patterns are slow, and most summaries are whole."""
    lower = text.lower()
    return any(word in lower for word in MARKED)


def without_dateline(paragraph: str) -> str:
    """The paragraph without the "KIGALI, Rwanda (AP) — " before it, unless it goes on in small letters."""
    found = DATELINE.match(paragraph)
    if found is None or ("(" not in found[0] and paragraph[found.end() : found.end() + 1].islower()):
        return paragraph
    return paragraph[found.end() :]
