"""The composition root: from settings to wired objects. Nobody else constructs an adapter."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from secrets import token_bytes
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import structlog

from bot import __version__, registry
from bot.domain.budget import Budget
from bot.domain.errors import UserError
from bot.domain.limits import Limits
from bot.domain.outcome import Policy
from bot.extract.card import CardLook
from bot.observe.logs import hide
from bot.ports.newsroom import Account, Clock, Feed, Hooks, Look, Newsroom
from bot.ports.notifier import Channel
from bot.ports.platform import AccountOptions, DeletablePlatform, EditablePlatform, Vault, Wiring
from bot.ports.source import SourceOptions
from bot.ports.store import Store
from bot.rendering.environment import TemplateRenderer
from bot.rendering.loading import load_hashtags, load_people, packaged_templates
from bot.services.fallback import Either
from bot.settings import rules
from bot.settings.checks import check
from bot.settings.keeping import SIDE_FILES, files_of, kept, lay_out, restored
from bot.settings.labels import labels
from bot.settings.loading import Loaded, load
from bot.settings.model import Settings
from bot.settings.prices import prices_of
from bot.settings.problems import ConfigError, did_you_mean
from bot.storage.store import open_store, scratch_store
from bot.storage.vault import MemoryVault, SealedVault

__all__ = ["House", "open_house", "renderer_of"]

LOSES_ITS_DISK = ("DYNO", "K_SERVICE", "AWS_LAMBDA_FUNCTION_NAME")
"""Variables by which Heroku, Cloud Run and Lambda are known; a SQLite file there is gone after a restart."""

IN_FORCE = "config"
"""The fact under which the configuration in force is kept."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class House:
    """The configuration as loaded, and what it takes to wire it. `store` is None where none is needed."""

    loaded: Loaded
    clock: Clock
    environ: Mapping[str, str] | None = None
    store: Store | None = None
    vaults: dict[str, Vault] = field(default_factory=dict)
    passing_key: bytes = field(default_factory=partial(token_bytes, 32), repr=False)

    @property
    def settings(self) -> Settings:
        return self.loaded.settings

    @property
    def mode(self) -> str:
        return self.settings.mode

    @property
    def user_agent(self) -> str:
        """Who asks, and whom to write to."""
        contact = self.settings.contact
        return f"Sharewire/{__version__}" + (f" (+{contact})" if contact else "")

    def watched(self) -> tuple[Path, ...]:
        """What a running worker takes up when it is edited."""
        folder = self.loaded.path.parent
        return (
            self.loaded.path,
            folder / "people.toml",
            folder / "hashtags.toml",
            Path(self.settings.templates),
        )

    def open_store(self, *, create: bool = False, migrate: bool = False, as_is: bool = False) -> Store:
        """The database that the settings name; `as_is` it may be another's, and is only looked after.

        Raises:
            UserError: there is none (and `create` is not set), or it cannot be used.
        """
        environ = os.environ if self.environ is None else self.environ
        host = next((name for name in LOSES_ITS_DISK if name in environ), "")
        if host and self.settings.database_url.startswith("sqlite"):
            raise UserError(
                f"this host ({host} is set) loses its disk at each deploy, and with it the memory of "
                "what was shared: set DATABASE_URL to a Postgres"
            )
        mode = None if as_is else self.mode
        self.store = open_store(self.settings.database_url, mode=mode, create=create, migrate=migrate)
        return self.store

    def scratch_store(self) -> Store:
        """An empty database in memory, for what is only tried."""
        return scratch_store()

    def newsroom(self, before: Newsroom | None = None, *, templates: bool = True) -> Newsroom:
        """Wire everything; accounts whose table has not changed since `before` are kept.

        `templates`: not without templates that are fit for use; who tries them himself asks for less.

        Raises:
            UserError: the configuration is refused; a line for each problem.
        """
        renderer = renderer_of(self.loaded)
        compile_set = renderer.compile_set if templates else None
        found = check(self.settings, file=self.loaded.path, compile_templates=compile_set)
        if any(problem.level == "error" for problem in found):
            raise ConfigError(found)
        settings = self.settings
        return Newsroom(
            accounts={id_: self._account(id_, o, before) for id_, o in settings.accounts.items()},
            sources={id_: self._source(id_, o) for id_, o in settings.sources.items()},
            routes=rules.routes(settings),
            schedules=rules.schedules(settings),
            default_schedule=rules.default_schedule(settings),
            renderer=renderer,
            policy=self._policy(),
            languages=tuple(settings.languages),
            labels=labels(settings.labels),
            timezone=settings.timezone,
            channels=self._channels(),
            summary_at=settings.summary,
            evergreen=rules.evergreen(settings),
            hooks=Hooks(settings.web.public_url, self._hook_key()),
            digests=rules.digests(settings),
            blackouts=rules.blackouts(settings),
            look=self._look(before),
        )

    def account(self, id_: str) -> Account:
        """One account, wired by itself: its secrets may still be missing.

        Raises:
            UserError: there is none of that id.
        """
        options = self.settings.accounts.get(id_)
        if options is None:
            raise UserError(f"there is no [accounts.{id_}]: {did_you_mean(id_, self.settings.accounts)}")
        return self._account(id_, options, None)

    def reload(self, before: Newsroom) -> tuple[Newsroom, list[str]]:
        """Read the files again and wire them; remarks name what needs a restart.

        Raises:
            UserError: the new reading is refused; the one before stays.
        """
        old, self.loaded = self.loaded, load(self.loaded.path, self.environ)
        try:
            newsroom = self.newsroom(before)
        except BaseException:
            self.loaded = old
            raise
        remarks = []
        if old.settings.database_url != self.settings.database_url:
            remarks.append("`database` was changed: restart the worker to move to it")
        return newsroom, remarks

    def keep(self, store: Store) -> None:
        """Remember what is in force, so that an edit can be held against it (`plan --diff`)."""
        document = kept(self.settings, files_of(Path(self.settings.templates), self.loaded.path.parent))
        with store.write() as tx:
            if tx.workers.get(IN_FORCE) != document:
                tx.workers.set(IN_FORCE, document)

    @contextmanager
    def in_force(self, store: Store, newsroom: Newsroom) -> Iterator[Newsroom]:
        """The newsroom, but for the times, words and money that the running worker keeps.

        Raises:
            UserError: no worker has run, or one of another release.
        """
        with store.read() as tx:
            before = restored(tx.workers.get(IN_FORCE))
        if before is None:
            raise UserError("no worker of this release has run yet: there is nothing to compare with")
        settings = before.settings
        accounts = {}
        for id_, account in newsroom.accounts.items():
            options = before.options(id_, account.options)
            prices = prices_of(account.platform, options, settings.prices.get(account.platform))
            accounts[id_] = replace(account, options=options, prices=prices, budget=_budget_of(options))
        with TemporaryDirectory(prefix="sharewire-") as name:
            folder, renderer = Path(name), newsroom.renderer
            if before.files is not None:
                lay_out(before.files, folder)
                renderer = _renderer(folder / "templates", folder, settings.timezone)
            yield replace(
                newsroom,
                accounts=accounts,
                renderer=renderer,
                languages=tuple(settings.languages),
                labels=labels(settings.labels),
                evergreen=rules.evergreen(settings),
                digests=rules.digests(settings),
                routes=rules.routes(settings),
                schedules=rules.schedules(settings),
                default_schedule=rules.default_schedule(settings),
                blackouts=rules.blackouts(settings),
            )

    def say_problems(self, store: Store, lines: Iterable[str]) -> None:
        """What `status` shows until the next reading."""
        with store.write() as tx:
            tx.workers.set("problems", list(lines))

    def _account(self, id_: str, options: AccountOptions, before: Newsroom | None) -> Account:
        kept = before.accounts.get(id_) if before else None
        if kept is not None and kept.options == options:
            prices = prices_of(kept.platform, options, self.settings.prices.get(kept.platform))
            return kept if prices == kept.prices else replace(kept, prices=prices)
        kind, played, limits = options.platform, "", None
        if self.mode == "rehearsal" and kind != "file":
            played = kind
        elif kind == "file":
            played = getattr(options, "as_", "")
        if played:
            limits = _limits_of(played)
        connector_class = registry.platform("file" if played else kind)
        adapted = _as_file(options, connector_class) if played and kind != "file" else options
        hide(_secrets(options))
        wiring = Wiring(
            account=id_,
            vault=self._vault(id_),
            user_agent=self.user_agent,
            plays=limits,
            played=played,
            allow_private=self._allows_private(),
        )
        abilities = registry.platform(played or kind)
        return Account(
            id_,
            played or kind,
            options,
            connector_class(adapted, wiring),
            prices=prices_of(played or kind, options, self.settings.prices.get(played or kind)),
            budget=_budget_of(options),
            edits=issubclass(abilities, EditablePlatform),
            deletes=issubclass(abilities, DeletablePlatform),
        )

    def _allows_private(self) -> bool:
        """Pictures come from the sources' own hosts: a source on a private host brings private pictures."""
        return any(options.allow_private for options in self.settings.sources.values())

    def _vault(self, id_: str) -> Vault:
        key = self.settings.token_key.get_secret_value() if self.settings.token_key else ""
        if id_ not in self.vaults or (key and isinstance(self.vaults[id_], MemoryVault) and self.store):
            sealed = key and self.store is not None
            self.vaults[id_] = (
                SealedVault(self.store, id_, key, self.clock) if sealed and self.store else MemoryVault()
            )
        return self.vaults[id_]

    def _look(self, before: Newsroom | None) -> Look | None:
        """In a rehearsal nobody will see the card."""
        if self.mode != "live":
            return None
        kept = before.look if before else None
        return kept or CardLook(self.user_agent, monotonic, allow_private=self._allows_private())

    def _source(self, id_: str, options: SourceOptions) -> Feed:
        hide(_secrets(options))
        connector = registry.source(options.kind)(options)
        if instead := options.instead():
            other = registry.source(str(instead["kind"]))
            second = other(other.Options.model_validate(instead))
            connector = Either(connector, second, ordered=options.orders())
        host = urlsplit(str(getattr(options, "url", ""))).netloc.rpartition("@")[2]
        folder = getattr(options, "path", None)
        return Feed(
            id=id_,
            options=options,
            connector=connector,
            cadence=rules.cadence(self.settings, options),
            exclude=rules.exclude(options),
            private=host if options.allow_private else None,
            folder=Path(folder).absolute() if folder else None,
        )

    def _hook_key(self) -> bytes:
        """What secrets towards hubs are made from; without BOT_TOKEN_KEY this process's own."""
        key = self.settings.token_key
        return key.get_secret_value().encode() if key else self.passing_key

    def _channels(self) -> tuple[Channel, ...]:
        """Where alerts go; in a rehearsal nobody is woken."""
        tables = self.settings.alerts if self.mode == "live" else {}
        for table in tables.values():
            hide(table.places())
        return tuple(Channel(id_, frozenset(t.events), t.places()) for id_, t in tables.items())

    def _policy(self) -> Policy:
        table = self.settings.delivery
        return Policy(
            lease=table.lease,
            reconcile_after=table.reconcile_after,
            deadline=table.deadline,
            retry_first=table.retry.first,
            retry_factor=table.retry.factor,
            retry_max=table.retry.max,
            attempts=table.retry.attempts,
        )


