"""The feature gates of a run: judged and stored in its ingestion, exported as FEATURE_GATES.json."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.database.access.roles import Roles
from app.database.schema.audit import feature_gates, ingestion_runs, relationships
from app.features.gate_declaration import load_gates
from app.features.gate_judgement import Judgement, MatchRate, judge_all
from app.features.gates_document import build, write
from app.ingestion.errors import UnknownRun
from app.ingestion.runs.plant import live_snapshot, working_on
from app.typed import typed


def judge_run(connection: sa.Connection, run_id: int, rates: Mapping[str, MatchRate]) -> tuple[Judgement, ...]:
    """Judge every declared gate by the run's rates and store the judgements with the run."""
    judgements = judge_all(load_gates(), rates)
    connection.execute(
        feature_gates.insert(),
        [
            {
                "run_id": run_id,
                "gate": judgement.gate.name,
                "status": judgement.status.value,
                "relationship": judgement.gate.relationship,
                "denominator": judgement.gate.denominator.value,
                "matched": judgement.matched,
                "referencing": judgement.referencing,
                "match_rate": judgement.match_rate,
            }
            for judgement in judgements
        ],
    )
    return judgements


def summaries(judgements: Iterable[Judgement]) -> tuple[dict[str, Any], ...]:
    """Gate, status and rate of each, for the ingestion's report."""
    return tuple(
        {"gate": one.gate.name, "status": one.status.value, "match_rate": one.match_rate} for one in judgements
    )


def gate_statuses(connection: sa.Connection, run_id: int) -> dict[str, str]:
    """Status of each gate of a run, by its name."""
    columns = feature_gates.c
    rows = connection.execute(sa.select(columns.gate, columns.status).where(columns.run_id == run_id))
    return {row.gate: row.status for row in rows}


def stored_document(connection: sa.Connection, run_id: int) -> dict[str, Any]:
    """FEATURE_GATES.json of a run, judged by its stored counts. Raises UnknownRun."""
    runs = ingestion_runs.c
    run = connection.execute(sa.select(runs.plant, runs.excel_sha256).where(runs.run_id == run_id)).one_or_none()
    if run is None:
        raise UnknownRun(f"There is no run {run_id}.")
    rows = connection.execute(sa.select(relationships).where(relationships.c.run_id == run_id))
    rates = {
        row.relationship: MatchRate(
            row.rows_referencing,
            row.rows_matched,
            row.distinct_referencing,
            row.distinct_matched,
            tuple(row.orphan_sample),
        )
        for row in rows
    }
    judgements = judge_all(load_gates(), rates)
    return build(run_id=run_id, plant=run.plant, excel_sha256=run.excel_sha256, judgements=judgements)


def export_gates(url: sa.URL | str, *, roles: Roles, target: Path, plant: str = "main") -> dict[str, Any]:
    """Write the live run's FEATURE_GATES.json and return the document. Raises UnknownRun when nothing is live."""
    with working_on(url, plant, roles) as connection:
        live = live_snapshot(connection, plant)
        if live is None:
            raise UnknownRun(f"Plant {plant!r} has no live run yet; run {typed('ingest')} first.")
        document = stored_document(connection, live.run_id)
        write(target, document)
    return document
