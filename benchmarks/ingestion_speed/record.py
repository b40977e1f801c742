"""Record of one campaign so far: every value, and the reason of each missing one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg2
import sqlalchemy as sa

from app.database.errors import DatabaseError
from app.workbook.errors import WorkbookRefused
from benchmarks.ingestion_speed.children import ChildFailed
from benchmarks.ingestion_speed.figures import NotMeasured

EXPECTED_TROUBLE = (
    ChildFailed,
    NotMeasured,
    DatabaseError,
    WorkbookRefused,
    sa.exc.DBAPIError,
    psycopg2.Error,
    OSError,
)
"""Exceptions that leave one figure out; any other is a fault of the benchmark and ends it."""


@contextmanager
def reason_kept(failures: dict[str, str], name: str, expected: tuple[type[Exception], ...]) -> Iterator[None]:
    """End the block at an expected exception, and keep its message under the name."""
    try:
        yield
    except expected as error:
        failures.setdefault(name, " ".join(str(error).split()))


@dataclass(slots=True)
class Record:
    """floors: merely reading, by reader, in order. loads: each ingestion that was timed, by its name, in order.

    growth: the same by scale, and empty. failures: the reason by the name of what could not be measured.
    """

    machine: dict[str, Any] = field(default_factory=dict)
    workbook: dict[str, Any] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)
    floors: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    loads: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    growth: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    memory: dict[str, dict[str, Any]] = field(default_factory=dict)
    no_op: dict[str, list[float]] = field(default_factory=dict)
    reader: dict[str, Any] = field(default_factory=dict)
    statements: list[dict[str, Any]] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def attempt(self, name: str) -> Iterator[None]:
        """Measure something; when that cannot be, keep the reason and go on."""
        with reason_kept(self.failures, name, EXPECTED_TROUBLE):
            yield

    def seconds(self, name: str) -> list[float]:
        """Seconds of the loads of that name, one for each round. Raises NotMeasured, with the reason if it is known."""
        if name in self.failures or name not in self.loads:
            raise NotMeasured(self.failures.get(name, "it was not tried"))
        return [load["seconds"] for load in self.loads[name]]

    def reading(self, reader: str) -> list[float]:
        """Seconds that a reader took, one for each round. Raises NotMeasured."""
        if reader in self.failures or reader not in self.floors:
            raise NotMeasured(self.failures.get(reader, "it was not tried"))
        return [one["seconds"] for one in self.floors[reader]]
