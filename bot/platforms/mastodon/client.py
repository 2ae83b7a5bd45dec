"""Mastodon.py over our own wire: one request a call, each answer judged as it came."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests

from bot.domain.allowance import Allowance
from bot.domain.errors import PlatformError, Unauthorized, Unavailable
from bot.http import send
from bot.http.meter import allowances

__all__ = ["Client", "id_of", "list_of", "table_of"]


class _Wire(send.Session):
    """Keeps the answer as it came: Mastodon.py's errors lack the headers and, at times, the status.

    It also raises a rate-limit error over a post that was accepted, if it cannot read the reset's date.
    """

    answer: requests.Response | None = None

    def request(  # type: ignore[override] # the rest is handed on as it came
        self, method: str, url: str, *args: Any, **kwargs: Any
    ) -> requests.Response:
        self.answer = None
        self.answer = super().request(method, url, *args, **kwargs)
        return self.answer


class Client:
    """Calls the instance at `home` with an account's token; `meter`: what the last public call left."""

    def __init__(self, home: str, token: str, user_agent: str) -> None:
        from mastodon import Mastodon

        self._sdk = Mastodon
        self.home = home
        self.token = token
        self.meter: tuple[Allowance, ...] = ()
        self._user_agent = user_agent

    def raw(self, method: str, route: str, **request: Any) -> requests.Response:
        total, public = request.pop("total", None), request.pop("public", False)
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.ask(
            lambda client: client.session.request(method, self.home + route, headers=headers, **request),
            public=public,
            total=total,
        )

    def ask(
        self, call: Callable[[Any], object], *, public: bool = False, total: float | None = None
    ) -> requests.Response:
        """The 2xx answer to the one request that `call` makes of a fresh client."""
        if not self.token:
            raise Unauthorized("not set: access_token")
        with _Wire(self._user_agent, send.TIMEOUT, send.TOTAL if total is None else total) as wire:
            client = self._sdk(
                api_base_url=self.home,
                ratelimit_method="throw",
                version_check_mode="none",
                request_timeout=send.TIMEOUT,
                session=wire,
                user_agent=self._user_agent,
                lang="en",  # else errors come in the language of the account's owner
            )
            client.access_token = self.token  # its constructor would look for a file of that name
            try:
                call(client)
            except Exception as error:  # noqa: BLE001 # what was answered is judged below
                if wire.answer is None:
                    raise send.transport_error(error, public=public) from None
        assert wire.answer is not None
        if public:
            self.meter = allowances(wire.answer.headers)
        self._judge(wire.answer, public=public)
        return wire.answer

    def _judge(self, answer: requests.Response, *, public: bool) -> None:
        """Raise what an error means here; docs.joinmastodon.org/methods/statuses (read 2026-11-23)."""
        status = answer.status_code
        body = _json(answer)
        said = body.get("error") if isinstance(body, dict) else None
        words = send.clean(str(said or send.said(answer, [self.token])), [self.token])
        if status == requests.codes.forbidden:
            raise Unauthorized(f"{status} {words}", status=status)
        if status == requests.codes.unprocessable_entity and "finished processing" in words:
            raise Unavailable(f"{status} {words}", status=status)
        send.raise_for_status(answer, public=public, secrets=[self.token], message=words)


def _json(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def table_of(answer: requests.Response, otherwise: type[PlatformError]) -> dict[str, Any]:
    body = _json(answer)
    if not isinstance(body, dict):
        raise otherwise(f"{answer.status_code} without a readable answer", status=answer.status_code)
    return body


def list_of(answer: requests.Response) -> list[Any]:
    body = _json(answer)
    if not isinstance(body, list):
        raise Unavailable(f"{answer.status_code} without a readable answer", status=answer.status_code)
    return body


def id_of(answer: requests.Response) -> str:
    found = table_of(answer, Unavailable).get("id")
    if not found:
        raise Unavailable(f"{answer.status_code} without an id", status=answer.status_code)
    return str(found)
