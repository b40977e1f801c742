"""The live run as a page reads it: like the JSON routes, without their tags, which know no language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from app.api.gatekeeper import Gates
from app.api.snapshot_reading import Reading, backend_of, readings
from app.features.gate_declaration import Gate, load_gates
from app.features.gate_judgement import GateStatus


def page_reading(request: Request) -> Iterator[Reading]:
    """FastAPI dependency: one reading of the live run."""
    backend = backend_of(request)
    yield from readings(backend, backend.engine)


PageReading = Annotated[Reading, Depends(page_reading, scope="function")]


@dataclass(frozen=True, slots=True)
class ShownGate:
    """A declared gate with its status and match rate in the live run. sheet: the one whose references it counts."""

    gate: Gate
    status: GateStatus
    matched: int | None
    referencing: int | None
    rate: float | None

    @property
    def is_closed(self) -> bool:
        """True if nothing that rests on the gate is shown."""
        return self.status is GateStatus.DISABLED


def shown_gate(gate: Gate, gates: Gates) -> ShownGate:
    """The gate as it is now."""
    judged = gates.judgements.get(gate.name)
    facts = (judged.matched, judged.referencing, judged.match_rate) if judged else (None, None, None)
    return ShownGate(gate, gates.status(gate.name), *facts)


def shown_gates(reading: Reading) -> dict[str, ShownGate]:
    """The declared gates by name."""
    return {gate.name: shown_gate(gate, reading.gates) for gate in load_gates()}
