"""Posts as files in a folder, with a page to read them: for rehearsals, the demo and trying things out."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import quote

from pydantic import Field

from bot.domain.errors import Rejected, Unauthorized, Unavailable
from bot.domain.limits import ImageLimits, Limits, Measure
from bot.domain.post import Accepted, Addressed, Identity, Post, Prepared, Ref, Replay
from bot.domain.text import code_points
from bot.ports.platform import AccountOptions, Wiring

__all__ = ["Connector", "FileOptions"]

NEWEST = 200
"""Posts on the page; older ones stay as files."""
HALF = ".new-"
"""How the name of a file begins that is just being written."""
STALE = 3600
"""Seconds after which nobody is still writing it."""

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{account}</title><style>
:root{{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}}
body{{max-width:38rem;margin:2rem auto;padding:0 1rem}}
article{{border:1px solid #8884;border-radius:.75rem;padding:1rem;margin:1rem 0;overflow-wrap:anywhere}}
p{{white-space:pre-wrap;margin:0 0 .75rem}} footer,small{{opacity:.7;font-size:.85rem}}
.card{{border-left:3px solid #8888;padding-left:.75rem;margin:.75rem 0}} a{{color:LinkText}}
</style></head><body><h1>{account}</h1>
{posts}</body></html>
"""


class FileOptions(AccountOptions):
    """`[accounts.<id>]` with `platform = "file"`. `as` names the platform whose limits and look it plays."""

    platform: Literal["file"]
    as_: str = Field(default="", alias="as")
    folder: str = "out"


class Connector:
    """One account's folder: `<folder>/<account>/posts/<key>.json` and `<folder>/<account>/index.html`."""

    Options: ClassVar[type[AccountOptions]] = FileOptions
    default_limits: ClassVar[Limits] = Limits(
        text=(Measure("characters", code_points, 5_000),),
        images=ImageLimits(10, 20_000_000, ("image/jpeg", "image/png", "image/gif", "image/webp")),
        alt=10_000,
        card="client",
        warning=True,
        languages=True,
    )

    def __init__(self, options: FileOptions, wiring: Wiring) -> None:
        self._options = options
        self._wiring = wiring
        self._home = Path(options.folder) / wiring.account
        self.replay: tuple[Replay, ...] = (Addressed(),)

    @property
    def limits(self) -> Limits:
        return self._wiring.plays or self.default_limits

    def check(self) -> Identity:
        """Raises Unauthorized where the folder cannot be written to."""
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._home):
                pass
        except OSError as error:
            raise Unauthorized(f"cannot write to {self._home}: {error.strerror}") from error
        return Identity(
            handle=self._options.handle or self._wiring.account,
            url=(self._home / "index.html").absolute().as_uri(),
        )

    def prepare(self, post: Post, ref: Ref | None) -> Prepared:  # noqa: ARG002 # never pending
        measure = self.limits.text[0]
        return Prepared(
            tuple(
                {
                    "account": self._wiring.account,
                    "platform": self._wiring.played or self._options.as_ or "file",
                    "part": part,
                    "parts": len(post.parts),
                    "text": text,
                    "count": measure.count(text),
                    "limit": measure.maximum,
                    "unit": measure.unit,
                    "link": post.link,
                    "title": post.title,
                    "card": asdict(post.card) if post.card and not part else None,
                    "images": [] if part else [asdict(image) for image in post.images],
                    "lang": post.lang,
                    "warning": post.warning,
                    "at": post.at.isoformat(),
                }
                for part, text in enumerate(post.parts)
            )
        )

    def publish(self, prepared: Prepared, part: int, key: str, reply_to: Ref | None) -> Accepted:
        """Write the post's file under its key, unless it stands there already.

        Raises:
            Unavailable: the file could not be written; it does not stand there in part.
        """
        path = self._path(key)
        reply = reply_to["id"] if reply_to else None
        document = {"id": key, **prepared.parts[part], "reply_to": reply}
        try:
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                self._write(path, json.dumps(document, ensure_ascii=False, indent=1))
        except OSError as error:
            raise Unavailable(f"could not write to {path.parent}: {error.strerror}") from error
        with suppress(OSError, LookupError, TypeError, ValueError):  # the post stands, whatever of its page
            self._show(document)
        return self._accepted(key)

    def read(self, prepared: Prepared, part: int, key: str) -> Accepted | None:  # noqa: ARG002 # the key is all
        try:
            return self._accepted(key) if self._path(key).exists() else None
        except OSError as error:
            raise Unavailable(f"could not read {self._home}: {error.strerror}") from error

    def revise(self, post: Post, before: Prepared) -> Prepared:
        """As it would be written now, with the pictures of before."""
        now = self.prepare(post, None).parts
        return Prepared(
            tuple({**new, "images": old["images"]} for new, old in zip(now, before.parts, strict=True))
        )

    def edit(self, prepared: Prepared, part: int, key: str, ref: Ref) -> Accepted:  # noqa: ARG002 # the file is its key
        """Write the post's file anew; `edited_at` says when what it says was rendered.

        Raises:
            Rejected: the file is gone, or the post was taken back.
            Unavailable: the file could not be written; the old one stands.
        """
        said = dict(prepared.parts[part])
        self._rewrite(ref, {**said, "edited_at": said.pop("at")})
        return self._accepted(str(ref["id"]))

    def delete(self, ref: Ref, key: str) -> None:  # noqa: ARG002 # the file is its key
        """Mark the post's file as taken back; the file stays, for it is a record.

        Raises:
            Unavailable: the file could not be written.
        """
        with suppress(Rejected):
            self._rewrite(ref, {"deleted": True})

    def _rewrite(self, ref: Ref, changes: dict[str, Any]) -> None:
        path = self._path(str(ref["id"]))
        try:
            document = json.loads(path.read_text("utf-8"))
            if document.get("deleted"):
                raise Rejected("the post was taken back")
            document |= changes
            self._write(path, json.dumps(document, ensure_ascii=False, indent=1))
        except FileNotFoundError:
            raise Rejected(f"the post's file {path.name} is gone") from None
        except OSError as error:
            raise Unavailable(f"could not write to {path.parent}: {error.strerror}") from error
        with suppress(OSError, LookupError, TypeError, ValueError):  # the post stands, whatever of its page
            self._show(document, on_top=False)

    def _path(self, key: str) -> Path:
        return self._home / "posts" / f"{quote(key, safe='')}.json"

    def _accepted(self, key: str) -> Accepted:
        return Accepted(ref={"id": key}, url=self._path(key).absolute().as_uri())

    def _write(self, path: Path, text: str) -> None:
        """Write the whole file or nothing."""
        _sweep(self._home)
        descriptor, name = tempfile.mkstemp(dir=self._home, prefix=HALF)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise

    def _show(self, document: dict[str, Any], *, on_top: bool = True) -> None:
        """Put a post on top of the page, or in its old place; `recent.json` spares reading all again."""
        recent = self._home / "recent.json"
        known = self._recent(recent)
        if on_top:
            posts = [document, *(post for post in known if post["id"] != document["id"])][:NEWEST]
        else:
            posts = [document if post["id"] == document["id"] else post for post in known]
        self._write(recent, json.dumps(posts, ensure_ascii=False))
        urls = [self._path(post["id"]).absolute().as_uri() for post in posts]
        self._write(self._home / "index.html", _page(self._wiring.account, zip(posts, urls, strict=True)))

    def _recent(self, path: Path) -> list[dict[str, Any]]:
        try:
            known = json.loads(path.read_text("utf-8"))
            if all("id" in post for post in known):
                return list(known)
        except (OSError, ValueError, TypeError):
            pass
        files = sorted(
            self._path("").parent.glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True
        )
        return [json.loads(file.read_text("utf-8")) for file in files[:NEWEST]]


