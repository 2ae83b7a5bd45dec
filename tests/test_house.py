"""The house rules that no linter knows: sizes, names, the lock, the wheel."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = sorted((ROOT / "bot").rglob("*.py"))
SAYS_NOTHING = {"utils", "util", "common", "helpers", "helper", "base", "manager", "misc"}


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_file_passes_400_lines() -> None:
    assert [f"{path.relative_to(ROOT)}: {lines(path)}" for path in CODE if lines(path) > 400] == []


def test_most_files_are_small() -> None:
    sizes = sorted(count for path in CODE if (count := lines(path)) > 5)
    assert statistics.median(sizes) <= 110
    assert sizes[int(len(sizes) * 0.9)] <= 250


def test_every_name_says_something() -> None:
    assert [path for path in CODE if SAYS_NOTHING & {path.stem, path.parent.name}] == []


def test_the_lock_has_a_hash_for_each_package_and_no_index() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "index-url" not in lock
    assert "://" not in lock
    packages = re.findall(r"^[a-z0-9][\w.-]*==.*?(?=^\S|\Z)", lock, re.MULTILINE | re.DOTALL)
    assert len(packages) > 50
    assert [package.split("==")[0] for package in packages if "--hash=sha256:" not in package] == []


def test_the_lock_holds_what_the_project_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[\[<>=~! ]", each, maxsplit=1)[0].lower().replace(".", "-") for each in wanted}
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([a-z0-9][\w-]*)==", lock, re.MULTILINE))
    assert names - locked == set()


def test_nothing_imports_what_the_project_does_not_name() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {
        re.split(r"[\[<>=~! ]", each, maxsplit=1)[0].lower() for each in project["project"]["dependencies"]
    }
    names = {"mastodon.py": "mastodon", "pillow": "pil", "pydantic-settings": "pydantic_settings"}
    names |= {"markdown-it-py": "markdown_it", "pyyaml": "yaml"}
    known = {names.get(each, each) for each in wanted} | {
        "bot",
        "pydantic",
        "urllib3",
        "yarl",
        "httpx",
        "click",
    }
    found = re.compile(r"^\s*(?:from|import) (\w+)", re.MULTILINE)
    imported = {
        name.lower() for path in CODE for name in found.findall(path.read_text(encoding="utf-8"))
    } - set(sys.stdlib_module_names)
    extras = {
        "markupsafe",
        "dateutil",
        "requests_oauthlib",
        "oauthlib",
        "atproto_client",
        "tzlocal",
        "pydantic_core",
    }
    assert imported - known - extras == set()


def test_each_decision_has_a_number_of_its_own() -> None:
    files = sorted((ROOT / "docs/adr").glob("*.md"))
    numbers = [int(path.name[:4]) for path in files]
    assert len(set(numbers)) == len(numbers), [path.name for path in files]
    for path, number in zip(files, numbers, strict=True):
        assert path.read_text(encoding="utf-8").startswith(f"# {number}. "), path.name


def test_no_help_loses_a_word_to_markup() -> None:
    found = re.compile(r'(?:help="|^    """)[^"\n]*\[[a-z]', re.MULTILINE)
    assert [str(path) for path in CODE if "cli" in path.parts and found.search(path.read_text("utf-8"))] == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return zipfile.ZipFile(next(folder.glob("*.whl")))


@pytest.mark.parametrize(
    "part",
    [
        "bot/templates/default/x.j2",
        "bot/templates/default/any.j2",
        "bot/settings/bot.schema.json",
        "bot/storage/migrations/env.py",
        "bot/__main__.py",
    ],
)
def test_the_wheel_carries_what_a_worker_needs(wheel: zipfile.ZipFile, part: str) -> None:
    assert part in wheel.namelist()


def test_the_wheel_carries_every_migration(wheel: zipfile.ZipFile) -> None:
    versions = (ROOT / "bot/storage/migrations/versions").glob("*.py")
    assert {f"bot/storage/migrations/versions/{path.name}" for path in versions} <= set(wheel.namelist())


def test_the_wheel_carries_nothing_of_the_tests(wheel: zipfile.ZipFile) -> None:
    assert [name for name in wheel.namelist() if name.startswith("tests/")] == []
