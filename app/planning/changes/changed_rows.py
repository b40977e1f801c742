"""Rows that differ between two runs, by sheet and key, in pages. Definitions: docs/kpis.md, "What changed"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeAlias

import sqlalchemy as sa
from pydantic import Field

from app.contract import SHEETS, Column, Kind, Sheet
from app.ingestion.tables.names import EVENT_KEY, key_columns
from app.planning.snapshot.answer import Answer

WINDOW_ROWS = 50_000
"""Rows of either run that are compared by one statement."""
Value: TypeAlias = bool | int | float | str | None
Key: TypeAlias = tuple[int | str, ...]


class Change(StrEnum):
    """A row is in the later run alone, in both with other content, or in the earlier run alone."""

    INSERTED = "INSERTED"
    UPDATED = "UPDATED"
    DELETED = "DELETED"


class ChangedCell(Answer):
    """One column of a changed row; times are factory-local."""

    column: str = Field(description="its header in the workbook")
    before: Value = Field(description="null: the cell was empty, or the row is new")
    after: Value = Field(description="null: the cell is empty, or the row is gone")


class ChangedRow(Answer):
    """One row that differs; of an updated row only the cells that differ, of others all behind the key."""

    sheet: str
    change: Change
    key: dict[str, Value] = Field(
        description="by header; of a sheet without key the digest of the row, and its number among identical ones"
    )
    cells: list[ChangedCell]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list: after the row with this key, or before all rows of the sheet.

    sheet: its position in the contract.
    """

    sheet: int
    key: Key | None


START = Place(0, None)


@dataclass(frozen=True, slots=True)
class RowDifference:
    """Statements that compare one sheet of two runs. People's names are not compared: the API's role reads none."""

    sheet: Sheet

    @property
    def keys(self) -> list[str]:
        return key_columns(self.sheet)

    @property
    def columns(self) -> list[Column]:
        """The compared columns that are not in the key."""
        return [one for one in self.sheet.columns if not one.personal and one.name not in self.keys]

    @property
    def differs(self) -> str:
        """SQL: a row of both runs differs; numbers by their binary image, so that NaN equals itself."""
        return " OR ".join(map(_differs, self.columns)) or "false"

    def side(self, run: str, conditions: str = "") -> str:
        names = ", ".join(["run_id", *self.keys, *(one.name for one in self.columns)])
        return f"(SELECT {names} FROM core.{self.sheet.table} WHERE run_id = :{run}{conditions})"

    def joined(self, conditions: str = "") -> str:
        on = " AND ".join(f"b.{name} = a.{name}" for name in self.keys)
        before, after = self.side("before", conditions), self.side("after", conditions)
        return f"FROM {before} AS b FULL JOIN {after} AS a ON {on}"

    def beyond(self, comparison: str, prefix: str) -> str:
        """SQL: the key compared with the parameters of this prefix."""
        given = ", ".join(
            f"CAST(:{prefix}{place} AS {'uuid' if name == EVENT_KEY[0] else 'bigint'})"
            for place, name in enumerate(self.keys)
        )
        return f" AND ({', '.join(self.keys)}) {comparison} ({given})"


@cache
def difference_of(sheet: Sheet) -> RowDifference:
    return RowDifference(sheet)


def _differs(column: Column) -> str:
    image = "float8send({})" if column.kind is Kind.NUMBER else "{}"
    before, after = (image.format(f"{side}.{column.name}") for side in ("b", "a"))
    return f"{before} IS DISTINCT FROM {after}"


def changed_rows(
    connection: sa.Connection, before: int, after: int, place: Place = START, *, sheet: str | None = None
) -> Iterator[tuple[ChangedRow, Place]]:
    """Rows that differ between two runs, from a place on, each with its own place: by sheet, then by key.

    Read window by window, so that a page costs what lies before its last row, and memory stays bounded.
    """
    for number, one in enumerate(SHEETS):
        if number >= place.sheet and sheet in (None, one.name):
            key = place.key if number == place.sheet else None
            for row, own in _rows_of_sheet(connection, difference_of(one), {"before": before, "after": after}, key):
                yield row, Place(number, own)


