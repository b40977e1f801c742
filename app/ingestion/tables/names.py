"""Names of the tables and columns in a run's statements, derived from the workbook contract."""

from __future__ import annotations

from dataclasses import dataclass

from app.contract import Sheet

EVENT_KEY = ("event_digest", "occurrence")
"""Key of a sheet without its own key: md5 of the content, and a number among identical rows."""


@dataclass(frozen=True, slots=True)
class RunTables:
    """The tables of one run."""

    run_id: int

    def staging(self, sheet: Sheet) -> str:
        """The run's staging table; it is dropped before the run's transaction ends."""
        return f"staging.{sheet.table}_r{self.run_id:d}"

    def partition(self, sheet: Sheet) -> str:
        """The run's own partition of the sheet's core table."""
        return self.named(sheet.table)

    def named(self, table: str) -> str:
        """The run's own partition of a core table."""
        return f"core.{partition_name(table, self.run_id)}"


def partition_name(table: str, run_id: int) -> str:
    """Name of a run's partition, without its schema."""
    return f"{table}_r{run_id:d}"


def content_columns(sheet: Sheet) -> list[str]:
    """The core columns that come from the workbook, in the contract's order."""
    return [column.name for column in sheet.columns]


def key_columns(sheet: Sheet) -> list[str]:
    """The core columns that identify a row within one run."""
    return [sheet.column(header).name for header in sheet.key] if sheet.key else list(EVENT_KEY)


def listed(names: list[str], alias: str = "") -> str:
    """The names joined by commas, with a prefix if given: `a, b` or `t.a, t.b`."""
    prefix = f"{alias}." if alias else ""
    return ", ".join(prefix + name for name in names)
