"""One ingestion, timed in the process that does it: `python -m … JOB`.

JOB: JSON of {"action": "ingest" or "no-op", "url", "workbook", "folder", "force", "allow_empty", "keep"}. The clock
runs from the call, which begins with hashing the file, until the run is live, its reports are written and old runs are
dropped; Python's own start and the imports are not in it.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.database.access.roles import roles_for
from app.ingestion.options import Options
from app.ingestion.pipeline import ingest
from app.ingestion.run_result import NO_OP, PUBLISHED, IngestionResult
from app.workbook.opc.digest import sha256_of
from benchmarks.ingestion_speed.children import answer, awaited, end_with_the_benchmark, job

ROLE_PREFIX = "prodplan"
NO_OPS = 15
REQUESTED_BY = "benchmark"


def ingested(task: Mapping[str, Any], moments: dict[tuple[str, int], float] | None = None) -> IngestionResult:
    """Ingest as `python3 -m app ingest` does, reports and FEATURE_GATES.json included."""
    folder = Path(task["folder"])

    def progress(step: str, done: int, total: int | None) -> None:
        if moments is not None:
            moments.setdefault((step, done), time.monotonic())

    return ingest(
        task["url"],
        Path(task["workbook"]),
        roles=roles_for(ROLE_PREFIX),
        options=Options(
            force=task["force"],
            allow_empty=task["allow_empty"],
            requested_by=REQUESTED_BY,
            reports_dir=folder,
            gates_file=folder / "FEATURE_GATES.json",
            keep=task["keep"],
            progress=progress,
        ),
    )


def own_cpu_s() -> float:
    """Processor seconds of this process and of those that it has waited for."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def ingest_once(task: Mapping[str, Any]) -> dict[str, Any]:
    """One ingestion that must publish: its seconds, phases, counts, when its last row was read, when it published."""
    moments: dict[tuple[str, int], float] = {}
    spent, began = own_cpu_s(), time.monotonic()
    result = ingested(task, moments)
    ended = time.monotonic()
    if result.status != PUBLISHED:
        raise RuntimeError(f"the ingestion ended as {result.status}, and nothing was measured")
    return {
        "seconds": ended - began,
        "until_read_s": max(at for (step, _), at in moments.items() if step == "extract") - began,
        "cpu_s": own_cpu_s() - spent,
        "phases_s": result.phases_s,
        "rows": sum(sheet.rows_extracted for sheet in result.sheets),
        "rows_changed": sum(sheet.inserted + sheet.updated for sheet in result.sheets),
        "publishing": [moments["publish", 0], ended],
    }


def no_ops(task: Mapping[str, Any]) -> dict[str, Any]:
    """NO-OPs and bare hashings of the file in turn: seconds of each."""
    hashing, whole = [], []
    for _ in range(NO_OPS):
        began = time.perf_counter()
        sha256_of(Path(task["workbook"]))
        hashed = time.perf_counter()
        result = ingested(task)
        whole.append(time.perf_counter() - hashed)
        hashing.append(hashed - began)
        if result.status != NO_OP:
            raise RuntimeError(f"a workbook that is live was ingested again: {result.status}")
    return {"hashing_s": hashing, "no_op_s": whole}


ACTIONS = {"ingest": ingest_once, "no-op": no_ops}


def main() -> None:
    task = job()
    answer(ready=True)
    awaited()
    end_with_the_benchmark()
    answer(**ACTIONS[task["action"]](task))


if __name__ == "__main__":
    main()
