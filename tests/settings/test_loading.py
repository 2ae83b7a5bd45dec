from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.settings.loading import Loaded, load
from bot.settings.problems import ConfigError

Load = Callable[..., Loaded]
Write = Callable[[str], Path]

RELAY = '[accounts.main_x]\nplatform = "relay"\n'
TOKEN = "BOT_ACCOUNTS__MAIN_X__ACCESS_TOKEN"


def token_of(loaded: Loaded, account: str = "main_x") -> str:
    options: Any = loaded.settings.accounts[account]
    return str(options.access_token.get_secret_value())


def refused(loaded: Load, text: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(text, **environ)
    return [str(problem) for problem in caught.value.problems]


def test_an_empty_file_is_all_defaults(loaded: Load) -> None:
    settings = loaded("").settings
    assert settings.mode == "live"
    assert settings.delivery.retry.attempts == 8
    assert settings.database_url == "sqlite:///data/sharewire.db"


def test_a_token_from_the_environment_joins_the_account_of_the_file(loaded: Load) -> None:
    result = loaded(RELAY + 'handle = "@desk"', **{TOKEN: "s3cret-token"})
    assert token_of(result) == "s3cret-token"
    assert result.settings.accounts["main_x"].handle == "@desk"


def test_each_value_knows_its_origin(loaded: Load) -> None:
    result = loaded(RELAY, **{TOKEN: "s3cret-token", "DATABASE_URL": "postgres://u:pw@db/x"})
    assert result.origins == {
        "accounts.main_x.platform": "bot.toml",
        "accounts.main_x.access_token": "environment",
        "database": "environment",
    }


def test_the_environment_wins_over_the_file(loaded: Load) -> None:
    assert loaded('timezone = "Africa/Kigali"', BOT_TIMEZONE="UTC").settings.timezone == "UTC"


def test_an_empty_variable_says_nothing(loaded: Load) -> None:
    assert loaded('timezone = "Africa/Kigali"', BOT_TIMEZONE=" ").settings.timezone == "Africa/Kigali"


def test_lists_from_the_environment_are_split_on_white_space(loaded: Load) -> None:
    assert loaded("", BOT_LANGUAGES="en  fr\trw").settings.languages == ("en", "fr", "rw")


def test_numbers_durations_and_nested_tables_are_read_from_the_environment(loaded: Load) -> None:
    table = loaded("", BOT_DELIVERY__RETRY__MAX="2h", BOT_DELIVERY__RETRY__ATTEMPTS="3").settings.delivery
    assert (table.retry.max, table.retry.attempts) == (timedelta(hours=2), 3)


def test_words_by_a_key_of_ones_own_are_read_from_the_environment(loaded: Load) -> None:
    result = loaded(
        RELAY + 'utm = { source = "x", medium = "social" }', BOT_ACCOUNTS__MAIN_X__UTM__SOURCE="y"
    )
    assert result.settings.accounts["main_x"].utm == {"source": "y", "medium": "social"}


def test_a_days_slots_are_read_from_the_environment(loaded: Load) -> None:
    result = loaded(
        '[schedules.day]\nslots = { mon = ["08:00"] }', BOT_SCHEDULES__DAY__SLOTS__WED="07:00 09:00"
    )
    assert result.settings.schedules["day"].slots == {"mon": ("08:00",), "wed": ("07:00", "09:00")}


def test_an_account_may_live_in_the_environment_alone(loaded: Load) -> None:
    result = loaded("", BOT_ACCOUNTS__NEW__PLATFORM="relay", BOT_ACCOUNTS__NEW__ACCESS_TOKEN="s3cret-token")
    assert token_of(result, "new") == "s3cret-token"


def test_an_account_without_its_secret_loads(loaded: Load) -> None:
    assert token_of(loaded(RELAY)) == ""


@pytest.mark.parametrize("url", ["postgres://u:s3cret@db/x", "postgresql://u@db/x", "sqlite:////data/x.db"])
def test_database_url_wins_over_the_file_and_over_bot_database(loaded: Load, url: str) -> None:
    result = loaded('database = "sqlite:///file.db"', DATABASE_URL=url, BOT_DATABASE="sqlite:///env.db")
    assert result.settings.database_url == url


def test_environment_wins_over_dotenv_over_secrets_over_the_file(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = tmp_path / "credentials"
    secrets.mkdir()
    (secrets / "bot_contact").write_text("secrets\n")
    (secrets / "bot_timezone").write_text("secrets\n")
    (secrets / "bot_templates").write_text("secrets\n")
    (secrets / "accounts__main_x__access_token").write_text("s3cret-token\n")
    Path(".env").write_text("BOT_CONTACT=dotenv\nBOT_TIMEZONE='dotenv'\nHOME=/elsewhere\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(secrets))
    monkeypatch.setenv("BOT_CONTACT", "environment")
    monkeypatch.setattr("bot.settings.loading.MOUNTED", tmp_path / "none")
    result = load(write('contact = "file"\n' + RELAY))
    assert (result.settings.contact, result.settings.timezone) == ("environment", "dotenv")
    assert (result.settings.templates, token_of(result)) == ("secrets", "s3cret-token")
    assert result.origins["timezone"] == ".env"
    assert result.origins["accounts.main_x.access_token"] == "secrets"
    assert os.environ["HOME"] != "/elsewhere"


def test_a_given_environment_is_all_there_is(loaded: Load) -> None:
    Path(".env").write_text("DATABASE_URL=postgres://u:pw@production/x\n")
    assert loaded("").settings.database_url == "sqlite:///data/sharewire.db"


def test_a_secret_of_another_program_in_the_secrets_folder_is_let_be(loaded: Load, tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    (folder / "..data").mkdir(parents=True)
    (folder / "database").write_text("hunter2")
    assert loaded("", CREDENTIALS_DIRECTORY=str(folder)).warnings == ()


def test_bot_config_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text('contact = "me"')
    result = load(None, {"BOT_CONFIG": "other.toml"})
    assert (result.settings.contact, result.path) == ("me", Path("other.toml"))


def test_a_missing_file_is_answered_with_init() -> None:
    with pytest.raises(ConfigError, match=r"^config/bot.toml: there is no such file: `sharewire init"):
        load(None, {})


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "bot.toml").write_bytes(b'\xef\xbb\xbfcontact = "me"\r\n[delivery]\r\nlease = "2m"\r\n')
    assert load(Path("bot.toml"), {}).settings.contact == "me"


def test_a_file_that_is_not_utf8_is_named_with_its_cure(tmp_path: Path) -> None:
    (tmp_path / "bot.toml").write_bytes('contact = "né"'.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"bot\.toml: is not UTF-8 text: save it as UTF-8"):
        load(Path("bot.toml"), {})


@pytest.mark.parametrize(
    ("text", "place", "cure"),
    [
        ("a = x", "line 1, column 5", "text stands in quotes"),
        ('a = "x\nb = 1', "line 1, column 7", "close the quotes on the same line"),
        ("\na = [1", "line 2", "close the list with ]"),
        ("a = 1\na = 2", "line 2", "this key stands twice"),
        ("[a]\n[a]", "line 2, column 3", "this table stands twice"),
        ('a = "C:\\x"', "line 1, column 10", "double each backslash"),
        ("a b = 1", "line 1, column 3", "write `key = value`"),
        ('[[routes]\nname = "x"', "line 1, column 9", "close the header with ]"),
    ],
)
def test_broken_toml_is_told_by_file_line_column_and_cure(
    loaded: Load, text: str, place: str, cure: str
) -> None:
    (line,) = refused(loaded, text)
    assert line.startswith(f"bot.toml, {place}: this is no TOML (")
    assert cure in line


def test_several_problems_are_told_at_a_time(loaded: Load) -> None:
    assert refused(loaded, 'timezon = "UTC"\nlog = "jason"\n[schedules.day]\nmax_per_day = "x"\n') == [
        'bot.toml: log: is none of its values: did you mean "json"?',
        "bot.toml: schedules.day.max_per_day: write a whole number",
        'bot.toml: timezon: is no key: did you mean "timezone"?',
    ]


FALLEN = '[[routes]]\nname = "all"\nsources = ["s"]\n[routes.match]\ntags_any = ["A"]\naccounts = ["a"]\n'
ROUTE = '[[routes]]\nname = "all"\nsources = ["s"]\naccounts = ["a"]\n'


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (RELAY + "sizes = 3", 'accounts.main_x.sizes: is no key: did you mean "size"?'),
        (
            '[accounts.a]\nplatform = "rely"',
            'accounts.a.platform: there is no platform "rely": did you mean "relay"?',
        ),
        (
            '[sources.s]\nkind = "wier"',
            'sources.s.kind: there is no source kind "wier": did you mean "wire"?',
        ),
        ('[sources.s]\nkind = "wire"', "sources.s.url: is missing: write `url = …` there"),
        ('[accounts.a-b]\nplatform = "relay"', 'such as "a_b"'),
        (ROUTE + 'timing = "slots"', 'routes.all.timing: is none of its values: did you mean "slot"?'),
        (
            ROUTE + 'match.title_match = "x"',
            'routes.all.match.title_match: is no key: did you mean "title_matches"?',
        ),
        (ROUTE + 'max_age = "2 weeks"', "routes.all.max_age: write a duration with its unit"),
        (ROUTE + "max_age = 48", "routes.all.max_age: write a duration with its unit"),
        (ROUTE + 'urgent = "maybe"', "routes.all.urgent: write true or false, without quotes"),
        ('[[routes]]\nname = "a-b"', "routes.a-b.name: is no name: use small letters"),
        ('languages = "en"', 'languages: write a list: ["…", "…"]'),
        ("timezone = 3", 'timezone: write it in quotes: "…"'),
        ('database = "mysql://x"', 'database: write "sqlite:///data/sharewire.db" or'),
        ("delivery = 3", "delivery: is a table"),
        ('[schedules.day]\nslots = { mon = ["25:00"] }', 'schedules.day.slots: "25:00" is no time of day'),
        ('[schedules.day]\ncron = "0 9 * * 1-5"', "schedules.day.cron: '0 9 * * 1-5' names a weekday"),
        ('[schedules.day]\nslots = { last-satt = ["08:00"] }', 'schedules.day.slots: "last-satt" is no day'),
        ('[schedules.day]\nquiet = ["22:00"]', 'schedules.day.quiet: "22:00" is no span'),
        ('[[blackouts]]\nname = "x"\nday = ["04-07"]', "blackouts.x.day: is no key"),
    ],
)
def test_a_mistake_is_one_line_with_file_key_and_cure(loaded: Load, text: str, line: str) -> None:
    told = refused(loaded, text)
    assert [each for each in told if line in each and each.startswith("bot.toml: ")]


@pytest.mark.parametrize(
    ("text", "key", "header", "above"),
    [
        (FALLEN, "routes.all.match.accounts", "[routes.match]", "that header"),
        ('[delivery]\nlog = "text"\n', "delivery.log", "[delivery]", "the first header of the file"),
        (ROUTE + 'contact = "me"\n', "routes.all.contact", "[[routes]]", "the first header of the file"),
    ],
)
def test_keys_that_fell_under_a_header_are_recognised_and_nothing_else_is_said(
    loaded: Load, text: str, key: str, header: str, above: str
) -> None:
    name = key.rpartition(".")[2]
    assert refused(loaded, text) == [
        f"bot.toml: {key}: `{name}` stands under {header}; move it above {above}"
    ]


def test_a_bad_value_from_the_environment_is_told_by_its_variable(loaded: Load) -> None:
    assert refused(loaded, RELAY, BOT_MODE="reheasal", BOT_ACCOUNTS__MAIN_X__SIZE="big") == [
        'environment: BOT_MODE: is none of its values: did you mean "rehearsal"?',
        "environment: BOT_ACCOUNTS__MAIN_X__SIZE: write a whole number",
    ]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("BOT_MOD", "sets nothing: did you mean BOT_MODE?"),
        ("BOT_ACCOUNTS__MAIN_Y__ACCESS_TOKEN", f"there is no [accounts.main_y]: did you mean {TOKEN}?"),
        ("BOT_ACCOUNTS__MAIN_X__ACESS_TOKEN", f"sets nothing: did you mean {TOKEN}?"),
        ("BOT_ACCOUNTS__QQ__ZZ", "there is no [accounts.qq]: remove it"),
        ("BOT_ROUTES__0__TEMPLATE", "has no effect: routes are set in the file only"),
    ],
)
def test_a_leftover_variable_is_a_warning_that_names_the_nearest(loaded: Load, name: str, line: str) -> None:
    (warning,) = loaded(RELAY, **{name: "s3cret-token"}).warnings
    assert str(warning) == f"environment: {name}: {line}"
    assert warning.level == "warning"


