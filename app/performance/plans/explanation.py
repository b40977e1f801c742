"""EXPLAIN_<slo>.md: for people, why an SLO was not met; the costliest nodes first."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

from app.files import write_atomically
from app.performance.load.measurement import SloResult
from app.performance.plans.explain import ExplainedRequest, ExplainedStatement
from app.performance.plans.plan import Node


def write_explanation(folder: Path, result: SloResult, requests: Sequence[ExplainedRequest]) -> Path:
    """Write EXPLAIN_<slo>.md into the folder; returns its path."""
    path = folder / f"EXPLAIN_{result.slo.name}.md"
    write_atomically(path, explanation(result, requests))
    return path


def explanation(result: SloResult, requests: Sequence[ExplainedRequest]) -> str:
    """The whole text: the outcome, the worst nodes of all statements, then each statement with its plan."""
    slo, judgement = result.slo, result.judgement
    lines = [
        f"# {slo.title}: {judgement.status}",
        "",
        f"`GET {slo.endpoint}`: {judgement.reason}. {judgement.samples} correct answers, {judgement.errors} errors, "
        f"at {slo.rate_per_s:g}/s.",
        "",
        "Each statement below was executed by the endpoint, and executed again by EXPLAIN (ANALYZE, BUFFERS, SETTINGS) "
        "with the same parameters, as the same role. Times are of that one execution, without load.",
        "",
        "## Costliest nodes",
        "",
        "| own time, ms | rows examined | statement | node |",
        "|---:|---:|---|---|",
    ]
    ranked = [
        (node, f"{number}.{place}")
        for number, request in enumerate(requests, start=1)
        for place, each in enumerate(request.statements, start=1)
        for node in each.plan.nodes
    ]
    for node, name in sorted(ranked, key=lambda pair: -pair[0].self_ms)[:8]:
        lines.append(f"| {node.self_ms:.2f} | {node.examined:,.0f} | {name} | {cell(node.title)} |")
    for number, request in enumerate(requests, start=1):
        lines += ["", f"## {number}. GET {request.path}", ""]
        lines.append(
            f"{request.rows_examined:,.0f} rows examined, {request.rows_returned:,.0f} returned: "
            f"{request.rows_ratio:,.1f} per row; declared: {request.rows_bound.text}."
        )
        for place, each in enumerate(request.statements, start=1):
            lines += statement_lines(f"{number}.{place}", each)
    return "\n".join(lines) + "\n"


def statement_lines(name: str, each: ExplainedStatement) -> list[str]:
    """One statement: text, parameters, settings, and its plan as a tree."""
    plan = each.plan
    settings = ", ".join(f"{key} = {value}" for key, value in plan.settings.items()) or "all default"
    spill = "; **temporary files were used**" if plan.spilled else ""
    return [
        "",
        f"### Statement {name}: {plan.execution_ms:.2f} ms, planned in {plan.planning_ms:.2f} ms{spill}",
        "",
        "```sql",
        textwrap.dedent(each.statement.text).strip(),
        "```",
        "",
        f"Parameters: `{each.statement.parameters!r}`. Settings: {settings}.",
        "",
        "```text",
        *(tree_line(node) for node in plan.nodes),
        "```",
    ]


def tree_line(node: Node) -> str:
    """One node of the tree, with its own time, rows and loops."""
    if not node.loops:
        return f"{'  ' * node.depth}{node.title}: never executed"
    spill = ", on disk" if node.spilled else ""
    examined = f", {node.examined:,.0f} examined" if node.relation else ""
    return (
        f"{'  ' * node.depth}{node.title}: own {node.self_ms:.2f} ms of {node.total_ms:.2f}, "
        f"{node.rows:,.0f} rows{examined}, {node.loops} loops{spill}"
    )


def cell(text: str) -> str:
    """Text with the characters escaped that would end a table cell."""
    return text.replace("|", "\\|").replace("\n", " ")
