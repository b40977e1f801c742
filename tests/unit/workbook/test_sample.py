"""The sample: the same for the same arguments, at the rates it is asked for, readable, and faulty like the real one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.contract import SHEETS
from app.workbook.opc.digest import sha256_of
from app.workbook.sample import Rates, sample_rows, write_sample
from app.workbook.typing import typed_chunks
from app.workbook.workbook_reading import open_workbook

Sample = dict[str, list[list[Any]]]


def rows_of(scale: float = 0.01, seed: int = 7, rates: Rates | None = None) -> Sample:
    return {name: [list(row) for row in rows] for name, rows in sample_rows(scale, seed, rates).items()}


def test_same_arguments_give_the_same_bytes_and_others_do_not(tmp_path: Path) -> None:
    digests = []
    for number, (scale, seed) in enumerate([(0.001, 7), (0.001, 7), (0.001, 8), (0.002, 7)]):
        path = tmp_path / f"{number}.xlsx"
        write_sample(path, scale, seed)
        digests.append(sha256_of(path))
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


@pytest.mark.parametrize(("scale", "total"), [(0.03, 31_803 + 18_116), (1.0, 1_078_180)])
def test_rows_follow_the_scale_and_catalogues_stay_whole(scale: float, total: int) -> None:
    counts = {name: sum(1 for _ in rows) for name, rows in sample_rows(scale).items()}
    assert sum(counts.values()) == total
    assert [counts[sheet.name] for sheet in SHEETS[4:]] == [902, 902, 71, 894, 15_347]


def test_default_sample_is_read_whole_and_without_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "sample.xlsx"
    write_sample(path, 0.003, seed=11)
    expected = rows_of(0.003, seed=11)
    with open_workbook(path) as workbook:
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


@pytest.mark.parametrize("name", MEASURES)
@settings(max_examples=8, deadline=None)
@given(st.sampled_from([0.0, 0.25, 0.5, 0.79, 0.81, 0.89, 0.91, 0.949, 0.951, 1.0]))
def test_each_rate_moves_its_own_relationship_and_no_other(name: str, rate: float) -> None:
    sample, usual = rows_of(0.02, rates=Rates(**{name: rate})), Rates()
    for other, measure in MEASURES.items():
        asked = rate if other == name else getattr(usual, other)
        assert measure(sample) == pytest.approx(asked, abs=0.03)
        if asked in (0.0, 1.0):
            assert measure(sample) == asked


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("scale", [0.00005, 0.001, 0.02])
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


def test_document_says_no_time_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    write_sample(path, 0.0001)
    properties = openpyxl.load_workbook(path, read_only=True).properties
    assert (properties.created.year, properties.modified.year) == (2025, 2025)