def _rows_of_sheet(
    connection: sa.Connection, difference: RowDifference, runs: dict[str, Any], low: Key | None
) -> Iterator[tuple[ChangedRow, Key]]:
    while True:
        high = _window_end(connection, difference, runs, low)
        yield from _rows_of_window(connection, difference, runs, low, high)
        if high is None:
            return
        low = high


def _window_end(
    connection: sa.Connection, difference: RowDifference, runs: dict[str, Any], low: Key | None
) -> Key | None:
    """The last key of a window; None: it reaches to the end of both runs."""
    conditions = "" if low is None else difference.beyond(">", "low")
    ends = []
    for run in runs.values():
        statement = (
            f"SELECT {', '.join(difference.keys)} FROM core.{difference.sheet.table} WHERE run_id = :run_id{conditions}"
            f" ORDER BY {', '.join(difference.keys)} OFFSET {WINDOW_ROWS - 1} LIMIT 1"
        )
        row = connection.execute(sa.text(statement), {"run_id": run, **_bound("low", low)}).one_or_none()
        if row is not None:
            ends.append(_key(row))
    return min(ends, default=None)


def _rows_of_window(
    connection: sa.Connection, difference: RowDifference, runs: dict[str, Any], low: Key | None, high: Key | None
) -> Iterator[tuple[ChangedRow, Key]]:
    conditions = ("" if low is None else difference.beyond(">", "low")) + (
        "" if high is None else difference.beyond("<=", "high")
    )
    keys = [f"coalesce(b.{name}, a.{name})" for name in difference.keys]
    pairs = [f"b.{one.name}, a.{one.name}" for one in difference.columns]
    statement = (
        f"SELECT b.run_id IS NULL, a.run_id IS NULL, {', '.join([*keys, *pairs])} {difference.joined(conditions)}"
        f" WHERE b.run_id IS NULL OR a.run_id IS NULL OR {difference.differs} ORDER BY {', '.join(keys)}"
    )
    for row in connection.execute(sa.text(statement), {**runs, **_bound("low", low), **_bound("high", high)}):
        key = _key(row[2 : 2 + len(keys)])
        yield _changed(difference, row[0], row[1], key, [_json_value(value) for value in row[2 + len(keys) :]]), key


def _bound(prefix: str, key: Key | None) -> dict[str, int | str]:
    return {} if key is None else {f"{prefix}{place}": part for place, part in enumerate(key)}


def _key(row: Any) -> Key:
    return tuple(part if isinstance(part, int) else str(part) for part in row)


def _changed(difference: RowDifference, is_new: bool, is_gone: bool, key: Key, values: list[Value]) -> ChangedRow:
    cells = [
        ChangedCell(column=column.header, before=before, after=after)
        for column, before, after in zip(difference.columns, values[::2], values[1::2], strict=True)
        if is_new or is_gone or repr(before) != repr(after)
    ]
    headers = difference.sheet.key or EVENT_KEY
    change = Change.INSERTED if is_new else Change.DELETED if is_gone else Change.UPDATED
    return ChangedRow(sheet=difference.sheet.name, change=change, key=dict(zip(headers, key, strict=True)), cells=cells)


def _json_value(value: Any) -> Value:
    return value.isoformat() if isinstance(value, dt.date) else value


class SheetChanges(Answer):
    """Rows of one sheet by what became of them between two runs."""

    sheet: str
    inserted: int
    updated: int
    unchanged: int
    deleted: int


def counted_changes(connection: sa.Connection, before: int, after: int) -> list[SheetChanges]:
    """The rows of each sheet by what became of them, over the whole of both runs."""
    runs, found = {"before": before, "after": after}, []
    for sheet in SHEETS:
        row = connection.execute(sa.text(_counting(difference_of(sheet))), runs).mappings().one()
        found.append(SheetChanges(sheet=sheet.name, **row))
    return found


def _counting(difference: RowDifference) -> str:
    return f"""
        SELECT count(*) FILTER (WHERE was IS NULL) AS inserted, count(*) FILTER (WHERE changed) AS updated,
               count(*) FILTER (WHERE NOT changed) AS unchanged, count(*) FILTER (WHERE now IS NULL) AS deleted
          FROM (SELECT b.run_id AS was, a.run_id AS now,
                       CASE WHEN b.run_id IS NOT NULL AND a.run_id IS NOT NULL THEN {difference.differs} END AS changed
                  {difference.joined()} OFFSET 0) AS compared"""