def renderer_of(loaded: Loaded) -> TemplateRenderer:
    """The renderer of a configuration: the editors' templates before the packaged ones.

    Raises:
        UserError: people.toml or hashtags.toml cannot be read.
    """
    return _renderer(Path(loaded.settings.templates), loaded.path.parent, loaded.settings.timezone)


def _renderer(templates: Path, beside: Path, timezone: str) -> TemplateRenderer:
    people, hashtags = (beside / name for name in SIDE_FILES)
    return TemplateRenderer(
        [templates, packaged_templates()],
        timezone=timezone,
        people=load_people(people),
        hashtags=load_hashtags(hashtags),
    )


def open_house(path: Path | None, clock: Clock, environ: Mapping[str, str] | None = None) -> House:
    """Load the settings.

    Raises:
        UserError: every mistake found, a line each.
    """
    loaded = load(path, environ)
    key, password = loaded.settings.token_key, urlsplit(loaded.settings.database_url).password
    hide([key.get_secret_value()] if key else ())
    hide([password] if password else ())
    return House(loaded, clock, environ)


def _budget_of(options: AccountOptions) -> Budget | None:
    return options.budget.to_budget() if options.budget else None


def _limits_of(kind: str) -> Limits:
    limits: Limits = registry.platform(kind).default_limits
    return limits


def _as_file(options: AccountOptions, file: Any) -> AccountOptions:
    """The table of a `file` account that plays another platform: no secrets, cannot post."""
    common = {name: getattr(options, name) for name in AccountOptions.model_fields if name != "platform"}
    adapted: AccountOptions = file.Options(**common | {"platform": "file", "as": options.platform})
    return adapted


def _secrets(options: AccountOptions | SourceOptions) -> Sequence[str]:
    values = (getattr(options, name) for name in type(options).model_fields)
    return [v.get_secret_value() for v in values if hasattr(v, "get_secret_value") and v.get_secret_value()]
