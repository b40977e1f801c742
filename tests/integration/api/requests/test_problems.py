"""Refusals are problem+json with a stable code, say nothing of the inside, and end when their cause does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from app.database.engine import make_engine
from app.planning.indicators import kpis
from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory

DATA = (
    "/api/prodplan/orders",
    "/api/prodplan/orders/1",
    "/api/prodplan/schedule/current",
    "/api/prodplan/routes/1",
    "/api/kpis/overview",
    "/api/kpis/overview?from=2024-01-01",
    "/api/kpis/by-phase",
    "/api/kpis/by-product",
    "/api/kpis/by-employee",
    "/api/smartinventory/wip",
    "/api/quality/overview",
    "/api/quality/by-phase",
    "/api/quality/by-product",
    "/api/quality/pareto/by-product",
    "/api/quality/risk",
    "/api/quality/by-culprit-phase",
    "/api/feature-gates",
    "/api/ready",
)

PERIODS = ("/api/kpis/overview", "/api/kpis/by-phase", "/api/kpis/by-product", "/api/kpis/by-employee")
INVALID_PERIODS = (
    ("from", "yesterday"),
    ("from", "2024-02-30"),
    ("from", "20240101"),
    ("to", "1704067200"),
    ("to", "2024-01-01T00:00:00"),
    ("form", "2024-01-01"),
)


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The body of a refusal, which must be of this status and code."""
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert body["instance"] == answer.request.url.path
    assert ("retry-after" in answer.headers) == (status == 503)
    return body


@pytest.fixture
def untouched(busy: Factory) -> Iterator[httpx.Client]:
    """An API of the test's own, which has not computed any figure yet."""
    with busy.api() as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api", 404, "NOT_FOUND"),
        ("GET", "/api/prodplan/%2e%2e/etc", 404, "NOT_FOUND"),
        ("POST", "/api/prodplan/orders", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/api/prodplan/orders/5", 404, "ORDER_NOT_FOUND"),
        ("GET", "/api/prodplan/routes/5000", 404, "ROUTE_NOT_FOUND"),
    ],
)
def test_what_is_not_there_is_a_problem(client: httpx.Client, method: str, path: str, status: int, code: str) -> None:
    answer = client.request(method, path)
    refused(answer, status, code)
    assert ("allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize(
    ("path", "parameter", "value"),
    [
        ("/api/prodplan/orders", "limit", "0"),
        ("/api/prodplan/orders", "limit", "501"),
        ("/api/prodplan/orders", "of_id", "9223372036854775808"),
        ("/api/prodplan/orders", "of_id", "1; DROP TABLE"),
        ("/api/prodplan/orders", "status", "DONE"),
        ("/api/prodplan/orders", "created_from", "2024-01-01T00:00:00Z"),
        ("/api/prodplan/orders", "created_to", "yesterday"),
        ("/api/prodplan/orders", "prodct", "1"),
        *((path, *refused) for path in PERIODS for refused in INVALID_PERIODS),
        ("/api/kpis/by-product", "limit", "501"),
        ("/api/kpis/by-product", "offset", "-1"),
        ("/api/quality/by-product", "offset", "1000001"),
        ("/api/quality/by-product", "group_by", "month"),
        ("/api/quality/risk", "minimum_population", "0"),
        ("/api/quality/risk", "group_by", "month"),
        ("/api/prodplan/orders/x", "work_order_id", None),
        ("/api/prodplan/orders/-9223372036854775809", "work_order_id", None),
    ],
)
def test_invalid_parameter_is_named(client: httpx.Client, path: str, parameter: str, value: str | None) -> None:
    answer = client.get(path, params={parameter: value} if value is not None else None)
    assert [fault["parameter"] for fault in refused(answer, 422, "INVALID_PARAMETER")["errors"]] == [parameter]


@pytest.mark.parametrize("body", [b"\xff", b"{", b""], ids=["no text", "no JSON", "nothing"])
def test_body_that_cannot_be_read_is_invalid(client: httpx.Client, body: bytes) -> None:
    answer = client.post("/api/whatif/simulate", content=body, headers={"Content-Type": "application/json"})
    assert [fault["location"] for fault in refused(answer, 422, "INVALID_PARAMETER")["errors"]] == ["body"]


@pytest.mark.parametrize("path", PERIODS)
@pytest.mark.parametrize("to", ["2024-03-01", "2024-02-29"])
def test_period_without_a_day_is_refused_by_the_name_of_its_end(client: httpx.Client, path: str, to: str) -> None:
    answer = client.get(path, params={"from": "2024-03-01", "to": to})
    assert [fault["parameter"] for fault in refused(answer, 422, "INVALID_PARAMETER")["errors"]] == ["to"]


