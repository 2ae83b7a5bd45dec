"""Tells what a site says to its readers, and whose picture it shows, from what its article says."""

from __future__ import annotations

import re

__all__ = ["is_notice"]

CHANNELS = r"(?:channel|chaîne|groupe?|page|whatsapp|telegram|facebook|twitter|youtube|instagram|google news)"
MAILS = r"(?:inbox|newsletters?|infolettre|boîte (?:mail|de réception|aux lettres)|e-?mails?)"
TO_READERS = {
    "cookies": r"(?:this|our) (?:web)?site uses cookies|we (?:and our\b.{0,40}\b)?use cookies",
    "cookies, French": r"(?:nous utilisons|(?:ce|notre) site (?:web )?utilise) des cookies",
    "cookies, Kinyarwanda and Swahili": r"uru rubuga\b.{0,40}\bcookies|tovuti hii (?:ina|hu)tumia",
    "privacy": r"we (?:value|care about|respect) your privacy",
    "consent": r"by (?:continu|click|us|sign|subscrib|submitt|enter)ing\b.{0,120}\byou (?:agree|accept)",
    "consent, French": r"en (?:poursuivant|continuant|naviguant)\b.{0,120}(?:vous acceptez|cookies)",
    "a newsletter": r"(?:get|receive)\b.{0,120}\b(?:inbox|newsletter)\b",
    "a subscription": rf"(?:sign up|subscribe)\b.{{0,120}}\b{MAILS}\b",
    "a subscription, French": rf"(?:recevez|inscrivez-vous|abonnez-vous)\b.{{0,160}}\b{MAILS}\b",
    "a channel": rf"(?:follow|join|like) (?:us|our)\b.{{0,60}}\b{CHANNELS}\b",
    "a channel, French": rf"(?:suivez|rejoignez)(?:-nous\b|\s+(?:notre|nos)\b).{{0,60}}\b{CHANNELS}\b",
    "a channel, Kinyarwanda and Swahili": r"(?:kanda hano|(?:mu)?d?ukurikire|bonyeza hapa|tufuate)\b",
    "a subscriber": r"already an? (?:subscriber|member)\b|déjà abonné",
    "a browser": r"(?:please )?(?:enable|turn on|activer|activez) (?:java ?script|cookies)\b",
    "its age": r"this (?:article|story) (?:is more than|was (?:first|originally) published)\b",
    "its sound": r"listen to this (?:article|story)\b|écoute[rz] cet article\b",
    "others": r"(?:inkuru bifitanye isano|izindi nkuru|habari zinazohusiana|sur le même sujet)\s*[:–—-]",
}
"""Also in whole sentences, and never of the article's matter: each begins so."""
TO_READER = re.compile("|".join(f"(?:{each})" for each in TO_READERS.values()), re.IGNORECASE)
CREDIT = re.compile(
    r"(?:[.!?»”\")\]]\s*|[(\[|–—]\s*|\s-\s)"
    r"(?:(?i:photos?|images?|pictures?|ifoto|amafoto|picha|crédits? photos?)"
    r"(?:\s+(?i:by|credit|courtesy|de|par|na|ya)\s+(?=[A-ZÀ-Þ])|\s*[:/|©–-]).{2,60}$"
    r"|(?i:courtesy|net photo|file photo)\W*$)"
    r"|\s\|\s(?:[A-ZÀ-Þ][\w'’.-]*\s?){1,5}$"
)
"""How a caption ends: who took the picture."""
BEGIN = re.compile(
    "this |our |we |nous |ce |notre |uru |tovuti|by |en |get |rec|sign |subs|insc|abon|follow|join|like |suiv"
    "|rejo|kanda|duku|mudu|ukur|bony|tufu|already|déjà|please|enable|turn|activ|listen|écou|inku|izindi|habari"
    "|sur le"
)
NAMED = ("photo", "image", "picture", "foto", "picha", "courtesy", " | ")
NOTICE = 600
CAPTION = 300


def is_notice(text: str) -> bool:
    """Whether a tidied paragraph asks something of the reader, or names who took a picture."""
    # Words first: the patterns are slow, and most paragraphs are neither.
    lower = text[:NOTICE].lower()
    if len(text) <= CAPTION and any(word in lower for word in NAMED) and CREDIT.search(text):
        return True
    return len(text) <= NOTICE and BEGIN.match(lower) is not None and bool(TO_READER.match(text))
