"""Costly routes are limited for each caller, and the refusal says when to come back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import limits.storage.memory
import pytest

from app.api.keys import rate_limits
from app.api.keys.api_keys import Scope
from app.api.keys.keys_file import add_key
from tests.integration.api.conftest import Factory
from tests.integration.api.requests.test_problems import refused

SIMULATE = "/api/whatif/simulate"


class Clock:
    """The time that rates go by; stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(rate_limits, "time", clock)
    monkeypatch.setattr(limits.storage.memory, "time", clock)
    return clock


@pytest.fixture
def rationed(busy: Factory, tmp_path: Path, clock: Clock) -> Iterator[tuple[httpx.Client, list[dict[str, str]]]]:
    """An API with three simulations a minute, and two callers' headers."""
    path = tmp_path / "api_keys.json"
    callers = [{"Authorization": f"Bearer {add_key(path, name, [Scope.READ])}"} for name in ("one", "two")]
    with busy.api(api_keys_file=path, rate_simulation="3/minute") as client:
        yield client, callers


def test_caller_beyond_the_rate_waits_as_long_as_it_is_told(
    rationed: tuple[httpx.Client, list[dict[str, str]]], clock: Clock
) -> None:
    client, (one, two) = rationed
    for _ in range(3):
        assert client.post(SIMULATE, headers=one, json={}).status_code == 200
        clock.now += 10
    answer = client.post(SIMULATE, headers=one, json={})
    assert answer.headers["retry-after"] == "30"
    assert (answer.status_code, answer.json()["code"], answer.json()["retry_after_s"]) == (429, "RATE_LIMITED", 30)
    assert client.post(SIMULATE, headers=two, json={}).status_code == 200
    assert client.get("/api/kpis/overview").status_code == 200
    clock.now += 29
    assert client.post(SIMULATE, headers=one, json={}).status_code == 429
    clock.now += 1.5
    assert client.post(SIMULATE, headers=one, json={}).status_code == 200


def test_request_that_is_not_let_in_spends_nothing(rationed: tuple[httpx.Client, list[dict[str, str]]]) -> None:
    client, (one, _) = rationed
    for _ in range(5):
        refused(client.post(SIMULATE, json={}), 401, "API_KEY_REQUIRED")
    assert [client.post(SIMULATE, headers=one, json={}).status_code for _ in range(4)] == [200, 200, 200, 429]


def test_rate_is_declared_in_the_document(client: httpx.Client) -> None:
    responses = client.get("/api/openapi.json").json()["paths"][SIMULATE]["post"]["responses"]
    assert {"Retry-After"} == responses["429"]["headers"].keys()
