"""Mends a feed's bytes before they are parsed: encodings, control characters, entities, stray ampersands."""

from __future__ import annotations

import codecs
import re
from html.entities import html5
from itertools import islice

__all__ = ["mend", "shortened"]

DECLARATION = re.compile(
    rb"^\s*<\?xml\b[^>]*?\bencoding\s*=\s*[\"']\s*([\w.:-]+)\s*[\"'][^>]*\?>", re.IGNORECASE
)
PROLOG = re.compile(r"^\s*<\?xml\b[^>]*\?>", re.IGNORECASE)
CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
START = re.compile(rb"<(?:\?xml\s|rss\b|feed\b|rdf:RDF\b)", re.IGNORECASE)
END = re.compile(rb"</(?:\w+:)?(?:item|entry)\s*>", re.IGNORECASE)
SHORT = 200_000
"""Bytes below which a feed's items need not be counted."""
CONTROLS = bytes(code for code in range(32) if code not in (9, 10, 13))
ENTITY = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,31});")
STRAY = re.compile(rb"&(?!(?:[A-Za-z][A-Za-z0-9]{0,31}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});)")
BAD_REFERENCE = re.compile(
    rb"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01]|5529[6-9]|55[3-9]\d\d|56\d{3}|57[0-2]\d\d|573[0-3]\d|5734[0-3]"
    rb"|[2-9]\d{6}|1[2-9]\d{5}|\d{8,})"
    rb"|[xX]0*(?:[0-8BbCcEeFf]|1[0-9A-Fa-f]|[dD][89A-Fa-f][0-9A-Fa-f]{2}|[fF]{3}[eEfF]"
    rb"|(?:1[1-9A-Fa-f]|[2-9A-Fa-f][0-9A-Fa-f])[0-9A-Fa-f]{4,}));"
)
"""References to what XML knows no character for: controls, surrogates, beyond the last."""
HEAD = 8192


def shortened(body: bytes, cap: int, *, whole: bool) -> tuple[bytes, bool]:
    """The feed up to its `cap`th item where it lists many more, and whether it was cut.

    One that is not `whole` (longer than is read) ends behind its last whole item.
    """
    if whole and len(body) < SHORT:
        return body, False
    ends = [found.end() for found in islice(END.finditer(body), 2 * cap)]
    if whole and len(ends) < 2 * cap:
        return body, False
    return (body[: ends[:cap][-1]], True) if ends else (body, not whole)


def mend(body: bytes, content_type: str) -> bytes:
    """The feed as UTF-8 that says so, without what no XML parser takes; a sound one comes back as it is."""
    body = _utf8(body, content_type)
    start = START.search(body, 0, HEAD)
    if start and start.start():
        body = body[start.start() :]
    body = body.translate(None, CONTROLS)
    if b"&" in body and b"<!ENTITY" not in body:
        body = _references(body)
    return body


def _utf8(body: bytes, content_type: str) -> bytes:
    wide = _wide(body)
    if wide:
        return _declared(body.decode(wide, "replace").lstrip("\ufeff"))
    body = body.removeprefix(codecs.BOM_UTF8)
    said = DECLARATION.search(body[:HEAD])
    encoding = _known(said.group(1).decode("ascii")) if said else ""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        header = CHARSET.search(content_type)
        encoding = encoding or (_known(header.group(1)) if header else "")
        if encoding in {"", "utf-8", "ascii"}:
            return _declared(body.decode("utf-8", "sharewire_cp1252"))
        encoding = "cp1252" if encoding == "iso8859-1" else encoding
        return _declared(body.decode(encoding, "replace"))
    # Valid UTF-8 with letters beyond ASCII is UTF-8, whatever it says of itself; but not the 7-bit codes.
    if encoding in {"", "utf-8"} and (said is None or b"utf" in said.group(1).lower()):
        return body
    if encoding.startswith(("iso2022", "hz", "utf-7")):
        text = body.decode(encoding, "replace")
    return _declared(text)


def _wide(body: bytes) -> str:
    """The name of a UTF-16 or UTF-32 encoding, by its mark or by the zeros around the first "<"."""
    if body.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if body.startswith(b"<\x00") and body[3:4] == b"\x00":
        return "utf-16-le"
    return "utf-16-be" if body.startswith(b"\x00<\x00") else ""


def _declared(text: str) -> bytes:
    return PROLOG.sub("", text, count=1).encode("utf-8", "replace")


def _known(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""


def _references(body: bytes) -> bytes:
    if BAD_REFERENCE.search(body):
        body = BAD_REFERENCE.sub(b"", body)
    if not ENTITY.search(body) and not STRAY.search(body):
        return body
    out, at = [], 0
    while at < len(body):
        # Inside CDATA an ampersand is an ampersand.
        opened = body.find(b"<![CDATA[", at)
        closed = body.find(b"]]>", opened) if opened >= 0 else -1
        end = opened if closed >= 0 else len(body)
        out.append(ENTITY.sub(_character, STRAY.sub(b"&amp;", body[at:end])))
        at = closed if closed >= 0 else end
        out.append(body[end:at])
    return b"".join(out)


def _character(found: re.Match[bytes]) -> bytes:
    character = html5.get(f"{found.group(1).decode('ascii')};")
    return character.encode() if character and character not in "<&>" else b"&amp;" + found.group()[1:]


def _cp1252(error: UnicodeError) -> tuple[str, int]:
    """One byte that is no UTF-8 is taken for the Windows letter it mostly is."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("sharewire_cp1252", _cp1252)
