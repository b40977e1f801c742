"""Figures that rest on a gate without closing their route: null while it is DISABLED, marked while it is DEGRADED."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory
from tests.integration.api.gating.guarded import gate_in

ESTIMATED = ("remaining_steps", "remaining_flow_hours", "eta_at", "slack_days")


def one_open_order(standard_route_percent: int) -> workbooks.Rows:
    """Product 1's phase 1 took 24 h before; this percentage of its route's hundred steps finds product and phase."""
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
        assert said and said["left_empty"] == [*ESTIMATED, "mean_flow_flag"]
        assert found == ["UNKNOWN", None, None, None, None]
    else:
        steps = percent - 1
        eta = workbooks.START + workbooks.DAY * (1 + steps)
        assert found == ["LATE", steps, 24.0 * steps, eta.isoformat(), 2 - steps]


def test_estimates_are_empty_while_nobody_knows_the_gates(fresh: Factory) -> None:
    gates_file: Path = fresh.folder / "FEATURE_GATES.json"
    fresh.ingest(one_open_order(100), gates_file=gates_file)
    with fresh.api(gates_file) as client:
        known, _ = queue_of(client)
        assert None not in [known[name] for name in ESTIMATED]
        gates_file.unlink()
        order, said = queue_of(client)
    assert [order[name] for name in ESTIMATED] == [None] * 4
    assert said and said["reason"]


@pytest.mark.parametrize(("percent", "status"), [(94, "DEGRADED"), (95, None)])
def test_figures_of_products_say_that_the_join_is_degraded(fresh: Factory, percent: int, status: str | None) -> None:
    fresh.ingest(workbooks.matched("produto_join", percent, 100) | {"FasesOrdemFabrico": []})
    with fresh.api() as client:
        for path in ("/api/smartinventory/wip_mass", "/api/smartinventory/gelcoat_theoretical_usage"):
            body = client.get(path).json()
            said = gate_in(body, "produto_join")
            assert (said and said["status"]) == status
    assert body["open_orders"]["orders_of_unknown_products"] == 100 - percent


def test_figures_of_products_are_empty_while_nobody_knows_the_gates(fresh: Factory) -> None:
    gates_file: Path = fresh.folder / "FEATURE_GATES.json"
    fresh.ingest(workbooks.factory(5, open_share=0.7), gates_file=gates_file)
    with fresh.api(gates_file) as client:
        known = [client.get(f"/api/smartinventory/{name}").json() for name in PRODUCT_FIGURES]
        gates_file.unlink()
        closed = [client.get(f"/api/smartinventory/{name}").json() for name in PRODUCT_FIGURES]
    for before, after, (name, resting) in zip(known, closed, PRODUCT_FIGURES.items(), strict=True):
        said = gate_in(after, "produto_join")
        assert said and said["status"] == "DISABLED"
        assert nulls(after) == set(resting) <= set(said["left_empty"]), name
        assert not nulls(before) & set(resting)


PRODUCT_FIGURES = {
    "wip_mass": ("standard_orders", "standard_mass_kg", "unknown_mass_orders", "mass_kg"),
    "gelcoat_theoretical_usage": (
        "orders_of_unknown_products",
        "orders_without_gelcoat",
        "theoretical_deck_kg",
        "theoretical_hull_kg",
        "theoretical_kg",
        "products",
    ),
}


def nulls(body: Any) -> set[str]:
    """Names of the fields that are null, data_quality's own aside."""
    if isinstance(body, list):
        return set().union(*map(nulls, body))
    if not isinstance(body, dict):
        return set()
    inner = {name: value for name, value in body.items() if name != "data_quality"}
    return {name for name, value in inner.items() if value is None} | nulls(list(inner.values()))


def test_unknown_parameters_and_limits_out_of_bounds_are_refused(client: httpx.Client) -> None:
    for query in ("limit=0", "limit=501", "top=5"):
        answer = client.get(f"/api/prodplan/risk_queue?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, query.split("=")[0])
