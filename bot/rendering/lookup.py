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
VARIANT = re.compile(r"(.+)\.(\d+)\.j2")
THREAD_LINE = re.compile(r"^===[ \t]*(?:\r?\n|\Z)", re.MULTILINE)


class Folders(BaseLoader):
    """Template names are `<set>/<file>`. A set is taken whole from the first folder that has it."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(folders)
        self.listed: dict[str, dict[str, tuple[str, ...]]] = {}

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

    def find(self, name: str, lang: str, platform: str) -> tuple[str, ...]:
        """The most particular template of a set, or its variants: `x.j2`, `x.1.j2`, `x.2.j2`, in order.

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
        there = self.posts_of(name)
        for each in wanted[0 if lang else 4 :]:
            if f"{name}/{each}" in there:
                return there[f"{name}/{each}"]
        raise TemplateError(
            f"template set {name!r} has neither {platform}.j2 nor any.j2 (in {folder / name})"
        )

    def posts_of(self, name: str) -> dict[str, tuple[str, ...]]:
        """A set's templates by what they are for, such as `default/fr/x`, as they were at the first look."""
        if name not in self.listed:
            named: dict[str, list[tuple[int, str]]] = {}
            folder = self.folder_of(name)
            for path in (folder / name).rglob("*.j2"):
                file = path.relative_to(folder).as_posix()
                found = VARIANT.fullmatch(file)
                stem, number = (found[1], int(found[2])) if found else (file.removesuffix(".j2"), 0)
                named.setdefault(stem, []).append((number, file))
            self.listed[name] = {
                stem: tuple(file for _, file in sorted(files)) for stem, files in sorted(named.items())
            }
        return self.listed[name]

    def all_of(self, name: str) -> tuple[str, ...]:
        """Every template file of a set."""
        return tuple(file for files in self.posts_of(name).values() for file in files)

    def own(self) -> tuple[str, ...]:
        """The sets in the first folder: the editors' own."""
        first = self.folders[0]
        sets = {path.relative_to(first).parts[0] for path in first.glob("*/**/*.j2")}
        return tuple(sorted(sets))

    def everything(self) -> tuple[str, ...]:
        """Every template file of every set."""
        sets = {path.name for folder in self.folders if folder.is_dir() for path in folder.iterdir()}
        return tuple(file for name in sorted(sets) if self._is_set(name) for file in self.all_of(name))

    def _is_set(self, name: str) -> bool:
        return any((folder / name).is_dir() for folder in self.folders)

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
        lines = map(_keep_newline, MARKS.sub("", source).splitlines(keepends=True))
        return THREAD_LINE.sub(PART, "".join(lines)), str(path), None


def _keep_newline(line: str) -> str:
    """A tag alone on its line vanishes with the line; behind other text it leaves the line's end alone."""
    body = line.rstrip("\r\n \t")
    if body.endswith(("%}", "#}")) and body[-3:-2] not in "+-" and not ONE_TAG.fullmatch(body):
        return f"{body[:-2]}+{body[-2:]}{line[len(body) :]}"
    return line
