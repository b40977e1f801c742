"""Facts that checks keep for the run's page because no report of the run holds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # conftest.py reads this module in every session of pytest, and has no use for those
    from app.performance.plans.explain import ExplainedRequest
    from tests.acceptance.support.backend import Backend
    from tests.acceptance.support.latencies.baseline import Baseline

FIRST_REFUSED = """
SELECT sheet, excel_row, code, detail FROM (
    SELECT sheet, excel_row, code, detail, row_number() OVER (PARTITION BY sheet, code ORDER BY excel_row) AS place
    FROM audit.rejected_rows WHERE run_id = :run_id
) AS refused WHERE place <= 3 ORDER BY sheet, code, excel_row
"""


@dataclass
class Seen:
    """refused: sheet, Excel row, code and reason of the first refused rows. plans: of each SLO's requests, by its name.

    baseline: the last PASS that the latencies were compared with.
    """

    refused: list[tuple[str, int, str, str]] = field(default_factory=list)
    plans: dict[str, Sequence[ExplainedRequest]] = field(default_factory=dict)
    baseline: Baseline | None = None


SEEN = pytest.StashKey[Seen]()


def first_refused(backend: Backend, run_id: int) -> list[Any]:
    """The first three rows of each sheet and reason, without their cells, which may hold people's names."""
    return [tuple(row) for row in backend.rows(FIRST_REFUSED, run_id=run_id)]
