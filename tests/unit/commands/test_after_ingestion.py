"""Below an ingestion's table: what became of it, where the refused rows are, and which gates changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.commands.after_ingestion import next_steps
from app.contract.sheet_counts import SheetCounts
from app.ingestion.run_result import DRY_RUN, NO_OP, PUBLISHED, IngestionResult

GATES = (
    {"gate": "route", "status": "ENABLED", "match_rate": 1.0},
    {"gate": "names", "status": "DISABLED", "match_rate": 0.256},
    {"gate": "errors", "status": "DISABLED", "match_rate": None},
)
REFUSED = (
    "1,200 refused rows: reports/rejected_rows.xlsx has each with its reason, and what to correct under 'Corrigir'."
)
NAMES = "Gate names: {}DISABLED{} (match rate 25.6%). See `make feature-gates`."
ERRORS = "Gate errors: DISABLED (without a match rate). See `make feature-gates`."


def told(status: str, before: dict[str, str], refused: int = 0) -> list[str]:
    sheet = SheetCounts("Fases", 2000, 2000, 2000 - refused, refused, 0, 0, 0, 0)
    result = IngestionResult(7, "main", "ab" * 32, "export.xlsx", status, (sheet,), {}, gates=GATES)
    return list(next_steps(result, before, Path("reports")))


@pytest.mark.parametrize(
    ("status", "before", "refused", "sentences"),
    [
        pytest.param(NO_OP, {}, 5, ["Run 7 holds this workbook and is live already: nothing was written."], id="no-op"),
        pytest.param(PUBLISHED, {}, 1200, [REFUSED, NAMES.format("", ""), ERRORS], id="first load"),
        pytest.param(
            PUBLISHED, {"route": "ENABLED", "names": "DISABLED", "errors": "DISABLED"}, 0, [], id="nothing new"
        ),
        pytest.param(
            PUBLISHED,
            {"route": "ENABLED", "names": "DEGRADED", "errors": "DISABLED"},
            0,
            [NAMES.format("DEGRADED before, ", " now")],
            id="gate changed",
        ),
        pytest.param(
            DRY_RUN,
            {"route": "ENABLED", "names": "DISABLED", "errors": "DISABLED"},
            0,
            ["This was a dry run: nothing was published."],
            id="dry run",
        ),
    ],
)
def test_sentences_below_the_table(status: str, before: dict[str, str], refused: int, sentences: list[str]) -> None:
    assert told(status, before, refused) == sentences
