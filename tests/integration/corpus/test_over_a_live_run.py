"""Exports over a live run: one that rewrites history is refused with its reason, and a truthful one passes silently."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
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
from app.ingestion.sheets import rewriting
from app.workbook.scanning.sheet_stream import PIECE_BYTES
from tests.corpus.case import Case
from tests.corpus.cases import runs
from tests.integration.read_here import here
from tests.integration.worker.conftest import Plant

REFUSED_AS = "IMPLAUSIBLE_REFUSED"
LONGEST_SENTENCE = 420
OVERRIDDEN = ("allow_implausible", "allow_older", "allow_shrink")
SAMPLED = ("every weight is 0", "two columns of dates are exchanged", "a truthful export of the next day")
OTHERS = ("every open order and phase has an end", "every open order has an end, and seven are refused")
CASES = [
    case
    for case in runs.CASES
    if case.run == REFUSED_AS or case.name in OTHERS or case.warnings or (case.live and not case.run and not case.rows)
]


@pytest.fixture(scope="module")
def database(server: Server, template: tuple[str, Roles], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    name, roles = template
    with scratch_database(server.url, template=name, prefix="live") as url:
        yield Plant(url, roles, tmp_path_factory.mktemp("inbox"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_history_stays_or_the_run_is_refused(
    database: Plant, tmp_path_factory: pytest.TempPathFactory, case: Case
) -> None:
    folder = tmp_path_factory.mktemp("case")

    def ingested(one: Case, allowed: bool = False) -> IngestionResult:
        overridden: dict[str, Any] = dict.fromkeys(OVERRIDDEN, allowed)
        options = Options(plant=case.name, **overridden)
        with here(PIECE_BYTES):
            return ingest(database.url, one.write(folder), roles=database.roles, options=options)

    if case.live:
        assert ingested(case.live, allowed=True).status == "PUBLISHED"
    if case.run:
        with pytest.raises(RunRefused) as refusal:
            ingested(case)
        assert refusal.value.code == case.run
        told = str(refusal.value)
        assert [part for part in case.run_says if part not in told] == [], told
        assert len(told) < LONGEST_SENTENCE
    result = ingested(case, allowed=bool(case.run))
    assert result.status == "PUBLISHED"
    if not case.run:
        assert {(one["code"], one["sheet"]) for one in result.warnings} == set(case.warnings), result.warnings


@pytest.mark.parametrize("case", [case for case in CASES if case.name in SAMPLED], ids=lambda case: case.name)
def test_a_large_sheet_is_sampled_and_ends_alike(
    database: Plant, tmp_path_factory: pytest.TempPathFactory, case: Case
) -> None:
    folder = tmp_path_factory.mktemp("case")
    assert case.live is not None
    with here(PIECE_BYTES), patch.object(rewriting, "LARGE_ROWS", 100), patch.object(rewriting, "SAMPLED", 4):
        options = Options(plant=f"sampled {case.name}")
        ingest(database.url, case.live.write(folder), roles=database.roles, options=options)
        with pytest.raises(ImplausibleRefused) if case.run else nullcontext() as refusal:
            ingest(database.url, case.write(folder), roles=database.roles, options=options)
    told = str(refusal.value) if refusal else ""
    assert [part for part in case.run_says if part not in told] == []
