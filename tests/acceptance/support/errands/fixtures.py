"""Fixtures of the errands: what later checks ask for, begun while earlier ones leave a processor idle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from app.ingestion.run_result import IngestionResult
from app.workbook.sample import write_sample
from tests.acceptance.support.ahead import Ahead
from tests.acceptance.support.backend import Backend
from tests.acceptance.support.errands import emptying, exit_codes, killed_runs, trial_answers
from tests.acceptance.support.errands.errand import Errand, Errands, errands_sent
from tests.acceptance.support.trial import Trial

TRIALS = ("refused_seen", "degraded_seen", "tampered_seen", "crossings_seen", "two_exports_seen")
"""Fixtures of the errands on the API on trial."""


def is_wanted(session: pytest.Session, fixture: str) -> bool:
    """Return True if a check that this session runs uses the fixture.

    With --gate-criteria the checks of other criteria are there and blocked: what they need must not be begun, least of
    all beside criterion E.
    """
    criteria = session.config.getoption("gate_criteria", None)
    return any(
        isinstance(item, pytest.Function) and fixture in item.fixturenames and (not criteria or is_of(criteria, item))
        for item in session.items
    )


def is_of(criteria: Sequence[str], item: pytest.Function) -> bool:
    """Return True for a check of one of these criteria; its id begins with the criterion's letter."""
    marker = item.get_closest_marker("check")
    return marker is None or str(marker.args[0]).startswith(tuple(criteria))


@pytest.fixture(scope="session")
def small_workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another factory in small: almost every key of the live one is gone in it."""
    path = tmp_path_factory.mktemp("small") / "small.xlsx"
    write_sample(path, scale=0.003, seed=11)
    return path


@pytest.fixture(scope="session")
def exit_codes_seen(
    empty_backend: Backend, small_workbook: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Errand[list[exit_codes.Outcome]]]:
    folder = tmp_path_factory.mktemp("exit_codes")
    with empty_backend.clone() as one, empty_backend.clone() as other:
        yield Errand(lambda: exit_codes.exit_codes((one, other), small_workbook, folder))


@pytest.fixture(scope="session")
def refused_seen(trial_ahead: Ahead[Trial]) -> Errand[trial_answers.Refused]:
    return trial_answers.taking_turns(trial_ahead, trial_answers.refused)


@pytest.fixture(scope="session")
def degraded_seen(trial_ahead: Ahead[Trial]) -> Errand[list[trial_answers.Marked]]:
    return trial_answers.taking_turns(trial_ahead, trial_answers.degraded)


@pytest.fixture(scope="session")
def tampered_seen(trial_ahead: Ahead[Trial]) -> Errand[trial_answers.Tampered]:
    return trial_answers.taking_turns(trial_ahead, trial_answers.tampered)


@pytest.fixture(scope="session")
def crossings_seen(trial_ahead: Ahead[Trial]) -> Errand[trial_answers.Crossings]:
    return trial_answers.taking_turns(trial_ahead, trial_answers.crossings)


@pytest.fixture(scope="session")
def two_exports_seen(trial_ahead: Ahead[Trial]) -> Errand[dict[str, list[str]]]:
    return trial_answers.taking_turns(trial_ahead, trial_answers.two_exports)


@pytest.fixture(scope="session")
def killed_seen(
    pristine: Backend, ingestion: IngestionResult, small_workbook: Path
) -> dict[str, Errand[killed_runs.Killed]]:
    """Killed runs by the step at which each was killed."""

    def killed(step: str) -> Errand[killed_runs.Killed]:
        return Errand(lambda: killed_runs.killed_at(step, pristine, ingestion.run_id, small_workbook))

    return {step: killed(step) for step in killed_runs.STEPS}


@pytest.fixture(scope="session")
def emptying_seen(
    pristine: Backend, small_workbook: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Errand[emptying.Emptying]]:
    """Refused workbooks by case."""

    def tried(case: str) -> Errand[emptying.Emptying]:
        folder = tmp_path_factory.mktemp("emptying")
        return Errand(lambda: emptying.emptying(case, pristine, small_workbook, folder))

    return {case: tried(case) for case in emptying.ERRORS}


@pytest.fixture(scope="session")
def errands() -> Iterator[Errands]:
    with errands_sent() as errands:
        yield errands


@pytest.fixture(scope="session")
def trial_over(request: pytest.FixtureRequest, trial_ahead: Ahead[Trial]) -> Errand[None]:
    """The end of the API on trial, which takes a while, once all that ask it have been answered."""
    asking = [request.getfixturevalue(fixture) for fixture in wanted(request, *TRIALS)]

    def end() -> None:
        for errand in asking:
            errand.wait()
        trial_ahead.close()

    return Errand(end)


@pytest.fixture(scope="session")
def begun_when_empty(request: pytest.FixtureRequest) -> Iterator[None]:
    """Begin what later checks ask for and what needs the workbook or the empty database; for a check that measures no
    time."""
    begin(request, wanted(request, "oracle_beside"))
    asked = wanted(request, "exit_codes_seen", *TRIALS)
    yield from begun_errands(request, asked + ["trial_over"] * bool(set(asked) & set(TRIALS)))


@pytest.fixture(scope="session")
def begun_when_ingested(request: pytest.FixtureRequest) -> Iterator[None]:
    """Begin what later checks ask for and what needs the ingested database; for a check that measures no time."""
    begin(request, wanted(request, "api_ahead"))
    yield from begun_errands(request, wanted(request, "killed_seen", "emptying_seen"))


def wanted(request: pytest.FixtureRequest, *fixtures: str) -> list[str]:
    """Return those of the fixtures that a check of this session uses."""
    return [fixture for fixture in fixtures if is_wanted(request.session, fixture)]


def begin(request: pytest.FixtureRequest, fixtures: list[str]) -> None:
    """Ask for these fixtures, each of which begins its work by itself. One that fails is left to the check that uses
    it: pytest raises the same error there."""
    for fixture in fixtures:
        with suppress(Exception):
            request.getfixturevalue(fixture)


def begun_errands(request: pytest.FixtureRequest, fixtures: list[str]) -> Iterator[None]:
    """Send the errands of these fixtures; end all before what they work on ends.

    A fixture that fails is left to the check that uses it: pytest raises the same error there.
    """
    errands: Errands = request.getfixturevalue("errands")
    for fixture in fixtures:
        with suppress(Exception):
            for errand in of_fixture(request.getfixturevalue(fixture)):
                errands.send(errand)
    yield
    errands.end()


def of_fixture(value: Any) -> list[Errand[Any]]:
    """The errands of a fixture that gives one, or several by case."""
    return list(value.values()) if isinstance(value, dict) else [value]


@pytest.fixture(scope="session")
def nothing_begun(request: pytest.FixtureRequest, errands: Errands) -> None:
    """No errand is under way from here on, and the API on trial has ended: for checks that measure times."""
    errands.end()
    if wanted(request, *TRIALS):
        with suppress(Exception):
            request.getfixturevalue("trial_over").wait()
