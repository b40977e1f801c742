"""Rates of the proof: what counts, and an interval that statistics agrees with."""

from __future__ import annotations

import math
import subprocess
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faults import clean_runs as clean_running
from tests.faults.catalogue import load
from tests.faults.clean_runs import CleanRun, clean_run, clean_runs, keep
from tests.faults.page import endings, remembered
from tests.faults.proving import NOT_MEASURED, NOTHING_RAN, PASSED_OVER, TIMED_OUT, WAS_SKIPPED, Proof
from tests.faults.score import DOCUMENT, Ending, document, ending_of, rate_of, rates, shown


def proof(told: str, *, seen: bool = False) -> Proof:
    return Proof("C4-x", seen, told, "", "", 1.0)


@pytest.mark.parametrize(
    ("one", "ending"),
    [
        (None, Ending.NOT_TRIED),
        (proof(f"{NOTHING_RAN}: an error"), Ending.NOT_TRIED),
        (proof("seen", seen=True), Ending.CAUGHT),
        (proof(PASSED_OVER), Ending.MISSED),
        (proof(f"C4 {WAS_SKIPPED}"), Ending.MISSED),
        (proof("C3 failed first"), Ending.MISATTRIBUTED),
        (proof("it crashed with builtins.KeyError, which is no detection"), Ending.MISATTRIBUTED),
        (proof(f"{TIMED_OUT} after 900 s"), Ending.TIMED_OUT),
        (proof(f"{NOT_MEASURED}: too busy"), Ending.NOT_MEASURED),
    ],
)
def test_ending_follows_from_the_proof(one: Proof | None, ending: Ending) -> None:
    assert ending_of(one) is ending


def test_a_fault_that_timed_out_is_not_caught_and_one_that_was_not_measured_is_in_no_rate() -> None:
    found = rates(
        [Ending.CAUGHT, Ending.TIMED_OUT, Ending.MISATTRIBUTED, Ending.NOT_MEASURED, Ending.NOT_TRIED], [False]
    )
    assert (found["caught"].count, found["caught"].of) == (1, 3)
    assert (found["missed"].count, found["timed_out"].count) == (0, 1)
    assert (found["attribution"].count, found["attribution"].of) == (1, 2)
    assert (found["false_alarms"].count, found["false_alarms"].of) == (0, 1)


def test_the_interval_is_the_one_of_the_literature() -> None:
    """Newcombe 1998, table I: 81 of 263 has the score interval 0.2553 to 0.3662."""
    found = rate_of(81, 263)
    assert (found.low, found.high) == (0.2553, 0.3662)


@given(st.integers(1, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_interval_holds_the_rate_and_narrows_with_more_trials(pair: tuple[int, int]) -> None:
    count, of = pair
    one, more = rate_of(count, of), rate_of(4 * count, 4 * of)
    assert one.low is not None and one.high is not None and more.low is not None and more.high is not None
    assert 0 <= one.low <= round(count / of, 4) <= one.high <= 1
    assert more.high - more.low <= one.high - one.low + 1e-9
    assert math.isclose(rate_of(of - count, of).high or 0, 1 - one.low, abs_tol=2e-4)


def test_without_a_trial_there_is_no_rate() -> None:
    assert shown(rate_of(0, 0)) == "nothing was counted"
    with pytest.raises(ValueError, match="5 of 4 is no rate"):
        rate_of(5, 4)


def test_document_is_the_one_of_these_results() -> None:
    runs = clean_runs()
    told = document(endings(load(), remembered()), [bool(run.failed) for run in runs])
    assert DOCUMENT.read_bytes() == told, "run `python3 -m tests.faults --list` after a run that changed the results"


def test_a_clean_run_without_an_end_is_a_failed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("pytest", 900)

    monkeypatch.setattr(clean_running, "run_tests", endless)
    found = clean_run(101, 0)
    assert found.failed == ("nothing ran: timed out after 900 s",)
    assert found.checks == 0


def test_run_repeated_with_its_seed_replaces_the_former_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clean_running, "RESULTS", tmp_path / "clean_runs.json")
    monkeypatch.setattr(clean_running, "RUNS_KEPT", 2)
    first, *others = [CleanRun("2026-12-01", seed, 0.003, "embedded", 0, 52, (), (), 80.0) for seed in (1, 2, 3)]
    for run in (first, *others):
        keep(run)
    repeated = msgspec.structs.replace(others[0], failed=("B3: one",))
    keep(repeated)
    assert clean_runs() == [repeated, others[1]]
