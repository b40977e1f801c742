"""Texts that are made to keep a pattern busy are judged as fast as any other of their length."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from io import BytesIO
from time import process_time

import pytest

from app.workbook.cells import DECIMAL
from app.workbook.opc.recognition import KINDS
from app.workbook.scanning.decoding import NUMBER
from app.workbook.scanning.formats import cell_formats
from app.workbook.scanning.sheet_stream import HIDDEN_ROW
from app.workbook.showing import NO_NAME, NO_VALUE

MOST_S = 2
"""The patterns before took 10 seconds and more of these texts, and now take milliseconds."""
FORMATS = (
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts>'
    f'<numFmt numFmtId="200" formatCode="{"0" * 1_000_000}"/>'
    + '<numFmt numFmtId="200" formatCode="0"/>' * 1000
    + "</numFmts></styleSheet>"
)


@pytest.mark.parametrize(
    "judge",
    [
        pytest.param(partial(NUMBER.match, "1" * 60_000 + "x"), id="a number"),
        pytest.param(partial(DECIMAL.match, "1" * 60_000 + "x"), id="a decimal"),
        pytest.param(partial(NO_VALUE.fullmatch, " " * 60_000 + "x"), id="blanks and a letter"),
        pytest.param(partial(NO_NAME.fullmatch, "1 " * 30_000 + "x"), id="digits and a letter"),
        pytest.param(partial(HIDDEN_ROW.search, b"<row " * 10_000 + b"hidden"), id="hidden rows"),
        pytest.param(lambda: cell_formats(BytesIO(FORMATS.encode())), id="a long format named again and again"),
        *(pytest.param(partial(kind.begins.match, b"<!-- -->" * 24 + b"x"), id=kind.says) for kind in KINDS),
    ],
)
def test_no_text_keeps_a_pattern_busy(judge: Callable[[], object]) -> None:
    began = process_time()
    judge()
    assert process_time() - began < MOST_S
