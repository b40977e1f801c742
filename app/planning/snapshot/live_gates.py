"""The judgement of the live run's data, as the ingestion stored it in audit."""

from __future__ import annotations

import sqlalchemy as sa

from app.features.errors import DocumentError
from app.features.gate_declaration import load_gates
from app.features.gate_judgement import Judgement, MatchRate, judge
from app.features.gates_document import GateDocument
from app.planning.snapshot.live_run import Run

STORED = sa.text("""
    SELECT gate.gate, gate.status, gate.denominator, gate.matched, gate.referencing, gate.relationship,
           rate.rows_referencing, rate.rows_matched, rate.distinct_referencing, rate.distinct_matched,
           rate.orphan_sample
      FROM audit.feature_gates AS gate
      JOIN audit.relationships AS rate ON rate.run_id = :run_id AND rate.relationship = gate.relationship
     WHERE gate.run_id = :run_id
""")


def stored_gates(connection: sa.Connection, run: Run) -> GateDocument:
    """The run's judgements of every declared gate.

    Raises DocumentError when one is missing, or differs from today's declaration applied to the stored match rate.
    """
    rows = {row.gate: row for row in connection.execute(STORED, run.bound())}
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
