"""Faults of people and their skills, of phases, products and standard routes."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from app.contract import quality_issues as contract
from app.contract.quality_issues import QualityIssue
from app.workbook.profile.faults.fault_declaration import (
    Fault,
    Found,
    SoundRows,
    divided,
    groups_where,
    is_null,
    rows_where,
)

PEOPLE, PRODUCTS, ROUTES = "Funcionarios", "Modelos", "FasesStandardModelos"

TYPED_DECIMALS, NOISY_DECIMALS = 4, 8
SHORTEST_FORM = re.compile(r"-?\d+(?:\.(\d+))?(?:e([+-]\d+))?")


def decimals(value: float) -> int:
    """Decimal places of the shortest decimal that reads back as this double."""
    match = SHORTEST_FORM.fullmatch(repr(float(value)))
    fraction, exponent = (match[1] or "", int(match[2] or 0)) if match else ("", 0)
    return max(0, len(fraction.rstrip("0")) - exponent)


def is_noisy(value: float) -> bool:
    """True if it has more decimals than people type, as a 32-bit float has."""
    return decimals(value) > NOISY_DECIMALS


def _odd_blanks(names: Iterable[str]) -> Found:
    whole = list(names)
    outer = sum(name != name.strip(" ") for name in whole)
    double = sum("  " in name for name in whole)
    either = sum(name != name.strip(" ") or "  " in name for name in whole)
    return Found(either, len(whole), by=(("outer", outer), ("double", double)))


def _people(rows: SoundRows) -> list[tuple[str, int]]:
    """(name, is active) of each person, from their last row."""
    cells = zip(rows["Funcionario_Nome"], rows["Funcionario_Activo"], strict=True)
    return list(dict(zip(rows["Funcionario_Id"], cells, strict=True)).values())


def _repeated_people(rows: SoundRows) -> Found:
    counts = Counter(rows["Funcionario_Id"])
    return Found(sum(count > 1 for count in counts.values()), len(counts), by=divided(counts.values()))


def _skill_dates(rows: SoundRows) -> Iterable[set[object]]:
    keys = zip(rows["FuncionarioFase_FuncionarioId"], rows["FuncionarioFase_FaseId"], strict=True)
    dates: dict[tuple[int, int], set[object]] = defaultdict(set)
    for key, since in zip(keys, rows["FuncionarioFase_Inicio"], strict=True):
        dates[key].add(since)
    return dates.values()


def _never_used(rows: SoundRows) -> Found:
    return rows.hits("Fase_Id", (phase not in used for used in [set(rows["Of_FaseId"])] for phase in rows["Fase_Id"]))


def _noisy_weights(rows: SoundRows) -> Found:
    headers = ("Produto_PesoDesmolde", "Produto_PesoAcabamento", "Produto_QtdGelDeck", "Produto_QtdGelCasco")
    marks = {header: [is_noisy(value) for value in rows[header]] for header in headers}
    by = [(header, sum(found)) for header, found in marks.items() if any(found)]
    return rows.hits("Produto_Id", map(any, zip(*marks.values(), strict=True)), by)


def _repeated_steps(rows: SoundRows) -> Found:
    seen = set()
    marks = []
    for step in zip(rows["ProdutoFase_ProdutoId"], rows["ProdutoFase_FaseId"], strict=True):
        marks.append(step in seen)
        seen.add(step)
    return rows.hits("ProdutoFase_ProdutoId", marks)


def _sequences(rows: SoundRows) -> Iterable[set[int]]:
    sequences: dict[int, set[int]] = defaultdict(set)
    for product, sequence in zip(rows["ProdutoFase_ProdutoId"], rows["ProdutoFase_Sequencia"], strict=True):
        sequences[product].add(sequence)
    return sequences.values()


def _fine(*values: float) -> bool:
    return any(decimals(value) > TYPED_DECIMALS for value in values)


PEOPLE_FAULTS: tuple[Fault, ...] = (
    Fault(
        QualityIssue(PEOPLE, "REPEATED_PERSON", "people on more than one row; by rows of one person"),
        _repeated_people,
        "people",
    ),
    Fault(contract.PERSON_WITH_ODD_BLANKS, lambda rows: _odd_blanks(name for name, _ in _people(rows)), "people"),
    groups_where(contract.MARKED_AS_LEFT, "people", _people, lambda one: one[0].startswith(contract.MARK_OF_LEAVERS)),
    groups_where(
        contract.LEFT_BUT_ACTIVE,
        "people",
        _people,
        lambda one: one[0].startswith(contract.MARK_OF_LEAVERS) and one[1],
    ),
    groups_where(
        QualityIssue("FuncionariosFasesAptos", "QUALIFIED_TWICE", "the same person and phase with different dates"),
        "skills",
        _skill_dates,
        lambda dates: len(dates) > 1,
    ),
    rows_where(contract.QUALIFICATION_UNDATED, "FuncionarioFase_Inicio", is_null),
)

PRODUCT_FAULTS: tuple[Fault, ...] = (
    Fault(contract.PHASE_NEVER_OF_AN_ORDER, _never_used),
    Fault(
        QualityIssue(PRODUCTS, "FLOAT32_NOISE", f"weights of over {NOISY_DECIMALS} decimals; by column"),
        _noisy_weights,
    ),
    rows_where(
        contract.WEIGHTS_ZERO,
        "Produto_PesoDesmolde Produto_PesoAcabamento",
        lambda demoulded, finished: demoulded == 0 and finished == 0,
    ),
    rows_where(
        contract.FINISHED_LIGHTER,
        "Produto_PesoDesmolde Produto_PesoAcabamento",
        lambda demoulded, finished: 0 < finished < demoulded,
    ),
    Fault(contract.PRODUCT_WITH_ODD_BLANKS, lambda rows: _odd_blanks(rows["Produto_Nome"])),
    Fault(contract.REPEATED_PRODUCT_PHASE, _repeated_steps),
    groups_where(
        contract.SEQUENCE_WITH_GAPS,
        "products",
        _sequences,
        lambda found: max(found) - min(found) >= len(found),
    ),
    rows_where(
        contract.STEP_OF_HIGH_COEFFICIENT,
        "ProdutoFase_Coeficiente",
        lambda value: value >= contract.HIGH_COEFFICIENT,
    ),
    rows_where(
        contract.STEP_OF_HIGH_COEFFICIENT_X,
        "ProdutoFase_CoeficienteX",
        lambda value: value >= contract.HIGH_COEFFICIENT_X,
    ),
    rows_where(
        QualityIssue(ROUTES, "MANY_DECIMALS", f"a coefficient of over {TYPED_DECIMALS} decimals"),
        "ProdutoFase_Coeficiente ProdutoFase_CoeficienteX",
        _fine,
    ),
)
