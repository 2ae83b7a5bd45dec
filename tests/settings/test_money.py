"""Budgets that could never hold, and prices of what is not there, are mistakes with a cure."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.domain.errors import TemplateError, UserError
from bot.settings.checks import check
from bot.settings.loading import Loaded
from bot.settings.prices import prices_of

Load = Callable[..., Loaded]

CONFIG = """\
[sources.site]
kind = "wire"
url = "https://example.org/feed/"
[accounts.main_x]
platform = "file"
as = "x"
{budget}
[[routes]]
name = "all"
sources = ["site"]
accounts = ["main_x"]
{more}
"""


def told(
    loaded: Load, budget: str, more: str = "", sets: tuple[str, ...] = ("default", "nolink")
) -> list[str]:
    def compile_set(name: str) -> None:
        if name not in sets:
            raise TemplateError(f'there is no template set "{name}"')

    found = check(loaded(CONFIG.format(budget=budget, more=more)).settings, compile_templates=compile_set)
    return [f"{problem.level} {problem.key}: {problem.message}" for problem in found]


@pytest.mark.parametrize(
    ("budget", "more"),
    [
        (
            'budget = { usd_per_month = 30, reserve_urgent_usd = 6, near = "80%", near_template = "nolink" }',
            "",
        ),
        ("budget = { usd_per_month = 30 }", ""),
        ("", "[prices.x]\npost = 0.02"),
        ("", "[prices.mastodon]\npost = 0.01"),
    ],
)
def test_sound_budgets_and_prices_are_taken(loaded: Load, budget: str, more: str) -> None:
    assert told(loaded, budget, more) == []


@pytest.mark.parametrize(
    ("budget", "more", "line"),
    [
        (
            'budget = { usd_per_month = 30, near = "80%" }',
            "",
            "error accounts.main_x.budget.near_template: is missing, but `near` is given: name the template",
        ),
        (
            "budget = { usd_per_month = 6, reserve_urgent_usd = 6 }",
            "",
            "error accounts.main_x.budget.reserve_urgent_usd: must be less than usd_per_month",
        ),
        (
            'budget = { usd_per_month = 6, near_template = "nolnk" }',
            "",
            'error accounts.main_x.budget.near_template: there is no template set "nolnk"',
        ),
        ("", "[prices.xx]\npost = 1", 'error prices.xx: there is no platform "xx"'),
        (
            "",
            "[prices.mastodon]\nread = 1",
            "error prices.mastodon.post: is missing: Sharewire knows of no price",
        ),
    ],
)
def test_each_mistake_is_named_with_its_cure(loaded: Load, budget: str, more: str, line: str) -> None:
    (problem,) = told(loaded, budget, more)
    assert problem.startswith(line)


def test_a_budget_where_nothing_is_charged_is_a_mistake_until_a_price_is_given(loaded: Load) -> None:
    budget = "budget = { usd_per_month = 30 }"
    text = CONFIG.replace('as = "x"', 'as = "mastodon"')
    problems = check(loaded(text.format(budget=budget, more="")).settings)
    assert [(each.key, each.message) for each in problems] == [
        (
            "accounts.main_x.budget",
            "mastodon charges nothing that Sharewire knows of: drop it, or give [prices.mastodon] its `post`",
        )
    ]
    assert check(loaded(text.format(budget=budget, more="[prices.mastodon]\npost = 1")).settings) == []


@pytest.mark.parametrize(
    "budget",
    [
        "budget = { }",
        "budget = { usd_per_month = 0 }",
        "budget = { usd_per_month = -3 }",
        "budget = { usd_per_month = 3, reserve_urgent_usd = -1 }",
        'budget = { usd_per_month = 3, near = "0%" }',
        'budget = { usd_per_month = 3, near = "101%" }',
        'budget = { usd_per_month = 3, near = "most" }',
        'budget = { usd_per_month = 3, spent = "stop" }',
        "budget = { usd_per_month = nan }",
        "budget = { usd_per_month = inf }",
    ],
)
def test_what_is_no_budget_is_one_line(loaded: Load, budget: str) -> None:
    with pytest.raises(UserError, match=r"^bot\.toml: accounts\.main_x\.budget") as refused:
        loaded(CONFIG.format(budget=budget, more=""))
    assert "\n" not in str(refused.value)


def test_given_prices_win_over_known_ones_key_by_key(loaded: Load) -> None:
    settings = loaded(CONFIG.format(budget="", more="[prices.x]\npost_with_link = 0.25")).settings
    options = settings.accounts["main_x"]
    prices = prices_of("x", options, settings.prices["x"])
    assert prices is not None
    assert (prices.post, prices.post_with_link, prices.alt, prices.read) == (15_000, 250_000, 5_000, 5_000)
    assert prices_of("mastodon", options, None) is None


def test_an_account_that_owns_its_app_reads_cheaper(loaded: Load) -> None:
    text = CONFIG.replace('platform = "file"\nas = "x"', 'platform = "x"\nowns_app = true')
    options = loaded(text.format(budget="", more="")).settings.accounts["main_x"]
    prices = prices_of("x", options, None)
    assert prices is not None
    assert prices.read == 1_000
