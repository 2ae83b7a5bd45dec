"""The atproto client over our own wire: one request a call, each answer judged as it came.

Imported when the first Bluesky account is wired, for the SDK takes half a second and 55 MB.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import httpx
import requests
from atproto_client import Client
from atproto_client.models.dot_dict import DotDict
from atproto_client.request import Request

from bot.domain.allowance import Allowance
from bot.domain.errors import Ambiguous, Rejected, Unauthorized, Unavailable
from bot.http import send
from bot.http.meter import allowances
from bot.ports.platform import Vault

__all__ = ["Caller"]

EXPIRED = ("ExpiredToken", "InvalidToken")
BARRED = ("AccountTakedown", "AccountSuspended", "AccountDeactivated", "AuthFactorTokenRequired")
UPLOAD = "com.atproto.repo.uploadBlob"
HEADERS = ("authorization", "content-type", "accept")


class _Expired(Unauthorized):
    """The session has run out; nothing was done."""


class _Wire(httpx.BaseTransport):
    """Carries the SDK's requests through our session: a deadline, no retry, no redirected write."""

    def __init__(self, user_agent: str) -> None:
        self._user_agent = user_agent
        self.answer: requests.Response | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.answer = None
        headers = {name: request.headers[name] for name in HEADERS if name in request.headers}
        total = send.UPLOAD if request.url.path.endswith(UPLOAD) else None
        with send.session(self._user_agent, total) as session:
            self.answer = session.request(
                request.method, str(request.url), data=request.read(), headers=headers
            )
        kind = {"content-type": self.answer.headers.get("content-type", "")}  # and no Location to follow
        return httpx.Response(self.answer.status_code, headers=kind, content=self.answer.content)


class Caller:
    """Calls XRPC methods as one account, and keeps its session in the vault.

    Log-ins are rare: a session is used until it has run out, then refreshed, and only if that is refused
    does the app password log in again. bsky.social allows 30 log-ins in 5 minutes and 300 a day
    (docs.bsky.app/docs/advanced-guides/rate-limits, read 2026-11-23).
    """

    def __init__(self, base_url: str, identifier: str, password: str, vault: Vault, user_agent: str) -> None:
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._base_url, self._identifier, self._password = base_url, identifier, password
        self._vault = vault
        self._owner = hashlib.sha256(f"{base_url}\n{identifier}\n{password}".encode()).hexdigest()
        self._wire = _Wire(user_agent)
        self._lock = threading.RLock()
        self.meter: tuple[Allowance, ...] = ()
        self._forget()

    def did(self) -> str:
        """The account's permanent name, which takes a session."""
        with self._lock:
            self._log_in()
            return str(self._session.did)

    def query(self, method: str, *, none_if: str = "", **params: Any) -> Any:
        """The JSON answer of a read; None if the server gives the error `none_if`."""
        return self._call(
            lambda: self._client.invoke_query(method, params=DotDict(params), ignore_session_check=True),
            none_if=none_if,
        )

    def procedure(
        self,
        method: str,
        body: Mapping[str, Any],
        *,
        public: bool = False,
        none_if: str = "",
        silent: bool = False,
    ) -> Any:
        """The JSON answer of a write. `body` goes out as it stands, with the nulls the SDK would drop.

        `silent`: the method may answer with nothing at all.
        """
        content = json.dumps(body).encode()
        return self._post(method, content, "application/json", public=public, none_if=none_if, silent=silent)

    def upload(self, data: bytes, mime: str) -> dict[str, Any]:
        """The blob to name in a record."""
        answer = self._post(UPLOAD, data, mime)
        if not isinstance(answer.get("blob"), dict):
            raise Unavailable("an upload without a blob")
        return dict(answer["blob"])

    def _post(self, method: str, content: bytes, mime: str, **how: Any) -> Any:
        return self._call(
            lambda: self._client.invoke_procedure(
                method, content=content, input_encoding=mime, ignore_session_check=True
            ),
            **how,
        )

    def _call(self, step: Callable[[], object], **how: Any) -> Any:
        with self._lock:
            self._log_in()
            try:
                return self._run(step, **how)
            except _Expired:  # refused before anything was done: the same bytes may go again
                self._renew()
            try:
                return self._run(step, **how)
            except _Expired as error:
                raise Unauthorized(f"a fresh session was refused: {error}", status=error.status) from None

    def _log_in(self) -> None:
        """Have a session: the one at hand, else the one kept, else a new one."""
        if self._session is None:
            owner, _, kept = (self._vault.load("session") or "").partition("\n")
            if owner == self._owner and kept:
                with suppress(ValueError):  # written by another release: as good as none
                    self._client.login(session_string=kept, fetch_bsky_profile=False)
        if self._session is None:
            needed = {"identifier": self._identifier, "app_password": self._password}
            missing = [name for name, value in needed.items() if not value]
            if missing:
                raise Unauthorized(f"not set: {', '.join(missing)}")
            self._run(lambda: self._client.login(self._identifier, self._password, fetch_bsky_profile=False))
        if self._session is None:
            raise Unavailable("a log-in without a readable session")

    def _renew(self) -> None:
        try:
            self._run(self._client._refresh_and_set_session)  # noqa: SLF001 # it has no public name
        except (Rejected, Unauthorized):
            self._forget()
            self._vault.save("session", "")
            self._log_in()

    def _forget(self) -> None:
        self._session: Any = None
        self._client = Client(self._base_url, request=Request(transport=self._wire))
        self._client.on_session_change(self._changed)

    def _changed(self, event: Any, session: Any) -> None:
        self._session = session
        if event.value != "import":
            self._vault.save("session", f"{self._owner}\n{session.encode()}")

    def _run(
        self, step: Callable[[], object], *, public: bool = False, none_if: str = "", silent: bool = False
    ) -> Any:
        """The JSON object that one request was answered with."""
        self._wire.answer = None
        try:
            step()
        except Exception as error:  # noqa: BLE001 # what was answered is judged below
            if self._wire.answer is None:
                raise send.transport_error(error, public=public) from None
        answer = self._wire.answer
        assert answer is not None
        if public:
            self.meter = allowances(answer.headers)
        body = _json(answer)
        if not answer.ok and none_if and body.get("error") == none_if:
            return None
        self._judge(answer, body, public=public)
        if not body and not (silent and answer.content.strip() in (b"", b"{}")):
            kind = Ambiguous if public else Unavailable
            raise kind(f"{answer.status_code} without a readable answer", status=answer.status_code)
        return body

    def _judge(self, answer: requests.Response, body: Mapping[str, Any], *, public: bool) -> None:
        """Raise what an error means; atproto.com/specs/xrpc (read 2026-11-23)."""
        status, name = answer.status_code, str(body.get("error") or "")
        jwts = (self._session.access_jwt, self._session.refresh_jwt) if self._session else ()
        secrets = (self._password, *jwts)
        said = f"{name}: {body.get('message')}" if name and body.get("message") else name
        words = send.clean(said or send.said(answer, secrets), secrets)
        if 400 <= status < 500 and name in EXPIRED:  # noqa: PLR2004 # 4xx
            raise _Expired(f"{status} {words}", status=status)
        if status == requests.codes.forbidden or (400 <= status < 500 and name in BARRED):  # noqa: PLR2004 # 4xx
            raise Unauthorized(f"{status} {words}", status=status)
        send.raise_for_status(answer, public=public, secrets=secrets, message=words)


def _json(answer: requests.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
