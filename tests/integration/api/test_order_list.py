"""The list of orders: a closed gate, cursors of every sort, and a CSV that Excel opens safely."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app.ingestion.reports.csv_text import csv_lines
from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory

LIST, CSV = "/api/prodplan/orders", "/api/prodplan/orders.csv"


@pytest.mark.parametrize("path", [LIST, CSV])
def test_product_names_that_nothing_supports_filter_nothing(fresh: Factory, path: str) -> None:
    fresh.ingest(workbooks.without_orders(workbooks.factory(7)), allow_empty=True)
    with fresh.api() as client:
        answer = client.get(path, params={"product_name": "K1"})
        assert (answer.status_code, answer.json()["code"]) == (409, "NOT_SUPPORTED_BY_DATA")
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("sort", ["created", "age", "due", "slack"])
def test_cursor_continues_in_its_own_sort_alone(client: httpx.Client, sort: str) -> None:
    def page(**more: Any) -> httpx.Response:
        return client.get(LIST, params={"limit": 2, **more})

    following = page(sort=sort).json()["next_cursor"]
    first = {order["work_order_id"] for order in page(sort=sort).json()["orders"]}
    second = {order["work_order_id"] for order in page(sort=sort, cursor=following).json()["orders"]}
    assert len(first | second) == 4
    other = page(sort="due" if sort != "due" else "age", cursor=following)
    assert (other.status_code, other.json()["code"]) == (400, "INVALID_CURSOR")


@pytest.mark.parametrize(
    "query", ["terminal=yes", "risk=late", "sort=-due", "due_from=2024-01-01T00:00:00Z", "product_name=", "limit=5"]
)
def test_unknown_filter_is_refused(client: httpx.Client, query: str) -> None:
    answer = client.get(f"{CSV}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_PARAMETER")


def test_csv_quotes_what_excel_would_compute() -> None:
    assert csv_lines([("=1+1", "@a", -5, "-x", 'say "no"')]) == '\'=1+1,\'@a,-5,\'-x,"say ""no"""\r\n'
