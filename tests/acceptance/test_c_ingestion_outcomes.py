"""Criterion C, continued: nothing twice, nothing half, nothing under a false exit code, nothing emptied."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.ingestion.errors import RejectsRefused, RunRefused, ShrinkRefused
from app.ingestion.run_result import IngestionResult
from app.workbook.sample import write_sample
from app.workbook.sample.generation import sample_rows
from app.workbook.writing import write_workbook
from tests.acceptance.support.backend import Backend
from tests.acceptance.support.content import snapshot_checksums
from tests.acceptance.support.watching.killing import kill_at, snapshot_reader

pytestmark = pytest.mark.prod_ready

WRITES = "SELECT coalesce(sum(n_tup_ins), 0), coalesce(sum(n_tup_upd), 0), coalesce(sum(n_tup_del), 0)"
STAGING_LEFT = "SELECT count(*) FROM pg_class WHERE relnamespace = 'staging'::regnamespace AND relname ~ '_r[0-9]+$'"


@pytest.fixture(scope="module")
def small_workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another factory in small: almost every key of the live one is gone in it."""
    path = tmp_path_factory.mktemp("small") / "small.xlsx"
    write_sample(path, scale=0.003, seed=11)
    return path


def writes(backend: Backend) -> tuple[int, int, int]:
    """Rows inserted, updated and deleted in this database's tables since its beginning, by PostgreSQL's own count."""
    with backend.connection() as connection:
        connection.exec_driver_sql("SELECT pg_stat_force_next_flush()")
    inserted, updated, deleted = backend.rows(f"{WRITES} FROM pg_stat_user_tables")[0]
    return int(inserted), int(updated), int(deleted)


@pytest.mark.check("C6")
def test_rerun_of_the_same_workbook_is_a_no_op(
    pristine: Backend, ingestion: IngestionResult, workbook: Path, evidence: Any
) -> None:
    with pristine.clone() as backend:
        before, last = writes(backend), backend.value("SELECT max(run_id) FROM audit.ingestion_runs")
        again = backend.ingest(workbook)
        after = writes(backend)
        runs = backend.value("SELECT max(run_id) FROM audit.ingestion_runs")
        backend.ingest(workbook, force=True)
        forced = writes(backend)
    rows = [["before", *before], ["re-run", *after], ["forced", *forced]]
    evidence.table("rows written", ["", "inserted", "updated", "deleted"], rows)
    source = "a second ingestion of the live workbook"
    evidence.expect(again.status, "status of the re-run", source=source).equals("NO_OP")
    evidence.expect(again.run_id, "run that the NO-OP names", source=source).equals(ingestion.run_id)
    for kind, now, then in zip(("inserted", "updated", "deleted"), after, before, strict=True):
        evidence.expect(now - then, f"rows {kind} by a NO-OP", unit="rows", source="pg_stat_user_tables").equals(0)
    evidence.expect(runs, "latest run on record", source="audit.ingestion_runs").equals(last)
    assert forced > after, "the statistics do not see writes, so they prove nothing"


@pytest.mark.check("C8")
@pytest.mark.parametrize("step", ["extract", "merge", "publish"])
def test_killed_run_changes_nothing_and_a_reader_sees_one_run(
    step: str, pristine: Backend, ingestion: IngestionResult, small_workbook: Path, evidence: Any
) -> None:
    with pristine.clone() as backend:
        before = snapshot_checksums(backend, ingestion.run_id) if step == "publish" else {}
        live = observed(backend, ingestion.run_id)
        status = kill_at(backend, small_workbook, step)
        assert status == -9
        assert backend.live_run() == ingestion.run_id, f"killed at {step}, and yet something was published"
        with snapshot_reader(backend) as reader:
            after = backend.ingest(small_workbook, allow_shrink=True, allow_older=True, allow_implausible=True)
        published = observed(backend, after.run_id)
        if before:
            assert snapshot_checksums(backend, ingestion.run_id) == before
        leftovers = backend.value(STAGING_LEFT)
    evidence.record("reads", reader.rounds, unit="reads", source="a reader beside the next run's publication")
    evidence.record("seen", sorted(reader.seen), source="(run, work orders, order phases)")
    assert after.status == "PUBLISHED"
    assert not reader.fault, f"the reader failed: {reader.fault}"
    mixed = sorted(reader.seen - {live, published})
    seen_by = "a reader beside publication: (run, work orders, order phases)"
    evidence.expect(mixed, "answers that are of neither run", source=seen_by).equals([])
    assert live in reader.seen
    assert leftovers == 0, "the killed run left staging tables behind"


def observed(backend: Backend, run_id: int) -> tuple[int, int, int]:
    """Expected answers of a reader while this run is live."""
    orders = backend.value("SELECT count(*) FROM core.work_orders WHERE run_id = :run", run=run_id)
    phases = backend.value("SELECT count(*) FROM core.order_phases WHERE run_id = :run", run=run_id)
    return run_id, orders, phases


@dataclass(frozen=True)
class Case:
    """An ingestion by command, the exit code of a sound backend, and a statement that goes before it."""

    name: str
    arguments: list[str | Path]
    expected: int
    before: str = ""


