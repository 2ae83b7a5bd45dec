from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot import registry
from bot.domain.errors import UserError
from bot.ports.platform import AccountOptions

OUTSIDER = Path(__file__).parent / "fakes" / "outsider"


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(OUTSIDER))


def test_a_platform_is_found_by_the_name_of_its_module() -> None:
    assert registry.platform("file").__module__ == "bot.platforms.file"


def test_a_source_kind_is_found_by_the_name_of_its_module() -> None:
    assert registry.source("feed").Options.model_fields["kind"]


def test_an_outsiders_module_brings_its_connector() -> None:
    assert registry.platform("relay").Options.model_fields["size"].default == 3


def test_an_outsiders_class_is_taken_as_it_is() -> None:
    assert registry.source("wire").__name__ == "Wire"


def test_kinds_are_our_own_and_the_outsiders_in_order() -> None:
    assert {"file", "relay"} <= set(registry.platform_kinds())
    assert list(registry.source_kinds()) == sorted(registry.source_kinds())


def test_a_misspelt_kind_is_answered_with_the_nearest() -> None:
    with pytest.raises(UserError, match=r'there is no platform "fiel": did you mean "file"\?'):
        registry.platform("fiel")


def test_a_strange_kind_is_answered_with_all_there_are() -> None:
    with pytest.raises(UserError, match=r'there is no source kind "qqq": choose among .*feed.*wire'):
        registry.source("qqq")


def test_an_outsider_that_cannot_be_loaded_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "broken-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text("[sharewire.platforms]\nbroken = outsider:Nobody\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(UserError, match=r'the platform "broken" of outsider:Nobody cannot be loaded'):
        registry.platform("broken")


def test_every_platform_of_ours_declares_options_for_its_own_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    kinds = {
        kind: connector.Options.model_fields["platform"].annotation.__args__
        for kind, connector in registry.platforms().items()
    }
    assert kinds == {kind: (kind,) for kind in registry.platform_kinds()}
    assert all(issubclass(c.Options, AccountOptions) for c in registry.platforms().values())


def test_finding_one_platform_imports_no_other() -> None:
    script = (
        "import sys; from bot import registry; registry.platform('file'); "
        "print(sorted(m for m in sys.modules if m.startswith('bot.platforms.')))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "['bot.platforms.file']"
