"""Gets an account's keys by PIN, without a web server: X shows the PIN to a person."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any

from bot.domain.errors import Rejected
from bot.http import send
from bot.http.deadline import Adapter, Call
from bot.platforms.x.client import KEYS, Client
from bot.ports.platform import Question

__all__ = ["authorize"]


def authorize(client: Client) -> Generator[Question, str, dict[str, str]]:
    """The app's keys, then the PIN that X shows to whoever lets the app in.

    Raises:
        PlatformError: X refused, or could not be asked.
    """
    app = {}
    for name in KEYS[:2]:
        asked = f"{name} of the app, from developer.x.com, Keys and tokens"
        app[name] = client.keys[name] or (yield Question(asked, secret=True)).strip()
    handler = client.tweepy.OAuth1UserHandler(**app, callback="oob")
    handler._get_oauth_url = lambda route: f"{client.home}/oauth/{route}"  # noqa: SLF001 # it has no other way
    for scheme in ("http://", "https://"):
        handler.oauth.mount(scheme, Adapter(send.TIMEOUT))
    page = _granted(handler, handler.get_authorization_url, app)
    pin = yield Question(f"Open {page}\nas the account, let the app in, and type the PIN that is shown")
    handler.oauth.close()  # a person takes minutes: the connection may have gone stale
    granted = f"{client.home}/oauth/access_token"
    # its own method would make a new session, without our time-outs
    token = _granted(handler, lambda: handler.oauth.fetch_access_token(granted, verifier=pin.strip()), app)
    return {**app, "access_token": token["oauth_token"], "access_token_secret": token["oauth_token_secret"]}


def _granted(handler: Any, step: Callable[[], Any], app: Mapping[str, str]) -> Any:
    try:
        with Call(send.TOTAL):
            return step()
    except Exception as error:  # noqa: BLE001 # tweepy wraps whatever came
        why = send.clean(str(error), [*app.values(), *handler.request_token.values()])
        raise Rejected(f"X did not let the app in: {why}") from None