def test_token_key_config_and_the_names_of_others_are_no_leftovers(loaded: Load) -> None:
    result = loaded("", BOT_TOKEN_KEY="k3y", BOT_CONFIG="x", PATH="/bin", ROBOT_MODE="1")
    assert result.warnings == ()
    assert result.settings.token_key is not None


def test_a_secret_in_the_file_is_refused_with_the_variable_to_set(loaded: Load) -> None:
    (line,) = refused(loaded, RELAY + 'access_token = "s3cret-token"')
    assert line.startswith(
        "bot.toml: accounts.main_x.access_token: is a secret and does not belong in this file"
    )
    assert f"set {TOKEN} in the environment" in line


def test_a_secret_in_the_file_is_refused_though_the_environment_sets_it_too(loaded: Load) -> None:
    assert len(refused(loaded, RELAY + 'access_token = "s3cret-token"', **{TOKEN: "other"})) == 1


@pytest.mark.parametrize(
    "url", ["postgresql://u:s3cret-token@db/x", "postgresql://db/x?password=s3cret-token"]
)
def test_a_password_in_the_files_database_is_refused(loaded: Load, url: str) -> None:
    (line,) = refused(loaded, f'database = "{url}"')
    assert line.startswith("bot.toml: database: has a password in it: take it out and set DATABASE_URL")
    assert "s3cret-token" not in line


@pytest.mark.parametrize(
    "text",
    [
        RELAY + 'access_token = "s3cret-token',
        RELAY + "access_token = s3cret-token",
        RELAY + 'access_token = "s3cret-token"\naccess_token = "s3cret-token"',
        RELAY + 'access_token = ["s3cret-token"]',
        RELAY + 'acces_token = "s3cret-token"',
        'token_key = "s3cret-token"',
        '[accounts.a]\nplatform = "rely"\naccess_token = "s3cret-token"',
    ],
)
def test_no_error_shows_a_secret(loaded: Load, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(text)
    assert "s3cret-token" not in str(caught.value) + repr(caught.value)
    assert caught.value.__cause__ is None


def test_settings_show_no_secret(loaded: Load) -> None:
    result = loaded(RELAY, **{TOKEN: "s3cret-token", "DATABASE_URL": "postgres://u:s3cret@db/x"})
    assert "s3cret" not in repr(result) + str(result.settings)


def test_settings_never_read_the_environment_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.settings.model import Settings

    monkeypatch.setenv("TIMEZONE", "Africa/Kigali")
    monkeypatch.setenv("MODE", "rehearsal")
    assert Settings() == Settings(timezone="UTC", mode="live")
