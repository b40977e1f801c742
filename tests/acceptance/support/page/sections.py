"""The project's part of the run's page, out of the reports that the run left; one that is missing costs its section."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.acceptance.support.page.gates import gates_section
from tests.acceptance.support.page.ingestion import ingestion_section, rows_fact
from tests.acceptance.support.page.latencies import latencies_section, load_fact
from tests.acceptance.support.page.plans import plans_section
from tests.acceptance.support.page.seen import Seen
from tests.acceptance.support.page.words import Part


def project_part(folder: Path, seen: Seen) -> Part:
    """Facts and sections in the format of release_gate/telling/page/blocks.py."""
    ingestion, gates = report(folder, "ingestion_report.json"), report(folder, "FEATURE_GATES.json")
    results = report(folder, "SLO_RESULTS.json")
    facts: list[Part | None] = []
    sections: list[Part] = []
    if ingestion is not None:
        facts.append(rows_fact(ingestion))
        sections.append(ingestion_section(ingestion, seen.refused))
    if gates is not None:
        sections.append(gates_section(gates, report(folder, "RELATIONSHIPS_REPORT.json")))
    if results is not None:
        facts.append(load_fact(results))
        sections.append(latencies_section(results, seen.baseline))
        if seen.plans:
            sections.append(plans_section(results, seen.plans))
    return {"facts": [fact for fact in facts if fact is not None], "sections": sections}


def report(folder: Path, name: str) -> dict[str, Any] | None:
    """One report of the run; None where the run did not come so far."""
    try:
        loaded: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return loaded
