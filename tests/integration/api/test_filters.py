"""Answers about open work and quality errors can be narrowed to a phase, a product and a period, on every route."""

from __future__ import annotations

import httpx
import pytest

from tests.integration.api.requests.test_strict_requests import faults_of

OPEN_WORK = (
    "/api/prodplan/schedule/current",
    "/api/prodplan/dispatch",
    "/api/prodplan/dispatch.csv",
    "/api/prodplan/risk_queue",
    "/api/prodplan/wip_age",
    "/api/smartinventory/wip",
    "/api/smartinventory/wip_mass",
    "/api/smartinventory/gelcoat_theoretical_usage",
)
QUALITY = tuple(
    f"/api/quality/{name}"
    for name in (
        *("overview", "by-phase", "by-product", "risk", "by-culprit-phase", "culprit-matrix"),
        *("pareto", "pareto/by-phase", "pareto/by-product"),
    )
)
FILES = tuple(
    f"/api/{path}.{form}"
    for path in ("prodplan/dispatch", "prodplan/risk_queue", "prodplan/wip_age", "quality/pareto")
    for form in ("csv", "xlsx")
)
FILTERS = {"from", "to", "phase", "product"}


def test_every_such_route_has_the_four_filters(client: httpx.Client) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    lacking = {
        path: FILTERS - {one["name"] for one in paths[path]["get"]["parameters"]}
        for path in (*OPEN_WORK, *QUALITY, *FILES)
    }
    assert lacking == {path: set() for path in lacking}


@pytest.mark.parametrize("path", [*OPEN_WORK, *QUALITY])
def test_a_filter_that_cannot_be_is_refused_by_name(client: httpx.Client, path: str) -> None:
    for query, parameter in (
        ("from=2025-03-02&to=2025-03-01", "to"),
        ("from=2025-03-01&to=2025-03-01", "to"),
        ("from=01.03.2025", "from"),
        ("from=2025-02-30", "from"),
        ("to=", "to"),
        ("phase=", "phase"),
        ("phase=3.0", "phase"),
        ("product=99999999999999999999", "product"),
        ("product=5&product=6", "product"),
    ):
        assert faults_of(client.get(f"{path}?{query}")) == [("query", parameter)], query


@pytest.mark.parametrize("path", [*OPEN_WORK, *QUALITY])
def test_a_run_that_never_was_is_not_found_whatever_the_filters(client: httpx.Client, path: str) -> None:
    answer = client.get(f"{path}?from=2025-01-01&to=2026-01-01&phase=3&product=5&run_id=999999")
    assert (answer.status_code, answer.json()["code"]) == (404, "RUN_NOT_FOUND")


@pytest.mark.parametrize("path", [one for one in (*OPEN_WORK, *QUALITY) if not one.endswith(".csv")])
def test_the_answers_of_two_halves_are_not_the_answer_of_the_whole(client: httpx.Client, path: str) -> None:
    """A filter that changed nothing, or left nothing, would pass a comparison of shapes."""
    bodies = [client.get(f"{path}?{query}").json() for query in ("", "to=2024-06-01", "from=2024-06-01", "phase=-1")]
    assert len({str(body) for body in bodies}) > 2, bodies
