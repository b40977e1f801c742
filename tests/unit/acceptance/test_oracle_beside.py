"""The oracle's process hands its failures on as they are, and ends with the gate."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from zipfile import BadZipFile

import pytest

from tests.acceptance.support.beside import OracleBeside
from tests.integration.api import workbooks


def test_a_workbook_that_cannot_be_read_fails_the_check_that_needs_it(tmp_path: Path) -> None:
    torn = tmp_path / "torn.xlsx"
    torn.write_bytes(b"PK")
    with closing(OracleBeside(torn, tmp_path, answers=True)) as beside:
        with pytest.raises(BadZipFile):
            beside.oracle()
        beside.tell(1)
        with pytest.raises(BadZipFile):
            beside.answers()


def test_it_ends_with_the_gate_that_told_it_nothing(tmp_path: Path) -> None:
    workbook = workbooks.write(tmp_path / "small.xlsx", workbooks.factory(1))
    with closing(OracleBeside(workbook, tmp_path, answers=True)) as beside:
        with closing(beside.oracle()) as oracle:
            assert oracle.counts()["Fases"]["loaded"] == 8
        assert beside._process.stdin is not None
        beside._process.stdin.close()
        assert beside._process.wait(timeout=60) == 1
