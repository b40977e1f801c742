"""The judgement of the live run's data, as the ingestion stored it in audit."""

from __future__ import annotations

import sqlalchemy as sa

from app.database.schema.audit import feature_gates, relationships
from app.features.errors import DocumentError
from app.features.gate_declaration import load_gates
from app.features.gate_judgement import Judgement, MatchRate, judge
from app.features.gates_document import GateDocument
from app.planning.snapshot.live_run import Run

_gate, _rate = feature_gates.c, relationships.c
STORED = (
    sa.select(_gate.gate, _gate.status, _gate.denominator, _gate.matched, _gate.referencing, _gate.relationship)
    .add_columns(_rate.rows_referencing, _rate.rows_matched, _rate.distinct_referencing, _rate.distinct_matched)
    .add_columns(_rate.orphan_sample)
    .join_from(
        feature_gates,
        relationships,
        sa.and_(_rate.run_id == _gate.run_id, _rate.relationship == _gate.relationship),
    )
    .where(_gate.run_id == sa.bindparam("run_id"))
)


def stored_gates(connection: sa.Connection, run: Run) -> GateDocument:
    """The run's judgements of every declared gate.

    Raises DocumentError when one is missing, or differs from today's declaration applied to the stored match rate.
    """
    rows = {row.gate: row for row in connection.execute(STORED, {"run_id": run.run_id})}
    judgements: dict[str, Judgement] = {}
    for gate in load_gates():
        row = rows.get(gate.name)
        if row is None or row.relationship != gate.relationship:
            raise DocumentError(f"run {run.run_id} has no stored judgement of {gate.name}")
        judgement = judge(
            gate,
            MatchRate(
                rows_referencing=row.rows_referencing,
                rows_matched=row.rows_matched,
                distinct_referencing=row.distinct_referencing,
                distinct_matched=row.distinct_matched,
                orphan_sample=tuple(map(str, row.orphan_sample)),
            ),
        )
        stored = (row.status, row.denominator, row.matched, row.referencing)
        if stored != (judgement.status, gate.denominator, judgement.matched, judgement.referencing):
            raise DocumentError(f"run {run.run_id} was judged otherwise than {gate.name} is declared now")
        judgements[gate.name] = judgement
    return GateDocument(run.run_id, run.plant, run.excel_sha256, judgements)
