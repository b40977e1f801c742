"""Measures what no SLO's load covers: every other GET endpoint of the OpenAPI document, and the hot ones' other
questions."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.request import Request as UrlRequest
from urllib.request import urlopen

from app.performance.load.answer_checking import Check, schema_check
from app.performance.load.connection import Answer, Connections
from app.performance.load.load import Exchange, offer
from app.performance.load.preparation import PREPARED_WITHIN_S
from app.performance.load.timetable import Request, filled_of, timetable
from app.performance.load.truth import Truth
from app.performance.slo.slo_declaration import Slo
from app.performance.slo.slo_judgement import nearest_rank
from benchmarks.api_load.plan import Plan
from benchmarks.api_load.shaping import shaped
from benchmarks.ingestion_speed.figures import NotMeasured

JSON = "application/json"
FILE = re.compile(r"\.(csv|xlsx)$")
OK, CLOSED = 200, 409
"""409: the data do not support the endpoint, or it has nothing of this run: then that refusal is timed."""


def endpoints(document: Mapping[str, Any], covered: Collection[str]) -> list[str]:
    """Paths with a GET that no SLO covers, in the document's order; of files those alone whose JSON is not here."""
    found = [path for path, methods in document["paths"].items() if "get" in methods and path not in covered]
    return [path for path in found if FILE.sub("", path) == path or FILE.sub("", path) not in found]


def variants(slos: Collection[Slo]) -> list[str]:
    """Requests that the SLOs declare beside those of their load."""
    return [variant.request for slo in slos for variant in slo.variants]


def kept_scenario(base_url: str, key: str) -> int:
    """Keep a scenario through the API, to be asked for; its number. Raises NotMeasured."""
    given = json.dumps({"name": "benchmark", "scenario": {"rule": "EDD"}}).encode()
    headers = {"Content-Type": JSON, "Authorization": f"Bearer {key}"}
    try:
        with urlopen(UrlRequest(f"{base_url}/api/whatif/scenarios", given, headers), timeout=PREPARED_WITHIN_S) as kept:
            return int(json.load(kept)["scenario_id"])
    except OSError as error:
        raise NotMeasured(f"no scenario could be kept: {error}") from error


def supply(truth: Truth, scenario_id: int) -> dict[str, list[str]]:
    """Values of the run, and of the kept scenario, for the placeholders of requests."""
    return {
        "scenario_id": [str(scenario_id)],
        "work_order_id": [str(number) for number in truth.phases_by_order],
        "product_id": [str(number) for number in truth.product_ids],
        "run_id": [str(truth.run_id)],
        "phase_id": [] if truth.busiest_phase is None else [str(truth.busiest_phase)],
        "period_from": [truth.period[0]] if truth.period else [],
        "period_to": [truth.period[1]] if truth.period else [],
    }


def fault_of(check: Check, request: Request, answer: Answer) -> str | None:
    """Return the fault of an answer: neither 200 nor a closed gate, or JSON that violates its schema; None: none."""
    if answer.status == CLOSED:
        return None
    if answer.status != OK:
        return f"answered {answer.status}"
    if answer.media_type != JSON:
        return None
    try:
        return check(request, json.loads(answer.body))
    except ValueError:
        return "is no JSON"


def answering(connections: Connections, requests: Sequence[Request], most: int) -> Sequence[Request]:
    """The requests with an answer of their own (not every product has a route); without any, all requests."""
    tried = requests[:most]
    return [request for request in tried if connections.get(request.path, PREPARED_WITHIN_S).status == OK] or tried


def right_answer(done: Exchange, check: Check) -> Answer:
    """The answer of a request. Raises NotMeasured without one, or if it is wrong."""
    if done.answer is None:
        raise NotMeasured(f"{done.arrival.request.path}: {done.failure}")
    fault = fault_of(check, done.arrival.request, done.answer)
    if fault is not None:
        raise NotMeasured(f"{done.arrival.request.path} {fault}")
    return done.answer


def cost(
    connections: Connections,
    pattern: Slo,
    template: str,
    supplied: Mapping[str, list[str]],
    plan: Plan,
    document: Mapping[str, Any],
) -> dict[str, Any]:
    """p50 and p95 (ms) of one request's template. pattern: an SLO to take time-outs from. document: OpenAPI's.
    supplied: see `supply`.

    Raises NotMeasured when nothing fills its path, or an answer is wrong.
    """
    requests = answering(connections, filled_of(template, template, supplied), plan.most_tried)
    if not requests:
        raise NotMeasured(f"the run holds nothing to ask {template} for")
    endpoint = template.partition("?")[0]
    slo = replace(shaped(pattern, plan.others_rate, plan.others_requests, warm_up_s=plan.warm_up_s), name=template)
    described = document["paths"][endpoint]["get"]["responses"].get("200", {}).get("content", {})
    # A file has no schema; its status is what there is to check.
    check: Check = schema_check(document, endpoint) if JSON in described else lambda request, body: None
    latencies, sizes, note = [], [], ""
    for done in offer(timetable([slo], {template: requests}), connections.get):
        answer = right_answer(done, check)
        if answer.status == CLOSED:
            note = f"{CLOSED} {json.loads(answer.body)['code']}"
        if not done.arrival.is_warm_up:
            latencies.append(round(done.latency_s * 1000, 3))
            sizes.append(len(answer.body))
    ordered = sorted(latencies)
    return {
        "requests": len(ordered),
        "p50_ms": nearest_rank(ordered, 0.5),
        "p95_ms": nearest_rank(ordered, 0.95),
        "largest_body_bytes": max(sizes),
        "note": note,
        "latencies_ms": latencies,
    }
