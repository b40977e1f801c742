"""Criterion C, continued: nothing twice, nothing half, nothing under a false exit code, nothing emptied."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest

from app.ingestion.run_result import IngestionResult
from tests.acceptance.support.backend import Backend
from tests.acceptance.support.errands.emptying import ERRORS, Emptying
from tests.acceptance.support.errands.errand import Errand
from tests.acceptance.support.errands.exit_codes import Outcome
from tests.acceptance.support.errands.killed_runs import STEPS, Killed

pytestmark = pytest.mark.prod_ready

WRITES = "SELECT coalesce(sum(n_tup_ins), 0), coalesce(sum(n_tup_upd), 0), coalesce(sum(n_tup_del), 0)"


def writes(backend: Backend) -> tuple[int, int, int]:
    """Rows inserted, updated and deleted in this database's tables since its beginning, by PostgreSQL's own count."""
    with backend.connection() as connection:
        connection.exec_driver_sql("SELECT pg_stat_force_next_flush()")
    inserted, updated, deleted = backend.rows(f"{WRITES} FROM pg_stat_user_tables")[0]
    return int(inserted), int(updated), int(deleted)


@pytest.mark.check("C6")
def test_rerun_of_the_same_workbook_is_a_no_op(
    pristine: Backend, ingestion: IngestionResult, workbook: Path, small_workbook: Path, evidence: Any
) -> None:
    with pristine.clone() as backend:
        before, last = writes(backend), backend.value("SELECT max(run_id) FROM audit.ingestion_runs")
        again = backend.ingest(workbook)
        after = writes(backend)
        runs = backend.value("SELECT max(run_id) FROM audit.ingestion_runs")
        backend.ingest(small_workbook, allow_shrink=True, allow_older=True, allow_implausible=True)
        another = writes(backend)
    rows = [["before", *before], ["re-run", *after], ["another workbook", *another]]
    evidence.table("rows written", ["", "inserted", "updated", "deleted"], rows)
    source = "a second ingestion of the live workbook"
    evidence.expect(again.status, "status of the re-run", source=source).equals("NO_OP")
    evidence.expect(again.run_id, "run that the NO-OP names", source=source).equals(ingestion.run_id)
    for kind, now, then in zip(("inserted", "updated", "deleted"), after, before, strict=True):
        evidence.expect(now - then, f"rows {kind} by a NO-OP", unit="rows", source="pg_stat_user_tables").equals(0)
    evidence.expect(runs, "latest run on record", source="audit.ingestion_runs").equals(last)
    assert another > after, "the statistics do not see writes, so they prove nothing"


@pytest.mark.check("C8")
@pytest.mark.parametrize("step", STEPS)
def test_killed_run_changes_nothing_and_a_reader_sees_one_run(
    step: str, killed_seen: dict[str, Errand[Killed]], evidence: Any
) -> None:
    killed = killed_seen[step].result()
    before, after = killed.checksums
    assert after == before, f"killed at {step}: the content of the live run changed"
    reader = killed.reader
    evidence.record("reads", reader.rounds, unit="reads", source="a reader beside the next run's publication")
    evidence.record("seen", sorted(reader.seen), source="(run, work orders, order phases)")
    assert killed.next_status == "PUBLISHED"
    assert not reader.fault, f"the reader failed: {reader.fault}"
    mixed = sorted(reader.seen - {killed.live, killed.published})
    seen_by = "a reader beside publication: (run, work orders, order phases)"
    evidence.expect(mixed, "answers that are of neither run", source=seen_by).equals([])
    assert killed.live in reader.seen
    assert killed.leftovers == 0, "the killed run left staging tables behind"


@pytest.mark.check("C10")
def test_exit_code_is_true_to_the_outcome(exit_codes_seen: Errand[list[Outcome]], evidence: Any) -> None:
    outcomes = exit_codes_seen.result()
    rows = [list(astuple(one)) for one in outcomes]
    evidence.table("exit codes", ["case", "exit", "expected", "a run is live", "traceback"], rows)
    wrong = [
        f"{one.name}: exit {one.exit_code}, expected {one.expected}"
        for one in outcomes
        if one.exit_code != one.expected
    ]
    assert not wrong, "; ".join(wrong)
    crashed = [one.name for one in outcomes if one.traceback]
    evidence.expect(crashed, "cases that end in a traceback", source="python3 -m app ingest").equals([])
    published = {one.name for one in outcomes if one.is_live}
    expected = {"reconciles", "is live already", "no workbook named"}
    assert published == expected, "a run that failed was published, or one that reconciled was not"


@pytest.mark.check("C11")
@pytest.mark.parametrize("case", list(ERRORS))
def test_workbook_that_would_empty_the_factory_is_refused(
    case: str, emptying_seen: dict[str, Errand[Emptying]], ingestion: IngestionResult, evidence: Any
) -> None:
    error, seen = ERRORS[case], emptying_seen[case].result()
    if seen.refusal:
        evidence.record("refusal", seen.refusal, source=error.__name__)
    claim = f"what becomes of a workbook where {case}"
    evidence.expect(seen.found, claim, source="an ingestion of it").equals(error.code)
    evidence.record("refused rows kept", seen.rejects, unit="rows", source="audit.rejected_rows of the refused run")
    evidence.expect(seen.command_exit_code, "exit code", source="python3 -m app ingest").equals(3)
    evidence.expect(seen.exit_code, "exit code of the refusal", source=error.__name__).equals(3)
    evidence.expect(seen.kept, "live run after the refusal", source="core.current_snapshot").equals(ingestion.run_id)
    evidence.expect(seen.status, "status of the refused run", source="audit.ingestion_runs").equals("REFUSED")
    assert seen.rejects > 0, "the refused run tells nobody which rows were refused"
    assert seen.lists_rejects, "the refused run wrote no rejected_rows.xlsx"
    assert seen.published_status == "PUBLISHED"
    assert seen.live == seen.published_run
