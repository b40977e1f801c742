"""Every GET endpoint of the OpenAPI document that no SLO covers: what one costs at a gentle rate."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from app.performance.checking import Check, schema_check
from app.performance.connection import Answer, Connections
from app.performance.declaration import Slo
from app.performance.judgement import nearest_rank
from app.performance.load import offer
from app.performance.preparation import OPENAPI, asked
from app.performance.timetable import Request, filled_of, timetable
from app.performance.truth import Truth
from benchmarks.api_load.plan import Plan
from benchmarks.api_load.shaping import shaped
from benchmarks.ingestion_speed.figures import NotMeasured

JSON = "application/json"
CLOSED = 409
"""The data do not support the endpoint: that refusal is its answer then, and is what is timed."""


def endpoints(document: Mapping[str, Any], covered: Collection[str]) -> list[str]:
    """Paths with a GET that no SLO covers, in the document's order."""
    return [path for path, methods in document["paths"].items() if "get" in methods and path not in covered]


def supply(truth: Truth) -> dict[str, list[str]]:
    """Values of the run for the placeholders of paths."""
    return {
        "work_order_id": [str(number) for number in truth.phases_by_order],
        "product_id": [str(number) for number in truth.product_ids],
        "run_id": [str(truth.run_id)],
    }


def fault_of(check: Check, request: Request, answer: Answer) -> str | None:
    """Why an answer is no good: neither 200 nor a closed gate, or JSON not as its schema says; None: it is good."""
    if answer.status == CLOSED:
        return None
    if answer.status != 200:
        return f"answered {answer.status}"
    if answer.media_type != JSON:
        return None
    try:
        return check(request, json.loads(answer.body))
    except ValueError:
        return "is no JSON"


def cost(connections: Connections, pattern: Slo, endpoint: str, truth: Truth, plan: Plan) -> dict[str, Any]:
    """p50 and p95 (ms) of one endpoint. pattern: an SLO to take time-outs from.

    Raises NotMeasured when nothing fills its path, or an answer is wrong.
    """
    requests = filled_of(endpoint, endpoint, supply(truth))
    if not requests:
        raise NotMeasured(f"the run holds nothing to ask {endpoint} for")
    slo = replace(shaped(pattern, plan.others_rate, plan.others_requests), name=endpoint)
    document = asked(connections, OPENAPI)
    described = document["paths"][endpoint]["get"]["responses"]["200"]["content"]
    # A file has no schema; its status is what there is to check.
    check: Check = schema_check(document, endpoint) if JSON in described else lambda request, body: None
    latencies, sizes, closed = [], [], False
    for done in offer(timetable([slo], {endpoint: requests}), connections.get):
        if done.answer is None:
            raise NotMeasured(f"{done.arrival.request.path}: {done.failure}")
        fault = fault_of(check, done.arrival.request, done.answer)
        if fault is not None:
            raise NotMeasured(f"{done.arrival.request.path} {fault}")
        closed = closed or done.answer.status == CLOSED
        if not done.arrival.is_warm_up:
            latencies.append(round(done.latency_s * 1000, 3))
            sizes.append(len(done.answer.body))
    ordered = sorted(latencies)
    return {
        "requests": len(ordered),
        "p50_ms": nearest_rank(ordered, 0.5),
        "p95_ms": nearest_rank(ordered, 0.95),
        "largest_body_bytes": max(sizes),
        "note": f"{CLOSED}: the data close its gate" if closed else "",
        "latencies_ms": latencies,
    }
