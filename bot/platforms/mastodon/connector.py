"""One Mastodon account: posts under an idempotency key, and reads its own statuses back."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

import requests
from pydantic import Field, SecretStr

from bot.domain.allowance import Allowance
from bot.domain.errors import Ambiguous, PlatformError, Rejected, Throttled, Unauthorized, Unavailable
from bot.domain.limits import Limits
from bot.domain.post import (
    Accepted,
    Findable,
    Identity,
    Image,
    Keyed,
    OwnPost,
    Pending,
    Post,
    Prepared,
    Ref,
    Replay,
)
from bot.http import send
from bot.media.obtain import obtain
from bot.platforms.mastodon.authorizing import authorize
from bot.platforms.mastodon.client import Client, id_of, list_of, table_of
from bot.platforms.mastodon.reading import domain, id_in, instance_limits, own_post
from bot.ports.platform import AccountOptions, Question, Wiring

__all__ = ["Connector", "MastodonOptions"]

KEY_LIVES = timedelta(hours=1)
"""mastodon/mastodon, app/services/post_status_service.rb: a key is kept for 3600 s (read 2026-11-23)."""
INSTANCE_LIVES = timedelta(hours=24).total_seconds()
PROCESSING = timedelta(seconds=5)
GONE = (requests.codes.not_found, requests.codes.gone)
PAGE = 40
PAGES = 25
"""Pages of own statuses that are read back at most: more within minutes is not a newsroom."""


class MastodonOptions(AccountOptions):
    """`[accounts.<id>]` with `platform = "mastodon"`; the later parts of a public thread are unlisted."""

    platform: Literal["mastodon"]
    base_url: str = Field(pattern=r"^https?://[^/]")
    access_token: SecretStr = SecretStr("")
    visibility: Literal["public", "unlisted", "private"] = "public"


class Connector:
    """One account on one instance."""

    Options: ClassVar[type[AccountOptions]] = MastodonOptions
    default_limits: ClassVar[Limits] = instance_limits({})

    def __init__(self, options: MastodonOptions, wiring: Wiring) -> None:
        self._options = options
        self._wiring = wiring
        token = options.access_token.get_secret_value()
        self._client = Client(options.base_url.rstrip("/"), token, wiring.user_agent)
        self._id = ""
        self._domain = ""
        self._limits: Limits | None = None
        self._limits_read = 0.0
        self.replay: tuple[Replay, ...] = (Findable(), Keyed(KEY_LIVES))

    @property
    def limits(self) -> Limits:
        """As the instance states them; asked once a day, and the last ones hold while it cannot be asked."""
        if self._limits is None or time.monotonic() - self._limits_read > INSTANCE_LIVES:
            try:
                about = self._instance()
            except PlatformError:
                if self._limits is None:
                    raise
            else:
                self._limits, self._domain = instance_limits(about), domain(about)
                self._limits_read = time.monotonic()
        return self._limits

    def check(self) -> Identity:
        me = self._me()
        assert self.limits  # reads the instance, which names the domain of handles
        name = str(me["acct"])
        if "@" not in name:
            name = f"{name}@{self._domain or urlsplit(self._client.home).netloc}"
        return Identity(f"@{name}", self._id, str(me.get("url") or ""), notes=self._scopes())

    def authorize(self) -> Generator[Question, str, dict[str, str]]:
        """Register an app of ours, and exchange the code that its page shows for a token."""
        return authorize(self._client.home, self._wiring.user_agent)

    def prepare(self, post: Post, ref: Ref | None) -> Prepared | Pending:
        """Upload the images; Pending while the instance processes one.

        Where images are optional, one that fails is left out and noted.
        """
        notes: list[str] = list(ref["notes"]) if ref else []
        if ref:
            tried = [
                self._try(partial(self._processed, id_), notes) if id_ in ref["waiting"] else (id_, True)
                for id_ in ref["media"]
            ]
        else:
            count = self.limits.images.count if post.images and self.limits.images else 0
            tried = [self._try(partial(self._upload, image), notes) for image in post.images[:count]]
        media = [id_ for id_, _ in filter(None, tried)]
        waiting = [id_ for id_, ready in filter(None, tried) if not ready]
        if waiting:
            return Pending({"id": waiting[0], "media": media, "waiting": waiting, "notes": notes}, PROCESSING)
        return Prepared(
            tuple(self._payload(post, part, media) for part in range(len(post.parts))), tuple(notes)
        )

    def publish(self, prepared: Prepared, part: int, key: str, reply_to: Ref | None) -> Accepted:
        """POST /api/v1/statuses under `key`.

        Raises:
            Unauthorized: the token was revoked or lacks a scope, or the account is limited.
            Unavailable: the instance has not finished processing an image.
            Throttled, Rejected, Ambiguous: as `send.raise_for_status` says.
        """
        payload = prepared.parts[part]
        try:
            answer = self._client.ask(
                lambda client: client.status_post(
                    payload["text"],
                    in_reply_to_id=reply_to["id"] if reply_to else None,
                    media_ids=list(payload["media_ids"]) or None,
                    visibility=payload["visibility"],
                    spoiler_text=payload["warning"] or None,
                    language=payload["language"] or None,
                    idempotency_key=key,
                ),
                public=True,
            )
        except Unauthorized as error:
            if reply_to and error.status == requests.codes.not_found:
                raise Rejected(f"the post it answers is gone: {error}", status=error.status) from error
            raise
        status = table_of(answer, Ambiguous)
        if not status.get("id"):
            raise Ambiguous("accepted, but without the id of a post", status=answer.status_code)
        return Accepted({"id": str(status["id"])}, str(status.get("url") or status.get("uri") or ""))

    def recognise(self, url: str, key: str) -> Ref | None:  # noqa: ARG002 # the address says it all
        id_ = id_in(url, urlsplit(self._client.home).netloc)
        return {"id": id_} if id_ else None

    def meter(self) -> Sequence[Allowance]:
        return self._client.meter

    def revise(self, post: Post, before: Prepared) -> Prepared:
        """The new words under the old media: an edit without them would take the pictures away."""
        return Prepared(
            tuple(
                self._payload(post, part, []) | {"media_ids": payload["media_ids"]}
                for part, payload in enumerate(before.parts)
            )
        )

    def edit(self, prepared: Prepared, part: int, key: str, ref: Ref) -> Accepted:  # noqa: ARG002 # an edit takes no key
        """PUT /api/v1/statuses/:id; one that changes nothing leaves no trace in the post's history.

        Raises:
            Rejected: the post is gone there.
            Unauthorized, Throttled, Ambiguous: as `publish`.
        """
        payload = prepared.parts[part]
        words = {
            "status": payload["text"],
            "spoiler_text": payload["warning"],
            "media_ids": list(payload["media_ids"]),
        } | ({"language": payload["language"]} if payload["language"] else {})
        try:
            answer = self._client.raw("PUT", f"/api/v1/statuses/{ref['id']}", json=words, public=True)
        except Unauthorized as error:
            if error.status in GONE:
                raise Rejected(f"the post is gone there: {error}", status=error.status) from error
            raise
        status = table_of(answer, Ambiguous)
        return Accepted({"id": str(ref["id"])}, str(status.get("url") or status.get("uri") or ""))

    def delete(self, ref: Ref, key: str) -> None:  # noqa: ARG002 # a deletion takes no key
        """DELETE /api/v1/statuses/:id; gone already is as good.

        Raises:
            Unauthorized, Throttled, Rejected, Ambiguous: as `publish`.
        """
        try:
            self._client.raw("DELETE", f"/api/v1/statuses/{ref['id']}", public=True)
        except Unauthorized as error:
            if error.status not in GONE:
                raise

    def find(self, since: datetime) -> Sequence[OwnPost]:
        """Own posts created at or after `since` (to the second), newest first; boosts are not ours."""
        if not self._id:
            self._me()
        since, last, found = since.replace(microsecond=0), None, list[OwnPost]()
        for _ in range(PAGES):
            page = self._statuses(last)
            found += [own for own, boost in page if not boost and own.created_at >= since]
            if not page or page[-1][0].created_at < since:
                return found
            last = page[-1][0].ref["id"]
        raise Unavailable(f"more than {PAGES * PAGE} posts since {since:%Y-%m-%d %H:%M}: too many to compare")

    def _payload(self, post: Post, part: int, media: list[str]) -> dict[str, Any]:
        unlisted = part > 0 and self._options.visibility == "public"
        return {
            "text": post.parts[part],
            "media_ids": [] if part else media,
            "visibility": "unlisted" if unlisted else self._options.visibility,
            "warning": post.warning,
            "language": post.lang.split("-")[0].lower(),
        }

    def _try(self, step: Callable[[], tuple[str, bool]], notes: list[str]) -> tuple[str, bool] | None:
        """What a step with an image came to, or a note on why the image is left out."""
        try:
            return step()
        except PlatformError as error:
            if isinstance(error, Throttled | Unauthorized) or self._options.image.need == "required":
                raise
            notes.append(send.clean(f"image left out: {error}", [self._client.token]))
            return None

    def _upload(self, image: Image) -> tuple[str, bool]:
        """POST /api/v2/media; the id, and whether it is processed.

        Not by Mastodon.py, which asks for the server's version first and recurses where it cannot read it.
        """
        assert self.limits.images is not None
        small = obtain(
            image.url,
            self.limits.images,
            user_agent=self._wiring.user_agent,
            allow_private=self._wiring.allow_private,
        )
        name = f"image.{small.mime.partition('/')[2]}"
        answer = self._client.raw(
            "POST",
            "/api/v2/media",
            files={"file": (name, small.data, small.mime)},
            data={"description": image.alt[: self.limits.alt]} if image.alt else {},
            total=send.UPLOAD,
        )
        return id_of(answer), answer.status_code == requests.codes.ok

    def _processed(self, id_: str) -> tuple[str, bool]:
        try:
            answer = self._client.raw("GET", f"/api/v1/media/{id_}")
        except Unauthorized as error:
            if error.status == requests.codes.not_found:
                raise Rejected("the instance lost it", status=error.status) from error
            raise
        return id_, answer.status_code == requests.codes.ok

    def _scopes(self) -> tuple[str, ...]:
        """What the token lacks, as far as it can be seen without posting."""
        try:
            self._statuses(None, limit=1)
        except Unauthorized:
            lost = "a share that is not confirmed cannot be looked for, and waits for you"
            return (f"the token lacks the scope read:statuses: {lost}",)
        return ()

    def _me(self) -> dict[str, Any]:
        answer = self._client.ask(lambda client: client.account_verify_credentials())
        self._id = id_of(answer)
        me = table_of(answer, Unavailable)
        if not me.get("acct"):
            raise Unavailable("the instance did not say whose the token is")
        return me

    def _instance(self) -> dict[str, Any]:
        try:
            answer = self._client.raw("GET", "/api/v2/instance")
        except (Rejected, Unauthorized):  # Pleroma and others know only the first version
            answer = self._client.raw("GET", "/api/v1/instance")
        return table_of(answer, Unavailable)

    def _statuses(self, before: str | None, limit: int = PAGE) -> list[tuple[OwnPost, bool]]:
        """A page of own statuses, and whether each is a boost."""
        answer = self._client.ask(
            lambda client: client.account_statuses(self._id, limit=limit, max_id=before, exclude_reblogs=True)
        )
        try:
            return [(own_post(status), bool(status.get("reblog"))) for status in list_of(answer)]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Unavailable("the account's own posts could not be read") from None
