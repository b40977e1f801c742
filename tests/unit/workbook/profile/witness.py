"""A workbook's profile computed a second time: openpyxl's cells in DuckDB, every figure a statement of its own.

It shares no code with the backend; tables `sound_S` hold the rows without a faulty cell, `loaded_S` all of them.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

from tests.oracle import Oracle
from tests.oracle.figures import match_rates
from tests.oracle.sheets import FLAG, REAL, SHEETS, TEXT, WEIGHT
from tests.unit.workbook.profile.fault_statements import BY, GROUPS, ROWS

SHOWN = 5


class Witness:
    """One workbook, read by openpyxl."""

    def __init__(self, path: Path) -> None:
        self.oracle = Oracle(path)
        for sheet in SHEETS:
            self.oracle.connection.execute(
                f"CREATE VIEW sound_{sheet} AS SELECT * FROM loaded_{sheet}"
                " WHERE coalesce(code, '') NOT IN ('NULL_KEY', 'INVALID_TYPE', 'OUT_OF_RANGE')"
            )

    def rows(self, sheet: str) -> int:
        return int(self._one(f"SELECT count(*) AS n FROM loaded_{sheet}")["n"])

    def refused(self, sheet: str) -> dict[str, int]:
        counted = f"SELECT code, count(*) AS n FROM loaded_{sheet} WHERE code IS NOT NULL GROUP BY code"
        return {row["code"]: row["n"] for row in self.oracle.records(counted)}

    def column(self, sheet: str, header: str) -> dict[str, Any]:
        """The figures of a column in which no cell is faulty."""
        kind = SHEETS[sheet][1][header][0]
        found = self._one(f"""
            SELECT count(*) FILTER ({header} IS NULL) AS nulls, count(DISTINCT {header}) AS "distinct",
                   min({header}) AS min, max({header}) AS max FROM loaded_{sheet}""")
        found |= {"values": None, "text": None}
        if kind == TEXT:
            found |= {"min": None, "max": None}
            found["text"] = self._one(f"""
                SELECT min(length({header})) AS shortest, max(length({header})) AS longest,
                       count(*) FILTER (regexp_matches({header}, '[^\\x00-\\x7F]')) AS accented_cells
                  FROM loaded_{sheet}""")
        elif kind in (FLAG, "id", "int", "severity") and 0 < found["distinct"] <= 12:
            found["values"] = self.oracle.records(f"""
                SELECT {header} AS value, count(*) AS count FROM loaded_{sheet}
                 WHERE {header} IS NOT NULL GROUP BY ALL ORDER BY value""")
        return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in found.items()}

    def key_candidates(self, sheet: str) -> list[list[str]]:
        """Try all combinations, then take out those that contain another."""
        headers = [header for header, (kind, _) in SHEETS[sheet][1].items() if kind not in (REAL, WEIGHT, FLAG)]
        tried = [list(some) for size in (1, 2, 3) for some in combinations(headers, size)]
        unique = [some for some in tried if self._identifies(sheet, some)]
        return [some for some in unique if not any(set(other) < set(some) for other in unique)]

    def _identifies(self, sheet: str, headers: list[str]) -> bool:
        known = " AND ".join(f"{header} IS NOT NULL" for header in headers)
        row = self._one(f"""
            SELECT count(*) AS every, count(*) FILTER ({known}) AS known,
                   count(DISTINCT ({", ".join(headers)})) AS apart
              FROM loaded_{sheet}""")
        return bool(row["every"] == row["known"] == row["apart"])

    def relationships(self) -> dict[str, dict[str, int]]:
        return match_rates(self.oracle)

    def fault(self, code: str, sheet: str) -> dict[str, Any]:
        """count, among, by and the first Excel rows, as PROFILE_REPORT.json has them."""
        at = f"TIMESTAMP '{self.oracle.as_of}'"
        found: dict[str, Any] = {"excel_rows": []}
        if (sheet, code) in ROWS:
            condition = ROWS[sheet, code].replace(":as_of", at)
            shown = f"SELECT excel_row FROM sound_{sheet} WHERE {condition} ORDER BY excel_row"
            rows = [row["excel_row"] for row in self.oracle.records(shown)]
            among = self._one(f"SELECT count(*) AS n FROM sound_{sheet}")["n"]
            found |= {"count": len(rows), "among": among, "excel_rows": rows[:SHOWN]}
        else:
            found |= self._one(GROUPS[sheet, code])
        found["by"] = self.oracle.records(BY[sheet, code]) if (sheet, code) in BY else []
        return found

    def _one(self, statement: str) -> dict[str, Any]:
        return self.oracle.records(statement)[0]
