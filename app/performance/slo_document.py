"""SLO_RESULTS.json: written as NOT_MEASURED before the measurement, and with its results after it.

The schema is app/schemas/slo_results.schema.json. A document whose figures do not follow from its own latencies is
invalid, so that a status cannot be edited by hand.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from app.checkout import SCHEMAS
from app.files import write_atomically
from app.performance.errors import DocumentError
from app.performance.load.connection import OVERDUE
from app.performance.load.generator import Calibration, doubt_of
from app.performance.load.measurement import Measurement, SloResult, unmeasured
from app.performance.load.processor_split import MachineLoad
from app.performance.load.truth import Truth
from app.performance.slo.slo_declaration import Slo
from app.performance.slo.slo_judgement import CONFIDENCE, Doubt, Judgement, judge

SCHEMA_VERSION = 1
SCHEMA_FILE = SCHEMAS / "slo_results.schema.json"


def not_measured(slos: Sequence[Slo], reason: str, *, run_id: int | None, excel_sha256: str | None) -> dict[str, Any]:
    """The document of SLOs that were not measured, with the reason; validated."""
    results = [unmeasured(slo, reason) for slo in slos]
    return _document(results, run_id=run_id, excel_sha256=excel_sha256, measured=False, reason=reason, load=None)


def build(measurement: Measurement, truth: Truth) -> dict[str, Any]:
    """The document of a measurement of the run that `truth` is of; validated. Raises DocumentError."""
    calibration = None if measurement.calibration is None else asdict(measurement.calibration)
    machine = None if measurement.machine is None else asdict(measurement.machine)
    offered = {"rate_per_s": measurement.rate_per_s, "senders": measurement.senders}
    load = {**offered, "calibration": calibration, "machine": machine}
    return _document(
        measurement.results,
        run_id=truth.run_id,
        excel_sha256=truth.excel_sha256,
        measured=True,
        reason=None,
        load=load,
    )


def write(path: Path, document: dict[str, Any]) -> None:
    """Validate the document and write it atomically. Raises DocumentError, OSError."""
    write_atomically(path, json.dumps(_validated(document), indent=2, ensure_ascii=False) + "\n")


def read(path: Path, slos: Sequence[Slo] | None = None) -> dict[str, Any]:
    """The valid document in this file. Raises DocumentError.

    slos: the document must be of exactly these, with the targets and loads that they declare.
    """
    try:
        document = _validated(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise DocumentError(f"{path.name} cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"{path.name} is not JSON.") from error
    if slos is not None:
        declared, held = [_declared(slo) for slo in slos], document["slos"]
        if [{name: entry[name] for name in declared[0]} for entry in held] != declared:
            raise DocumentError(f"{path.name} is not of the SLOs that are declared now: measure again.")
    return document


def _document(results: Sequence[SloResult], **members: Any) -> dict[str, Any]:
    head = {"schema_version": SCHEMA_VERSION, "confidence": CONFIDENCE, **members}
    return _validated({**head, "slos": [_entry(result) for result in results]})


def _entry(result: SloResult) -> dict[str, Any]:
    return {
        **_declared(result.slo),
        "achieved_rate_per_s": result.achieved_rate_per_s,
        **_figures(result.judgement),
        "errors_by_code": dict(result.errors_by_code),
        "faults": [asdict(fault) for fault in result.faults],
        "first_ms": result.first_ms,
        "queued_requests": result.queued,
        "generator_late_p95_ms": result.late_p95_ms,
        "latencies_ms": list(result.latencies_ms),
    }


def _declared(slo: Slo) -> dict[str, Any]:
    return {
        "name": slo.name,
        "title": slo.title,
        "endpoint": slo.endpoint,
        "requests": list(slo.requests),
        "target_ms": slo.target_ms,
        "quantile": slo.quantile,
        "arrival_rate_per_s": slo.rate_per_s,
        "warm_up_requests": slo.warm_up_requests,
    }


def _figures(judgement: Judgement) -> dict[str, Any]:
    return {**asdict(judgement), "status": judgement.status.value}


def _validated(document: Any) -> dict[str, Any]:
    """The document itself, if it follows its schema and its figures follow from its latencies."""
    fault = best_match(_validator().iter_errors(document))
    if fault is not None:
        raise DocumentError(f"SLO_RESULTS violates its schema at {fault.json_path}: {fault.message[:200]}")
    names = [entry["name"] for entry in document["slos"]]
    if len(set(names)) != len(names):
        raise DocumentError("SLO_RESULTS holds an SLO twice.")
    for entry in document["slos"]:
        for name, value in _judged_again(entry, document).items():
            if entry[name] != value:
                raise DocumentError(
                    f"SLO_RESULTS contradicts itself: {entry['name']}.{name} is {entry[name]}, its samples say {value}."
                )
    result: dict[str, Any] = document
    return result


def _judged_again(entry: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """The entry's judgement, computed again from its own latencies and errors."""
    if not document["measured"]:
        doubt: Doubt | None = Doubt(document["reason"])
    elif entry["generator_late_p95_ms"] is None:
        doubt = Doubt(entry["reason"])  # nothing was asked for it
    else:
        calibrated, used = document["load"]["calibration"], document["load"]["machine"]
        calibration = None if calibrated is None else Calibration(**calibrated)
        machine = None if used is None else MachineLoad(**used)
        doubt = doubt_of(entry["target_ms"], entry["generator_late_p95_ms"], calibration, machine)
    return _figures(
        judge(
            entry["latencies_ms"],
            sum(entry["errors_by_code"].values()),
            target_ms=entry["target_ms"],
            quantile=entry["quantile"],
            confidence=document["confidence"],
            overdue=sum(entry["errors_by_code"].get(code, 0) for code in OVERDUE),
            doubt=doubt,
        )
    )


@cache
def _validator() -> Draft202012Validator:
    try:
        schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DocumentError("app/schemas/slo_results.schema.json cannot be read.") from error
    return Draft202012Validator(schema)
