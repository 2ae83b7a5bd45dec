"""WordPress's REST API on the wire: addresses, and answers that are none (log-in pages, notices, refusals).

https://developer.wordpress.org/rest-api/ (read 2026-11-25).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from bot.domain.errors import SourceError
from bot.http.answer import check_status, is_page
from bot.http.guard import shown
from bot.ports.source import Response

__all__ = [
    "PRETTY",
    "QUERY",
    "address",
    "code_of",
    "ends_here",
    "posts_of",
    "read_json",
    "says_hidden",
    "site_of",
]

PRETTY, QUERY = "pretty", "query"
"""The two forms of an API's address: /wp-json/…, and ?rest_route=/… on sites without permalinks."""
BAD_REQUEST = 400
HIDDEN = frozenset({"rest_forbidden", "rest_post_invalid_id", "rest_cannot_read"})
"""What WordPress says of a post that is deleted, in the bin or a draft again; plugins that shut the API say
otherwise, and that is no word about the post."""
START = (b"[{", b'{"', b"[]")


def site_of(url: str) -> tuple[str, str]:
    """The site's own address, and the form of its API, out of either's address."""
    if "rest_route=" in url:
        return url.partition("?")[0].removesuffix("index.php").rstrip("/"), QUERY
    site = url.partition("?")[0].partition("#")[0]
    return site.partition("/wp-json")[0].rstrip("/"), PRETTY


def address(site: str, form: str, route: str, parameters: Mapping[str, str]) -> str:
    """The address of a route such as "wp/v2/posts"."""
    if form == QUERY:
        return f"{site}/?{urlencode({'rest_route': f'/{route}', **parameters}, safe='/:,')}"
    query = urlencode(parameters, safe="/:,")
    return f"{site}/wp-json/{route}" + (f"?{query}" if query else "")


def read_json(answer: Response) -> Any:
    """The answer's JSON.

    Raises:
        SourceError: a refusal, a web page (log-in, maintenance, no API here), or what cannot be read.
    """
    url = shown(answer.url).partition("?")[0]
    try:
        check_status(answer, url)
    except SourceError as error:
        code = code_of(answer)
        said = f"{error} ({code})" if code else str(error)
        raise SourceError(said, status=error.status, gone=error.gone, wait=error.wait) from None
    body = answer.body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if is_page(body) and not body.startswith(START):
        raise SourceError(
            f"{url} answers a web page, not JSON: is the REST API switched off, or behind a log-in?",
            status=answer.status,
            page=True,
        )
    try:
        return json.loads(_without_notices(body))
    except (ValueError, RecursionError):
        raise SourceError(f"{url} answers JSON that cannot be read", status=answer.status) from None


def code_of(answer: Response) -> str:
    """WordPress's own word for a refusal ("rest_forbidden"); "" where the answer is none of its."""
    try:
        said = json.loads(answer.body[:65536])
    except (ValueError, RecursionError):
        return ""
    code = said.get("code") if isinstance(said, dict) else None
    return code if isinstance(code, str) and code.isidentifier() and len(code) <= 60 else ""  # noqa: PLR2004


def says_hidden(answer: Response) -> bool:
    """Whether WordPress refuses a post as one that is not public."""
    return code_of(answer) in HIDDEN


def posts_of(said: Any) -> list[dict[str, Any]]:
    """The posts in a list.

    Raises:
        SourceError: it is no list.
    """
    if not isinstance(said, list):
        raise SourceError("the REST API answers something else than a list of posts", status=200)
    return [post for post in said if isinstance(post, dict) and isinstance(post.get("id"), int)]


def ends_here(answer: Response) -> bool:
    """Whether a page past the last was asked for."""
    return answer.status == BAD_REQUEST and code_of(answer) == "rest_post_invalid_page_number"


def _without_notices(body: bytes) -> bytes:
    """PHP prints its warnings before the JSON on sites that show errors."""
    if body[:1] in {b"[", b"{"}:
        return body
    starts = [at for at in (body.find(start) for start in START) if at >= 0]
    return body[min(starts) :] if starts else body
