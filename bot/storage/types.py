"""Column types that read and write the same values on SQLite and on Postgres, and the database's clock."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

__all__ = ["Id", "Json", "Names", "Utc", "Word", "Words", "db_clock", "indexable", "one_of"]

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""SQLite numbers rows by itself only for INTEGER."""

Json = sa.JSON(none_as_null=True)
"""JSON as written, key order kept: Postgres' jsonb would reorder what has been frozen."""

INDEXABLE = 1000
"""Bytes of a key column; Postgres refuses an index row over 2,704 bytes."""


class Utc(sa.TypeDecorator[datetime]):
    """Aware in, aware UTC out; a naive datetime is refused, for nobody knows which hour it means."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError(f"a time without its zone: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(sa.TypeDecorator[str]):
    """Text from anywhere: what Postgres cannot hold (NUL, lone surrogates) is left out, not an error."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        if value is None or value.isascii():
            return value.replace("\0", "") if value and "\0" in value else value
        return value.replace("\0", "").encode(errors="ignore").decode()


class Word(sa.TypeDecorator[StrEnum]):
    """A word of one of the closed lists, stored as it reads."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: StrEnum | str | None, _dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.words(value)


class Names(sa.TypeDecorator[list[str]]):
    """A list bound as one value, so that the statement reads the same however long it is."""

    impl = sa.JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(sa.ARRAY(sa.Text) if dialect.name == "postgresql" else sa.JSON())


class one_of(FunctionElement[bool]):  # noqa: N801 - an SQL function
    """Whether the first argument is in the second, a parameter of type Names."""

    name = "one_of"
    type = sa.Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> one_of:  # noqa: ARG002 - SQLAlchemy's signature
        """As it is: compared with 1, as SQLAlchemy would have it, SQLite finds no index for it."""
        return self


@compiles(one_of, "postgresql")
def _postgres_one_of(element: one_of, compiler: SQLCompiler, **kw: Any) -> str:
    value, names = (compiler.process(each, **kw) for each in element.clauses)
    return f"({value} = ANY ({names}))"


@compiles(one_of, "sqlite")
def _sqlite_one_of(element: one_of, compiler: SQLCompiler, **kw: Any) -> str:
    value, names = (compiler.process(each, **kw) for each in element.clauses)
    return f"({value} IN (SELECT value FROM json_each({names})))"  # noqa: S608 - compiled, not told


def indexable(value: str) -> str:
    """The value as key columns hold it: clean, and past 1,000 bytes its beginning and its hash."""
    raw = value.replace("\0", "").encode(errors="ignore")
    if len(raw) <= INDEXABLE:
        return raw.decode()
    return f"{raw[:200].decode(errors='ignore')}…{sha256(raw).hexdigest()}"


class db_clock(FunctionElement[datetime]):  # noqa: N801 - an SQL function
    """The database's clock as it is now, not as the transaction began; argument: seconds to add."""

    name = "db_clock"
    type = Utc()
    inherit_cache = True


@compiles(db_clock, "postgresql")
def _postgres_clock(element: db_clock, compiler: SQLCompiler, **kw: Any) -> str:
    seconds = compiler.process(element.clauses, **kw)
    return f"(clock_timestamp() + make_interval(secs => {seconds}))" if seconds else "clock_timestamp()"


@compiles(db_clock, "sqlite")
def _sqlite_clock(element: db_clock, compiler: SQLCompiler, **kw: Any) -> str:
    seconds = compiler.process(element.clauses, **kw)
    # Six digits, as all stored times have, so that text compares as time.
    shift = f", printf('%+.3f seconds', {seconds})" if seconds else ""
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now'{shift})"
