"""Strips the place and date that agencies set before a text, where it is certain that they are such."""

from __future__ import annotations

import re

from bot.extract.text import DAYS, MONTHS

__all__ = ["without_place"]

AGENCY = (
    r"AFP|AP|Reuters|REUTERS|RBA|APA|ANI|PTI|DPA|dpa|EFE|ANSA|TASS|Xinhua|UPI|BBC|IPS|IRIN|APS|MAP|PANA|AA|Anadolu"
    r"|Bloomberg|KT Press|The New Times|IGIHE|Igihe|ARI-RNA|RNA|KNA|NAN|GNA|SAnews|AllAfrica|IANS"
)
WORD = r"[A-ZÀ-Þ][\w'’.-]*"
PLACE = rf"{WORD}(?:[ -](?:{WORD}|de|du|la|le|el|al|es|of|the|and|sur)){{0,3}}"
REGION = rf"(?:,\s{PLACE})?"
DATE = (
    rf"(?i:(?:{MONTHS})\.?\s\d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}(?:st|nd|rd|th|er)?\s(?:{MONTHS})\.?)"
    r"(?:,?\s\d{4})?|\d{1,2}/\d{1,2}/\d{2,4}"
)
DASH = r"(?:\s*[—–]\s+|\s*--\s+|\s+-\s+)"
BEGINS = r"(?=[\"“«‘(]?\s?[A-ZÀ-Þ0-9])"
"""A sentence of its own follows: what goes on in small letters may belong together."""
NO_PLACE = (
    rf"(?!(?i:{DAYS}|{MONTHS}|by|par|left|right|from|centre|center|top|above|photo|video|file|updated|update"
    r"|opinion|analysis|editorial|gauche|droite|breaking|exclusive|note)\b)"
)
CITIES = (
    r"Abidjan|Abuja|Accra|Addis Ababa|Addis[- ]Abeba|Algiers|Alger|Antananarivo|Arusha|Bamako|Bangui"
    r"|Beijing|Beirut|Berlin|Brazzaville|Brussels|Bruxelles|Bujumbura|Bukavu|Butare|Cairo|Cape Town"
    r"|Conakry|Cotonou|Dakar|Dar es Salaam|Dodoma|Doha|Douala|Dubai|Entebbe|Freetown|Gaborone|Geneva"
    r"|Genève|Gisenyi|Gitega|Goma|Harare|Havana|Huye|Istanbul|Jerusalem|Johannesburg|Juba|Kampala"
    r"|Khartoum|Kigali|Kinshasa|Kyiv|Lagos|Libreville|Lilongwe|Lomé|London|Londres|Luanda|Lubumbashi"
    r"|Lusaka|Madrid|Maputo|Mogadishu|Mombasa|Monrovia|Moscow|Musanze|Muhanga|N['’]Djamena|Nairobi"
    r"|New Delhi|New York|Niamey|Nouakchott|Nyagatare|Ottawa|Ouagadougou|Paris|Port Louis|Pretoria"
    r"|Rabat|Riyadh|Rome|Rubavu|Rusizi|Rwamagana|Seoul|The Hague|La Haye|Tokyo|Tripoli|Tunis"
    r"|United Nations|Washington|Windhoek|Yaoundé"
)
NAMED = re.compile(
    rf"{NO_PLACE}{PLACE}{REGION}(?:,?\s(?:{DATE}))?\s*\((?:{AGENCY})(?:[/\s-]\w+)?\)(?:{DASH}|\s*[—–-]\s*){BEGINS}"
    rf"|{NO_PLACE}{PLACE}{REGION},?\s(?:{DATE}){DASH}{BEGINS}"
    rf"|\((?:{NO_PLACE}{PLACE}{REGION},\s(?:{DATE})|(?:{CITIES}){REGION})\){DASH}{BEGINS}"
)
"""With its agency, with its date, or a city in brackets: nothing else is written so."""
OPENERS = (
    r"The|A|An|At|In|On|After|Before|As|For|From|With|When|While|It|He|She|They|We|This|These|Those|There|Police|Two"
    r"|Three|Four|Five|Six|Seven|Eight|Nine|Ten|More|Some|Many|Most|Nearly|About|Over|At|Officials|President"
    r"|Le|La|Les|Un|Une|Des|Après|Avant|Au|Aux|Dans|En|Pour|Selon|Ce|Cette|Ces|Il|Elle|Ils|Elles|Deux|Trois|Plus"
    r"|Abantu|Mu|Ku|Ubwo|Nyuma|Perezida|Minisitiri|Polisi"
)
"""Words that begin a sentence, and no name of a second place ("Kigali – Butare in two hours")."""
KNOWN = re.compile(rf"(?:{CITIES}){REGION}{DASH}(?=[\"“«‘]?(?:(?:{OPENERS})\b|[LDdl]['’]))")
DASHES = re.compile("[—–-]")
SECOND_DASH = re.compile(r"\s(?:[—–-]|--)\s")
SENTENCE = re.compile(r"[.!?…](?:\s|$)")
LONGEST = 90
"""Characters that a dateline takes at most, dash included."""


def without_place(paragraph: str) -> str:
    """A body's paragraph without the "Kigali, Nov 26 (Reuters) – " or "Nairobi — " before it.

    A place alone is one only if the sentence behind it stands by itself: "Kigali – the city of a thousand
    hills – grows" is all of one.
    """
    if not DASHES.search(paragraph, 0, LONGEST):
        return paragraph
    found = NAMED.match(paragraph, 0, LONGEST)
    if found is None and (known := KNOWN.match(paragraph, 0, LONGEST)) is not None:
        rest = paragraph[known.end() :]
        first = SENTENCE.split(rest, maxsplit=1)[0]
        found = None if SECOND_DASH.search(first) else known
    return paragraph[found.end() :] if found else paragraph
