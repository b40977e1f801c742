"""Arguments of the command."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.ingestion_speed.command import QUICK_ROUNDS, QUICK_SCALES, ROUNDS, SCALES, main, options_of
from benchmarks.ingestion_speed.statements import LONGEST_TEXT, shown


def test_what_is_not_said_is_measured_in_full() -> None:
    options = options_of([], "")
    assert (options.workbook, options.scales, options.rounds) == (None, SCALES, ROUNDS)


def test_quick_is_smaller_unless_sizes_are_named() -> None:
    assert (options_of(["--quick"], "").scales, options_of(["--quick"], "").rounds) == (QUICK_SCALES, QUICK_ROUNDS)
    options = options_of(["--quick", "--scales", "0.2,0.5", "--rounds", "2"], "")
    assert (options.scales, options.rounds) == ((0.2, 0.5), 2)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--workbook", "/nowhere/missing.xlsx"],
        ["--scales", "small"],
        ["--scales", "0"],
        ["--scales", "0.1,2.5"],
        ["--rounds", "-1"],
        ["--rounds", "0"],
        ["--write", "/nowhere/at/all.md"],
        ["--json", "/nowhere/at/all.json"],
    ],
)
def test_what_cannot_be_measured_is_refused_before_anything_starts(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        options_of(arguments, "")
    assert ended.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_a_file_that_is_no_workbook_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path / "local"))
    (tmp_path / "a.xlsx").write_text("no workbook", encoding="utf-8")
    assert main(["--workbook", str(tmp_path / "a.xlsx")], "") == 1
    said = capsys.readouterr().err
    assert said.startswith("Nothing was measured: a.xlsx is a text file and no .xlsx workbook")
    assert not list((tmp_path / "local").iterdir())


def test_a_document_may_be_begun_in_a_folder_that_is_there(tmp_path: Path) -> None:
    options = options_of(["--write", str(tmp_path / "a.md"), "--json", str(tmp_path / "a.json")], "")
    assert (options.write, options.json) == (tmp_path / "a.md", tmp_path / "a.json")


def test_a_statement_is_shown_in_one_line_without_the_runs_number() -> None:
    assert shown("COPY  staging.work_orders_r17\n (a_r1_fk, r2)") == "COPY staging.work_orders_rN (a_rN_fk, r2)"
    assert len(shown("SELECT " + "x" * 500)) == LONGEST_TEXT
