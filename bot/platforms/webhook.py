"""A generic webhook: each post as a signed JSON document to an address of the operator's choice."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal
from urllib.parse import SplitResult, parse_qsl, urlsplit

import requests
from pydantic import SecretStr, field_validator

from bot.domain.allowance import Allowance
from bot.domain.errors import Unauthorized, Unavailable
from bot.domain.limits import ImageLimits, Limits, Measure
from bot.domain.post import Accepted, Identity, Keyed, Post, Prepared, Ref, Replay
from bot.domain.text import code_points
from bot.http import send
from bot.http.meter import allowances
from bot.ports.platform import AccountOptions, Wiring

__all__ = ["Connector", "WebhookOptions"]

REMEMBERS = timedelta(hours=24)
"""How long a receiver that says it deduplicates must remember a key."""
PREFIX = "whsec_"
SHARED, UPDATED, WITHDRAWN = "article.shared", "article.updated", "article.withdrawn"
"""What a document tells of; each says how things are, so that one that comes twice does nothing more."""


class WebhookOptions(AccountOptions):
    """`[accounts.<id>]` with `platform = "webhook"`.

    `url` counts as a secret, for most webhooks are open to whoever knows their address; it may be private,
    being the operator's word. `secret` signs, as is or in the "whsec_<base64>" form. `receiver_dedupes`
    promises that the same Idempotency-Key within a day does nothing twice.
    """

    optional_secrets: ClassVar[frozenset[str]] = frozenset({"secret"})

    platform: Literal["webhook"]
    url: SecretStr = SecretStr("")
    secret: SecretStr = SecretStr("")
    receiver_dedupes: bool = False

    @field_validator("secret")
    @classmethod
    def _readable(cls, secret: SecretStr) -> SecretStr:
        _signing_key(secret.get_secret_value())
        return secret


class Connector:
    """One receiver. Read of Standard Webhooks (github.com/standard-webhooks, spec 1.0.0) on 2026-11-23."""

    Options: ClassVar[type[AccountOptions]] = WebhookOptions
    default_limits: ClassVar[Limits] = Limits(
        text=(Measure("characters", code_points, 10_000),),
        images=ImageLimits(10, 20_000_000, ("image/jpeg", "image/png", "image/gif", "image/webp")),
        alt=10_000,
        card="client",
        warning=True,
        languages=True,
    )

    def __init__(self, options: WebhookOptions, wiring: Wiring) -> None:
        self._options = options
        self._wiring = wiring
        self._url = options.url.get_secret_value()
        self._key = _signing_key(options.secret.get_secret_value())
        self._secrets = (*_secrets(self._url), options.secret.get_secret_value())
        self._meter: tuple[Allowance, ...] = ()
        self.replay: tuple[Replay, ...] = (Keyed(REMEMBERS),) if options.receiver_dedupes else ()

    @property
    def limits(self) -> Limits:
        return self.default_limits

    def check(self) -> Identity:
        """Whether the receiver answers at all: OPTIONS, which browsers send unasked, sets nothing off.

        Raises:
            Unauthorized: there is no address.
            Unavailable: no answer, 429 or 5xx. Any other answer comes from a receiver that is up.
        """
        host = self._host()
        try:
            with send.session(self._wiring.user_agent) as once:
                status = once.options(self._url).status_code
        except requests.RequestException as error:
            raise send.transport_error(error, public=False) from None
        if status == requests.codes.too_many_requests or status >= requests.codes.server_error:
            raise Unavailable(f"the receiver answers {status}", status=status)
        notes = () if self._key else ("unsigned: without `secret` the receiver cannot tell who is writing",)
        return Identity(handle=self._options.handle or host, notes=notes)

    def prepare(self, post: Post, ref: Ref | None) -> Prepared:  # noqa: ARG002 # never pending
        shared = {
            "event": SHARED,
            "account": self._wiring.account,
            "parts": len(post.parts),
            "link": post.link,
            "title": post.title,
            "lang": post.lang,
            "warning": post.warning,
            "at": post.at.isoformat(),
        }
        first = {
            "card": asdict(post.card) if post.card else None,
            "images": [asdict(image) for image in post.images],
        }
        rest: dict[str, Any] = {"card": None, "images": []}
        return Prepared(
            tuple(
                {"document": {**shared, "part": part, "text": text, **(rest if part else first)}}
                | {"timestamp": int(post.at.timestamp())}
                for part, text in enumerate(post.parts)
            )
        )

    def publish(self, prepared: Prepared, part: int, key: str, reply_to: Ref | None) -> Accepted:
        """POST one part; 2xx and 409 (it has the key already) are its acceptance.

        Raises:
            Unauthorized: 401, 404, 410 (the receiver is gone): the account needs a person.
            Throttled, Rejected, Ambiguous, Unavailable: as `send.raise_for_status` says.
        """
        payload = prepared.parts[part]
        document = {"id": key, **payload["document"], "reply_to": reply_to["id"] if reply_to else None}
        return _accepted(self._post(key, document, payload["timestamp"]), key)

    def recognise(self, url: str, key: str) -> Ref | None:  # noqa: ARG002 # its receiver knows the post by our key
        return {"id": key}

    def revise(self, post: Post, before: Prepared) -> Prepared:
        """As it would be sent now, with the pictures of before."""
        kept = [payload["document"] for payload in before.parts]
        return Prepared(
            tuple(
                {**new, "document": {**new["document"], "event": UPDATED, "images": old["images"]}}
                for new, old in zip(self.prepare(post, None).parts, kept, strict=True)
            )
        )

    def edit(self, prepared: Prepared, part: int, key: str, ref: Ref) -> Accepted:
        """POST what the post `ref` says from now on. Raises as `publish`."""
        payload = prepared.parts[part]
        document = {"id": key, **payload["document"], "post": ref["id"]}
        response = self._post(key, document, payload["timestamp"])
        return Accepted({"id": str(ref["id"])}, _accepted(response, key).url)

    def delete(self, ref: Ref, key: str) -> None:
        """POST that the post `ref` is taken back. Raises as `publish`."""
        document = {"id": key, "event": WITHDRAWN, "account": self._wiring.account, "post": ref["id"]}
        self._post(key, document, int(datetime.now(UTC).timestamp()))

    def _post(self, key: str, document: dict[str, Any], timestamp: int) -> requests.Response:
        self._host()
        body = json.dumps(document, ensure_ascii=False, sort_keys=True).encode()
        try:
            with send.session(self._wiring.user_agent) as once:
                response = once.post(self._url, data=body, headers=self._headers(key, str(timestamp), body))
        except requests.RequestException as error:
            raise send.transport_error(error) from None
        self._meter = allowances(response.headers)
        if response.status_code != requests.codes.conflict:
            send.raise_for_status(response, secrets=self._secrets)
        return response

    def meter(self) -> Sequence[Allowance]:
        return self._meter

    def _host(self) -> str:
        url = _split(self._url)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise Unauthorized("url is missing or not http(s): set it in the environment, it is a secret")
        return url.hostname

    def _headers(self, key: str, timestamp: str, body: bytes) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            "webhook-id": key,
            "webhook-timestamp": timestamp,
        }
        if self._key:
            content = f"{key}.{timestamp}.".encode() + body
            signature = base64.b64encode(hmac.digest(self._key, content, hashlib.sha256)).decode()
            headers["webhook-signature"] = f"v1,{signature}"
        return headers


def _accepted(response: requests.Response, key: str) -> Accepted:
    try:
        answer = response.json()
    except ValueError:
        answer = None
    said: dict[str, Any] = answer if isinstance(answer, dict) else {}
    url = said.get("url")
    return Accepted(
        ref={"id": str(said.get("id") or key)},
        url=url if isinstance(url, str) and url.startswith(("https://", "http://")) else "",
    )


def _signing_key(secret: str) -> bytes:
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        raise ValueError(f'what follows "{PREFIX}" must be base64') from None


def _split(url: str) -> SplitResult:
    """The parts of an address, empty where it cannot be read."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def _secrets(url: str) -> tuple[str, ...]:
    """What of an address must not be repeated: all but its host."""
    split = _split(url)
    values = [value for _, value in parse_qsl(split.query)]
    path = split.path if len(split.path) > 1 else ""
    return (url, path, split.query, *values, split.password or "")
