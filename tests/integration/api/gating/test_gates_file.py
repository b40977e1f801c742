"""A gates file that is missing, damaged or of another run closes every gate until it is whole again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory
from tests.integration.api.gating.guarded import GUARDED, gate_in


def missing(path: Path) -> None:
    path.unlink()


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def without_a_gate(path: Path) -> None:
    change(path, lambda document: document["gates"].pop())


def of_another_run(path: Path) -> None:
    change(path, lambda document: document.update(run_id=document["run_id"] + 1))


def of_another_workbook(path: Path) -> None:
    change(path, lambda document: document.update(excel_sha256="f" * 64))


def opened_by_hand(path: Path) -> None:
    change(path, lambda document: document["gates"][0].update(status="ENABLED", match_rate=0.99))


def change(path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    edit(document)
    path.write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture(scope="module")
def guarded(new_factory: Any) -> Iterator[tuple[Factory, Path, bytes, httpx.Client]]:
    """An API with open gates, read from a file that tests replace by an invalid one."""
    with new_factory() as factory:
        gates_file = factory.folder / "FEATURE_GATES.json"
        rows = workbooks.matched("employee_productivity", 50, 50)
        rows["OrdemFabricoErros"] = [["Molde baço", 1, 6, 1, 1, 2]]
        factory.ingest(rows, gates_file=gates_file)
        with factory.api(gates_file) as client:
            yield factory, gates_file, gates_file.read_bytes(), client


@pytest.mark.parametrize(
    "spoil",
    [missing, folder, truncated, without_a_gate, of_another_run, of_another_workbook, opened_by_hand],
    ids=lambda spoil: spoil.__name__,
)
def test_spoiled_gates_file_closes_every_gate_until_it_is_whole_again(
    guarded: tuple[Factory, Path, bytes, httpx.Client], spoil: Callable[[Path], None]
) -> None:
    _, path, content, client = guarded
    if path.is_dir():
        path.rmdir()
    path.write_bytes(content)
    assert {client.get(route).status_code for route in GUARDED.values()} == {200}
    assert client.get("/api/prodplan/orders").json()["orders"][0]["product_name"] == "K1  Á"
    spoil(path)
    for gate, route in GUARDED.items():
        problem = client.get(route).json()
        said = (problem["code"], problem["reason"], problem["gate"], problem["match_rate"])
        assert said == ("NOT_SUPPORTED_BY_DATA", "GATES_UNAVAILABLE", gate, None)
        assert str(path.parent) not in str(problem)
    body = client.get("/api/prodplan/orders").json()
    assert (body["orders"][0]["product_name"], gate_in(body, "produto_join")["status"]) == (None, "DISABLED")  # type: ignore[index]
    assert client.get("/api/ready").json()["code"] == "GATES_UNAVAILABLE"
    assert client.get("/api/feature-gates").json()["closed_because"]


def test_unreadable_gates_file_closes_every_gate(guarded: tuple[Factory, Path, bytes, httpx.Client]) -> None:
    _, path, content, client = guarded
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    path.symlink_to(path)  # unreadable for every user, root included
    assert {client.get(route).status_code for route in GUARDED.values()} == {409}
    path.unlink()
    path.write_bytes(content)
    assert {client.get(route).status_code for route in GUARDED.values()} == {200}


def test_rewritten_gates_file_is_obeyed_at_the_next_request_even_with_the_old_time(
    guarded: tuple[Factory, Path, bytes, httpx.Client],
) -> None:
    _, path, content, client = guarded
    path.write_bytes(content)
    before = path.stat()
    assert client.get(GUARDED["standard_route"]).status_code == 200
    path.write_bytes(b"x" * len(content))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert client.get(GUARDED["standard_route"]).status_code == 409
    path.write_bytes(content)
