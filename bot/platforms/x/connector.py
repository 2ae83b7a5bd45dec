"""X: posts through API v2 with the account's own OAuth 1.0a keys, which do not expire."""

from __future__ import annotations

import base64
import re
from collections.abc import Generator, Mapping, Sequence
from datetime import UTC, datetime
from html import unescape
from typing import Any, ClassVar, Literal

import requests
from pydantic import Field, SecretStr

from bot.domain.allowance import Allowance
from bot.domain.cost import Prices
from bot.domain.errors import (
    Ambiguous,
    PlatformError,
    Rejected,
    Unauthorized,
    Unavailable,
)
from bot.domain.limits import ImageLimits, Limits, Measure
from bot.domain.links import x_urls
from bot.domain.post import (
    Accepted,
    Deduped,
    Findable,
    Identity,
    Image,
    OwnPost,
    Post,
    Prepared,
    Ref,
    Replay,
)
from bot.domain.text import x_weight
from bot.http import send
from bot.media.images import shrink
from bot.platforms.x.authorizing import authorize
from bot.platforms.x.client import KEYS, Client
from bot.ports.platform import AccountOptions, Question, Wiring

__all__ = ["Connector", "XOptions"]

STATUS = re.compile(r"https?://(?:www\.|mobile\.)?(?:x|twitter)\.com/\w+(?:/web)?/status/(?P<id>\d+)(?!\w)")
PAGES = 5
"""Pages of 100 own posts that are read back at most: more within minutes is not a newsroom."""


class XOptions(AccountOptions):
    """`[accounts.<id>]` with `platform = "x"`. `max_weighted` above 280 is for Premium accounts.

    `owns_app`: the developer app is the account's own, which makes reading its posts back cheaper.
    """

    platform: Literal["x"]
    consumer_key: SecretStr = SecretStr("")
    consumer_secret: SecretStr = SecretStr("")
    access_token: SecretStr = SecretStr("")
    access_token_secret: SecretStr = SecretStr("")
    base_url: str = "https://api.x.com"
    max_weighted: int = Field(default=280, ge=1, le=25_000)
    owns_app: bool = False


PRICES = Prices(
    post=15_000,
    post_with_link=200_000,
    alt=5_000,
    read=5_000,
    read_owned=1_000,
    delete=10_000,  # its list has "Interaction: Delete", and no deletion of a post by name
    links=x_urls,
    source="pricing.mdx in github.com/xdevplatform/docs; a post with a URL since 2026-04-20",
    read_on="2026-11-23",
)


def _limits(maximum: int) -> Limits:
    """Weights: github.com/twitter/twitter-text, config v3; media: github.com/xdevplatform/docs; 2026-11-23.

    X takes an animation only alone and by another way, so of a GIF the first frame is shown.
    """
    return Limits(
        text=(Measure("weighted characters", x_weight, maximum),),
        images=ImageLimits(4, 5_000_000, ("image/jpeg", "image/png", "image/webp")),
        alt=1_000,
        card="server",
        thread=True,
        languages=False,
    )