def _sweep(folder: Path) -> None:
    """What a writer that was killed left half written; another one may be at work on what is young."""
    for left in folder.glob(f"{HALF}*"):
        with suppress(OSError):
            if left.stat().st_mtime < time.time() - STALE:
                left.unlink()


def _page(account: str, posts: Iterable[tuple[dict[str, Any], str]]) -> str:
    """The page of an account: posts with the addresses of their files, newest first."""
    return _PAGE.format(account=escape(account), posts="\n".join(_article(*post) for post in posts))


def _article(post: dict[str, Any], url: str) -> str:
    if post.get("deleted"):
        return f'<article id="{escape(post["id"])}"><p><small>taken back</small></p></article>'
    card, warning = post["card"], post["warning"]
    pieces = [f"<p><strong>{escape(warning)}</strong></p>" if warning else ""]
    pieces.append(f'<p lang="{escape(post["lang"])}" dir="auto">{escape(post["text"])}</p>')
    if card:
        words = f"<br><small>{escape(card['description'])}</small>" if card["description"] else ""
        pieces.append(f'<div class="card">{_link(card["url"], card["title"])}{words}</div>')
    pieces += [
        f"<p><small>image: {_link(image['url'], image['alt'] or image['url'])}</small></p>"
        for image in [*post["images"], *([card["image"]] if card and card["image"] else [])]
    ]
    facts = [post["platform"], f"{post['count']}/{post['limit']} {post['unit']}", _when(post["at"])]
    facts += [f"part {post['part'] + 1} of {post['parts']}"] if post["parts"] > 1 else []
    facts += [f"edited {_when(post['edited_at'])}"] if post.get("edited_at") else []
    footer = " · ".join(map(escape, facts))
    footer += f' · {_link(post["link"], "article")} · <a href="{escape(url)}">file</a>'
    return f'<article id="{escape(post["id"])}">{"".join(pieces)}<footer>{footer}</footer></article>'


def _when(at: str) -> str:
    """A document's time, to be read."""
    return f"{datetime.fromisoformat(at).astimezone(UTC):%d %b %Y, %H:%M} UTC"


def _link(url: str, text: str) -> str:
    """A link only where the address is the web's: never a script."""
    words = escape(text)
    web = url.lower().startswith(("https://", "http://"))
    return f'<a href="{escape(url)}" rel="noreferrer">{words}</a>' if web else words