@pytest.mark.check("C10")
@pytest.mark.usefixtures("servers_ahead")
def test_exit_code_is_true_to_the_outcome(
    empty_backend: Backend, small_workbook: Path, tmp_path: Path, evidence: Any
) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(small_workbook.read_bytes()[:-5_000])
    reports, elsewhere = (["--reports", str(tmp_path / name)] for name in ("reports", "of_refused"))
    revoke = f'REVOKE INSERT ON audit.rejected_rows FROM "{empty_backend.roles.ingest}"'
    grant = revoke.replace("REVOKE", "GRANT").replace("FROM", "TO")
    lanes = (
        [
            Case("fails inside", [small_workbook, *reports], 1, revoke),
            Case("reconciles", [small_workbook, *reports], 0, grant),
            Case("is live already", [small_workbook, *reports], 0),
            Case("no workbook named", [], 2),  # the sample may not take the place of the plant's own
        ],
        [
            Case("damaged workbook", [broken, *elsewhere], 3),
            Case("missing workbook", [tmp_path / "none.xlsx", *elsewhere], 3),
        ],
    )
    with empty_backend.clone() as one, empty_backend.clone() as other, ThreadPoolExecutor(len(lanes)) as pool:
        rows = [row for lane in pool.map(carried_out, (one, other), lanes) for row in lane]
    evidence.table("exit codes", ["case", "exit", "expected", "a run is live", "traceback"], rows)
    wrong = [f"{case}: exit {code}, expected {expected}" for case, code, expected, *_ in rows if code != expected]
    assert not wrong, "; ".join(wrong)
    crashed = [case for case, *_, traceback in rows if traceback]
    evidence.expect(crashed, "cases that end in a traceback", source="python3 -m app ingest").equals([])
    published = {case for case, *_, live, _ in rows if live}
    expected = {"reconciles", "is live already", "no workbook named"}
    assert published == expected, "a run that failed was published, or one that reconciled was not"


def carried_out(backend: Backend, cases: list[Case]) -> list[list[Any]]:
    """The cases one after the other: exit code, the expected one, a run is live after it, it ended in a traceback."""
    rows = []
    for case in cases:
        if case.before:
            with backend.connection() as connection:
                connection.exec_driver_sql(case.before)
        ended = backend.app("ingest", *case.arguments)
        live = backend.live_run() is not None
        rows.append([case.name, ended.returncode, case.expected, live, "Traceback" in ended.stderr])
    return rows


@pytest.mark.check("C11")
@pytest.mark.parametrize("case", ["keys are absent", "dates lost their format"])
def test_workbook_that_would_empty_the_factory_is_refused(
    case: str, pristine: Backend, ingestion: IngestionResult, small_workbook: Path, tmp_path: Path, evidence: Any
) -> None:
    error: type[RunRefused]
    workbook, error, allowed = (
        small_workbook,
        ShrinkRefused,
        {"allow_shrink": True, "allow_older": True, "allow_implausible": True},
    )
    if case == "dates lost their format":
        workbook, error = without_date_format(tmp_path / "numbers.xlsx"), RejectsRefused
        allowed = {**allowed, "allow_rejects": True}
    with pristine.clone() as backend:
        try:
            found, exit_code = backend.ingest(workbook).status, 0
        except RunRefused as refusal:
            found, exit_code = refusal.code, refusal.exit_code
            evidence.record("refusal", str(refusal), source=type(refusal).__name__)
        claim = f"what becomes of a workbook where {case}"
        evidence.expect(found, claim, source="an ingestion of it").equals(error.code)
        kept = backend.live_run()
        command = backend.app("ingest", workbook, "--reports", str(tmp_path))
        run_id, status = backend.rows("SELECT run_id, status FROM audit.ingestion_runs ORDER BY run_id DESC LIMIT 1")[0]
        rejects = backend.value("SELECT count(*) FROM audit.rejected_rows WHERE run_id = :run", run=run_id)
        published = backend.ingest(workbook, **allowed)
        live = backend.live_run()
    evidence.record("refused rows kept", rejects, unit="rows", source="audit.rejected_rows of the refused run")
    evidence.expect(command.returncode, "exit code", source="python3 -m app ingest").equals(3)
    evidence.expect(exit_code, "exit code of the refusal", source=error.__name__).equals(3)
    evidence.expect(kept, "live run after the refusal", source="core.current_snapshot").equals(ingestion.run_id)
    evidence.expect(status, "status of the refused run", source="audit.ingestion_runs").equals("REFUSED")
    assert rejects > 0, "the refused run tells nobody which rows were refused"
    assert (tmp_path / "rejected_rows.xlsx").exists()
    assert published.status == "PUBLISHED"
    assert live == published.run_id


def without_date_format(path: Path) -> Path:
    """A small factory whose creation dates are the numbers that Excel shows once a column's format is lost."""
    rows = dict(sample_rows(scale=0.003, seed=11))
    rows["OrdensFabrico"] = [[order, 45_000 + order % 100, *rest] for order, _, *rest in rows["OrdensFabrico"]]
    write_workbook(path, rows)
    return path
