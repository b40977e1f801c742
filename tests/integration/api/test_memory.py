"""Whole-run figures are computed once per run, by one request, and never of another run."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from app.api.memory import RUNS_REMEMBERED, Memory
from app.planning.run import Run
from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory

NO_CONNECTION: Any = None
RUNS = [Run(number, "main", "0" * 64, None) for number in range(1, RUNS_REMEMBERED + 2)]


def test_figure_is_computed_once_even_when_asked_at_once() -> None:
    memory, asked, everybody = Memory(), [], threading.Barrier(4)

    def question(connection: sa.Connection, run: Run) -> int:
        asked.append(run.run_id)
        return 5

    def ask(_: int) -> int:
        everybody.wait()
        return memory.figure(question, NO_CONNECTION, RUNS[0])

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == [5] * 4
    assert asked == [1]


def test_runs_beyond_the_remembered_are_forgotten() -> None:
    memory, asked = Memory(), []

    def question(connection: sa.Connection, run: Run) -> int:
        asked.append(run.run_id)
        return run.run_id

    for run in (*RUNS, *reversed(RUNS)):
        assert memory.figure(question, NO_CONNECTION, run) == run.run_id
    assert asked == [1, 2, 3, 1]


def test_failed_question_is_asked_again() -> None:
    memory, answers = Memory(), [ZeroDivisionError(), 7]

    def question(connection: sa.Connection, run: Run) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(ZeroDivisionError):
        memory.figure(question, NO_CONNECTION, RUNS[0])
    assert memory.figure(question, NO_CONNECTION, RUNS[0]) == 7


def test_figures_follow_publication_and_rollback(fresh: Factory) -> None:
    first = fresh.ingest(workbooks.factory(1, orders=20), "one.xlsx")
    with fresh.api() as client:
        answers = [client.get("/api/kpis/overview").json()]
        second = fresh.ingest(workbooks.factory(2, orders=30), "two.xlsx")
        answers.append(client.get("/api/kpis/overview").json())
        fresh.publish(first.run_id)
        answers.append(client.get("/api/kpis/overview").json())
    found = [(answer["run_id"], answer["orders"]) for answer in answers]
    assert found == [(first.run_id, 20), (second.run_id, 30), (first.run_id, 20)]
    assert answers[0] == answers[2]
