"""The final table of an ingestion on terminals of every width: fewer columns, but never a figure that is cut."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from app.commands.tables import shown_reconciliation
from app.contract import SHEETS

FIGURES = (1_048_575, 1_048_574, 1_000_001, 48_574)


def record() -> dict[str, Any]:
    read, loaded, merged, rejected = FIGURES
    counts = {"rows_extracted": read, "rows_loaded": loaded, "rows_merged": merged, "rows_rejected": rejected}
    compared = {"inserted": 7, "updated": 123_456, "unchanged": 876_538, "deleted": 9}
    reasons = {"CONFLICTING_KEY": 40_000, "ORPHAN_PARENT": 8_574}
    sheets = [{"sheet": sheet.name, "rejects_by_reason": reasons, **counts, **compared} for sheet in SHEETS]
    return {"status": "PUBLISHED", "run_id": 4_711, "excel_sha256": "0" * 64, "sheets": sheets}


def shown(width: int) -> str:
    console = Console(width=width, file=io.StringIO())
    console.print(shown_reconciliation(record(), console))
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("width", [60, 72, 80, 100, 120, 140, 200])
def test_no_figure_is_cut_and_no_line_too_long(width: int, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRODPLAN_LANG", language)
    text = shown(width)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width
    for figure in (FIGURES[0], *FIGURES[2:]):
        assert text.count(f"{figure:,}") >= len(SHEETS)


def test_wide_terminal_shows_everything_and_a_narrower_one_the_reasons() -> None:
    assert all(word in shown(200) for word in ("loaded", "123,456", "CONFLICTING_KEY 40,000, ORPHAN_PARENT 8,574"))
    assert "ORPHAN_PARENT" in shown(100)
    assert "123,456" not in shown(100)
