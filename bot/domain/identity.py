"""Whether two sightings are one article: fingerprints, never dates."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from operator import itemgetter
from typing import NamedTuple, Protocol
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from bot.domain.article import Entry
from bot.domain.tracking import MOBILE_HOST, is_tracking, route_of, without_session

__all__ = [
    "TOLD_AS",
    "Fingerprint",
    "Merge",
    "New",
    "Resolution",
    "Same",
    "by_guid",
    "content_hash",
    "fingerprints",
    "host_of",
    "normal_title",
    "normalise_url",
    "resolve",
]

PORTS = {"http": 80, "https": 443}
TOLD_AS = "told:"
"""Before a name that a CMS pushes its article under, which never changes, and means something there only."""
END = re.compile(r"[/\s]+$")
SAFE_PATH = "/!$&'()*+,;=:@~-._"
HOST = re.compile(
    r"https?://(?:www\.)?(?!www\.)((?:[a-z0-9-]+\.)+[a-z0-9-]+)(?::[0-9]{1,5})?(?=[/?#]|\Z)", re.ASCII
)
PLAIN = re.compile(
    r"https?://(?:www\.)?(?!www\.)((?:[a-z0-9-]+\.)+[a-z0-9-]+)(?::(?:80|443)(?=/)|(:(?:[1-9][0-9]{3}|[1-5][0-9]{4})))?"
    r"((?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*)/?(\?p=[0-9]{1,12})?",
    re.ASCII,
)
"""An address in which there is next to nothing to normalise, and which can be read fast: most are."""


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
    if plain := HOST.match(url):
        return plain[1]
    try:
        host = (urlsplit(url).hostname or "").removesuffix(".")
        return (host if host.isascii() else host.encode("idna").decode()).lower().removeprefix("www.")
    except ValueError:
        return ""


def normalise_url(url: str) -> str:
    """The form in which two addresses of one page are equal; `url` itself, stripped, if it is none.

    Scheme, `www`, `m.`, default port, tracking parameters, session, trailing slash, fragment and AMP do not
    count; any other parameter (`?lang=fr`, `?p=42`) does, and a fragment that is a route (`#/article/12`).
    """
    plain = PLAIN.fullmatch(url)
    if plain and "amp" not in url:
        host, port, path, post = plain.groups("")
        return f"https://{MOBILE_HOST.sub('', host)}{port}{path}{post}"
    url = without_session(url.strip())
    host = host_of(url)
    try:
        parts = urlsplit(url)
        if not host or parts.scheme not in PORTS:
            return url
        where = MOBILE_HOST.sub("", host)
        where = where if parts.port in (None, *PORTS.values()) else f"{where}:{parts.port}"
        route, _, asked = route_of(parts.fragment).partition("?")
        route = END.sub("", route)
        asked = f"?{_kept(asked)}" if route and _kept(asked) else ""
        return urlunsplit(("https", where, _normal_path(parts.path), _kept(parts.query), route + asked))
    except ValueError:
        return url


def _kept(query: str) -> str:
    """What of a query names the page; in what order its parameters stand does not."""
    parameters = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    kept = [each for each in parameters if not is_tracking(*each) and not _is_amp(*each)]
    return urlencode(sorted(kept, key=itemgetter(0)), errors="surrogateescape")


def _normal_path(path: str) -> str:
    # An escaped slash is part of a name: it is no slash.
    names = (unquote(name, errors="surrogateescape") for name in re.split("%2f", path, flags=re.IGNORECASE))
    path = "%2F".join(quote(_composed(name), SAFE_PATH, errors="surrogateescape") for name in names)
    path = re.sub(r"/{2,}", "/", path)
    return re.sub(r"(?:\.amp)+\.html$", ".html", re.sub(r"(?:/amp)*/?$", "", path))


def _composed(name: str) -> str:
    """With its accents in the letters: some systems write them behind, and no two pages differ in that."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def _is_amp(name: str, value: str) -> bool:
    return (name == "amp" and value in ("", "1", "true")) or (
        name.lower() == "outputtype" and value.lower() == "amp"
    )


