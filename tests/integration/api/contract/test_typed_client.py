"""A client generated from the OpenAPI document answers a planner's ten questions, each by one request, with types."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import httpx
import pytest
from openapi_python_client import MetaType, generate
from openapi_python_client.config import Config, ConfigFile

from tests.integration.api import shown
from tests.integration.api.conftest import NewFactory

PACKAGE = "prodplan_client"
NOT_TYPED = ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "POST /api/ingestion/runs ")
"""Parts of the document for which the generator has no type: workbooks as answers, and as the body of an upload."""
MARCH = (dt.date(2024, 3, 1), dt.date(2024, 4, 1))


@pytest.fixture(scope="module")
def service(new_factory: NewFactory) -> Iterator[httpx.Client]:
    """The API on the examples' factory and the export before it."""
    with new_factory() as factory:
        factory.ingest(shown.day_before())
        factory.ingest(shown.factory())
        with factory.api() as client:
            yield client


@pytest.fixture(scope="module")
def warnings(service: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Generates the client as the package PACKAGE; the generator's warnings, with their headers."""
    folder = tmp_path_factory.mktemp("generated")
    document = folder / "openapi.json"
    document.write_text(json.dumps(service.get("/api/openapi.json").json()), encoding="utf-8")
    config = Config.from_sources(
        ConfigFile(post_hooks=[]), MetaType.NONE, document, "utf-8", overwrite=True, output_path=folder / PACKAGE
    )
    found = [f"{one.header} {one.detail}" for one in generate(config=config)]
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield found
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def client(service: httpx.Client, warnings: list[str]) -> Iterator[Any]:
    """The generated client, with the key of the service's own."""
    assert isinstance(warnings, list)
    token = service.headers["Authorization"].removeprefix("Bearer ")
    made = import_module(f"{PACKAGE}.client").AuthenticatedClient
    with made(str(service.base_url).rstrip("/"), token, raise_on_unexpected_status=True) as client:
        yield client


def asked(client: Any, operation: str, *given: Any, **parameters: Any) -> Any:
    """The typed answer of an operation, which must be its declared model and nothing else."""
    module = import_module(f"{PACKAGE}.api.{operation}")
    response = module.sync_detailed(*given, client=client, **parameters)
    assert response.status_code == 200, response.content
    assert type(response.parsed).__name__.endswith("Answer"), type(response.parsed)
    # No member of the answer is lost or changed by the types, but for numbers written 3.0 and moments.
    assert response.parsed.to_dict().keys() == json.loads(response.content).keys()
    return response.parsed


def test_whole_document_has_types_but_for_workbooks(warnings: list[str]) -> None:
    assert [one for one in warnings if not any(part in f"{one} " for part in NOT_TYPED)] == []


def _model(name: str) -> Any:
    return getattr(import_module(f"{PACKAGE}.models"), name)


def _scenario(**members: Any) -> Any:
    return _model("Scenario").from_dict(members)


QUESTIONS: dict[str, Callable[[Any], Any]] = {
    "Which orders are due in March?": lambda client: [
        one.work_order_id
        for one in asked(client, "prodplan.get_prodplan_orders", due_from="2024-03-01", due_to="2024-04-01").orders
    ],
    "How many open orders are due in which week?": lambda client: len(
        asked(client, "prodplan.get_prodplan_backlog").weeks
    ),
    "What is to be done at painting today?": lambda client: [
        one.work_order_id
        for phase in asked(client, "prodplan.get_prodplan_dispatch", phase=2).phases
        for one in phase.entries
    ],
    "Which orders are late?": lambda client: asked(client, "prodplan.get_prodplan_risk_queue").totals.overdue_orders,
    "Which phase has more work than places?": lambda client: len(asked(client, "prodplan.get_prodplan_load").phases),
    "For which day can a new canoe be promised?": lambda client: (
        asked(client, "prodplan.get_prodplan_promise_product_id", shown.PRODUCT).promise_at
    ),
    "What would a breakdown of painting do?": lambda client: (
        asked(
            client,
            "whatif.post_whatif_simulate",
            body=_scenario(
                breakdowns=[{"phase_id": 2, "starts_at": "2024-03-06T08:00:00", "ends_at": "2024-03-11T12:00:00"}]
            ),
        ).affected_orders
    ),
    "When does each execution start and end?": lambda client: [
        one.work_order_id for one in asked(client, "whatif.post_whatif_schedule", body=_scenario()).executions
    ],
    "What changed since the export before?": lambda client: [
        one.work_order_id for one in asked(client, "changes.get_changes_orders").orders
    ],
    "How good was quality in March?": lambda client: (
        asked(client, "quality.get_quality_overview", from_=MARCH[0], to=MARCH[1]).errors
    ),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_question_is_answered_by_one_request(client: Any, question: str) -> None:
    sent: list[httpx.Request] = []
    counting = client.get_httpx_client()
    counting.event_hooks = {"request": [sent.append]}
    found = QUESTIONS[question](client)
    assert len(sent) == 1
    assert found not in (None, []), question


def test_refusal_is_typed_too(client: Any) -> None:
    module = import_module(f"{PACKAGE}.api.whatif.post_whatif_simulate")
    response = module.sync_detailed(client=client, body=_scenario(first_orders=[-1]))
    assert (response.status_code, type(response.parsed).__name__, response.parsed.code) == (
        422,
        "ProblemBody",
        "UNKNOWN_ORDER",
    )