@pytest.mark.parametrize("path", PERIODS)
@pytest.mark.parametrize("bounds", [{"from": "0001-01-01"}, {"to": "0001-01-01"}, {"to": "9999-12-31"}])
def test_period_may_begin_and_end_with_the_calendar(client: httpx.Client, path: str, bounds: dict[str, str]) -> None:
    assert client.get(path, params=bounds).status_code == 200


def test_head_is_get_without_its_body_and_options_is_refused(client: httpx.Client) -> None:
    got, head = (client.request(method, "/api/kpis/overview") for method in ("GET", "HEAD"))
    assert (head.status_code, head.content, head.headers["content-type"]) == (200, b"", "application/json")
    assert head.headers["content-length"] == got.headers["content-length"]
    assert client.head("/api/prodplan/orders/5").status_code == 404
    assert refused(client.options("/api/kpis/overview"), 405, "METHOD_NOT_ALLOWED")
    assert client.options("/api/kpis/overview").headers["allow"] == "GET"
    assert client.options("/api/ingestion/runs").headers["allow"] == "GET, POST"
    assert client.options("/api/ingestion/runs/7/report").headers["allow"] == "GET"


def test_no_origin_may_ask_from_a_browser_unless_it_is_named(busy: Factory) -> None:
    origins = {"https://plan.example": "https://plan.example", "https://evil.example": None}
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "Authorization"}
    for allowed in (None, ("https://plan.example",)):
        with busy.api(cors_origins=allowed) as client:
            for origin, expected in origins.items():
                expected = expected if allowed else None
                answer = client.get("/api/health", headers={"Origin": origin})
                preflight = client.options("/api/kpis/overview", headers={"Origin": origin, **asked})
                said = [one.headers.get("access-control-allow-origin") for one in (answer, preflight)]
                assert (said, preflight.status_code == 200) == ([expected] * 2, expected is not None)
                assert "access-control-allow-credentials" not in preflight.headers


def test_nothing_is_answered_before_a_run_is_live(fresh: Factory) -> None:
    with fresh.api() as client:
        for path in DATA:
            refused(client.get(path), 503, "NO_DATA")
        assert client.get("/api/health").json() == {"status": "alive"}
        fresh.ingest(workbooks.factory(1))
        assert client.get("/api/ready").json()["status"] == "ready"


def test_database_gone_is_503_and_comes_back_without_restart(fresh: Factory) -> None:
    fresh.ingest(workbooks.factory(1))
    engine = make_engine(fresh.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with fresh.api() as client, engine.connect() as admin:
        assert client.get("/api/ready").status_code == 200
        admin.execute(sa.text(f'ALTER DATABASE "{fresh.url.database}" ALLOW_CONNECTIONS false'))
        admin.execute(
            sa.text("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name"),
            {"name": fresh.url.database},
        )
        for path in DATA:
            body = refused(client.get(path), 503, "DATABASE_UNAVAILABLE")
            assert str(fresh.url.database) not in str(body)
        assert client.get("/api/health").status_code == 200
        admin.execute(sa.text(f'ALTER DATABASE "{fresh.url.database}" ALLOW_CONNECTIONS true'))
        assert client.get("/api/ready").status_code == 200
    engine.dispose()


def test_schema_of_another_version_is_not_ready(busy: Factory, scratch_url: sa.URL) -> None:
    with busy.api(head="9999") as client:
        assert refused(client.get("/api/ready"), 503, "SCHEMA_NOT_READY")["expected"] == "9999"
    with Factory(scratch_url, busy.roles, busy.folder).api() as client:
        refused(client.get("/api/kpis/overview"), 503, "SCHEMA_NOT_READY")


def test_unexpected_error_says_nothing_of_the_inside(untouched: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any) -> None:
        raise RuntimeError("SELECT secret FROM /srv/private")

    monkeypatch.setattr(kpis, "overview", broken)
    body = refused(untouched.get("/api/kpis/overview"), 500, "INTERNAL_ERROR")
    assert not any(word in str(body) for word in ("SELECT", "secret", "private", "RuntimeError"))


def test_statement_that_takes_too_long_is_given_up(untouched: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = sa.text("SET LOCAL statement_timeout = 20; SELECT pg_sleep(10)")
    monkeypatch.setattr(kpis, "OVERVIEW", slow)
    refused(untouched.get("/api/kpis/overview"), 503, "QUERY_TIMEOUT")


def test_wrong_statement_does_not_leak_its_text(untouched: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kpis, "OVERVIEW", sa.text("SELECT 1 / 0 AS hidden_column"))
    body = refused(untouched.get("/api/kpis/overview"), 500, "INTERNAL_ERROR")
    assert "hidden_column" not in str(body)
