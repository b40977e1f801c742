"""Changes between two runs equal the oracle's comparison of both workbooks; in pages, as CSV, as a workbook."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from typer.testing import CliRunner

from app.commands.cli import app
from app.planning.changes import changed_rows, changes_workbook
from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory, NewFactory
from tests.integration.api.workbooks import Rows
from tests.oracle import Oracle, changes, differences

PAIRS: dict[str, Callable[[], tuple[Rows, Rows]]] = {
    "a day later": lambda: (workbooks.factory(1), workbooks.a_day_later(workbooks.factory(1))),
    "another factory": lambda: (workbooks.factory(2), workbooks.factory(3)),
    "first orders": lambda: (workbooks.catalogues(), workbooks.factory(4, orders=5)),
    "nothing left": lambda: (workbooks.factory(4, orders=5), workbooks.empty()),
}


@dataclass(frozen=True)
class Compared:
    factory: Factory
    client: httpx.Client
    before: Oracle
    after: Oracle

    def pages(self, path: str, member: str, **asked: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            body = self.client.get(path, params={**asked, **cursor, "limit": 13}).json()
            found += body[member]
            if body["next_cursor"] is None:
                return found
            cursor = {"cursor": body["next_cursor"]}


@pytest.fixture(scope="module", params=PAIRS)
def compared(request: pytest.FixtureRequest, new_factory: NewFactory) -> Iterator[Compared]:
    before, after = PAIRS[request.param]()
    with new_factory() as factory, pytest.MonkeyPatch.context() as patch:
        patch.setattr(changed_rows, "WINDOW_ROWS", 20)
        factory.ingest(before, "before.xlsx")
        factory.ingest(after, "after.xlsx")
        oracles = [Oracle(factory.folder / name) for name in ("before.xlsx", "after.xlsx")]
        with factory.api() as client:
            yield Compared(factory, client, *oracles)
        for oracle in oracles:
            oracle.close()


def comparable(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows without the keys of events, which the workbook does not have, and those in one order."""
    keyed = [row for row in rows if row["sheet"] != "OrdemFabricoErros"]
    events = [row | {"key": None} for row in rows if row["sheet"] == "OrdemFabricoErros"]
    return [*keyed, *sorted(events, key=repr)]


def test_changed_rows_equal_the_oracles(compared: Compared) -> None:
    expected = changes.rows(compared.before, compared.after)
    found = compared.pages("/api/changes", "rows")
    assert differences(comparable(expected), comparable(found)) == []
    sheets = [row["sheet"] for row in found]
    assert sheets == sorted(sheets, key=list(changes.SHEETS).index)
    for sheet in ("FasesOrdemFabrico", "Modelos"):
        wanted = [row for row in expected if row["sheet"] == sheet]
        assert differences(wanted, compared.pages("/api/changes", "rows", sheet=sheet)) == []


def test_counts_equal_the_oracles(compared: Compared) -> None:
    body = compared.client.get("/api/changes").json()
    assert differences(changes.counts(compared.before, compared.after), body["sheets"]) == []
    told = changes.kinds(compared.before, compared.after)
    assert {one["kind"]: one["orders"] for one in body["order_kinds"] if one["orders"]} == told


def test_orders_in_words_equal_the_oracles(compared: Compared) -> None:
    expected = changes.orders(compared.before, compared.after)
    assert differences(expected, compared.pages("/api/changes/orders", "orders")) == []


def test_figures_are_those_of_both_overviews(compared: Compared) -> None:
    body = compared.client.get("/api/changes").json()
    first, second = body["from_run"]["run_id"], body["run_id"]
    was, now = (compared.client.get("/api/kpis/overview", params={"run_id": run}).json() for run in (first, second))
    shown = {one["figure"]: (one["before"], one["after"]) for one in body["figures"]}
    assert shown["orders"] == (was["orders"], now["orders"])
    assert shown["standing.production_orders"] == tuple(one["standing"]["production_orders"] for one in (was, now))
    numbers = {name for name, value in now.items() if isinstance(value, int | float)} - {"run_id", "data_age_hours"}
    assert numbers <= set(shown)
    for name in numbers - {"standing"}:
        assert shown[name] == (was[name], now[name]), name
    for one in body["figures"]:
        whole = one["before"] is not None and one["after"] is not None
        assert one["change"] == (pytest.approx(one["after"] - one["before"]) if whole else None)


def test_csv_has_a_line_for_each_cell(compared: Compared) -> None:
    text = compared.client.get("/api/changes.csv").text
    assert text.startswith("\ufeff")
    lines = list(csv.reader(io.StringIO(text[1:], newline="")))
    expected = changes.rows(compared.before, compared.after)
    assert lines[0] == ["sheet", "change", "key", "column", "before", "after"]
    assert len(lines) - 1 == sum(len(row["cells"]) for row in expected)
    keyed = [row for row in expected if row["sheet"] == "OrdensFabrico"]
    wanted = [[f"Of_Id={row['key']['Of_Id']}", cell["column"]] for row in keyed for cell in row["cells"]]
    assert [line[2:4] for line in lines[1:] if line[0] == "OrdensFabrico"] == wanted


