"""Gets a token by OAuth's code flow without a web server: the instance shows the code to a person."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any
from urllib.parse import urlencode

import requests

from bot.domain.errors import Rejected, Unavailable
from bot.http import send
from bot.ports.platform import Question

__all__ = ["SCOPES", "authorize"]

SCOPES = "read:accounts read:statuses write:statuses write:media"
SHOWN = "urn:ietf:wg:oauth:2.0:oob"
"""The redirect that is none: the code is shown (docs.joinmastodon.org/methods/oauth, read 2026-11-25)."""


def authorize(home: str, user_agent: str) -> Generator[Question, str, dict[str, str]]:
    """Ask for the code of an app made for this, and change it for a token.

    Raises:
        PlatformError: the instance refused, or could not be asked.
    """
    app = _post(
        f"{home}/api/v1/apps",
        {
            "client_name": "Sharewire",
            "redirect_uris": SHOWN,
            "scopes": SCOPES,
        },
        user_agent,
    )
    client = {"client_id": _of(app, "client_id"), "redirect_uri": SHOWN, "scope": SCOPES}
    page = f"{home}/oauth/authorize?{urlencode({**client, 'response_type': 'code'})}"
    code = yield Question(f"Open {page}\nas the account, allow it, and paste the code that is shown")
    secret = _of(app, "client_secret")
    form = {**client, "client_secret": secret, "grant_type": "authorization_code", "code": code.strip()}
    token = _post(f"{home}/oauth/token", form, user_agent)
    return {"access_token": _of(token, "access_token")}


def _post(url: str, form: Mapping[str, str], user_agent: str) -> dict[str, Any]:
    secrets = [form[name] for name in ("client_secret", "code") if name in form]
    try:
        with send.session(user_agent) as once:
            answer = once.post(url, data=form)
    except requests.RequestException as error:
        raise send.transport_error(error, public=False) from None
    send.raise_for_status(answer, public=False, secrets=secrets)
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Unavailable(f"{answer.status_code} without a readable answer", status=answer.status_code)
    return body


def _of(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Rejected(f"the instance answered without {name}")
    return value
