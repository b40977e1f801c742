"""The common form of typed results: immutable, strict about their fields, numbers in the units that names state."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer

SHOWN_DIGITS = 12


def shown(figure: float) -> float:
    """The figure rounded to 12 significant digits: 22.619999999999997 is 22.62."""
    return float(f"{figure:.{SHOWN_DIGITS}g}")


Figure = Annotated[float, PlainSerializer(shown, return_type=float, when_used="json")]
"""A number that need not be whole: exact in this program, rounded to 12 significant digits where it is shown."""


class EtaMethod(StrEnum):
    """Ways to estimate when an order will be done, which give different times: docs/kpis.md, "Two estimates"."""

    MEAN_FLOW = "MEAN_FLOW"
    """as_of + the mean flow times of the steps that remain on the standard route; today's queues do not count."""
    DISPATCH = "DISPATCH"
    """The open work dispatched in turn at usual capacities; standard routes do not count."""


ETA_NOTES = {
    EtaMethod.MEAN_FLOW: "From as_of on, the mean flow times of the steps that remain on the standard route; today's"
    " queues do not count. /api/whatif/simulate dispatches the open work instead (DISPATCH), so its times differ.",
    EtaMethod.DISPATCH: "From as_of on, the open phases dispatched in turn at the given capacities; standard routes do"
    " not count. /api/prodplan/risk_queue adds up mean flow times instead (MEAN_FLOW), so its times differ.",
}


class Answer(BaseModel):
    """Base of each result of this package."""

    model_config = ConfigDict(frozen=True, extra="forbid")
