"""Exports over a live run: one that rewrites history is refused with its reason, and a truthful one passes silently."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any
from unittest.mock import patch

import pytest

from app.database.access.roles import Roles
from app.database.providers import Server
from app.database.scratch import scratch_database
from app.ingestion.errors import ImplausibleRefused, RunRefused
from app.ingestion.options import Options
from app.ingestion.pipeline import ingest
from app.ingestion.run_result import IngestionResult
from app.ingestion.sheets import rewriting, uniformity
from app.workbook.scanning.sheet_stream import PIECE_BYTES
from tests.corpus.case import Case
from tests.corpus.cases import losses, runs
from tests.integration.read_here import here
from tests.integration.worker.conftest import Plant

REFUSED_AS = "IMPLAUSIBLE_REFUSED"
LONGEST_SENTENCE = 420
OVERRIDDEN = ("allow_implausible", "allow_older", "allow_rejects", "allow_shrink")
SAMPLED = (
    "every weight is 0",
    "two columns of dates are exchanged",
    "every error is of the commonest severity",
    "a truthful export of the next day",
)
OTHERS = (
    "every open order and phase has an end",
    "every open order has an end, and seven are refused",
    "most orders and phases end on the day on which they began, by days alone",
    "an eighth of the open orders has a number for its transport, and an order one for its end",
    "a third of the orders ends before it was created, and each stands there twice",
)
CASES = [
    case
    for case in (*runs.CASES, *losses.CASES)
    if case.run == REFUSED_AS
    or case.name in OTHERS
    or case.live is runs.RECORDING
    or case.warnings
    or (case.live and not case.run and not case.rows)
]


Over = Callable[[Case | None], AbstractContextManager[Plant]]
"""Makes a database in which this case is live."""


def ingested(database: Plant, one: Case, *, allowed: bool = False) -> IngestionResult:
    overridden: dict[str, Any] = dict.fromkeys(OVERRIDDEN, allowed)
    options = Options(**overridden)
    with here(PIECE_BYTES):
        return ingest(database.url, one.write(database.folder), roles=database.roles, options=options)


@pytest.fixture(scope="module")
def over(server: Server, template: tuple[str, Roles], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Over]:
    """Most cases lie over the same live one: it is ingested once, and each case has a clone of its database."""
    name, roles = template
    kept: dict[int, str] = {}

    @contextmanager
    def cloned(source: str) -> Iterator[Plant]:
        with scratch_database(server.url, template=source, prefix="live") as url:
            yield Plant(url, roles, tmp_path_factory.mktemp("live"))

    with ExitStack() as stack:

        def over(live: Case | None) -> AbstractContextManager[Plant]:
            if live is not None and id(live) not in kept:
                database = stack.enter_context(cloned(name))
                assert ingested(database, live, allowed=True).status == "PUBLISHED"
                kept[id(live)] = str(database.url.database)
            return cloned(name if live is None else kept[id(live)])

        yield over


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_history_stays_or_the_run_is_refused(over: Over, case: Case) -> None:
    with over(case.live) as database:
        if case.run:
            with pytest.raises(RunRefused) as refusal:
                ingested(database, case)
            assert refusal.value.code == case.run
            told = str(refusal.value)
            assert [part for part in case.run_says if part not in told] == [], told
            assert len(told) < LONGEST_SENTENCE
        result = ingested(database, case, allowed=bool(case.run))
        assert result.status == "PUBLISHED"
        if not case.run:
            assert {(one["code"], one["sheet"]) for one in result.warnings} == set(case.warnings), result.warnings
            assert json.dumps(result.warnings)


@pytest.mark.parametrize("case", [case for case in CASES if case.name in SAMPLED], ids=lambda case: case.name)
def test_a_large_sheet_is_sampled_and_ends_alike(over: Over, case: Case) -> None:
    assert case.live is not None
    refused = pytest.raises(ImplausibleRefused) if case.run else nullcontext()
    few = patch.multiple(rewriting, LARGE_ROWS=100, SAMPLED=4)
    fewer = patch.multiple(uniformity, LARGE_ROWS=100, SAMPLED_ROWS=60)
    with over(case.live) as database, few, fewer, refused as refusal:
        ingested(database, case)
    told = str(refusal.value) if refusal else ""
    assert [part for part in case.run_says if part not in told] == []
