"""Sentences below an ingestion's table: what became of it, which gates changed, and where to look next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from app.commands.command_database import Database
from app.database.engine import connected
from app.ingestion.run_result import DRY_RUN, NO_OP, IngestionResult
from app.ingestion.runs.run_gates import gate_statuses
from app.typed import typed

OPEN = "ENABLED"


def next_steps(result: IngestionResult, gates_before: Mapping[str, str], reports: Path) -> Iterator[str]:
    """gates_before: status of each gate in the live run before; empty without one."""
    if result.status == NO_OP:
        yield f"Run {result.run_id} holds this workbook and is live already: nothing was written."
        return
    if result.status == DRY_RUN:
        yield "This was a dry run: nothing was published."
    refused = sum(sheet.rows_rejected for sheet in result.sheets)
    if refused:
        where = reports / "rejected_rows.xlsx"
        yield f"{refused:,} refused rows: {where} has each with its reason, and what to correct under 'Corrigir'."
    for gate in result.gates:
        name, status = gate["gate"], gate["status"]
        before = gates_before.get(name, status)
        rate = "without a match rate" if gate["match_rate"] is None else f"match rate {gate['match_rate']:.1%}"
        if before != status:
            yield f"Gate {name}: {before} before, {status} now ({rate}). See {typed('feature-gates')}."
        elif status != OPEN and not gates_before:
            yield f"Gate {name}: {status} ({rate}). See {typed('feature-gates')}."


def gates_before(chosen: Database, result: IngestionResult) -> dict[str, str]:
    """Status of each gate in the live run before; empty without one."""
    if result.previous_run_id is None:
        return {}
    with connected(chosen.url, role=chosen.roles.api) as connection:
        return gate_statuses(connection, result.previous_run_id)
