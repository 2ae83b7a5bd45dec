import re

import pytest

from bot.domain.delivery import FINAL, LIVE, MOVES, WAITING, State, check_move
from bot.domain.errors import MoveError

DECLARED = """
held      → queued skipped cancelled missed
queued    → sending held skipped cancelled missed published
sending   → published queued awaiting unknown failed held skipped cancelled
awaiting  → sending failed skipped cancelled
unknown   → sending published failed queued skipped
failed    → queued
missed    → queued
skipped   → queued
published →
cancelled →
"""
ARROWS = {
    (old, new)
    for line in DECLARED.split("\n")
    if line
    for old, *news in [re.findall(r"\w+", line)]
    for new in news
}
PAIRS = [(old, new) for old in State for new in State]


def test_every_state_has_its_moves_declared() -> None:
    assert set(MOVES) == set(State)


@pytest.mark.parametrize(("old", "new"), [pair for pair in PAIRS if pair in ARROWS])
def test_a_declared_move_is_made(old: State, new: State) -> None:
    check_move(old, new)


@pytest.mark.parametrize(("old", "new"), [pair for pair in PAIRS if pair not in ARROWS])
def test_an_undeclared_move_raises(old: State, new: State) -> None:
    with pytest.raises(MoveError, match=f"a {old} share cannot become {new}"):
        check_move(old, new)


def test_what_is_published_or_cancelled_never_moves_again() -> None:
    assert MOVES[State.PUBLISHED] == MOVES[State.CANCELLED] == frozenset()


def test_what_ended_otherwise_moves_by_a_persons_retry_alone() -> None:
    ended = FINAL - {State.PUBLISHED, State.CANCELLED}
    assert {state: MOVES[state] for state in ended} == dict.fromkeys(ended, frozenset({State.QUEUED}))


@pytest.mark.parametrize("state", [State.SENDING, State.AWAITING, State.UNKNOWN])
def test_what_may_be_public_is_never_called_missed(state: State) -> None:
    assert State.MISSED not in MOVES[state]


def test_an_unknown_is_never_cancelled() -> None:
    assert State.CANCELLED not in MOVES[State.UNKNOWN]


def test_only_a_claim_leads_to_sending() -> None:
    claimable = {State.QUEUED, State.AWAITING, State.UNKNOWN}
    assert {old for old, news in MOVES.items() if State.SENDING in news} == claimable


def test_every_state_is_live_or_final_and_waiting_ones_live() -> None:
    assert set(State) == LIVE | FINAL
    assert not LIVE & FINAL
    assert WAITING < LIVE
