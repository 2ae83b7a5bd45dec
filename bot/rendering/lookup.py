"""Finds the template of a set, a language and a platform, in the editors' folder or the packaged one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from jinja2 import BaseLoader, Environment, TemplateNotFound

from bot.domain.errors import TemplateError
from bot.rendering.marks import MARKS, PART

__all__ = ["Folders"]

ONE_TAG = re.compile(r"[ \t]*(?:\{%(?:(?!%\}).)*%\}|\{#(?:(?!#\}).)*#\})")
THREAD_LINE = re.compile(r"^===[ \t]*(?:\r?\n|\Z)", re.MULTILINE)


class Folders(BaseLoader):
    """Template names are `<set>/<file>`. A set is taken whole from the first folder that has it."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(folders)
        self.checked: set[str] = set()

    def folder_of(self, name: str) -> Path:
        """The folder a set is in.

        Raises:
            TemplateError: no folder has it; the text names the nearest that there is.
        """
        for folder in self.folders:
            if (folder / name).is_dir():
                return folder
        known = sorted(
            {p.name for folder in self.folders if folder.is_dir() for p in folder.iterdir() if p.is_dir()}
        )
        near = difflib.get_close_matches(name, known, n=1)
        hint = f": did you mean {near[0]!r}?" if near else f": there are {', '.join(known)}"
        raise TemplateError(f"there is no template set {name!r}{hint}")

    def find(self, name: str, lang: str, platform: str) -> str:
        """The most particular template of a set.

        Raises:
            TemplateError: the set is nowhere, or has nothing for the platform.
        """
        folder = self.folder_of(name)
        primary = lang.split("-", maxsplit=1)[0]
        wanted = [
            f"{lang}/{platform}",
            f"{lang}/any",
            f"{primary}/{platform}",
            f"{primary}/any",
            platform,
            "any",
        ]
        for each in wanted:
            path = f"{name}/{each.lstrip('/')}.j2"
            if (lang or "/" not in each) and (folder / path).is_file():
                return path
        raise TemplateError(
            f"template set {name!r} has neither {platform}.j2 nor any.j2 (in {folder / name})"
        )

    def all_of(self, name: str) -> list[str]:
        """Every template of a set."""
        folder = self.folder_of(name)
        return sorted(path.relative_to(folder).as_posix() for path in (folder / name).rglob("*.j2"))

    def shown(self, name: str) -> str:
        """A template's file as people know it."""
        try:
            return str(self.folder_of(name.split("/", maxsplit=1)[0]) / name)
        except TemplateError:
            return name

    def get_source(
        self,
        environment: Environment,  # noqa: ARG002 - the signature is Jinja's
        template: str,
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """The source, with thread lines made marks: only the file's own `===` part a thread."""
        parts = Path(template).parts
        if ".." in parts or Path(template).is_absolute() or Path(template).suffix != ".j2":
            raise TemplateNotFound(template, f"{template!r} is not a template: name one as set/file.j2")
        path = self.folder_of(parts[0]) / template
        try:
            source = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise TemplateNotFound(template, f"{path} cannot be read: {error}") from error
        self.checked.discard(template)
        lines = map(_keep_newline, MARKS.sub("", source).splitlines(keepends=True))
        return THREAD_LINE.sub(PART, "".join(lines)), str(path), None


def _keep_newline(line: str) -> str:
    """A tag alone on its line vanishes with the line; behind other text it leaves the line's end alone."""
    body = line.rstrip("\r\n \t")
    if body.endswith(("%}", "#}")) and body[-3:-2] not in "+-" and not ONE_TAG.fullmatch(body):
        return f"{body[:-2]}+{body[-2:]}{line[len(body) :]}"
    return line
