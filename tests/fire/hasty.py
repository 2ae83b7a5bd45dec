"""`python -m tests.fire.hasty run …` is `python -m bot run …` in haste, on a machine that is a whole web.

What waits minutes or hours (an article's rest before its posts are compared, the looks at its page, the pause
after a failure) waits seconds; the clock is the real one. Every name under `.test` leads to this machine.
Nothing of this is in the program.
"""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import Any

from bot.domain import following

SECOND = timedelta(seconds=1)
LOOK = 6 * SECOND


def shorten() -> None:
    """Before anything that takes these names from here is imported."""
    following.CALM, following.LONGEST, following.AGAIN = 3 * SECOND, 10 * SECOND, SECOND
    following.LOOKS = (LOOK,) * 100
    following.FIRST_LOOK, following.CONFIRM = LOOK, 4 * SECOND
    from bot.services import pages

    pages.PAGE_RETRIES = (2 * SECOND, 4 * SECOND, 10 * SECOND)
    import bot.services.poll as polling

    polling.BACKOFF_FIRST, polling.BACKOFF_MAX = SECOND, 4 * SECOND
    import bot.services.look as looking

    looking.LEASE = 5 * SECOND


def resolve() -> None:
    """`news.test` and `www.news.test` are here, and an address here is as good as a public one."""
    from bot.http import guard

    real, public = socket.getaddrinfo, guard.is_public

    def found(host: Any, *args: Any, **how: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        return real("127.0.0.1" if str(name).endswith(".test") else host, *args, **how)

    socket.getaddrinfo = found
    guard.is_public = lambda address: address == "127.0.0.1" or public(address)


if __name__ == "__main__":
    shorten()
    resolve()
    from bot.__main__ import main

    main()