class Connector:
    """One X account."""

    Options: ClassVar[type[AccountOptions]] = XOptions
    default_limits: ClassVar[Limits] = _limits(280)
    default_prices: ClassVar[Prices] = PRICES

    def __init__(self, options: XOptions, wiring: Wiring) -> None:
        self._options = options
        self._wiring = wiring
        keys = {name: getattr(options, name).get_secret_value() for name in KEYS}
        self._client = Client(options.base_url.rstrip("/"), keys, wiring.user_agent)
        self._user_id = ""
        self.limits = _limits(options.max_weighted)
        self.replay: tuple[Replay, ...] = (Findable(), Deduped())

    def check(self) -> Identity:
        me = self._client.ask("GET", "/2/users/me")["data"]
        if not me.get("id") or not me.get("username"):
            raise Unavailable("X answered without saying who we are")
        self._user_id = str(me["id"])
        notes = ("the keys may only read: give the app write permission, then make new ones",)
        return Identity(
            handle=f"@{me['username']}",
            id=self._user_id,
            url=f"https://x.com/{me['username']}",
            notes=notes if self._client.level == "read" else (),
        )

    def authorize(self) -> Generator[Question, str, dict[str, str]]:
        """The app's keys, then the PIN that X shows to whoever lets the app in."""
        return authorize(self._client)

    def prepare(self, post: Post, ref: Ref | None) -> Prepared:  # noqa: ARG002 # never pending
        """Upload the images; where they are optional, one that fails is left out and noted."""
        media: list[str] = []
        notes: list[str] = []
        assert self.limits.images is not None
        for image in post.images[: self.limits.images.count]:
            try:
                media.append(self._upload(image))
            except PlatformError as error:
                if self._options.image.need == "required":
                    raise
                notes.append(send.clean(f"image left out: {error}", self._client.keys.values()))
        return Prepared(
            tuple({"text": text, "media_ids": [] if part else media} for part, text in enumerate(post.parts)),
            tuple(notes),
        )

    def publish(self, prepared: Prepared, part: int, key: str, reply_to: Ref | None) -> Accepted:  # noqa: ARG002 # X knows no key
        """POST /2/tweets.

        Raises:
            Duplicate: X has the same text of ours already.
            Unauthorized: the keys, the credits or the account itself need a person.
            Throttled, Rejected, Ambiguous, Unavailable: as `send.raise_for_status` says.
        """
        payload = prepared.parts[part]
        body: dict[str, Any] = {"text": payload["text"]}
        if payload["media_ids"]:
            body["media"] = {"media_ids": payload["media_ids"]}
        if reply_to:
            body["reply"] = {"in_reply_to_tweet_id": reply_to["id"]}
        try:
            answer = self._client.ask("POST", "/2/tweets", json=body, public=True)
        except Unauthorized as error:
            if reply_to and error.status == requests.codes.forbidden and "not permitted" in str(error):
                raise Rejected(f"X refuses the reply: {error}", status=error.status) from error
            raise
        id_ = answer["data"].get("id")
        if not id_:
            raise Ambiguous("X answered without the id of a post")
        return Accepted(ref={"id": str(id_)}, url=f"https://x.com/i/status/{id_}")

    def recognise(self, url: str, key: str) -> Ref | None:  # noqa: ARG002 # the address says it all
        """Of x.com/<anybody>/status/<id>: X shows a post whatever name stands before its id."""
        address = STATUS.match(url)
        return {"id": address["id"]} if address else None

    def meter(self) -> Sequence[Allowance]:
        return self._client.meter

    def delete(self, ref: Ref, key: str) -> None:  # noqa: ARG002 # X knows no key
        """DELETE /2/tweets/:id; gone already is as good.

        Raises:
            Unauthorized, Throttled, Rejected, Ambiguous, Unavailable: as `publish`.
        """
        try:
            answer = self._client.ask("DELETE", f"/2/tweets/{ref['id']}", public=True, empty={})
        except Unauthorized as error:
            if error.status == requests.codes.not_found:
                return
            raise
        gone = any("not-found" in str(each.get("type")) for each in answer.get("errors", ()))
        if answer["data"].get("deleted") is not True and not gone:
            raise Ambiguous("X did not say that it deleted the post")

    def find(self, since: datetime) -> Sequence[OwnPost]:
        """Own posts created at or after `since`, newest first. X charges for each post read."""
        if not self._user_id:
            self.check()
        query = {
            "max_results": "100",
            "tweet_fields": "created_at,entities",
            "start_time": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        found: list[OwnPost] = []
        for _ in range(PAGES):
            page = self._client.ask("GET", f"/2/users/{self._user_id}/tweets", params=query, empty=[])
            try:
                found += [_own(post) for post in page["data"]]
                whole = "errors" not in page and page["meta"]["result_count"] == len(page["data"])
            except (LookupError, TypeError, ValueError, AttributeError):
                whole = False
            if not whole:  # what is missing here must not pass for "not published"
                raise Unavailable("X answered with half a timeline")
            following = page["meta"].get("next_token")
            if not following:
                return [post for post in found if post.created_at >= since.replace(microsecond=0)]
            query["pagination_token"] = following
        raise Unavailable(f"more than {PAGES * 100} posts since {since:%Y-%m-%d %H:%M}: too many to compare")

    def _upload(self, image: Image) -> str:
        """The media id of an image, which X forgets after a day.

        Raises:
            PlatformError: it could not be had, cannot be made to fit, or was not taken.
        """
        assert self.limits.images is not None
        data = send.download(
            image.url, user_agent=self._wiring.user_agent, allow_private=self._wiring.allow_private
        )
        try:
            small = shrink(data, self.limits.images)
        except ValueError as error:
            raise Rejected(str(error)) from error
        media = base64.b64encode(small.data).decode()
        upload = {"media": media, "media_category": "tweet_image"}
        answer = self._client.ask("POST", "/2/media/upload", json=upload, total=send.UPLOAD)
        id_ = str(answer["data"].get("id") or "")
        if not id_:
            raise Unavailable("X took the image and gave it no id")
        if image.alt:
            alt = {"alt_text": {"text": image.alt[: self.limits.alt]}}
            self._client.ask("POST", "/2/media/metadata", json={"id": id_, "metadata": alt}, empty={})
        return id_


def _own(post: Mapping[str, Any]) -> OwnPost:
    """A post as read back: t.co addresses replaced by what they stand for, text unescaped."""
    urls = post.get("entities", {}).get("urls", [])
    text = unescape(post["text"])
    for url in urls:
        text = text.replace(url["url"], url.get("expanded_url") or url["url"])
    links = [url[name] for url in urls for name in ("expanded_url", "unwound_url") if url.get(name)]
    return OwnPost(
        ref={"id": str(post["id"])},
        url=f"https://x.com/i/status/{post['id']}",
        text=text,
        links=tuple(dict.fromkeys(links)),
        created_at=datetime.fromisoformat(post["created_at"]),
    )
