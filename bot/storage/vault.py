"""Keeps an account's sessions and refreshed tokens, sealed with a key from the environment."""

from __future__ import annotations

import base64
from hashlib import sha256

from bot.ports.newsroom import Clock
from bot.ports.store import Store

__all__ = ["MemoryVault", "SealedVault"]


class MemoryVault:
    """Forgets at the end of the process: for when there is no key, or no database."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    def load(self, name: str) -> str | None:
        return self._kept.get(name)

    def save(self, name: str, secret: str) -> None:
        self._kept[name] = secret


class SealedVault:
    """Rows of the tokens table, one account's; what another key sealed counts as not there."""

    def __init__(self, store: Store, account: str, key: str, clock: Clock) -> None:
        from cryptography.fernet import Fernet  # 7 MB, which a worker without a key does not need

        self._store, self._account, self._clock = store, account, clock
        self._seal = Fernet(base64.urlsafe_b64encode(sha256(key.encode()).digest()))

    def load(self, name: str) -> str | None:
        from cryptography.fernet import InvalidToken

        with self._store.read() as tx:
            sealed = tx.accounts.load_token(self._account, name)
        if sealed is None:
            return None
        try:
            return self._seal.decrypt(sealed).decode()
        except InvalidToken:
            return None

    def save(self, name: str, secret: str) -> None:
        with self._store.write() as tx:
            tx.accounts.save_token(
                self._account, name, self._seal.encrypt(secret.encode()), self._clock.now()
            )
