"""Runs a measurement and writes SLO_RESULTS.json, which says NOT_MEASURED until the measurement has succeeded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from app.performance import slo_document
from app.performance.errors import DocumentError, PerformanceError
from app.performance.load.measurement import Measurement, measure_all
from app.performance.load.truth import Truth
from app.performance.slo.slo_declaration import Slo
from app.typed import typed

UNDER_WAY = "the measurement began and did not end"


def begin(path: Path, slos: Sequence[Slo], truth: Truth | None, reason: str = UNDER_WAY) -> None:
    """Write NOT_MEASURED with a reason. Called before anything that can fail, such as serving the API."""
    slo_document.write(path, slo_document.not_measured(slos, reason, **identity(truth)))


@contextmanager
def accounted_for(path: Path, slos: Sequence[Slo]) -> Iterator[None]:
    """SLO_RESULTS.json says NOT_MEASURED from the block's start, with the reason if the block fails before measuring.

    EXPLAIN_*.md of an earlier measurement goes: it explains other figures. Raises OSError when the file cannot be
    written, and whatever the block raises.
    """
    begin(path, slos, None)
    for slo in slos:
        path.with_name(f"EXPLAIN_{slo.name}.md").unlink(missing_ok=True)
    try:
        yield
    except BaseException as error:
        with suppress(OSError, DocumentError):
            if slo_document.read(path)["reason"] == UNDER_WAY:
                begin(path, slos, None, " ".join(str(error).split()) or type(error).__name__)
        raise


def identity(truth: Truth | None) -> dict[str, Any]:
    """The run that the results are of, as the document has it."""
    if truth is None:
        return {"run_id": None, "excel_sha256": None}
    return {"run_id": truth.run_id, "excel_sha256": truth.excel_sha256}


def measure_into(path: Path, base_url: str, slos: Sequence[Slo], truth: Truth | None, **options: Any) -> Measurement:
    """Measure the SLOs against the API at base_url and write SLO_RESULTS.json to `path`; options: see measure_all.

    truth None: no run is live. Raises PerformanceError when nothing could be measured; the file then says why.
    """
    begin(path, slos, truth)
    try:
        if truth is None:
            raise PerformanceError(f"No run is live: run {typed('ingest')} first.")
        measurement = measure_all(base_url, slos, truth, **options)
    except PerformanceError as error:
        begin(path, slos, truth, str(error))
        raise
    slo_document.write(path, slo_document.build(measurement, truth))
    return measurement
