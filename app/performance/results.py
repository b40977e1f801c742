"""One measurement from start to file: SLO_RESULTS.json says NOT_MEASURED until it is over, however it ends."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.performance import document
from app.performance.declaration import Slo
from app.performance.errors import PerformanceError
from app.performance.measurement import Measurement, measure_all
from app.performance.truth import Truth

UNDER_WAY = "the measurement began and did not end"


def measure_into(path: Path, base_url: str, slos: Sequence[Slo], truth: Truth | None, **options: Any) -> Measurement:
    """Measure the SLOs against the API at base_url and write SLO_RESULTS.json to `path`; options: see measure_all.

    truth None: no run is live. Raises PerformanceError when nothing could be measured; the file then says why.
    """
    identity: dict[str, Any] = {"run_id": None, "excel_sha256": None}
    if truth is not None:
        identity = {"run_id": truth.run_id, "excel_sha256": truth.excel_sha256}
    document.write(path, document.not_measured(slos, UNDER_WAY, **identity))
    try:
        if truth is None:
            raise PerformanceError("No run is live: ingest a workbook first.")
        measurement = measure_all(base_url, slos, truth, **options)
    except PerformanceError as error:
        document.write(path, document.not_measured(slos, str(error), **identity))
        raise
    document.write(path, document.build(measurement, truth))
    return measurement
