"""Record of one measurement of growth: every value, and the reason of each missing one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from app.api.process.starting import ServerError
from benchmarks.ingestion_speed.record import EXPECTED_TROUBLE as TROUBLE_OF_AN_INGESTION
from benchmarks.ingestion_speed.record import reason_kept

EXPECTED_TROUBLE = (*TROUBLE_OF_AN_INGESTION, ServerError, httpx.TransportError)
"""Exceptions that leave one figure out; any other is a fault of the benchmark and ends it."""


@dataclass(slots=True)
class Record:
    """snapshots, plants: the figures by number. rows: each ingestion by the sample's scale, and "empty".

    failures: the reason by the name of what could not be measured.
    """

    machine: dict[str, Any] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)
    snapshots: dict[int, dict[str, Any]] = field(default_factory=dict)
    plants: dict[int, dict[str, Any]] = field(default_factory=dict)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def attempt(self, name: str) -> Iterator[None]:
        """Measure something; when that cannot be, keep the reason and go on."""
        with reason_kept(self.failures, name, EXPECTED_TROUBLE):
            yield
