"""Loads the configuration: environment over `.env` over secrets directories over the file."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from bot.settings.layers import (
    CONFIG,
    Layer,
    merge,
    read_dotenv,
    read_secrets,
    read_variables,
    skeleton,
)
from bot.settings.model import Settings
from bot.settings.problems import ConfigError, Problem
from bot.settings.tree import leaves
from bot.settings.wording import dotted, problems_of

__all__ = ["DEFAULT_PATH", "Loaded", "load", "secret_files"]

DEFAULT_PATH = Path("config/bot.toml")
DOTENV = Path(".env")
MOUNTED = Path("/run/secrets")
SYNTAX = re.compile(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)")
CURES = {
    "Invalid value": "text stands in quotes, true and false do not",
    "Cannot overwrite a value": "this key stands twice: keep one",
    "Cannot declare": "this table stands twice: join the two",
    "Cannot mutate": "this table was closed or stands twice: join the two",
    "Illegal character": "close the quotes on the same line",
    "Unterminated string": "close the quotes",
    "Unclosed array": "close the list with ]",
    "Unclosed inline table": "close the table with }, all on one line",
    "Expected '='": "write `key = value`; names with blanks or dots stand in quotes",
    "Expected ']": "close the header with ]",
    "Expected newline": "one key a line; is a comma, a quote or a bracket missing before it?",
    "Invalid statement": "write `key = value`, or a [header]",
    "Invalid initial character": "write `key = value`, or a [header]",
    "Unescaped '\\'": "double each backslash, or put the text in single quotes",
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings and where they come from.

    `origins` by dotted key: the file's path, "environment", ".env" or "secrets"; what is not in it has its
    default. `warnings` are what does no harm but was hardly meant.
    """

    settings: Settings
    path: Path
    warnings: tuple[Problem, ...]
    origins: Mapping[str, str]


def _credentials(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """The folder of systemd's credentials, where there is one."""
    credentials = environ.get("CREDENTIALS_DIRECTORY", "")
    return (Path(credentials),) if credentials else ()


def load(
    path: Path | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    dotenv: Path | None = None,
) -> Loaded:
    """Read everything and validate it.

    Args:
        path: the file; without it BOT_CONFIG, then config/bot.toml, from the working directory.
        environ: the whole environment, in which neither `.env` nor /run/secrets is looked at; without it
            this process's own, in which both are.
        dotenv: another `.env` file.

    Raises:
        ConfigError: every problem found, also the warnings; no secret in its text.
    """
    own = environ is None
    environ = os.environ if environ is None else environ
    dotenv = dotenv or (DOTENV if own else None)
    in_dotenv = read_dotenv(dotenv) if dotenv else {}
    path = path or Path(environ.get(CONFIG) or in_dotenv.get(CONFIG) or DEFAULT_PATH)
    file = Layer(str(path), _read(path))
    named = {
        "environment": environ,
        ".env": in_dotenv,
        "secrets": read_secrets([*_credentials(environ), *([MOUNTED] if own else [])]),
    }
    known = skeleton(file.values, named.values())
    by_name = {leaf.variable: leaf for leaf in leaves(known)}
    layers = [*(read_variables(origin, names, known, by_name) for origin, names in named.items()), file]
    merged = merge(layer.values for layer in layers)
    origins = _origins(layers)
    warnings = [warning for layer in layers for warning in layer.warnings]
    problems = _secrets_in(file)
    try:
        settings = Settings(**merged)
    except ValidationError as error:
        problems += problems_of(error, merged, file.origin, lambda at: origins.get(".".join(at), file.origin))
        raise ConfigError([*problems, *warnings]) from None
    if problems:
        raise ConfigError([*problems, *warnings])
    return Loaded(settings, path, tuple(warnings), origins)


def secret_files(
    loaded: Loaded, environ: Mapping[str, str] | None = None
) -> tuple[Path | None, Path, tuple[Path, ...]]:
    """Where secrets lie: the SQLite file (None for another database), `.env`, the secrets directories."""
    kind, _, rest = loaded.settings.database_url.partition(":///")
    database = Path(rest.partition("?")[0]) if kind.partition("+")[0] == "sqlite" else None
    return database, DOTENV, (*_credentials(os.environ if environ is None else environ), MOUNTED)


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        cure = "`sharewire init https://your.site` writes one; --config or BOT_CONFIG name another"
        raise ConfigError([Problem(str(path), "", f"there is no such file: {cure}")]) from None
    except UnicodeDecodeError:
        raise ConfigError([Problem(str(path), "", "is not UTF-8 text: save it as UTF-8")]) from None
    except OSError as error:
        raise ConfigError([Problem(str(path), "", f"cannot be read: {error.strerror}")]) from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax(path, text, str(error))]) from None


def _syntax(path: Path, text: str, said: str) -> Problem:
    found = SYNTAX.fullmatch(said)
    what = found["what"] if found else said
    last = str(text.count("\n") + 1)
    place = f"line {found['line']}, column {found['column']}" if found and found["line"] else f"line {last}"
    cure = next((cure for start, cure in CURES.items() if what.startswith(start)), "see https://toml.io")
    return Problem(f"{path}, {place}", "", f"this is no TOML ({_first_word(what)}): {cure}")


def _first_word(said: str) -> str:
    """What the parser said, without what it quotes from the file: that may be a secret."""
    return (
        said.partition(": ")[0].partition(" (")[0][:1].lower()
        + said.partition(": ")[0].partition(" (")[0][1:]
    )


def _secrets_in(file: Layer) -> list[Problem]:
    """Secrets stand in the file: it is shared, copied and committed."""
    out = []
    for leaf in leaves(file.values):
        if not leaf.secret:
            continue
        value: Any = file.values
        for part in leaf.path:
            value = value.get(part) if isinstance(value, dict) else None
        if value is None:
            continue
        key = dotted(leaf.path, file.values)
        if leaf.path != ("database",):
            cure = f"take it out and set {leaf.variable} in the environment or .env"
            out.append(Problem(file.origin, key, f"is a secret and does not belong in this file: {cure}"))
        elif _has_password(value):
            cure = "take it out and set DATABASE_URL in the environment or .env"
            out.append(Problem(file.origin, key, f"has a password in it: {cure}"))
    return out


def _has_password(url: Any) -> bool:
    try:
        return isinstance(url, str) and (urlsplit(url).password is not None or "password=" in url)
    except ValueError:
        return False


def _origins(layers: list[Layer]) -> dict[str, str]:
    out: dict[str, str] = {}
    for layer in reversed(layers):
        out.update(dict.fromkeys(_keys(layer.values), layer.origin))
    return out


def _keys(table: Mapping[str, Any], above: str = "") -> list[str]:
    out = []
    for key, value in table.items():
        deeper = isinstance(value, Mapping) and value
        out += _keys(value, f"{above}{key}.") if deeper else [f"{above}{key}"]
    return out
