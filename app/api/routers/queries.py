"""Query parameters that several areas share."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationInfo, field_validator

from app.api.http.spelling import IN_DIGITS, WholeNumber
from app.planning.quality.judged_errors import ErrorFilter
from app.planning.snapshot.narrowing import Narrowing
from app.planning.snapshot.period import Period
from app.planning.snapshot.standing import INCLUDE_TEXT, Include

CALENDAR_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _written_out(given: Any) -> Any:
    # Pydantic would also take a number, as seconds since 1970.
    if isinstance(given, str) and not CALENDAR_DAY.fullmatch(given):
        raise ValueError("a calendar day is written YYYY-MM-DD")
    return given


Day = Annotated[dt.date, BeforeValidator(_written_out)]
MOST_SKIPPED = 1_000_000


class PeriodQuery(BaseModel):
    """A period of whole factory-local days; each figure's event decides whether it lies in it (docs/kpis.md)."""

    from_: Day | None = Field(None, alias="from", description="first day, inclusive; without it there is no first")
    to: Day | None = Field(None, description="day after the last, exclusive, later than from; without it: no end")

    @field_validator("to")
    @classmethod
    def _after_from(cls, to: dt.date | None, info: ValidationInfo) -> dt.date | None:
        first = info.data.get("from_")
        if to is not None and first is not None and to <= first:
            raise ValueError("to must be later than from: it is the first day that no longer counts")
        return to

    def wanted(self) -> Period:
        """The period, open on each side that was not given."""
        return Period(self.from_, self.to)

    def given(self) -> Period | None:
        """The period; None without any bound: figures of the whole run, rows without a time too."""
        return None if self.from_ is None and self.to is None else self.wanted()


Id = Annotated[int, Field(ge=-(2**63), le=2**63 - 1), IN_DIGITS]
"""Number of an order, a phase or a product."""


class IncludeQuery(BaseModel):
    """Parameter `include`: the open orders that count beside production work."""

    include: Include | None = Field(None, description=INCLUDE_TEXT)


class OpenWorkQuery(IncludeQuery, PeriodQuery):
    """Parameters: the open orders that count, and one phase, product or period of the transport date alone."""

    phase: Id | None = Field(None, description="work at this phase alone")
    product: Id | None = Field(None, description="orders of this product alone")

    def narrowing(self) -> Narrowing:
        """The phase, the product, and the period of the transport date."""
        return Narrowing(self.phase, self.product, self.given())


class Page(BaseModel):
    """A part of a list. Pages of one run (`run_id`) fit together, because a run never changes."""

    limit: WholeNumber = Field(50, ge=1, le=500, description="most entries answered")
    offset: WholeNumber = Field(0, ge=0, le=MOST_SKIPPED, description="entries of the list left out before them")


class ProductsQuery(PeriodQuery, Page):
    """A page of the products of a period."""


class ErrorsQuery(PeriodQuery):
    """The errors of a period, a judging phase and a product."""

    phase: Id | None = Field(None, description="errors that this phase judged alone")
    product: Id | None = Field(None, description="errors of this product's orders alone")

    def chosen(self) -> ErrorFilter:
        """The errors that count."""
        return ErrorFilter(self.given(), self.phase, self.product)


class ProductErrorsQuery(ErrorsQuery, Page):
    """A page of the products with errors."""


class RiskFilter(ErrorsQuery):
    """The errors, and the smallest population."""

    minimum_population: WholeNumber = Field(
        30, ge=1, le=1_000_000, description="finished executions or orders below which there is no score"
    )


class QualityRiskQuery(RiskFilter):
    """The filter, and the number of entries."""

    limit: WholeNumber = Field(50, ge=1, le=500, description="most phases and most products listed")
