"""What tests of more than one file of this folder use."""

from __future__ import annotations

from typing import Any

import pytest

from bot.services.moved import _page


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The old pages that are asked where they lead."""
    urls: list[str] = []

    def noted(url: str, title: str) -> Any:
        urls.append(url)
        return _page(url, title)

    monkeypatch.setattr("bot.services.moved._page", noted)
    return urls
