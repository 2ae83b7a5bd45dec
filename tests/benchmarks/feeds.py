"""A server of many feeds, each on an address of its own: `python -m tests.benchmarks.feeds` prints its port.

A line on its standard input publishes one new article in every feed. Linux answers on all of 127.0.0.0/8.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

__all__ = ["LISTED", "Feeds", "feed_url", "serving"]

LISTED = 10
TEXT = "<p>The first forty will run on the <a href='/line'>line</a> before the end of <em>March</em>. " * 3
BODY = f"{TEXT}</p>" * 24
"""About 8 kB, as WordPress sends with each item."""
NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def feed_url(port: int, number: int) -> str:
    """The address of one feed: a host for each, as in life."""
    return f"http://127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}:{port}/{number}"


@dataclass(slots=True)
class Feeds:
    """The server's end, as whoever started it holds it."""

    process: subprocess.Popen[str]
    port: int

    def publish(self) -> None:
        """One new article in every feed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.process.stdout.readline()


@contextmanager
def serving() -> Iterator[Feeds]:
    command = [sys.executable, "-m", "tests.benchmarks.feeds"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Feeds(process, int(process.stdout.readline()))
        finally:
            process.terminate()


@dataclass(slots=True)
class _Site:
    """What every feed lists: the same articles, under addresses of its own."""

    dates: list[datetime] = field(default_factory=list)

    def publish(self, at: datetime) -> None:
        self.dates.append(at)

    def feed(self, host: str, number: str) -> bytes:
        items = "".join(
            f"<item><title>Article {n} of {number} &#8211; a title</title><link>http://{host}/{number}/{n}/</link>"
            f"<guid isPermaLink='false'>http://{host}/?p={n}</guid>"
            f"<category><![CDATA[Transport]]></category><pubDate>{format_datetime(self.dates[n])}</pubDate>"
            f"<dc:creator>Aline</dc:creator>"
            f"<enclosure url='http://{host}/{n}.jpg' type='image/jpeg' length='1'/>"
            f"<description><![CDATA[<p>What happened in case {n}, and what comes of it.</p>]]></description>"
            f"<content:encoded><![CDATA[{BODY}]]></content:encoded></item>"
            for n in reversed(range(len(self.dates) - LISTED, len(self.dates)))
        )
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {NAMESPACES}><channel>'
            f"<title>Site {number}</title><link>http://{host}/</link><language>en</language>"
            f"{items}</channel></rss>"
        ).encode()


class _Door(asyncio.Protocol):
    def __init__(self, site: _Site) -> None:
        self.site = site
        self.read = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        assert self.transport is not None
        self.read += data
        if b"\r\n\r\n" not in self.read:
            return
        asked, self.read = self.read.decode("latin-1"), b""
        number = asked.split(" ", 2)[1].strip("/")
        host = asked.lower().partition("host:")[2].partition("\r\n")[0].strip()
        tag = f'ETag: "{len(self.site.dates)}"\r\n'
        if f'"{len(self.site.dates)}"' in asked:
            self.transport.write(f"HTTP/1.1 304 Not Modified\r\n{tag}\r\n".encode())
            return
        body = self.site.feed(host, number)
        size = f"Content-Type: application/rss+xml\r\nContent-Length: {len(body)}\r\n"
        head = f"HTTP/1.1 200 OK\r\n{tag}{size}\r\n"
        self.transport.write(head.encode() + body)


async def main() -> None:
    now, site = datetime.now(UTC), _Site()
    for n in range(LISTED):
        site.publish(now - timedelta(hours=LISTED - n))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Door(site), "0.0.0.0", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        site.publish(datetime.now(UTC) + timedelta(seconds=1))
        print("published", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
