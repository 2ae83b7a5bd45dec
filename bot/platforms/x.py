"""X: posts through API v2 with the account's own OAuth 1.0a keys, which do not expire."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import UTC, datetime
from html import unescape
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

import requests
from pydantic import Field, SecretStr

from bot.domain.allowance import Allowance
from bot.domain.cost import Prices
from bot.domain.errors import (
    Ambiguous,
    Duplicate,
    PlatformError,
    Rejected,
    Throttled,
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
from bot.http.meter import allowances
from bot.media.images import shrink
from bot.ports.platform import AccountOptions, Question, Wiring

__all__ = ["Connector", "XOptions"]

KEYS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
PAGES = 5
"""Pages of 100 own posts that are read back at most: more within minutes is not a newsroom."""
QUERY = ("max_results", "pagination_token", "start_time", "tweet.fields")
_CONTENT = ("cashtag", "invalid url")
_ACCOUNT = (
    "suspended",
    "locked",
    "not permitted",
    "oauth1-permissions",
    "oauth1 app permission",
    "client-not-",
)


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


class _Relay(send.Session):
    """Brings tweepy, which has its host built in and no time-out, to our address; keeps the answer.

    tweepy raises from inside its own reading of an error body, so what was answered is judged by us.
    """

    answer: requests.Response | None = None
    home: str = ""

    def request(  # type: ignore[override] # the rest is handed on as it came
        self, method: str, url: str, *args: Any, **kwargs: Any
    ) -> requests.Response:
        self.answer = super().request(method, self.home + urlsplit(url).path, *args, **kwargs)
        return self.answer


PRICES = Prices(
    post=15_000,
    post_with_link=200_000,
    alt=5_000,
    read=5_000,
    read_owned=1_000,
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
        import tweepy

        for name in ("tweepy", "requests_oauthlib", "oauthlib"):  # their DEBUG prints Authorization headers
            logging.getLogger(name).setLevel(logging.INFO)
        self._tweepy = tweepy
        self._options = options
        self._wiring = wiring
        self._home = options.base_url.rstrip("/")
        self._keys = {name: getattr(options, name).get_secret_value() for name in KEYS}
        self._user_id = ""
        self._level = ""
        self._meter: tuple[Allowance, ...] = ()
        self.limits = _limits(options.max_weighted)
        self.replay: tuple[Replay, ...] = (Findable(), Deduped())

    def check(self) -> Identity:
        me = self._ask("GET", "/2/users/me")["data"]
        if not me.get("id") or not me.get("username"):
            raise Unavailable("X answered without saying who we are")
        self._user_id = str(me["id"])
        notes = ("the keys may only read: give the app write permission, then make new ones",)
        return Identity(
            handle=f"@{me['username']}",
            id=self._user_id,
            url=f"https://x.com/{me['username']}",
            notes=notes if self._level == "read" else (),
        )

    def authorize(self) -> Generator[Question, str, dict[str, str]]:
        """The app's keys, then the PIN that X shows to whoever lets the app in.

        Raises:
            PlatformError: X refused, or could not be asked.
        """
        app = {}
        for name in KEYS[:2]:
            asked = f"{name} of the app, from developer.x.com, Keys and tokens"
            app[name] = self._keys[name] or (yield Question(asked, secret=True)).strip()
        handler = self._tweepy.OAuth1UserHandler(**app, callback="oob")
        handler._get_oauth_url = lambda route: f"{self._home}/oauth/{route}"  # noqa: SLF001 # it has no other way
        page = self._granted(handler, handler.get_authorization_url, app)
        pin = yield Question(f"Open {page}\nas the account, let the app in, and type the PIN that is shown")
        token, secret = self._granted(handler, lambda: handler.get_access_token(pin.strip()), app)
        return {**app, "access_token": token, "access_token_secret": secret}

    def _granted(self, handler: Any, step: Callable[[], Any], app: Mapping[str, str]) -> Any:
        try:
            return step()
        except Exception as error:  # noqa: BLE001 # tweepy wraps whatever came
            why = send.clean(str(error), [*app.values(), *handler.request_token.values()])
            raise Rejected(f"X did not let the app in: {why}") from None

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
                notes.append(send.clean(f"image left out: {error}", self._keys.values()))
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
            answer = self._ask("POST", "/2/tweets", json=body, public=True)
        except Unauthorized as error:
            if reply_to and error.status == requests.codes.forbidden and "not permitted" in str(error):
                raise Rejected(f"X refuses the reply: {error}", status=error.status) from error
            raise
        id_ = answer["data"].get("id")
        if not id_:
            raise Ambiguous("X answered without the id of a post")
        return Accepted(ref={"id": str(id_)}, url=f"https://x.com/i/status/{id_}")

    def meter(self) -> Sequence[Allowance]:
        return self._meter

    def delete(self, ref: Ref, key: str) -> None:  # noqa: ARG002 # X knows no key
        """DELETE /2/tweets/:id; gone already is as good.

        Raises:
            Unauthorized, Throttled, Rejected, Ambiguous, Unavailable: as `publish`.
        """
        try:
            answer = self._ask("DELETE", f"/2/tweets/{ref['id']}", public=True, empty={})
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
            page = self._ask("GET", f"/2/users/{self._user_id}/tweets", params=query, empty=[])
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
        answer = self._ask("POST", "/2/media/upload", json=upload, total=send.UPLOAD)
        id_ = str(answer["data"].get("id") or "")
        if not id_:
            raise Unavailable("X took the image and gave it no id")
        if image.alt:
            alt = {"alt_text": {"text": image.alt[: self.limits.alt]}}
            self._ask("POST", "/2/media/metadata", json={"id": id_, "metadata": alt}, empty={})
        return id_

    def _ask(
        self,
        method: str,
        route: str,
        *,
        json: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
        public: bool = False,
        empty: Any = None,
        total: float | None = None,
    ) -> dict[str, Any]:
        """The JSON answer to a signed call; its "data" is there, or is `empty` where that may be."""
        missing = [name for name in KEYS if not self._keys[name]]
        if missing:
            raise Unauthorized(f"not set: {', '.join(missing)}")
        client = self._tweepy.Client(**self._keys, return_type=requests.Response, wait_on_rate_limit=False)
        client.user_agent = self._wiring.user_agent
        with _Relay(self._wiring.user_agent, send.TIMEOUT, total or send.TOTAL) as relay:
            relay.home = self._home
            client.session = relay
            try:
                client._make_request(  # noqa: SLF001 # the public methods lack fields and the media upload
                    method,
                    route,
                    params=params or {},
                    endpoint_parameters=QUERY,
                    json=json,
                    user_auth=True,
                )
            except Exception as error:  # noqa: BLE001 # what was answered is judged below
                if relay.answer is None:
                    raise send.transport_error(error, public=public) from None
        assert relay.answer is not None
        self._level = relay.answer.headers.get("x-access-level", self._level)
        if public:
            self._meter = allowances(relay.answer.headers)
        self._judge(relay.answer, public=public)
        return _read(relay.answer, public=public, empty=empty)

    def _judge(self, answer: requests.Response, *, public: bool) -> None:
        """Raise what an error means on X. Codes: github.com/xdevplatform/docs (read 2026-11-23)."""
        status = answer.status_code
        words = send.said(answer, self._keys.values())
        problem = f"{words} {_kind(answer)}".lower()
        text = f"{status} {words}"
        if status == requests.codes.payment_required:
            raise Unauthorized(f"the account's credits are used up: {text}", status=status)
        if status == requests.codes.forbidden and "duplicate content" in problem:
            raise Duplicate(text, status=status)
        if status in (403, 429) and "usage-capped" in problem:
            raise Throttled(f"the cap of this billing cycle is reached: {text}", status=status)
        ours = any(word in problem for word in _ACCOUNT) and not any(word in problem for word in _CONTENT)
        if status == requests.codes.forbidden and ours:
            raise Unauthorized(text, status=status)
        send.raise_for_status(
            answer, public=public, secrets=self._keys.values(), message=words, reset=_reset(answer.headers)
        )


def _read(answer: requests.Response, *, public: bool, empty: Any) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if isinstance(body, dict):
        body.setdefault("data", empty)
        if isinstance(body["data"], list if empty == [] else dict):
            return body
    kind = Ambiguous if public else Unavailable
    raise kind(f"{answer.status_code} without a readable answer", status=answer.status_code)


def _kind(answer: requests.Response) -> str:
    """The problem's type, such as ".../problems/usage-capped"; "" where the body names none."""
    try:
        body = answer.json()
    except ValueError:
        return ""
    return str(body.get("type", "")) if isinstance(body, dict) else ""


def _reset(headers: Mapping[str, str]) -> datetime | None:
    """The latest reset of the limits that are used up: of a quarter of an hour, or of a day."""
    resets = [
        send.retry_at({"x-rate-limit-reset": headers.get(f"{family}-reset", "")})
        for family in ("x-rate-limit", "x-app-limit-24hour", "x-user-limit-24hour")
        if headers.get(f"{family}-remaining") == "0"
    ]
    return max((at for at in resets if at), default=None)


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
