"""Routes of the OpenAPI document admit as they declare, and keys come and go without a restart."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api.keys.api_keys import Scope
from app.api.keys.keys_file import add_key, revoke_key
from tests.integration.api.conftest import Factory
from tests.integration.api.requests.test_problems import refused

PUBLIC = {"/api/health", "/api/ready"}
ALWAYS = {f"/api/whatif/{name}{form}" for name in ("simulate", "schedule") for form in ("", ".csv", ".xlsx")}
READ, INGEST, PLAN = Scope.READ, Scope.INGEST, Scope.PLAN


@pytest.fixture
def keys_file(tmp_path: Path) -> Path:
    return tmp_path / "api_keys.json"


@pytest.fixture
def closed(busy: Factory, keys_file: Path) -> Iterator[httpx.Client]:
    """An API where every route needs a key of `keys_file`; its client has none."""
    with busy.api(api_keys_file=keys_file, require_api_key=True) as client:
        yield client


@pytest.fixture
def log(closed: httpx.Client, caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """All that the server logs, at every level."""
    logger = logging.getLogger("uvicorn.error")
    level = logger.level
    logger.addHandler(caplog.handler)
    logger.setLevel(logging.DEBUG)
    yield caplog
    logger.removeHandler(caplog.handler)
    logger.setLevel(level)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def operations(client: httpx.Client, **headers: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path template and operation of every route of the document."""
    document = client.get("/api/openapi.json", headers=headers).json()
    return [
        (method.upper(), path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]


def ask(client: httpx.Client, method: str, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    """Ask a route with numbers that may exist; a POST has a body that is no JSON, which is refused after admission.

    The run is the live one: to ask that the earlier one be live again would leave a request to the other tests.
    """
    address = path.format(work_order_id=1, product_id=1, run_id=2, scenario_id=1)
    return client.request(method, address, headers=headers, content=b"{" if method == "POST" else None)


def test_every_route_behaves_as_it_declares_where_keys_are_required(closed: httpx.Client, keys_file: Path) -> None:
    keys = {scope: add_key(keys_file, scope.value, [scope]) for scope in Scope}
    keys_of_both = [add_key(keys_file, f"both-{one}", Scope) for one in (1, 2)]
    walked = operations(closed, **bearer(keys[READ]))
    assert {path for _, path, operation in walked if "security" not in operation} == PUBLIC
    for method, path, operation in walked:
        if path in PUBLIC:
            assert ask(closed, method, path).status_code == 200
            continue
        needed = Scope(operation["x-required-scope"])
        other = INGEST if needed is READ else READ
        assert operation["security"] == [{"apiKey": []}]
        assert {"401", "403"} <= operation["responses"].keys()
        assert "www-authenticate" in ask(closed, method, path).headers
        refused(ask(closed, method, path), 401, "API_KEY_REQUIRED")
        refused(ask(closed, method, path, bearer("prodplan_wrong")), 401, "API_KEY_INVALID")
        refused(ask(closed, method, path, bearer(keys[other])), 403, "SCOPE_MISSING")
        for key in (keys[needed], *keys_of_both):
            assert ask(closed, method, path, bearer(key)).status_code not in (401, 403), path


def test_only_what_always_needs_a_key_asks_for_one_in_development(busy: Factory, keys_file: Path) -> None:
    with busy.api(api_keys_file=keys_file) as client:
        for method, path, operation in operations(client):
            writes = operation["x-required-scope"] in (INGEST, PLAN)
            assert ("security" in operation) == (path in ALWAYS or writes), path
            if "security" in operation:
                refused(ask(client, method, path), 401, "API_KEY_REQUIRED")
            else:
                assert ask(client, method, path, bearer("wrong")).status_code not in (401, 403)
        assert client.get("/api/docs").status_code == 200


def test_document_needs_a_key_and_its_page_is_gone_where_keys_are_required(closed: httpx.Client) -> None:
    refused(closed.get("/api/openapi.json"), 401, "API_KEY_REQUIRED")
    refused(closed.get("/api/docs"), 404, "NOT_FOUND")


def test_revoked_key_is_refused_at_the_next_request_and_the_other_is_not(closed: httpx.Client, keys_file: Path) -> None:
    old, new = (add_key(keys_file, name, [READ]) for name in ("2026-01", "2026-02"))
    assert [closed.get("/api/kpis/overview", headers=bearer(key)).status_code for key in (old, new)] == [200, 200]
    revoke_key(keys_file, "2026-01")
    assert [closed.get("/api/kpis/overview", headers=bearer(key)).status_code for key in (old, new)] == [401, 200]


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Basic {key}", "{key}", "Bearer {key}x", "Bearer {name}", "Bearer {hash}", "Bearer é"],
)
def test_anything_but_the_key_itself_is_refused(closed: httpx.Client, keys_file: Path, header: str) -> None:
    key = add_key(keys_file, "planner", [READ])
    kept = json.loads(keys_file.read_text(encoding="utf-8"))["keys"][0]
    sent = header.format(key=key, name=kept["name"], hash=kept["sha256"]).encode()
    refused(closed.get("/api/kpis/overview", headers={"Authorization": sent}), 401, "API_KEY_INVALID")


def test_two_authorizations_are_refused_and_the_scheme_is_known_in_any_case(
    closed: httpx.Client, keys_file: Path
) -> None:
    key = add_key(keys_file, "planner", [READ])
    twice = [("Authorization", f"Bearer {key}")] * 2
    refused(closed.get("/api/kpis/overview", headers=twice), 401, "API_KEY_INVALID")
    assert closed.get("/api/kpis/overview", headers={"Authorization": f"bEARER {key}"}).status_code == 200


@pytest.mark.parametrize("spoil", ["missing", "folder", "not json", "another shape", "no scope", "twice"])
def test_no_key_is_valid_while_the_file_cannot_be_used(
    closed: httpx.Client, keys_file: Path, spoil: str, log: pytest.LogCaptureFixture
) -> None:
    key = add_key(keys_file, "planner", [READ])
    good = keys_file.read_text(encoding="utf-8")
    assert closed.get("/api/kpis/overview", headers=bearer(key)).status_code == 200
    (entry,) = json.loads(good)["keys"]
    keys_file.unlink()
    if spoil == "folder":
        keys_file.mkdir()
    elif spoil != "missing":
        texts = {
            "not json": good[:-20],
            "another shape": json.dumps([entry]),
            "no scope": json.dumps({"keys": [entry | {"scopes": []}]}),
            "twice": json.dumps({"keys": [entry, entry]}),
        }
        keys_file.write_text(texts[spoil], encoding="utf-8")
    for _ in range(3):
        body = refused(closed.get("/api/kpis/overview", headers=bearer(key)), 401, "API_KEY_INVALID")
        assert str(keys_file.parent) not in str(body)
    assert len({id(record) for record in log.records if record.levelname == "ERROR"}) == 1  # handlers may share it
    assert key not in log.text
    if keys_file.is_dir():
        keys_file.rmdir()
    keys_file.write_text(good, encoding="utf-8")
    assert closed.get("/api/kpis/overview", headers=bearer(key)).status_code == 200


def test_key_reaches_neither_an_answer_nor_the_log(
    closed: httpx.Client, keys_file: Path, log: pytest.LogCaptureFixture
) -> None:
    key = add_key(keys_file, "planner", [READ])
    kept = keys_file.read_text(encoding="utf-8")
    answers = [
        closed.request(method, path, headers=bearer(key))
        for method, path in [("GET", "/api/kpis/overview"), ("POST", "/api/whatif/simulate"), ("GET", "/nowhere")]
    ]
    answers.append(closed.get("/metrics", headers=bearer(key)))
    said = log.text + kept + "".join(f"{answer.text}{answer.headers}" for answer in answers)
    assert key not in said
    assert key.removeprefix("prodplan_") not in said


def test_what_a_key_opened_stays_with_its_holder_and_what_is_public_may_be_stored(
    closed: httpx.Client, keys_file: Path
) -> None:
    key = add_key(keys_file, "planner", Scope)
    opened = closed.get("/api/kpis/overview", headers=bearer(key))
    public = closed.get("/api/health")
    assert (opened.headers["cache-control"], "cache-control" in public.headers) == ("private, no-cache", False)
    for path in ("/api/ingestion/runs", "/api/prodplan/orders/5", "/metrics"):
        assert closed.get(path, headers=bearer(key)).headers["cache-control"] == "no-store"
    assert {opened.headers["x-content-type-options"], public.headers["x-content-type-options"]} == {"nosniff"}
