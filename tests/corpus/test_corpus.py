"""Each case ends in one of three ways, the same by every way of reading it and asking: refused with one sentence, rows
refused that account for the difference, or every value equal to what an independent reader finds in the file.

In this process: whole and in pieces of a few rows, with nothing taken in bulk, and with every row read by itself, what
the command's and the worker's bounded process does (`prepared_sheets`); what an upload's does (`admit_here`); what
`inspect`'s does.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest

from app.ingestion.reading.bulk import BulkRows
from tests.corpus.case import READ, REFUSED, Case
from tests.corpus.cases import CASES, losses, runs
from tests.corpus.independent import PRECEDENCE, Rows, differences, values_of
from tests.corpus.page import LONGEST_CELL, PAGE, ending, key_of, page, remembered
from tests.corpus.reading import (
    FEW_ROWS_BYTES,
    Inspected,
    Refused,
    admitted,
    in_pieces,
    ingested,
    inspected,
    not_in_bulk,
    row_by_row,
)
from tests.oracle.sheets import SHEETS

LONGEST_SENTENCE = 420
KNOWN_WITHOUT_A_LIVE_RUN = ("", "REJECTS_REFUSED", "EMPTY_REFUSED")
WARNED_WITHOUT_A_LIVE_RUN = ("STAMPS_IN_FUTURE", "ROWS_CONTRADICT")
LIKE_THE_LIVE_RUN = (
    runs.STILL_TWICE,
    losses.STILL_TOTALLED,
    losses.STILL_CONTRADICTING,
    losses.STILL_IN_FUTURE,
)
"""Refused by a profile, which compares with no live run."""


def test_the_corpus_is_wide_and_says_each_thing_once() -> None:
    assert len(CASES) >= 250
    assert [name for name, count in Counter((case.group, case.name) for case in CASES).items() if count > 1] == []
    assert min(Counter(case.ends for case in CASES).values()) >= 50


def test_page_is_the_one_of_these_cases_and_endings() -> None:
    assert remembered().keys() == {key_of(case) for case in CASES}
    assert PAGE.read_text(encoding="utf-8") == page(CASES, remembered())
    cells = [
        cell for line in PAGE.read_text(encoding="utf-8").splitlines() for cell in re.split(r"(?<!\\)\|", line)[1:-1]
    ]
    assert max(map(len, cells)) <= LONGEST_CELL + 2, "a cell of a table is too long to be read"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.group}: {case.name}")
def test_case(tmp_path: Path, case: Case) -> None:
    path = case.write(tmp_path)
    found = ingested(path, case.sheets)
    assert ending(case, path, found) == remembered()[key_of(case)], (
        "docs/workbook.md is stale: python -m tests.corpus.page"
    )
    _require_the_same_by_other_ways(path, case, found)
    if isinstance(found, Refused):
        _require_refusal(case, Refused(found.code, found.says.replace(str(path), path.name[:40])))
        told = inspected(path)
        assert isinstance(told, Refused)
        assert told.code == found.code
        assert admitted(path) in (None, found)
        return
    assert case.ends != REFUSED, "it was read"
    assert list(differences(found, values_of(path, case.sheets))) == []
    rejected = {(sheet, number): code for sheet in found for number, (code, _) in found[sheet].items() if code}
    assert rejected == dict(case.rows)
    assert (case.ends == READ) is (not rejected)
    assert admitted(path) is None
    _require_inspected(path, case, base_rows() | found)


@cache
def base_rows() -> dict[str, Rows]:
    """Rows of the sheets that a case leaves as they are."""
    with tempfile.TemporaryDirectory() as folder:
        path = runs.BASE.write(Path(folder))
        found = ingested(path)
        assert isinstance(found, dict)
        assert list(differences(found, values_of(path))) == []
        return found


def test_pieces_are_of_a_few_rows_each(tmp_path: Path) -> None:
    path = runs.BASE.write(tmp_path)
    for size, fewest in ((1_000_000, 1), (FEW_ROWS_BYTES, 3)):
        with (
            in_pieces(size),
            patch.object(BulkRows, "__call__", autospec=True, side_effect=BulkRows.__call__) as taking,
        ):
            ingested(path)
        by_sheet = Counter(id(call.args[0]) for call in taking.call_args_list)
        assert len(by_sheet) == len(SHEETS)
        assert min(by_sheet.values()) >= fewest
        assert size == FEW_ROWS_BYTES or max(by_sheet.values()) == 1


def _require_the_same_by_other_ways(path: Path, case: Case, found: dict[str, Rows] | Refused) -> None:
    for way in (in_pieces(FEW_ROWS_BYTES), not_in_bulk(), row_by_row()):
        with way:
            assert repr(ingested(path, case.sheets)) == repr(found)


def _require_refusal(case: Case, found: Refused) -> None:
    assert (case.ends, case.code) == (REFUSED, found.code), found
    assert [part for part in case.says if part not in found.says] == [], found
    assert len(found.says) < LONGEST_SENTENCE
    assert found.says.isprintable()
    assert found.says.endswith(".")


def _require_inspected(path: Path, case: Case, found: dict[str, Rows]) -> None:
    told = inspected(path)
    assert isinstance(told, Inspected), told
    assert told.rows == {sheet: len(found[sheet]) for sheet in SHEETS}
    for sheet in SHEETS:
        codes = {code: told.refused[sheet][code] for code in PRECEDENCE}
        assert codes == {code: sum(one == code for one, _ in found[sheet].values()) for code in PRECEDENCE}
    if case.group == runs.GROUP and (case.live is None or case.run in KNOWN_WITHOUT_A_LIVE_RUN):
        assert bool(told.refuses) is (bool(case.run) or case in LIKE_THE_LIVE_RUN), told
        assert [part for part in case.run_says[:-1] if part not in ". ".join(told.refuses)] == []
    if case.group == runs.GROUP and not case.run and case.live is None:
        known = [sheet for code, sheet in case.warnings if code in WARNED_WITHOUT_A_LIVE_RUN]
        assert sorted(sentence.split(":")[0] for sentence in told.warned) == sorted([*case.warned, *known])
