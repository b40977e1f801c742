"""The API's answers as the oracle gives them: without the members that only the database holds."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import httpx

from tests.acceptance.support.backend import Api
from tests.oracle.simulation.scenario import Scenario

OF_THE_SERVICE = {"data_age_hours", "data_quality", "published_at", "workbook_name"}
"""Members that neither the workbook nor its run decides alone: clock, publication, file name, gates."""


def answered(api: Api, path: str) -> dict[str, Any]:
    """A body without run_id and the members of OF_THE_SERVICE."""
    return {name: value for name, value in api.json(path).items() if name not in {"run_id", *OF_THE_SERVICE}}


def simulated(api: Api, scenario: Scenario, path: str = "/api/whatif/simulate") -> dict[str, Any]:
    """The answer to a scenario at this path, without the members of OF_THE_SERVICE."""
    answer = posted(api.client, path, scenario)
    return {name: value for name, value in answer.json().items() if name not in OF_THE_SERVICE}


def posted(client: httpx.Client, path: str, scenario: Scenario) -> httpx.Response:
    """The response to a scenario at this path."""
    rule, capacities, include, more = scenario
    overrides = [{"phase_id": phase, "capacity": places} for phase, places in capacities.items()]
    asked = {"rule": rule, "include": include, "capacity_overrides": overrides, **more}
    answer = client.post(path, json=asked)
    assert answer.status_code == 200, f"POST {answer.url} answered {answer.status_code}: {answer.text[:300]}"
    return answer


def simulated_rows(client: httpx.Client, scenario: Scenario) -> list[dict[str, Any]]:
    """The rows of the file of a scenario's orders, each cell as JSON has it."""
    text = posted(client, "/api/whatif/simulate.csv", scenario).text
    return [
        {name: None if cell == "" else cell if name.endswith("_at") else json.loads(cell) for name, cell in row.items()}
        for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    ]


def pages(api: Api, at_most: int) -> list[dict[str, Any]]:
    """The orders of every page of the list, at least four pages where there are four orders.

    No further page is read once more than at_most have come.
    """
    orders: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    limit = max(1, min(500, at_most // 4))
    while len(orders) <= at_most:
        body = api.json("/api/prodplan/orders", limit=limit, **cursor)
        orders += body["orders"]
        if body["next_cursor"] is None:
            return orders
        cursor = {"cursor": body["next_cursor"]}
    return orders
