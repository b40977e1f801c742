"""Types of the contract: sheet, column, relationship."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

NULL_TEXT = "NULL"
"""The text that the ERP writes for a null; it never leaves the cell empty."""

EARLIEST, LATEST = dt.datetime(1980, 1, 1), dt.datetime(2101, 1, 1)
"""A date outside [EARLIEST, LATEST) is OUT_OF_RANGE."""


class Kind(StrEnum):
    """Type of the value in a cell."""

    INT = "int"
    NUMBER = "number"
    TEXT = "text"
    DATETIME = "datetime"
    DATE = "date"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet and the core column that keeps it.

    header: the workbook's own column header.
    name: the core column.
    bounds: inclusive range of a number; outside it the row is OUT_OF_RANGE.
    unit: unit of measure, empty when the source states none.
    meaning: what the column holds, as the core column's comment says.
    personal: holds a person's name, which never leaves core (no reject, report or log copies it).
    settled_by: header of the column whose value ends the changes of this one; empty if every value is final.
    is_position: counts the rows in an order, so a new row may change the numbers of all others, not their order.
    """

    header: str
    name: str
    kind: Kind
    nullable: bool = False
    bounds: tuple[int, int] | None = None
    unit: str = ""
    personal: bool = False
    meaning: str = ""
    settled_by: str = ""
    is_position: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its columns in the source's order, the core table it fills, its key by header.

    An empty key means that the whole row is the event and identical rows are separate events.
    meaning: what the rows are, as the core table's comment says.
    """

    name: str
    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    meaning: str = ""

    @property
    def end(self) -> Column | None:
        """The column whose value closes a row that is open until then; None where rows are never open."""
        ends = {column.settled_by for column in self.columns if column.settled_by}
        return next((column for column in self.columns if column.header in ends), None)

    def column(self, header: str) -> Column:
        """The column with this header; KeyError when the sheet has none."""
        for column in self.columns:
            if column.header == header:
                return column
        raise KeyError(f"{self.name} has no column {header}")


@dataclass(frozen=True, slots=True)
class Link:
    """One referencing column and the key column that it points at."""

    from_header: str
    to_sheet: str
    to_header: str


@dataclass(frozen=True, slots=True)
class Relationship:
    """A reference from rows of one sheet to keys of others; a row matches when every link finds its target.

    enforced: a referencing row without its target is rejected as ORPHAN_PARENT; others are soft.
    """

    name: str
    from_sheet: str
    links: tuple[Link, ...]
    enforced: bool = False


BIGINT = (-(2**63), 2**63 - 1)
INTEGER = (-(2**31), 2**31 - 1)
