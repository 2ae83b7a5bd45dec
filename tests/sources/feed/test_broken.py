"""Feeds as they come: 23 realistic ways to be broken, ten items each."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.article import Entry
from bot.ports.source import Offload, Response
from bot.sources.feed import Connector, FeedOptions

URL = "https://example.org/feed/"
FIRST = datetime(2026, 11, 23, 8, tzinfo=UTC)


def item(number: int, *, title: str = "Café number {} opens", extra: str = "", date: str = "") -> str:
    said = date or (FIRST + timedelta(minutes=number)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    return (
        f"<item><title>{title.format(number)}</title><link>https://example.org/{number}/</link>"
        f"<guid isPermaLink='false'>id-{number}</guid><pubDate>{said}</pubDate>"
        f"<description>It opened, and people came.</description>{extra}</item>\n"
    )


def rss(
    items: str = "", *, start: str = '<?xml version="1.0" encoding="UTF-8"?>\n', namespaces: str = ""
) -> str:
    whole = items or "".join(map(item, range(10)))
    return f'{start}<rss version="2.0"{namespaces}><channel><title>Site</title><link>https://example.org/</link>{whole}</channel></rss>'


def items(**said: str) -> str:
    return "".join(item(number, **said) for number in range(10))


def dated(form: str) -> str:
    days = (FIRST + timedelta(minutes=number) for number in range(10))
    return "".join(item(number, date=day.strftime(form)) for number, day in enumerate(days))


LATIN = '<?xml version="1.0" encoding="ISO-8859-1"?>\n'
KINDS: dict[str, Callable[[], bytes]] = {
    "sound": lambda: rss().encode(),
    "bare ampersand": lambda: rss(
        items(title="Café number {} opens", extra="<comments>A & B</comments>")
    ).encode(),
    "bare ampersand in the link": lambda: rss(
        items(extra="<source url='https://x.org/?a=1&b=2'>x</source>")
    ).encode(),
    "undeclared entities": lambda: rss(
        items(title="Caf&eacute; number {} opens", extra="&nbsp;&copy;")
    ).encode(),
    "control bytes": lambda: rss(items(title="Café\x0b number {} opens\x1f")).encode(),
    "NUL bytes": lambda: rss(items(title="Café number {} \x00opens")).encode(),
    "references to control characters": lambda: rss(items(title="Café number {} opens&#x1;&#0;")).encode(),
    "blank lines first": lambda: b"\n\n  \n" + rss().encode(),
    "a PHP warning first": lambda: (
        b"<br />\n<b>Warning</b>: foo() in /x.php on line 3<br />\n" + rss().encode()
    ),
    "a byte-order mark": lambda: b"\xef\xbb\xbf" + rss().encode(),
    "a comment and a script behind": lambda: rss().encode() + b"<!-- cached --><script>x()</script>",
    "cut off": lambda: rss().encode()[: rss().encode().rindex(b"<description>") + 30],
    "says UTF-8, is Windows-1252": lambda: rss().encode("cp1252"),
    "says Latin-1, is UTF-8": lambda: rss(start=LATIN).encode(),
    "says nothing, is Latin-1": lambda: rss(start="").encode("latin-1"),
    "UTF-16": lambda: rss(start='<?xml version="1.0" encoding="UTF-16"?>').encode("utf-16"),
    "UTF-16 without a mark": lambda: rss(start='<?xml version="1.0" encoding="UTF-16"?>').encode("utf-16-le"),
    "says UTF-16, is UTF-8": lambda: rss(start='<?xml version="1.0" encoding="utf-16"?>').encode(),
    "undeclared prefixes": lambda: rss(
        items(extra="<dc:creator>Jo</dc:creator><media:content url='a'/>")
    ).encode(),
    "unescaped HTML": lambda: rss(items(extra="<content><p>One<br>two<img src=a></p></content>")).encode(),
    "a tag that never closes": lambda: rss(items(extra="<category>News")).encode(),
    "dates without zone": lambda: rss(dated("%Y-%m-%d %H:%M:%S")).encode(),
    "dates with two digits for the year": lambda: rss(dated("%a, %d %b %y %H:%M:%S GMT")).encode(),
}


def entries(body: bytes) -> tuple[Entry, ...]:
    """Poll once, in this process: what is offloaded is called here."""
    steps = Connector(FeedOptions(kind="feed", url=URL)).poll({})
    next(steps)
    answer: object = Response(URL, 200, {"content-type": "text/xml"}, body)
    try:
        while True:
            wanted = steps.send(answer)
            assert isinstance(wanted, Offload)
            answer = wanted.fn(*wanted.args)
    except StopIteration as end:
        return tuple(end.value.entries)


def right(entry: Entry) -> bool:
    """Whether title, link, guid and date are the ones that were written."""
    number = int(re.sub(r"\D", "", entry.guid) or -1)
    return (entry.title, entry.url, entry.guid, entry.published_at) == (
        f"Café number {number} opens",
        f"https://example.org/{number}/",
        f"id-{number}",
        FIRST + timedelta(minutes=number),
    )


def recovered(kind: str) -> int:
    return len({entry.guid for entry in entries(KINDS[kind]()) if right(entry)})


@pytest.mark.parametrize("kind", KINDS)
def test_most_items_of_a_broken_feed_are_recovered(kind: str) -> None:
    assert recovered(kind) >= 9


def test_nearly_all_items_of_all_broken_feeds_are_recovered() -> None:
    assert len(KINDS) == 23
    assert sum(map(recovered, KINDS)) >= 225
