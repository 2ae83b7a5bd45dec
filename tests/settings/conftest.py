from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.settings.loading import Loaded, load

Write = Callable[[str], Path]
Load = Callable[..., Loaded]

OUTSIDER = Path(__file__).parents[1] / "fakes" / "outsider"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working directory, no BOT_ variable, and an outsider's kinds `relay` and `wire`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(OUTSIDER))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        path = tmp_path / "bot.toml"
        path.write_text(text, encoding="utf-8")
        return Path("bot.toml")

    return write


@pytest.fixture
def loaded(write: Write) -> Load:
    """`loaded(toml, BOT_X="…")`: the file with this environment."""

    def loaded(text: str, **environ: str) -> Loaded:
        return load(write(text), environ)

    return loaded
