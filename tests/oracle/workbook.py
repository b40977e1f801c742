"""The workbook's cells through openpyxl, typed by this package's own table of columns."""

from __future__ import annotations

import datetime as dt
import math
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl

ID, INT, REAL, FLAG, TEXT, TIME, DAY = "id", "int", "real", "flag", "text", "time", "day"
LIMITS = {ID: 2**63, INT: 2**31}
FIRST, LAST = dt.datetime(1980, 1, 1), dt.datetime(2100, 12, 31, 23, 59, 59, 999999)

ERRORS = {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"}
"""openpyxl gives an error cell as its text."""

# sheet: {header: (kind, may be null)}; the headers before "|" are the key.
SHEETS: dict[str, tuple[str, dict[str, tuple[str, bool]]]] = {
    "OrdensFabrico": (
        "Of_Id",
        {
            "Of_Id": (ID, False),
            "Of_DataCriacao": (TIME, False),
            "Of_DataAcabamento": (TIME, True),
            "Of_ProdutoId": (ID, False),
            "Of_FaseId": (ID, False),
            "Of_DataTransporte": (TIME, True),
        },
    ),
    "FasesOrdemFabrico": (
        "FaseOf_Id",
        {
            "FaseOf_Id": (ID, False),
            "FaseOf_OfId": (ID, False),
            "FaseOf_Inicio": (TIME, True),
            "FaseOf_Fim": (TIME, True),
            "FaseOf_DataPrevista": (DAY, True),
            "FaseOf_Coeficiente": (REAL, False),
            "FaseOf_CoeficienteX": (REAL, False),
            "FaseOf_FaseId": (ID, False),
            "FaseOf_Peso": (REAL, False),
            "FaseOf_Retorno": (FLAG, False),
            "FaseOf_Turno": (INT, True),
            "FaseOf_Sequencia": (INT, False),
        },
    ),
    "FuncionariosFaseOrdemFabrico": (
        "FuncionarioFaseOf_FaseOfId FuncionarioFaseOf_FuncionarioId",
        {
            "FuncionarioFaseOf_FaseOfId": (ID, False),
            "FuncionarioFaseOf_FuncionarioId": (ID, False),
            "FuncionarioFaseOf_Chefe": (FLAG, False),
        },
    ),
    "OrdemFabricoErros": (
        "",
        {
            "Erro_Descricao": (TEXT, False),
            "Erro_OfId": (ID, False),
            "Erro_FaseAvaliacao": (ID, False),
            "OFCH_GRAVIDADE": ("severity", False),
            "Erro_FaseOfAvaliacao": (ID, False),
            "Erro_FaseOfCulpada": (ID, True),
        },
    ),
    "Funcionarios": (
        "Funcionario_Id",
        {"Funcionario_Id": (ID, False), "Funcionario_Nome": (TEXT, False), "Funcionario_Activo": (FLAG, False)},
    ),
    "FuncionariosFasesAptos": (
        "FuncionarioFase_FuncionarioId FuncionarioFase_FaseId",
        {
            "FuncionarioFase_FuncionarioId": (ID, False),
            "FuncionarioFase_FaseId": (ID, False),
            "FuncionarioFase_Inicio": (TIME, True),
        },
    ),
    "Fases": (
        "Fase_Id",
        {
            "Fase_Id": (ID, False),
            "Fase_Nome": (TEXT, False),
            "Fase_Sequencia": (INT, False),
            "Fase_DeProducao": (FLAG, False),
            "Fase_Automatica": (FLAG, False),
        },
    ),
    "Modelos": (
        "Produto_Id",
        {
            "Produto_Id": (ID, False),
            "Produto_Nome": (TEXT, False),
            "Produto_PesoDesmolde": (REAL, False),
            "Produto_PesoAcabamento": (REAL, False),
            "Produto_QtdGelDeck": (REAL, False),
            "Produto_QtdGelCasco": (REAL, False),
        },
    ),
    "FasesStandardModelos": (
        "ProdutoFase_ProdutoId ProdutoFase_FaseId ProdutoFase_Sequencia",
        {
            "ProdutoFase_ProdutoId": (ID, False),
            "ProdutoFase_FaseId": (ID, False),
            "ProdutoFase_Sequencia": (INT, False),
            "ProdutoFase_Coeficiente": (REAL, False),
            "ProdutoFase_CoeficienteX": (REAL, False),
        },
    ),
}


class Fault(Exception):
    """A cell that refuses its row; the argument is the reason's code."""


def typed(kind: str, value: Any) -> Any:
    """The cell's value as its column's kind. Raises Fault("INVALID_TYPE") or Fault("OUT_OF_RANGE")."""
    if kind == TEXT:
        if not isinstance(value, str) or value in ERRORS:
            raise Fault("INVALID_TYPE")
        return value
    if kind in (TIME, DAY):
        if not isinstance(value, dt.datetime):
            raise Fault("INVALID_TYPE")
        if not FIRST <= value <= LAST:
            raise Fault("OUT_OF_RANGE")
        if kind == DAY and value.time() != dt.time():
            raise Fault("INVALID_TYPE")
        return value if kind == TIME else value.date()
    if isinstance(value, bool) and kind != FLAG:
        raise Fault("INVALID_TYPE")
    if isinstance(value, str):
        value = _number_in(value)
    if not isinstance(value, int | float):
        raise Fault("INVALID_TYPE")
    if kind == REAL:
        return float(value)
    if isinstance(value, float) and (not math.isfinite(value) or value != math.floor(value)):
        raise Fault("INVALID_TYPE")
    number = int(value)
    low, high = {FLAG: (0, 1), "severity": (1, 3)}.get(kind) or (-LIMITS[kind], LIMITS[kind] - 1)
    if not low <= number <= high:
        raise Fault("OUT_OF_RANGE")
    return number


def _number_in(text: str) -> int | float | None:
    """A number that the ERP stored as text keeps its value; anything else is no number."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def rows(path: Path, sheet: str) -> Iterator[tuple[int, str | None, list[Any]]]:
    """Each data row of a sheet: Excel row number, reason of refusal by its own cells or None, typed values."""
    key, columns = SHEETS[sheet]
    keys = key.split()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        cells = book[sheet].iter_rows(values_only=True)
        headers = list(next(cells, ()))
        places = [headers.index(header) for header in columns]
        for number, row in enumerate(cells, 2):
            if any(cell is not None for cell in row):
                yield number, *_judged([row[place] if place < len(row) else None for place in places], keys, columns)
    finally:
        book.close()


def _judged(cells: list[Any], keys: list[str], columns: dict[str, tuple[str, bool]]) -> tuple[str | None, list[Any]]:
    found: set[str] = set()
    values: list[Any] = []
    for cell, (header, (kind, nullable)) in zip(cells, columns.items(), strict=True):
        value = None
        if cell is None or cell == "NULL":
            if not nullable:
                found.add("NULL_KEY" if header in keys else "INVALID_TYPE")
        else:
            try:
                value = typed(kind, cell)
            except Fault as fault:
                found.add(str(fault))
        values.append(value)
    code = next((code for code in ("NULL_KEY", "INVALID_TYPE", "OUT_OF_RANGE") if code in found), None)
    return code, values
