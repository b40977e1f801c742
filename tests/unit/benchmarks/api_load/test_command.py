"""Arguments of the command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.api_load.command import QUICK_SCALE, SCALE, main, options_of, put_tables
from benchmarks.api_load.plan import FULL, QUICK
from benchmarks.api_load.presentation import BEGIN_COMPARISON, BEGIN_OVERLOAD
from benchmarks.api_load.record import BEFORE, NOW, Record
from benchmarks.ingestion_speed.children import ROOT
from benchmarks.ingestion_speed.presentation import END
from tests.unit.benchmarks.api_load.loaded import a_record, level_of


def both(p95_ms: float) -> dict[str, dict[str, dict[str, Any]]]:
    """A comparison of one endpoint of which both sides are as quick."""
    side = {"p50_ms": [p95_ms], "p95_ms": [p95_ms], "statuses": ["MET"], "capacity": 400.0}
    return {"orders-list": {BEFORE: side, NOW: side}}


def test_what_is_not_said_is_measured_in_full() -> None:
    options = options_of([], "")
    assert (options.workbook, options.scale, options.plan) == (None, SCALE, FULL)


def test_quick_asks_less_of_a_smaller_sample() -> None:
    options = options_of(["--quick"], "")
    assert (options.scale, options.plan) == (QUICK_SCALE, QUICK)
    assert options_of(["--quick", "--scale", "0.3"], "").scale == 0.3


@pytest.mark.parametrize(
    "arguments",
    [
        ["--workbook", "/nowhere/missing.xlsx"],
        ["--scale", "0"],
        ["--scale", "2.5"],
        ["--scale", "large"],
        ["--write", "/nowhere/at/all.md"],
        ["--json", "/nowhere/at/all.json"],
        ["--before", "/nowhere/at/all"],
        ["--before", "/tmp"],
        ["--before", str(ROOT), "--only", "overload"],
        ["--only", "comparison"],
        ["--only", "mix"],
    ],
)
def test_what_cannot_be_measured_is_refused_before_anything_starts(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        options_of(arguments, "")
    assert ended.value.code == 2
    assert "error: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "begin", "found"),
    [
        (["--only", "overload"], BEGIN_OVERLOAD, {"overload": [level_of(c, p99_ms=123456.0) for c in FULL.crowds]}),
        (["--only", "comparison", "--before", str(ROOT)], BEGIN_COMPARISON, {"compared": both(123456.0)}),
    ],
)
def test_part_alone_keeps_the_other_tables_of_the_document(
    tmp_path: Path, arguments: list[str], begin: str, found: dict[str, Any]
) -> None:
    page = tmp_path / "api.md"
    put_tables(page, a_record(), options_of(["--before", str(ROOT)], "").parts)
    whole = page.read_text(encoding="utf-8")
    machine = {name: getattr(a_record(), name) for name in ("machine", "workbook", "plan", "targets_ms")}
    put_tables(page, Record(**machine, **found), options_of(arguments, "").parts)
    kept, again = (text.partition(begin) for text in (whole, page.read_text(encoding="utf-8")))
    after = [text.partition(END)[2] for text in (kept[2], again[2])]
    assert (kept[0], after[0]) == (again[0], after[1])
    heads = ("### Targets\n", "### Targets under overload\n", "### Targets against before\n")
    assert [whole.count(one) for one in heads] == [1, 1, 1]
    assert ("| 123,456 |" in kept[2], "| 123,456 |" in again[2]) == (False, True)


def test_a_file_that_is_no_workbook_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path / "local"))
    (tmp_path / "a.xlsx").write_text("no workbook", encoding="utf-8")
    assert main(["--workbook", str(tmp_path / "a.xlsx")], "") == 1
    said = capsys.readouterr().err
    assert "Nothing was measured: " in said
    assert "Traceback" not in said
    assert not list((tmp_path / "local").iterdir())
