"""Figures that rest on a gate without closing their route: null while it is DISABLED, marked while it is DEGRADED."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory
from tests.integration.api.test_gating import gate_in

ESTIMATED = ("remaining_steps", "remaining_flow_hours", "eta_at", "slack_days")


def one_open_order(standard_route_percent: int) -> workbooks.Rows:
    """Product 1's phase 1 took 24 h before; of its route's hundred steps so many find product and phase."""
    rows = workbooks.matched("standard_route", standard_route_percent, 100)
    noon = workbooks.START.replace(hour=12)
    rows["OrdensFabrico"] = [[1, workbooks.START, workbooks.NULL, 1, 1, workbooks.START + 3 * workbooks.DAY]]
    end = workbooks.START + workbooks.DAY
    rows["FasesOrdemFabrico"] = [[1, 1, noon, end, workbooks.NULL, 1, 0, 1, 0, 0, workbooks.NULL, 1]]
    return rows


def queue_of(client: httpx.Client) -> tuple[dict[str, Any], dict[str, Any] | None]:
    body = client.get("/api/prodplan/risk_queue").json()
    (order,) = body["orders"]
    return order, gate_in(body, "standard_route")


@pytest.mark.parametrize(("percent", "status"), [(79, "DISABLED"), (80, "DEGRADED"), (94, "DEGRADED"), (95, None)])
def test_estimates_follow_the_standard_routes_gate(fresh: Factory, percent: int, status: str | None) -> None:
    fresh.ingest(one_open_order(percent))
    with fresh.api() as client:
        order, said = queue_of(client)
    assert (said and said["status"]) == status
    found = [order[name] for name in ("risk", *ESTIMATED)]
    if status == "DISABLED":
        assert said and said["left_empty"] == list(ESTIMATED)
        assert found == ["UNKNOWN", None, None, None, None]
    else:
        steps = percent - 1
        eta = workbooks.START + workbooks.DAY * (1 + steps)
        assert found == ["LATE", steps, 24.0 * steps, eta.isoformat(), 2 - steps]


def test_estimates_are_empty_while_nobody_knows_the_gates(fresh: Factory) -> None:
    gates_file: Path = fresh.folder / "FEATURE_GATES.json"
    fresh.ingest(one_open_order(100), gates_file=gates_file)
    with fresh.api(gates_file) as client:
        assert None not in queue_of(client)[0].values()
        gates_file.unlink()
        order, said = queue_of(client)
    assert [order[name] for name in ESTIMATED] == [None] * 4
    assert said and said["reason"]


def test_unknown_parameters_and_limits_out_of_bounds_are_refused(client: httpx.Client) -> None:
    for query in ("limit=0", "limit=501", "top=5"):
        answer = client.get(f"/api/prodplan/risk_queue?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, query.split("=")[0])
