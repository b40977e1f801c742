"""The last PASS that this run's latencies may be compared with: same workbook, server and machine, same SLOs."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.performance import slo_document
from app.performance.errors import PerformanceError
from app.performance.slo.slo_declaration import Slo
from release_gate.record.files import as_json, sha256_of
from release_gate.record.journal import JournalError
from release_gate.sealing.result import NAME as RESULT
from release_gate.sealing.result import InvalidResult, from_journal

LATENCIES = "SLO_RESULTS.json"
MACHINE_ID = Path("/etc/machine-id")


@dataclass(frozen=True)
class Baseline:
    """An earlier run's name and its SLO_RESULTS.json."""

    run_id: str
    results: dict[str, Any]


def machine() -> str:
    """Identity of a machine without its name: 12 hexadecimal digits, then how many processors may be used."""
    try:
        known_as = MACHINE_ID.read_text(encoding="ascii")
    except OSError:
        known_as = ""
    told = "\n".join((known_as.strip(), platform.node(), platform.machine(), platform.processor()))
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{hashlib.sha256(told.encode()).hexdigest()[:12]}, {processors} processors"


def likeness(subject: dict[str, Any]) -> dict[str, Any]:
    """Values that must be equal in two runs before they are compared."""
    workbook, database = subject.get("workbook") or {}, subject.get("database") or {}
    return {
        "workbook_sha256": workbook.get("sha256"),
        "provider": database.get("provider"),
        "server_version": database.get("server_version"),
        "machine": subject.get("machine"),
    }


def last_pass(
    runs: Path, subject: dict[str, Any], slos: Sequence[Slo], root: Path
) -> tuple[Baseline | None, list[str]]:
    """The newest comparable PASS under `runs`, and why newer runs that passed alike were passed over.

    A run whose result its own journal does not give, or whose latencies are not those that it sealed, is none.
    """
    wanted = likeness(subject)
    passed_over: list[str] = []
    for started, folder in sorted(_passed(runs, wanted), reverse=True):
        try:
            result = from_journal(folder, root).result
            if as_json(result) != (folder / RESULT).read_bytes():
                raise InvalidResult("the journal does not give its result")
            sealed = {one["path"]: one["sha256"] for one in result["artefacts"]}
            if sealed.get(LATENCIES) != sha256_of(folder / LATENCIES):
                raise InvalidResult(f"{LATENCIES} is not the one that was sealed")
            return Baseline(folder.name, slo_document.read(folder / LATENCIES, slos)), passed_over
        except (JournalError, InvalidResult, PerformanceError, OSError) as error:
            passed_over.append(f"{folder.name} ({started}): {error}")
    return None, passed_over


def _passed(runs: Path, wanted: dict[str, Any]) -> list[tuple[str, Path]]:
    """The start and the folder of each run that claims a PASS of the wanted likeness."""
    found = []
    for path in runs.glob(f"*/{RESULT}"):
        try:
            result = json.loads(path.read_text(encoding="utf-8"))
            if result["verdict"] == "PASS" and likeness(result["subject"]) == wanted:
                found.append((str(result["started_at"]), path.parent))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return found
