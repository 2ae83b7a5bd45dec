from __future__ import annotations

from collections.abc import Callable

from bot.settings.loading import Loaded
from bot.settings.showing import Value, Variable, values, variables

Load = Callable[..., Loaded]

TOKEN = "BOT_ACCOUNTS__MAIN_X__ACCESS_TOKEN"
TEXT = """
[accounts.main_x]
platform = "relay"
as = "file"
[[routes]]
name = "all"
sources = ["s"]
accounts = ["main_x"]
max_age = "24h"
match.tags_any = ["a", "b"]
"""


def test_values_have_their_origin(loaded: Load) -> None:
    shown = values(loaded(TEXT, BOT_LANGUAGES="en fr"))
    assert Value("languages", ["en", "fr"], "environment") in shown
    assert Value("accounts.main_x.as", "file", "bot.toml") in shown
    assert Value("accounts.main_x.size", 3, "default") in shown
    assert Value("delivery.retry.max", "1h", "default") in shown


def test_what_a_route_says_is_told_from_its_defaults(loaded: Load) -> None:
    shown = values(loaded(TEXT))
    assert Value("routes.all.max_age", "1d", "bot.toml") in shown
    assert Value("routes.all.match.tags_any", ["a", "b"], "bot.toml") in shown
    assert Value("routes.all.timing", "now", "default") in shown


def test_secrets_and_passwords_are_never_shown(loaded: Load) -> None:
    secret = {TOKEN: "s3cret", "DATABASE_URL": "postgres://u:s3cret@db/x?password=s3cret"}
    text = TEXT + '[sources.s]\nkind = "wire"\nurl = "https://me:s3cret@example.org/feed"'
    shown = values(loaded(text, **secret))
    assert "s3cret" not in repr(shown)
    assert Value("accounts.main_x.access_token", "***", "environment") in shown
    assert Value("database", "postgres://u:***@db/x?password=***", "environment") in shown
    assert Value("sources.s.url", "https://me:***@example.org/feed", "bot.toml") in shown


def test_empty_defaults_are_left_out(loaded: Load) -> None:
    assert "contact" not in {value.key for value in values(loaded(""))}


def test_variables_are_set_missing_or_optional(loaded: Load) -> None:
    found = variables(loaded(TEXT, BOT_TIMEZONE="UTC", DATABASE_URL="sqlite:///x.db"))
    assert found == [
        Variable("DATABASE_URL", "database", "set", "environment"),
        Variable("BOT_MODE", "mode", "not set"),
        Variable("BOT_TOKEN_KEY", "token_key", "not set"),
        Variable(TOKEN, "accounts.main_x.access_token", "missing"),
        Variable("BOT_ACCOUNTS__MAIN_X__SIGNING_KEY", "accounts.main_x.signing_key", "not set"),
        Variable("BOT_TIMEZONE", "timezone", "set", "environment"),
    ]


def test_in_rehearsal_no_variable_is_missing(loaded: Load) -> None:
    found = variables(loaded(TEXT, BOT_MODE="rehearsal"))
    assert "missing" not in {variable.state for variable in found}
