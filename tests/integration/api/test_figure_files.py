"""The files of an answer hold what its JSON holds: every entry, in the same order, as CSV and as a workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

import httpx
import openpyxl
import pytest

Rows = list[dict[str, Any]]


def of_load(body: dict[str, Any]) -> Rows:
    rows: Rows = []
    for phase in body["phases"]:
        head = {name: phase[name] for name in ("phase_id", "phase_name", "places")}
        rows += [head | {"due": "week"} | week for week in phase["weeks"]]
        nothing = dict.fromkeys(body["phases"][0]["weeks"][0])
        rows += [
            head | {"due": due} | nothing | {"work_hours": phase[f"{due}_work_hours"]} for due in ("later", "undated")
        ]
    return rows


def nested(name: str) -> Any:
    def rows(body: dict[str, Any]) -> Rows:
        return [
            {"phase_id": phase["phase_id"], "phase_name": phase["phase_name"]} | entry
            for phase in body["phases"]
            for entry in phase[name]
        ]

    return rows


def listed(name: str) -> Any:
    return lambda body: body[name]


CASES = {
    "/api/prodplan/load": ("weeks=3&include=stale", of_load),
    "/api/prodplan/wip_age": ("include=stale", nested("ages")),
    "/api/prodplan/risk_queue": ("include=terminal,stale&from=2024-01-01", listed("orders")),
    "/api/prodplan/dispatch": ("include=terminal,stale", nested("entries")),
    "/api/quality/pareto": ("", listed("descriptions")),
}


def as_text(rows: Iterable[dict[str, Any]]) -> Rows:
    return [{name: "" if cell is None else str(cell) for name, cell in row.items()} for row in rows]


def alike(cell: Any) -> Any:
    """A cell of a workbook as JSON writes it."""
    text = cell.isoformat() if hasattr(cell, "isoformat") else cell
    return text.removesuffix("T00:00:00") if isinstance(text, str) else text


@pytest.fixture(params=CASES)
def asked(request: pytest.FixtureRequest, client: httpx.Client) -> tuple[str, str, Rows]:
    query, rows_of = CASES[request.param]
    answer = client.get(f"{request.param}?{query}")
    assert answer.status_code == 200, answer.text
    more = client.get(f"{request.param}?limit=500&{query}")
    rows = rows_of((more if more.status_code == 200 else answer).json())
    assert rows, "an empty answer compares nothing"
    return request.param, query, rows


def test_csv_has_every_entry_of_the_answer(client: httpx.Client, asked: tuple[str, str, Rows]) -> None:
    path, query, rows = asked
    answer = client.get(f"{path}.csv?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8"), answer.text
    assert answer.text.startswith("\ufeff")
    written = list(csv.DictReader(io.StringIO(answer.text[1:], newline="")))
    assert [{name: number_or_text(cell) for name, cell in row.items()} for row in written] == [
        {name: number_or_text(cell) for name, cell in row.items()} for row in as_text(rows)
    ]


def number_or_text(cell: str) -> float | str:
    """The CSV writes 3.0 where JSON may write 3."""
    try:
        return float(cell)
    except ValueError:
        return cell


def test_workbook_has_every_entry_and_names_its_export(client: httpx.Client, asked: tuple[str, str, Rows]) -> None:
    path, query, rows = asked
    answer = client.get(f"{path}.xlsx?{query}")
    assert answer.status_code == 200, answer.text
    run_id = client.get("/api/kpis/overview").json()["run_id"]
    assert answer.headers["content-disposition"].endswith(f'_{run_id}.xlsx"')
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    table, export = book.worksheets
    head, *lines = table.iter_rows(values_only=True)
    assert list(head) == list(rows[0])
    found = [[alike(cell) for cell in line] for line in lines]
    expected = [[alike_text(cell) for cell in row.values()] for row in rows]
    assert found == [[pytest.approx(cell) if isinstance(cell, float) else cell for cell in row] for row in expected]
    about: dict[Any, Any] = dict(export.iter_rows(values_only=True))
    assert (about["run_id"], about["plant"], about["workbook_name"]) == (run_id, "main", "workbook.xlsx")


def alike_text(cell: Any) -> Any:
    return cell.removesuffix("T00:00:00") if isinstance(cell, str) else cell


def test_a_run_that_is_kept_has_its_files_too(client: httpx.Client) -> None:
    runs = client.get("/api/runs").json()["runs"]
    earlier = next(one["run_id"] for one in runs if not one["is_live"])
    path = "/api/prodplan/risk_queue"
    body = client.get(f"{path}?limit=500&run_id={earlier}").json()
    answer = client.get(f"{path}.csv?run_id={earlier}")
    assert answer.headers["content-disposition"] == f'attachment; filename="risk_queue_{earlier}.csv"'
    numbers = [row["work_order_id"] for row in csv.DictReader(io.StringIO(answer.text[1:], newline=""))]
    assert numbers == [str(order["work_order_id"]) for order in body["orders"]] != []
