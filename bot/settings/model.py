"""The configuration as values: one frozen model a table, nothing read from anywhere but what it is given."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    Field,
    PlainValidator,
    SecretStr,
    ValidationError,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot import registry
from bot.domain.cadence import parse_cadence
from bot.domain.errors import UserError
from bot.ports.durations import Duration
from bot.ports.matching import MatchTable
from bot.ports.platform import AccountOptions, CardPolicy, LinkPlace, Table
from bot.ports.source import SourceOptions
from bot.settings.again import Again, EvergreenTable
from bot.settings.alerts import AlertTable
from bot.settings.blackout import BlackoutTable
from bot.settings.digest import DigestTable
from bot.settings.fields import ClockText, Described, Id
from bot.settings.labels import LabelTable
from bot.settings.prices import PricesTable
from bot.settings.web import WebTable
from bot.settings.week import ordinals_of, parse_quiet, week_of

__all__ = ["DeliveryTable", "RetryTable", "RouteTable", "ScheduleTable", "Settings"]

WALL = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class ScheduleTable(Described):
    """`[schedules.<id>]`: when an account may publish."""

    timezone: str = ""
    """IANA zone of its times; without it the file's."""
    slots: dict[str, tuple[ClockText, ...]] = Field(default_factory=dict)
    """By day, range of days or day of the month, times or spans with a step; the narrower day wins."""
    cron: str = ""
    """More slots, by minute, hour, day, month, weekday by name (`30 8-18/2 * * mon-fri`)."""
    quiet: tuple[str, ...] = ()
    """Daily spans in which nothing but urgent goes out; a slot inside is dropped."""
    pick: Literal["newest", "oldest"] = "newest"
    """Who gets a slot when there are more articles than slots; sources take turns."""
    min_gap: Duration = timedelta(0)
    """The least time between two shares of an account."""
    max_per_day: int = Field(default=0, ge=0)
    """The most shares of an account in a local day; 0 for no cap."""
    jitter: Duration = timedelta(0)
    """A slot is kept up to this much late, so that posts do not look clockwork."""

    @field_validator("slots")
    @classmethod
    def _slots_are_readable(cls, slots: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        week_of(slots)
        ordinals_of(slots)
        return slots

    @field_validator("cron")
    @classmethod
    def _cron_is_readable(cls, cron: str) -> str:
        if cron:
            parse_cadence(None, cron, "UTC")
        return cron

    @field_validator("quiet")
    @classmethod
    def _quiet_is_readable(cls, quiet: tuple[str, ...]) -> tuple[str, ...]:
        for text in quiet:
            parse_quiet(text)
        return quiet


class RouteTable(Described):
    """`[[routes]]`: which articles go to which accounts, how told and when. Per account the first wins."""

    name: Id
    """What commands and reports call it."""
    sources: Annotated[tuple[Id, ...], Field(min_length=1)]
    """The sources whose articles it takes."""
    accounts: Annotated[tuple[Id, ...], Field(min_length=1)]
    """The accounts it shares them on."""
    match: MatchTable = MatchTable()
    """Conditions on the article; without any, every article."""
    timing: Literal["slot", "now"] = "now"
    """At the schedule's slots, or as soon as gap, cap and quiet hours allow."""
    schedule: str = ""
    """The schedule to keep; without it the account's."""
    template: str = "default"
    """The template set to tell it with."""
    link: LinkPlace | None = None
    """Where the article's address stands; an account's own `link` wins."""
    urgent: bool = False
    """At once: past quiet hours, gap, cap and `stable_for`; never past a pause, a blackout or an embargo."""
    stop: bool = False
    """No later route sees an article that this one took."""
    approve: bool = False
    """A person approves each share first."""
    delay: Duration = timedelta(0)
    """Wait this long after the article was first seen."""
    max_age: Duration = timedelta(hours=48)
    """Not shared any more once this long has passed since publication."""
    priority: int = 0
    """Who goes first when places are few: the higher."""
    repeat: tuple[Again, ...] = ()
    """Share it once more so long after the first share went out, also with a template set of its own."""
    card: CardPolicy | None = None
    """Whether the link's page is looked at first; without it as the account says."""
    was: tuple[str, ...] = ()
    """Its former names, so that a rename keeps its memory."""


class RetryTable(Described):
    """`retry` of `[delivery]`."""

    first: Duration = timedelta(seconds=30)
    """The wait after the first failure."""
    factor: float = Field(default=2, ge=1)
    """Each wait is this many times the one before."""
    max: Duration = timedelta(hours=1)
    """The longest wait."""
    attempts: int = Field(default=8, ge=1)
    """How often in all before the share has failed."""


class DeliveryTable(Described):
    """`[delivery]`: how long and how often a share is tried."""

    lease: Duration = timedelta(seconds=90)
    """How long a worker may hold a share without a sign of life."""
    reconcile_after: Duration = timedelta(seconds=60)
    """The least wait before a platform is asked what became of an unconfirmed share."""
    deadline: Duration = timedelta(seconds=15)
    """The most a call that publishes may take."""
    retry: RetryTable = RetryTable()
    """How a failed share is tried again."""


def _options(value: Any, key: str, common: type[Table], find: Any) -> Any:
    """The table as its kind's own Options. The kind's module is imported, no other.

    A secret that is not there is empty: `checks` says so where it matters, which is not in rehearsal.
    """
    if isinstance(value, common):
        return value
    kind = value.get(key) if isinstance(value, dict) else None
    if not isinstance(kind, str):
        return common.model_validate(value)
    try:
        found = find(kind)
    except UserError as error:
        details = InitErrorDetails(
            type=PydanticCustomError("unknown_kind", "{text}", {"text": str(error)}), loc=(key,), input=None
        )
        raise ValidationError.from_exception_data("kind", [details], hide_input=True) from None
    fields = found.Options.model_fields.items()
    blank = {name: SecretStr("") for name, f in fields if f.is_required() and f.annotation is SecretStr}
    return found.Options.model_validate(blank | value)


def _account(value: Any) -> Any:
    return _options(value, "platform", AccountOptions, registry.platform)


def _source(value: Any) -> Any:
    return _options(value, "kind", SourceOptions, registry.source)


Account = Annotated[AccountOptions, PlainValidator(_account), WithJsonSchema({"type": "object"})]
Source = Annotated[SourceOptions, PlainValidator(_source), WithJsonSchema({"type": "object"})]
Database = Annotated[SecretStr, WithJsonSchema({"type": "string"})]


class Settings(BaseSettings):
    """The whole configuration. Built from given values only; `loading.load` reads files and environment."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True
    )

    timezone: str = "UTC"
    """IANA zone of all times that name no other."""
    templates: str = "templates"
    """The folder of your template sets; what it lacks is taken from the packaged one."""
    languages: tuple[str, ...] = ()
    """The languages you publish in, the main one first."""
    database: Database = SecretStr("sqlite:///data/sharewire.db")
    """Where everything is remembered; DATABASE_URL wins over it."""
    mode: Literal["live", "rehearsal"] = "live"
    """In rehearsal every account writes to files as its platform would, needs no secret and cannot post."""
    contact: str = ""
    """An address or page that sites may write to; sent with every request."""
    log: Literal["auto", "text", "json"] = "auto"
    """How logs are written; auto: text on a terminal, else JSON."""
    token_key: SecretStr | None = None
    """Seals refreshed tokens in the database; without it they are kept in memory."""
    sources: dict[Id, Source] = Field(default_factory=dict)
    """Where articles come from."""
    accounts: dict[Id, Account] = Field(default_factory=dict)
    """Where to publish."""
    schedules: dict[Id, ScheduleTable] = Field(default_factory=dict)
    """When to publish."""
    routes: tuple[RouteTable, ...] = ()
    """Which articles go to which accounts, read top to bottom."""
    evergreen: tuple[EvergreenTable, ...] = ()
    """Old articles that keep their worth, shared at times of their own."""
    digests: tuple[DigestTable, ...] = ()
    """Editions of several articles, at times of their own."""
    blackouts: tuple[BlackoutTable, ...] = ()
    """When nothing is published."""
    labels: tuple[LabelTable, ...] = ()
    """What must be disclosed in every post of certain articles."""
    delivery: DeliveryTable = DeliveryTable()
    """How long and how often a share is tried."""
    alerts: dict[Id, AlertTable] = Field(default_factory=dict)
    """Who hears of what."""
    web: WebTable = WebTable()
    """Where the worker listens for pushes."""
    summary: ClockText = "08:00"
    """When the last day is summed up for alerts that want `summary`, in the file's zone; empty: never."""
    prices: dict[Id, PricesTable] = Field(default_factory=dict)
    """What a platform charges, where that has changed."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what it is given: `loading` brings the other sources, so that each value's origin is known."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @field_validator("summary")
    @classmethod
    def _summary_is_a_time(cls, summary: str) -> str:
        if summary and not WALL.fullmatch(summary):
            raise ValueError('write a time of day, such as "08:00"')
        return summary

    @field_validator("database")
    @classmethod
    def _database_is_known(cls, database: SecretStr) -> SecretStr:
        scheme = urlsplit(database.get_secret_value()).scheme.partition("+")[0]
        if scheme not in {"sqlite", "postgres", "postgresql"}:
            raise ValueError('write "sqlite:///data/sharewire.db" or "postgresql://user@host/name"')
        return database

    @property
    def database_url(self) -> str:
        """The database's address, with its password if it has one: not for people to see."""
        return self.database.get_secret_value()
