"""Failures of criterion E that say by how much an SLO fell short and where its time goes."""

from __future__ import annotations

from collections.abc import Sequence

from app.performance.load.measurement import SloResult
from app.performance.load.processor_split import MachineLoad
from app.performance.plans.explain import ExplainedRequest, PlanFault

TELLING_SHARE = 0.25
"""Share of the target: a statement, or a node, that takes less did not cause the missed target."""


class SloViolated(AssertionError):
    """An SLO that is not MET; the root cause says by how much, the fix where its time goes."""

    category = "PERFORMANCE"

    def __init__(self, cause: str, fix: list[str]) -> None:
        super().__init__(cause)
        self.root_cause, self.fix = cause, fix


class HotQueryAstray(AssertionError):
    """A hot statement reads too much, elsewhere or through temporary files; the root cause names request and node."""

    category = "PERFORMANCE"

    def __init__(self, faults: Sequence[PlanFault]) -> None:
        self.root_cause = "; ".join(fault.sentence for fault in faults)
        self.fix = list(dict.fromkeys(fault.remedy for fault in faults))
        super().__init__(self.root_cause)


def where_the_time_goes(
    result: SloResult, requests: Sequence[ExplainedRequest], explanation: str, machine: MachineLoad | None
) -> list[str]:
    """Steps for a violated SLO. A plan's node is named only where it took a telling share of the target."""
    telling_ms = result.slo.target_ms * TELLING_SHARE
    plans = [each.plan for request in requests for each in request.statements]
    in_database_ms = max(
        (sum(each.plan.execution_ms + each.plan.planning_ms for each in request.statements) for request in requests),
        default=0.0,
    )
    node = max((node for plan in plans for node in plan.costliest(1)), key=lambda node: node.self_ms, default=None)
    beside = [] if machine is None else [f"While it was measured {machine.sentence}."]
    if node is not None and node.self_ms >= telling_ms:
        return [f"Read {explanation}: the costliest node is {node.title} ({node.self_ms:.1f} ms of its own).", *beside]
    if in_database_ms >= telling_ms:
        return [f"Read {explanation}: its statements take {in_database_ms:.1f} ms together, no node alone.", *beside]
    return [
        f"Look outside the database: alone its statements take {in_database_ms:.1f} of "
        f"{result.judgement.p95_ms:.1f} ms ({explanation}).",
        "Profile what the endpoint does beside them, in app/planning and app/api.",
        *beside,
    ]
