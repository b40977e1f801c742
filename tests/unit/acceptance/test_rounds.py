"""Rounds end as soon as their median is decided: the judgement is that of all of them."""

from __future__ import annotations

import statistics
from itertools import product

import pytest

from tests.acceptance.support.latencies.rounds import BOUND, ROUNDS, is_decided

RATIOS = (0.2, 0.999, BOUND, 1.001, 9.0)


def rounds_taken(ratios: tuple[float, ...]) -> list[float]:
    taken: list[float] = []
    while not is_decided(taken):
        taken.append(ratios[len(taken)])
    return taken


@pytest.mark.parametrize("ratios", list(product(RATIOS, repeat=ROUNDS)))
def test_a_round_that_is_left_out_changes_no_judgement(ratios: tuple[float, ...]) -> None:
    taken = rounds_taken(ratios)
    assert (statistics.median(taken) <= BOUND) == (statistics.median(ratios) <= BOUND)


def test_rounds_that_agree_leave_the_last_one_out_and_others_take_it() -> None:
    assert len(rounds_taken((0.5, 0.6, 9.0))) == len(rounds_taken((2.0, 3.0, 0.1))) == ROUNDS - 1
    assert len(rounds_taken((0.5, 2.0, 0.6))) == ROUNDS
    assert not is_decided([])
