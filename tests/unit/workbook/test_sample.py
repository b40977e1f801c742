"""The sample: the same for the same arguments, at the rates it is asked for, readable, and faulty like the real one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app.contract import SHEETS
from app.workbook.opc.digest import sha256_of
from app.workbook.sample import Rates, sample_rows, write_sample
from app.workbook.sample.sample_orders import ORDERS
from app.workbook.sample.sample_work import ASSIGNMENT_ROWS, ERROR_ROWS, PHASE_ROWS
from app.workbook.typing import typed_chunks
from app.workbook.workbook_reading import open_workbook

Sample = dict[str, list[list[Any]]]

SCALE, SEED = 0.003, 11
SEVERAL = [(SCALE, SEED), (SCALE, SEED), (SCALE, SEED + 1), (2 * SCALE, SEED)]
CATALOGUES = 18_116
"""Rows of a sample that do not grow with its scale."""


def rows_of(scale: float = 0.01, seed: int = 7, rates: Rates | None = None) -> Sample:
    return {name: [list(row) for row in rows] for name, rows in sample_rows(scale, seed, rates).items()}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "sample.xlsx"
    write_sample(path, SCALE, SEED)
    return path


def test_same_arguments_give_the_same_bytes(written: Path, tmp_path: Path) -> None:
    write_sample(tmp_path / "again.xlsx", SCALE, SEED)
    assert sha256_of(tmp_path / "again.xlsx") == sha256_of(written)


def test_another_seed_and_another_scale_give_other_rows() -> None:
    names = [[row[1] for row in sample_rows(scale, seed)["Funcionarios"]] for scale, seed in SEVERAL]
    assert names[0] == names[1]
    assert names[1] != names[2] != names[3] != names[1]


@pytest.mark.parametrize(("scale", "total"), [(0.03, 31_803 + CATALOGUES), (0.1, 106_005 + CATALOGUES)])
def test_rows_follow_the_scale_and_catalogues_stay_whole(scale: float, total: int) -> None:
    counts = {name: sum(1 for _ in rows) for name, rows in sample_rows(scale).items()}
    assert sum(counts.values()) == total
    assert [counts[sheet.name] for sheet in SHEETS[4:]] == [902, 902, 71, 894, 15_347]


def test_the_whole_scale_is_the_number_of_rows_of_the_real_workbook() -> None:
    assert ORDERS + PHASE_ROWS + ASSIGNMENT_ROWS + ERROR_ROWS + CATALOGUES == 1_078_180


def test_default_sample_is_read_whole_and_without_a_fault(written: Path) -> None:
    expected = rows_of(SCALE, SEED)
    with open_workbook(written) as workbook:
        for sheet in SHEETS:
            chunks = list(typed_chunks(workbook, sheet))
            assert sum(len(chunk.excel_rows) for chunk in chunks) == len(expected[sheet.name])
            assert not any(chunk.faults or chunk.notes for chunk in chunks)


def matched(rows: list[int], known: set[int]) -> float:
    return sum(value in known for value in rows) / len(rows)


def assignments_matched(sample: Sample) -> float:
    phases = {row[0] for row in sample["FasesOrdemFabrico"]}
    return matched([row[0] for row in sample["FuncionariosFaseOrdemFabrico"]], phases)


def products_matched(sample: Sample) -> float:
    return matched(list({row[3] for row in sample["OrdensFabrico"]}), {row[0] for row in sample["Modelos"]})


def culprits_matched(sample: Sample) -> float:
    phases = {row[0] for row in sample["FasesOrdemFabrico"]}
    return matched([row[5] for row in sample["OrdemFabricoErros"] if row[5] is not None], phases)


def routes_matched(sample: Sample) -> float:
    products, phases = ({row[0] for row in sample[name]} for name in ("Modelos", "Fases"))
    return matched([row[0] if row[1] in phases else 0 for row in sample["FasesStandardModelos"]], products)


MEASURES: dict[str, Callable[[Sample], float]] = {
    "employee_productivity": assignments_matched,
    "produto_join": products_matched,
    "error_attribution": culprits_matched,
    "standard_route": routes_matched,
}


def test_default_rates_show_gating_at_work() -> None:
    sample = rows_of(0.03)
    found = {name: measure(sample) for name, measure in MEASURES.items()}
    expected = {"employee_productivity": 0.32, "produto_join": 0.725, "error_attribution": 0.98, "standard_route": 1}
    assert found == pytest.approx(expected, abs=0.015)
    known = {row[0] for row in sample["Modelos"]}
    assert matched([row[3] for row in sample["OrdensFabrico"]], known) == pytest.approx(0.986, abs=0.002)


RATES = (0.0, 0.25, 0.5, 0.79, 0.81, 0.89, 0.91, 0.949, 0.951, 1.0)


@pytest.mark.parametrize("turn", range(len(RATES)))
def test_each_rate_moves_its_own_relationship_and_no_other(turn: int) -> None:
    """Four rates of a sample all differ, and over the samples each relationship has every rate."""
    asked = {name: RATES[(turn + 3 * place) % len(RATES)] for place, name in enumerate(MEASURES)}
    sample = rows_of(0.02, rates=Rates(**asked))
    found = {name: measure(sample) for name, measure in MEASURES.items()}
    assert found == pytest.approx(asked, abs=0.03)
    assert {name: found[name] for name in asked if asked[name] in (0, 1)} == {
        name: rate for name, rate in asked.items() if rate in (0, 1)
    }


@pytest.mark.parametrize(("scale", "seed"), [(0.00005, 1), (0.001, 2), (0.02, 3)])
def test_references_and_keys_hold_at_any_scale(scale: float, seed: int) -> None:
    sample = rows_of(scale, seed)
    orders = {row[0]: row for row in sample["OrdensFabrico"]}
    phases = sample["FasesOrdemFabrico"]
    assert {row[1] for row in phases} == set(orders)
    for name, key in (("OrdensFabrico", 1), ("FasesOrdemFabrico", 1), ("FasesStandardModelos", 3)):
        assert len({tuple(row[:key]) for row in sample[name]}) == len(sample[name])
    open_orders = {number for number, row in orders.items() if row[2] is None}
    assert open_orders <= {row[1] for row in phases if row[3] is None}
    sound = {number for number, row in orders.items() if row[2] is None or row[2] >= row[1]}
    started = [(row[2], orders[row[1]][1]) for row in phases if row[2] is not None and row[1] in sound]
    assert sum(start < created for start, created in started) <= 3


def test_nobody_and_nothing_of_the_sample_is_a_number_in_disguise() -> None:
    sample = rows_of()
    for row in sample["Funcionarios"]:
        assert re.fullmatch(r"(z\) )?[A-Z]\w+  ?[A-Z]\w+ \d{3} ?", row[1])
    assert sum(row[1] != row[1].rstrip() for row in sample["Funcionarios"]) > 0
    assert any(ord(letter) > 127 for row in sample["OrdemFabricoErros"] for letter in row[0])


@pytest.mark.parametrize("scale", [0, -1, 2.0, float("nan")])
def test_impossible_scale_is_refused(tmp_path: Path, scale: float) -> None:
    with pytest.raises(ValueError, match="scale"):
        write_sample(tmp_path / "x.xlsx", scale)


def test_impossible_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="produto_join"):
        Rates(produto_join=1.1)


def test_document_says_no_time_of_its_own(written: Path) -> None:
    properties = openpyxl.load_workbook(written, read_only=True).properties
    assert (properties.created.year, properties.modified.year) == (2025, 2025)
