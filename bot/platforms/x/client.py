"""tweepy over our own wire: one request a call, signed, each answer judged as it came."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from bot.domain.allowance import Allowance
from bot.domain.errors import Ambiguous, Duplicate, Throttled, Unauthorized, Unavailable
from bot.http import send
from bot.http.meter import allowances

__all__ = ["KEYS", "Client"]

KEYS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
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


class Client:
    """Calls API v2 at `home` with an account's keys.

    `meter`: what the last public call left allowed. `level`: what the keys may do, as X said last.
    """

    def __init__(self, home: str, keys: Mapping[str, str], user_agent: str) -> None:
        import tweepy

        for name in ("tweepy", "requests_oauthlib", "oauthlib"):  # their DEBUG prints Authorization headers
            logging.getLogger(name).setLevel(logging.INFO)
        self.tweepy = tweepy
        self.home = home
        self.keys = keys
        self.level = ""
        self.meter: tuple[Allowance, ...] = ()
        self._user_agent = user_agent

    def ask(
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
        missing = [name for name in KEYS if not self.keys[name]]
        if missing:
            raise Unauthorized(f"not set: {', '.join(missing)}")
        client = self.tweepy.Client(**self.keys, return_type=requests.Response, wait_on_rate_limit=False)
        client.user_agent = self._user_agent
        with _Relay(self._user_agent, send.TIMEOUT, total or send.TOTAL) as relay:
            relay.home = self.home
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
        self.level = relay.answer.headers.get("x-access-level", self.level)
        if public:
            self.meter = allowances(relay.answer.headers)
        self._judge(relay.answer, public=public)
        return _read(relay.answer, public=public, empty=empty)

    def _judge(self, answer: requests.Response, *, public: bool) -> None:
        """Raise what an error means on X. Codes: github.com/xdevplatform/docs (read 2026-11-23)."""
        status = answer.status_code
        words = send.said(answer, self.keys.values())
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
            answer, public=public, secrets=self.keys.values(), message=words, reset=_reset(answer.headers)
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
