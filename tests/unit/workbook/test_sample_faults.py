"""Fault by fault, the sample holds what the real workbook holds, in proportion. The figures are the real ones."""

from __future__ import annotations

import pytest

from app.workbook.sample import sample_rows
from tests.unit.workbook.fault_profile import (
    Rows,
    assignment_faults,
    catalogue_faults,
    error_faults,
    order_faults,
    people_faults,
    phase_faults,
)

SCALED = {
    "without completion": 1_156,
    "without transport": 2_730,
    "completed before created": 7,
    "transport before created": 61,
    "transport in the future": 349,
    "lead time over 365 days": 199,
    "created at a time of day": 324,
    "without end or ended before start": 60_427,
    "ended before start": 2_460,
    "longer than three years": 3,
    "shift null": 492_450,
    "planned date null": 492_450,
    "weight zero": 438_881,
    "returns": 54_244,
    "phases of 1 people": 297_889,
    "phases of 2 people": 62_483,
    "phases of 3 people": 196,
    "phases of 4 people": 64,
    "phases of 5 people": 14,
    "without chief": 219,
    "more than one chief": 30,
    "by inactive people": 76_937,
    "by unknown people": 56,
    "culprit null": 37_303,
    "culprit after judge": 26_559,
    "culprit is judge": 700,
    "positive lines": 3_078,
    "severity 1": 75_590,
    "severity 2": 12_605,
    "severity 3": 1_641,
    "of an unknown order": 9,
}
"""Counts over the whole real workbook; a sample has its share of each, and never none."""

FIXED = {
    "completed on 2006-03-10": 1,
    "pairs twice": 0,
    "phase ids far below": 4,
    "positive lines elsewhere than at phase 8": 0,
    "phases of no order": 32,
    "deck with float32 noise": 17,
    "hull with float32 noise": 18,
    "both weights zero": 45,
    "finished lighter": 11,
    "double spaces": 2,
    "product and phase again": 238,
    "gaps in sequence": 9,
    "coefficient over 24": 12,
    "coefficient X over 18": 12,
    "more than four decimals": 1_753,
    "people": 301,
    "identical repeats": 601,
    "most repeats of one": 15,
    "who left": 164,
    "who left and are active": 0,
    "skills twice, dates differ": 8,
    "skills undated": 10,
}
"""Counts that do not follow the scale: the catalogues stay whole."""


def profile(scale: float, seed: int) -> dict[str, int]:
    sheets: dict[str, Rows] = {name: [list(row) for row in rows] for name, rows in sample_rows(scale, seed).items()}
    return (
        order_faults(sheets["OrdensFabrico"])
        | phase_faults(sheets["FasesOrdemFabrico"])
        | assignment_faults(sheets["FuncionariosFaseOrdemFabrico"], sheets["Funcionarios"])
        | error_faults(sheets["OrdemFabricoErros"], sheets["OrdensFabrico"])
        | catalogue_faults(sheets)
        | people_faults(sheets["Funcionarios"], sheets["FuncionariosFasesAptos"])
    )


@pytest.mark.parametrize(("scale", "seed"), [(0.03, 7), (0.03, 8), (0.1, 9), (0.4, 10)])
def test_each_fault_has_its_share(scale: float, seed: int) -> None:
    found = profile(scale, seed)
    off = {
        name: (found[name], round(count * scale, 1))
        for name, count in SCALED.items()
        if found[name] < 1 or abs(found[name] - count * scale) > max(1, 0.05 * count * scale)
    }
    assert off == {}


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_faults_of_the_catalogues_are_whole_at_any_scale(seed: int) -> None:
    found = profile(0.03, seed)
    assert {name: found[name] for name in FIXED} == FIXED


def test_every_counted_fault_is_expected() -> None:
    assert set(profile(0.001, 1)) == {*SCALED, *FIXED, "unknown orders"}