def _usable_canonical(entry: Entry) -> str:
    """The entry's canonical URL, "" where it cannot be one: a root, another host, no URL."""
    canonical = normalise_url(entry.canonical_url) if entry.canonical_url else ""
    if not canonical.startswith("https://") or host_of(canonical) != host_of(normalise_url(entry.url)):
        return ""
    return canonical if _names_a_page(canonical) else ""


def _names_a_page(url: str) -> bool:
    """Whether an address in its normal form is more than a site's."""
    parts = urlsplit(url)
    return bool(parts.path.strip("/") or parts.query or parts.fragment)


def fingerprints(source: str, entry: Entry) -> tuple[Fingerprint, ...]:
    """An entry's marks, the surest first. Canonical and plain URLs are of one kind: they may meet."""
    marks = []
    if entry.cms_id:
        scope = source if entry.cms_id.startswith(TOLD_AS) else host_of(entry.url)
        marks.append(Fingerprint("cms", scope, entry.cms_id))
    if entry.guid:
        marks.append(by_guid(source, entry.guid))
    urls = [_usable_canonical(entry)]
    plain = normalise_url(entry.url)
    if _names_a_page(plain):
        urls.append(plain)
    marks += [Fingerprint("url", "", url) for url in dict.fromkeys(filter(None, urls))]
    return tuple(marks)


def by_guid(source: str, guid: str) -> Fingerprint:
    """The mark of a guid, which only its own source gives; one that is an address, in its normal form."""
    return Fingerprint("guid", source, normalise_url(guid))


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

    Any one mark is enough, with two exceptions. A guid met again under another URL is the same article only
    if title or canonical agrees: else it is new, and `conflict` says so. And the entry's canonical alone does
    not make it an article of another title: a site may name one canonical for a whole series or section.
    What its guid names at that very address is not also another that had the address before.
    """
    if not hits:
        return New()
    plain = normalise_url(entry.url)
    sure: set[int] = set()
    there: set[int] = set()
    by_guid: set[int] = set()
    by_canonical: set[int] = set()
    for mark, id_ in hits.items():
        if mark not in marks:
            continue
        if mark.kind == "guid":
            by_guid.add(id_)
        elif mark.kind == "url":
            (there if mark.value == plain else by_canonical).add(id_)
        else:
            sure.add(id_)
    refused = {id_ for id_ in by_guid - sure - there if not _agrees(entry, known[id_])}
    agreed = by_guid - refused
    if any(normalise_url(known[id_].url) == plain for id_ in agreed):
        there = set()
    met = sure | there | agreed
    met |= {id_ for id_ in by_canonical if _same_title(entry, known[id_])}
    conflict = "".join(
        f"the guid {entry.guid!r} was article {id_} ({known[id_].url}) before, "
        f"and is used for {entry.url} now: taken as another article"
        for id_ in sorted(refused - met)[:1]
    )
    if not met:
        return New(conflict)
    keep, *others = sorted(met)
    return Merge(keep, others[0], conflict) if others else Same(keep, conflict)


def _same_title(entry: Entry, article: KnownArticle) -> bool:
    title = normal_title(entry.title)
    return bool(title) and title == normal_title(article.title)


def _agrees(entry: Entry, article: KnownArticle) -> bool:
    """Whether title, address or canonical say that an entry is the article its guid names."""
    ours = {normalise_url(entry.url), _usable_canonical(entry)} - {""}
    theirs = {normalise_url(article.url), normalise_url(article.canonical_url)}
    return _same_title(entry, article) or not ours.isdisjoint(theirs)


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
        *_orders(entry),
    )
    return sha256("\x1f".join(parts).encode(errors="surrogatepass")).hexdigest()


def _orders(entry: Entry) -> tuple[str, ...]:
    """The desk's orders, () where there is none: what was hashed before there were any stays as it was."""
    until = entry.not_before.isoformat() if entry.not_before else ""
    orders = (entry.skip, entry.override_text, until)
    return orders if any(orders) else ()
