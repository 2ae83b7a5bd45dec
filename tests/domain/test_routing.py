from datetime import UTC, datetime
from time import perf_counter

import pytest

from bot.domain.article import Article
from bot.domain.delivery import Reason
from bot.domain.routing import PATTERN_SECONDS, Match, Route, decide, fold, matches

AT = datetime(2026, 11, 24, tzinfo=UTC)
ARTICLE = Article(
    id=1,
    source="site",
    url="https://example.org/opinion/rain",
    title="Urgent: rain over Huye",
    first_seen_at=AT,
    changed_at=AT,
    summary="A short summary.",
    content="The river rose overnight.",
    tags=("Météo", "Eau"),
    categories=("Opinion", "Straße"),
    authors=("Aline Uwase",),
    lang="fr-CA",
)
OPINION = Match(categories_any=("opinion",))
EVERYTHING = Match()
SPORT = Match(categories_any=("sport",))


def route(
    name: str, *accounts: str, match: Match = EVERYTHING, stop: bool = False, source: str = "site"
) -> Route:
    return Route(name, (source,), accounts, match, stop=stop)


def said(*routes: Route, sources: tuple[str, ...] = ("site",)) -> dict[str, tuple[bool, str]]:
    return {v.account: (v.share, v.rule) for v in decide(ARTICLE, routes, sources)}


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        (Match(), True),
        (Match(categories_any=("Sport", "OPINION")), True),
        (Match(categories_any=("Sport",)), False),
        (Match(categories_all=("opinion", "STRASSE")), True),
        (Match(categories_all=("opinion", "sport")), False),
        (Match(tags_any=("meteo",)), True),
        (Match(tags_any=("mete",)), False),
        (Match(tags_all=("METEO", "eau")), True),
        (Match(tags_all=("meteo", "feu")), False),
        (Match(authors_any=(" aline  uwase ",)), True),
        (Match(authors_any=("uwase",)), False),
        (Match(title_matches="(?i)^urgent"), True),
        (Match(title_matches="^urgent"), False),
        (Match(text_matches="short"), True),
        (Match(text_matches="rose overnight"), True),
        (Match(text_matches="Huye"), False),
        (Match(url_matches="/opinion/"), True),
        (Match(url_matches="/sport/"), False),
        (Match(languages=("en", "fr")), True),
        (Match(languages=("FR_FR",)), True),
        (Match(languages=("en",)), False),
        (Match(categories_any=("opinion",), title_matches="Kigali"), False),
        (Match(any=(SPORT, OPINION)), True),
        (Match(any=(SPORT,)), False),
        (Match(all=(OPINION, Match(tags_any=("eau",)))), True),
        (Match(all=(OPINION, SPORT)), False),
        (Match(none=(SPORT,)), True),
        (Match(none=(SPORT, OPINION)), False),
        (Match(tags_any=("eau",), any=(Match(none=(SPORT,)),)), True),
    ],
)
def test_every_given_condition_must_hold(match: Match, expected: bool) -> None:
    assert matches(match, ARTICLE) is expected


def test_an_article_of_unknown_language_matches_no_language() -> None:
    unsure = Article(1, "site", "https://example.org/a", "A", AT, AT)
    assert not matches(Match(languages=("en",)), unsure)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bénin", "BENIN"),
        ("straße", "STRASSE"),
        ("ﬁn", "fin"),
        ("İzmir", "izmir"),
        ("a\u00a0b", "a b"),
        ("Ёлка", "елка"),
    ],
)
def test_words_are_the_same_without_case_accents_and_forms(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("かき", "がき"), ("क्या", "कया"), ("o", "ø")])
def test_words_differ_by_marks_that_are_no_accents(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_a_pattern_that_never_ends_does_not_match_and_does_not_stop_us() -> None:
    endless = Match(title_matches="^(?:a|aa)+$")
    article = Article(1, "site", "https://example.org/a", "a" * 60 + "!", AT, AT)
    start = perf_counter()
    assert not matches(endless, article)
    assert PATTERN_SECONDS <= perf_counter() - start < 5


def test_the_first_route_that_matches_takes_the_account() -> None:
    assert said(
        route("sport", "x", match=SPORT), route("opinion", "x", match=OPINION), route("all", "x")
    ) == {"x": (True, "opinion")}


def test_each_account_is_decided_for_itself() -> None:
    assert said(route("opinion", "fedi", match=OPINION), route("all", "x", "fedi")) == {
        "fedi": (True, "opinion"),
        "x": (True, "all"),
    }


def test_a_stop_keeps_later_routes_from_the_accounts_still_open() -> None:
    assert said(route("opinion", "fedi", match=OPINION, stop=True), route("all", "x", "fedi")) == {
        "fedi": (True, "opinion"),
        "x": (False, "stopped by route opinion"),
    }


def test_a_stop_in_a_route_that_does_not_match_stops_nothing() -> None:
    assert said(route("sport", "fedi", match=SPORT, stop=True), route("all", "x")) == {
        "x": (True, "all"),
        "fedi": (False, "no route matched"),
    }


def test_an_account_no_later_route_names_was_not_stopped() -> None:
    sport, opinion = route("sport", "x", match=SPORT), route("opinion", "fedi", match=OPINION, stop=True)
    assert said(sport, opinion)["x"] == (False, "no route matched")


def test_routes_of_other_sources_say_nothing() -> None:
    assert said(route("other", "x", source="wire", stop=True), route("all", "fedi")) == {
        "fedi": (True, "all")
    }


def test_an_article_of_two_sources_is_read_by_the_routes_of_both() -> None:
    assert said(route("wire", "x", source="wire"), route("all", "fedi"), sources=("site", "wire")) == {
        "x": (True, "wire"),
        "fedi": (True, "all"),
    }


def test_a_verdict_carries_its_route_or_says_filtered() -> None:
    taken, left = route("all", "x"), route("sport", "fedi", match=SPORT)
    verdicts = decide(ARTICLE, (left, taken), ("site",))
    assert [(v.account, v.reason, v.route) for v in verdicts] == [
        ("x", Reason.NONE, taken),
        ("fedi", Reason.FILTERED, None),
    ]


def test_no_source_no_verdict() -> None:
    assert decide(ARTICLE, (route("all", "x"),), ()) == ()