def test_workbook_lists_orders_and_cells_up_to_a_bound(compared: Compared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes_workbook, "MOST_LISTED", 10)
    answer = compared.client.get("/api/changes.xlsx")
    assert answer.status_code == 200, answer.text
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["Summary", "Orders", "Rows"]
    told = changes.orders(compared.before, compared.after)
    texts = [row[3] for row in book["Orders"].iter_rows(min_row=2, values_only=True) if row[3] is not None]
    assert texts == [word["text"] for order in told[:10] for word in order["changes"]]
    cells = sum(len(row["cells"]) for row in changes.rows(compared.before, compared.after))
    rows = list(book["Rows"].iter_rows(min_row=2, values_only=True))
    assert len(rows) == min(cells, 10) + (cells > 10)
    assert all(cell.data_type != "f" for row in book["Rows"].iter_rows() for cell in row)


def test_names_of_people_are_not_compared(compared: Compared) -> None:
    for path in ("/api/changes", "/api/changes.csv"):
        assert "Pessoa" not in compared.client.get(path, params={"sheet": "Funcionarios"}).text


def test_run_is_equal_to_itself(compared: Compared) -> None:
    live = compared.client.get("/api/changes").json()["run_id"]
    body = compared.client.get("/api/changes", params={"from_run": live, "to_run": live}).json()
    assert body["rows"] == []
    assert {one["change"] for one in body["figures"]} <= {0, None}


def test_which_runs_are_compared(fresh: Factory) -> None:
    with fresh.api() as client:
        assert client.get("/api/changes").json()["code"] == "NO_DATA"
        first = fresh.ingest(workbooks.factory(1), "1.xlsx").run_id
        for path in ("/api/changes", "/api/changes/orders", "/api/changes.csv", "/api/changes.xlsx"):
            refusal = client.get(path)
            assert (refusal.status_code, refusal.json()["code"]) == (409, "NO_EARLIER_RUN")
        second, third = (fresh.ingest(workbooks.factory(seed), f"{seed}.xlsx").run_id for seed in (2, 3))
        for asked, expected in (
            ({}, (second, third)),
            ({"to_run": second}, (first, second)),
            ({"from_run": first}, (first, third)),
            ({"from_run": third, "to_run": first}, (third, first)),
        ):
            body = client.get("/api/changes", params=asked).json()
            assert (body["from_run"]["run_id"], body["run_id"]) == expected, asked
        fresh.publish(second)
        body = client.get("/api/changes").json()
        assert (body["from_run"]["run_id"], body["run_id"]) == (first, second)
        for path in ("/api/changes", "/api/changes/orders", "/api/changes.csv", "/api/changes.xlsx"):
            assert client.get(path, params={"from_run": 99}).json()["code"] == "RUN_NOT_FOUND"
            assert client.get(path, params={"to_run": "x"}).status_code == 422
        assert client.get("/api/changes", params={"sheet": "Ordens"}).status_code == 422
        cursor = client.get("/api/changes", params={"limit": 1}).json()["next_cursor"]
        assert client.get("/api/changes/orders", params={"cursor": cursor}).json()["code"] == "INVALID_CURSOR"
        fresh.publish(third)
        for asked in ({}, {"from_run": first}):
            again = client.get("/api/changes", params={"cursor": cursor, **asked})
            assert (again.status_code, again.json()["code"]) == (410, "CURSOR_EXPIRED"), asked


def test_command_tells_the_same(compared: Compared, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", compared.factory.url.render_as_string(hide_password=False))
    monkeypatch.setenv("ROLE_PREFIX", compared.factory.roles.prefix)
    files = [f"--csv={tmp_path / 'changes.csv'}", f"--xlsx={tmp_path / 'changes.xlsx'}"]
    done = CliRunner().invoke(app, ["changes", "--json", "--limit=20000", *files])
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert differences(changes.orders(compared.before, compared.after), told["orders"]) == []
    assert differences(changes.counts(compared.before, compared.after), told["sheets"]) == []
    assert differences(comparable(changes.rows(compared.before, compared.after)), comparable(told["rows"])) == []
    assert (tmp_path / "changes.csv").read_bytes() == compared.client.get("/api/changes.csv").content
    assert openpyxl.load_workbook(tmp_path / "changes.xlsx").sheetnames == ["Summary", "Orders", "Rows"]
    shown = CliRunner().invoke(app, ["changes"])
    assert "OrdensFabrico" in shown.output
