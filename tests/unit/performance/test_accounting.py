"""SLO_RESULTS.json is left by every measurement, and says why nothing was measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.performance.errors import PerformanceError
from app.performance.results import UNDER_WAY, accounted_for, begin
from app.performance.slo.slo_declaration import load_slos
from app.performance.slo_document import read

SLOS = load_slos()


def reasons(path: Path) -> set[str]:
    """The reasons in a file that is valid against its schema."""
    document = read(path, SLOS)
    assert {entry["status"] for entry in document["slos"]} == {"NOT_MEASURED"}
    return {document["reason"], *(entry["reason"] for entry in document["slos"])}


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (PerformanceError("No server answers:\n  refused."), "No server answers: refused."),
        (OSError(28, "No space left on device"), "[Errno 28] No space left on device"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
    ],
)
def test_reason_is_that_of_the_failure(tmp_path: Path, failure: BaseException, reason: str) -> None:
    path = tmp_path / "perf" / "SLO_RESULTS.json"
    with pytest.raises(type(failure)), accounted_for(path, SLOS):
        assert reasons(path) == {UNDER_WAY}
        raise failure
    assert reasons(path) == {reason}


def test_reason_that_the_measurement_gave_stays(tmp_path: Path) -> None:
    path = tmp_path / "SLO_RESULTS.json"
    with pytest.raises(PerformanceError), accounted_for(path, SLOS):
        begin(path, SLOS, None, "No run is live: ingest a workbook first.")
        raise PerformanceError("the same, told again")
    assert reasons(path) == {"No run is live: ingest a workbook first."}


def test_explanations_of_an_earlier_measurement_go_and_other_files_stay(tmp_path: Path) -> None:
    for name in (f"EXPLAIN_{SLOS[0].name}.md", "EXPLAIN_of_mine.md"):
        (tmp_path / name).touch()
    with accounted_for(tmp_path / "SLO_RESULTS.json", SLOS):
        pass
    assert {file.name for file in tmp_path.iterdir()} == {"SLO_RESULTS.json", "EXPLAIN_of_mine.md"}


def test_file_that_cannot_be_written_stops_the_measurement_before_it_begins(tmp_path: Path) -> None:
    (tmp_path / "perf").touch()
    with pytest.raises(OSError, match="perf"), accounted_for(tmp_path / "perf" / "SLO_RESULTS.json", SLOS):
        raise AssertionError("the block is entered")
