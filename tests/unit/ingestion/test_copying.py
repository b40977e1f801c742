"""COPY's text format, read back by an independent reader of that format."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.contract import SHEET_BY_NAME
from app.ingestion.reading.checksums import NULL
from app.ingestion.reading.copying import fault_fields, fields_of, lines_of
from app.workbook.typing import RowFault

ERRORS, ORDERS = SHEET_BY_NAME["OrdemFabricoErros"], SHEET_BY_NAME["OrdensFabrico"]
SPECIAL = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}

a_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")) | st.sampled_from(
    ["None", "\\N", "\\", "\\.", "\\None", "a\tb\nc\rd"]
)


def read_back(line: str) -> list[str | None]:
    """Read as PostgreSQL does: split at tabs, compare with the null marker, then undo backslashes."""
    return [
        None if field == NULL else re.sub(r"\\(.)", lambda found: SPECIAL.get(found[1], found[1]), field, flags=re.S)
        for field in line.split("\t")
    ]


@given(texts=st.lists(st.none() | a_text, min_size=1, max_size=6))
def test_texts_survive(texts: list[str | None]) -> None:
    numbers = list(range(len(texts)))
    lines = lines_of(fields_of(ERRORS, numbers, [texts, *[numbers] * (len(ERRORS.columns) - 1)]))
    assert all("\n" not in line for line in lines)
    assert [read_back(line)[1] for line in lines] == texts
    assert {len(read_back(line)) for line in lines} == {1 + len(ERRORS.columns)}


@given(numbers=st.lists(st.floats(allow_nan=False) | st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_numbers_survive(numbers: list[float | int]) -> None:
    coefficients = SHEET_BY_NAME["FasesStandardModelos"]
    columns: list[list[Any]] = [*[[1] * len(numbers)] * 3, *[numbers] * (len(coefficients.columns) - 3)]
    lines = lines_of(fields_of(coefficients, range(len(numbers)), columns))
    read = [type(number)(line.split("\t")[4]) for number, line in zip(numbers, lines, strict=True)]
    assert list(map(repr, read)) == list(map(repr, numbers))


@given(moment=st.none() | st.datetimes(dt.datetime(1980, 1, 1), dt.datetime(2100, 12, 31)))
def test_times_survive(moment: dt.datetime | None) -> None:
    (line,) = lines_of(fields_of(ORDERS, [2], [[1], [moment], *[[None]] * (len(ORDERS.columns) - 2)]))
    _, _, created, completed, *_ = read_back(line)
    assert (None if created is None else dt.datetime.fromisoformat(created)) == moment
    assert completed is None


@given(detail=a_text, cells=st.dictionaries(a_text, a_text, max_size=3))
def test_faults_survive(detail: str, cells: dict[str, str]) -> None:
    code, read, raw = read_back(fault_fields(RowFault("INVALID_TYPE", detail, cells)))
    assert (code, read) == ("INVALID_TYPE", detail)
    assert isinstance(raw, str)
    found: Any = json.loads(raw)
    assert found == cells
