"""Whether two sightings are one article: fingerprints, never dates."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple, Protocol
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from bot.domain.article import Entry

__all__ = [
    "Fingerprint",
    "Merge",
    "New",
    "Resolution",
    "Same",
    "content_hash",
    "fingerprints",
    "host_of",
    "normalise_url",
    "resolve",
]

TRACKING = re.compile(
    r"^(?:utm_\w+|fbclid|gclid|gbraid|wbraid|dclid|msclkid|twclid|igshid|yclid|mc_cid|mc_eid|_hsenc|_hsmi|"
    r"ref_src|ref_url|oly_anon_id|oly_enc_id|vero_id|wt_mc|cmpid|ito|share_source|share_medium|at_\w+)$",
    re.IGNORECASE,
)
AMP_PARAMETERS = frozenset({"amp", "outputtype"})
PORTS = {"http": 80, "https": 443}
SAFE_PATH = "/!$&'()*+,;=:@~-._"


class Fingerprint(NamedTuple):
    """One mark of an article: a CMS id scoped by site, a guid by source, a canonical or plain URL."""

    kind: str
    scope: str
    value: str


class KnownArticle(Protocol):
    """What the store remembers of an article, for comparison."""

    @property
    def id(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def canonical_url(self) -> str: ...


@dataclass(frozen=True, slots=True)
class New:
    """An article never met. `conflict` says which guid was used for another one before, if so."""

    conflict: str = ""


@dataclass(frozen=True, slots=True)
class Same:
    """An article we know."""

    article: int
    conflict: str = ""


@dataclass(frozen=True, slots=True)
class Merge:
    """Two articles we took for different ones are one: `drop` becomes `keep`."""

    keep: int
    drop: int
    conflict: str = ""


Resolution = New | Same | Merge


def host_of(url: str) -> str:
    """The host without `www.`, in lower-case ASCII; "" if there is none."""
    try:
        host = (urlsplit(url).hostname or "").removesuffix(".")
        ascii_host = host.encode("idna").decode() if not host.isascii() else host
    except (ValueError, UnicodeError):
        return ""
    return ascii_host.lower().removeprefix("www.")


def normalise_url(url: str) -> str:
    """The form in which two addresses of one page are equal; `url` itself, stripped, if it is none.

    Scheme, `www`, default port, tracking parameters, trailing slash, fragment and AMP do not count; any
    other parameter (`?lang=fr`, `?p=42`) does.
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    host = host_of(url)
    if not host or parts.scheme.lower() not in PORTS:
        return url
    path = re.sub(
        r"/{2,}",
        "/",
        quote(unquote(parts.path, errors="surrogateescape"), SAFE_PATH, errors="surrogateescape"),
    )
    path = re.sub(r"(?:^|/)amp/?$", "", path).rstrip("/")
    path = path.removesuffix(".amp.html") + ".html" if path.endswith(".amp.html") else path
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not TRACKING.match(name) and not _is_amp(name, value)
    ]
    where = host if port in (None, PORTS[parts.scheme.lower()], 80, 443) else f"{host}:{port}"
    return urlunsplit(("https", where, path, urlencode(kept), ""))


def _is_amp(name: str, value: str) -> bool:
    return (name == "amp" and value in ("", "1", "true")) or (
        name.lower() == "outputtype" and value.lower() == "amp"
    )


def _usable_canonical(entry: Entry) -> str:
    """The entry's canonical URL, "" where it cannot be one: a root, another host, no URL."""
    canonical = normalise_url(entry.canonical_url) if entry.canonical_url else ""
    if not canonical.startswith("https://") or host_of(canonical) != host_of(entry.url):
        return ""
    parts = urlsplit(canonical)
    return canonical if parts.path.strip("/") or parts.query else ""


def fingerprints(source: str, entry: Entry) -> tuple[Fingerprint, ...]:
    """An entry's marks, the surest first. Canonical and plain URLs are of one kind: they may meet."""
    marks = []
    if entry.cms_id:
        marks.append(Fingerprint("cms", host_of(entry.url), entry.cms_id))
    if entry.guid:
        marks.append(Fingerprint("guid", source, normalise_url(entry.guid)))
    urls = [_usable_canonical(entry)]
    if urlsplit(entry.url).path.strip("/") or urlsplit(entry.url).query:
        urls.append(normalise_url(entry.url))
    marks += [Fingerprint("url", "", url) for url in dict.fromkeys(filter(None, urls))]
    return tuple(marks)


def normal_title(title: str) -> str:
    """A title for comparison: compatibility forms folded, case and punctuation gone."""
    folded = unicodedata.normalize("NFKC", title).casefold()
    return " ".join(re.sub(r"[\W_]+", " ", folded).split())


def resolve(
    entry: Entry,
    marks: Sequence[Fingerprint],
    hits: Mapping[Fingerprint, int],
    known: Mapping[int, KnownArticle],
) -> Resolution:
    """Which article an entry is.

    Any one mark is enough, except that a guid met again under another URL is the same article only if title
    or canonical agrees; and that a canonical alone does not weld two articles whose titles differ.
    """
    by_url = {hits[mark] for mark in marks if mark.kind == "url" and mark in hits}
    by_id = {hits[mark] for mark in marks if mark.kind in ("cms", "guid") and mark in hits}
    conflict = ""
    for id_ in sorted(by_id - by_url):
        if not _agrees(entry, known[id_]):
            conflict = (
                f"the guid {entry.guid!r} was article {id_} ({known[id_].url}) before, "
                f"and is used for {entry.url} now: taken as another article"
            )
            by_id.discard(id_)
    plain = Fingerprint("url", "", normalise_url(entry.url))
    if len(by_url) > 1 and plain in hits:
        # The canonical is another article's: believe the address, unless the titles say they are one.
        by_url = {hits[plain]} | {
            i for i in by_url if normal_title(known[i].title) == normal_title(entry.title)
        }
    met = sorted(by_url | by_id)
    if not met:
        return New(conflict)
    if len(met) > 1:
        return Merge(met[0], met[1], conflict)
    return Same(met[0], conflict)


def _agrees(entry: Entry, article: KnownArticle) -> bool:
    if normalise_url(entry.url) in (normalise_url(article.url), normalise_url(article.canonical_url)):
        return True
    if normal_title(entry.title) and normal_title(entry.title) == normal_title(article.title):
        return True
    canonical = _usable_canonical(entry)
    return bool(canonical) and canonical in (normalise_url(article.canonical_url), normalise_url(article.url))


def content_hash(entry: Entry) -> str:
    """What an edit changes: not its dates, not its guid, not its address."""
    image = entry.image.url if entry.image else ""
    parts = (
        entry.title,
        entry.summary,
        entry.html,
        "\x1e".join(entry.categories),
        "\x1e".join(entry.tags),
        "\x1e".join(entry.authors),
        image,
        entry.lang,
    )
    return sha256("\x1f".join(parts).encode(errors="surrogatepass")).hexdigest()
