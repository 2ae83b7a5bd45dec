"""The configuration in force as it is kept in the database: what decides about shares, and no secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.ports.platform import AccountOptions
from bot.settings.model import Settings

__all__ = ["SIDE_FILES", "Kept", "files_of", "kept", "lay_out", "restored"]

KEPT = (
    *("timezone", "languages", "schedules", "routes", "blackouts"),
    *("evergreen", "digests", "labels", "prices"),
)
"""No sources: their addresses change no time, and may be secrets."""
TOLD = ("schedule", "template", "link", "utm", "image", "budget")
"""Of an account what decides about its shares; the rest of it may be a secret."""
SIDE_FILES = ("people.toml", "hashtags.toml")
MOST = 1_000_000
"""Characters of templates that are kept; an editor's folder has far fewer."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A configuration as it was kept. `told` is by account; `files` by path, None where none were kept."""

    settings: Settings
    told: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    files: Mapping[str, str] | None = None

    def options(self, id_: str, now: AccountOptions) -> AccountOptions:
        """An account's options with what was kept of them."""
        if id_ not in self.told:
            return now
        before = AccountOptions.model_validate({"platform": now.platform, **self.told[id_]})
        known = [name for name in TOLD if name in self.told[id_]]  # an older release kept less
        return now.model_copy(update={name: getattr(before, name) for name in known})


def kept(settings: Settings, files: Mapping[str, str]) -> dict[str, Any]:
    """A JSON document of what was written in the file about times and words, and of the templates."""
    document = settings.model_dump(include=set(KEPT), mode="json", by_alias=True, exclude_unset=True)
    told = {
        id_: options.model_dump(include=set(TOLD), mode="json") for id_, options in settings.accounts.items()
    }
    return document | {"told": told, "files": dict(files)}


def restored(document: Any) -> Kept | None:
    """What was kept, None where another release wrote what this one cannot read."""
    if not isinstance(document, Mapping):
        return None
    try:
        settings = Settings(**{name: document[name] for name in KEPT if name in document})
    except ValidationError:
        return None
    return Kept(settings, document.get("told", {}), document.get("files"))


def files_of(templates: Path, beside: Path) -> dict[str, str]:
    """The editors' templates, as `templates/<set>/<file>`, and the side files, by name."""
    found = {f"templates/{path.relative_to(templates).as_posix()}": path for path in templates.rglob("*.j2")}
    found |= {name: beside / name for name in SIDE_FILES if (beside / name).is_file()}
    out: dict[str, str] = {}
    for name, path in sorted(found.items()):
        try:
            out[name] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
    return out if sum(map(len, out.values())) <= MOST else {}


def lay_out(files: Mapping[str, str], folder: Path) -> None:
    """Write kept files into an empty folder."""
    for name, text in files.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
