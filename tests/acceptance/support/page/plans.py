"""The time of an answer in its parts: first the split, then the plans with their costliest nodes marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.performance.plans.explain import ExplainedRequest, ExplainedStatement
from app.performance.plans.plan import Node
from tests.acceptance.support.page.words import Part, both, grouped
from tests.acceptance.support.portuguese.catalogue import said

COSTLIEST = 3
LEAST_SHARE = 0.02
"""Share of a statement's time; a node below it is left out of the tree with all that is under it."""


def plans_section(results: Mapping[str, Any], plans: Mapping[str, Sequence[ExplainedRequest]]) -> Part:
    """The split of each SLO's median, and the plan of each statement that its endpoint executed."""
    explained = [(slo, plans[slo["name"]]) for slo in results["slos"] if plans.get(slo["name"])]
    transport = ((results.get("load") or {}).get("calibration") or {}).get("p50_ms") or 0.0
    blocks: list[Part] = []
    rows = [_split(slo, requests, transport) for slo, requests in explained if slo.get("p50_ms")]
    if rows:
        title = both("Median answer, by where its time goes", "Resposta mediana, por onde passa o tempo")
        blocks.append({"type": "split", "title": title, "unit": "ms", "rows": rows})
    blocks.append(
        {
            "type": "tree",
            "title": both(
                "Plans (EXPLAIN ANALYZE), costliest nodes marked",
                "Planos (EXPLAIN ANALYZE), nós mais caros assinalados",
            ),
            "unit": "ms",
            "roots": [_slo(slo, requests) for slo, requests in explained],
        }
    )
    return {
        "title": both("Where the time goes", "Para onde vai o tempo"),
        "summary": both(
            "Database: each statement executed once more by EXPLAIN, without load. Transport: the calibration's"
            " median, an answer without work. The API: the rest, waiting in its queue included.",
            "Base de dados: cada instrução executada de novo por EXPLAIN, sem carga. Transporte: a mediana da"
            " calibração, uma resposta sem trabalho. A API: o resto, incluindo a espera na sua fila.",
        ),
        "blocks": blocks,
    }


def database_ms(requests: Sequence[ExplainedRequest]) -> float:
    """Time in the database of one request, on average over the SLO's variants."""
    return sum(each.plan.execution_ms for request in requests for each in request.statements) / len(requests)


def _split(slo: Mapping[str, Any], requests: Sequence[ExplainedRequest], transport: float) -> Part:
    median, database = float(slo["p50_ms"]), database_ms(requests)
    api = max(0.0, median - database - transport)
    parts = ((both("database", "base de dados"), database, "warn"), (both("API", "API"), api, "plain"))
    last = (both("transport", "transporte"), min(transport, median), "good")
    return {
        "label": both(slo["title"], said(slo["title"])),
        "parts": [{"label": label, "value": round(value, 3), "tone": tone} for label, value, tone in (*parts, last)],
    }


def _slo(slo: Mapping[str, Any], requests: Sequence[ExplainedRequest]) -> Part:
    return {
        "label": both(slo["title"], said(slo["title"])),
        "value": round(database_ms(requests), 3),
        "below": [
            {
                "label": f"GET {request.path}"[:300],
                "detail": _rows(grouped(round(request.rows_examined)), grouped(round(request.rows_returned))),
                "below": [_statement(each) for each in request.statements],
            }
            for request in requests
        ],
    }


def _rows(examined: str, returned: str) -> Part:
    return both(
        f"{examined} rows examined, {returned} returned", f"{examined} linhas examinadas, {returned} devolvidas"
    )


def _statement(each: ExplainedStatement) -> Part:
    nodes = each.plan.nodes
    costly = {
        id(node) for node in each.plan.costliest(COSTLIEST) if node.self_ms > LEAST_SHARE * each.plan.execution_ms
    }
    return {
        "label": " ".join(each.statement.text.split())[:200],
        "value": round(each.plan.execution_ms, 3),
        "below": _nodes(list(nodes), LEAST_SHARE * each.plan.execution_ms, costly),
    }


def _nodes(nodes: list[Node], least_ms: float, costly: set[int]) -> list[Part]:
    """The nodes of one level, each with those below it; nodes are in the plan's order, parents first."""
    made: list[Part] = []
    while nodes:
        node, *rest = nodes
        end = next((place for place, other in enumerate(rest) if other.depth <= node.depth), len(rest))
        if node.total_ms >= least_ms:
            made.append(
                {
                    "label": node.title[:200],
                    "value": round(node.self_ms, 3),
                    "tone": "warn" if id(node) in costly else "plain",
                    "detail": both(f"{grouped(round(node.rows))} rows", f"{grouped(round(node.rows))} linhas"),
                    "below": _nodes(rest[:end], least_ms, costly),
                }
            )
        nodes = rest[end:]
    return made
