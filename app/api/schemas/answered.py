"""Fields that every answer about the data carries: its run, as_of, and what limits it."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal, TypeVar, cast

from pydantic import BaseModel, Field

from app.api.schemas.gate_fields import GateRate, GateState
from app.contract.quality_issues import WARNINGS
from app.planning.snapshot.local_time import LocalTime


class DataQuality(GateRate, GateState):
    """One gate that limits the answer."""

    match_rate: float | None = Field(description="null: nothing refers, or the gates are not known")
    enabled_at: float
    left_empty: list[str] = Field(description="fields that answers leave null for this reason, where they have them")
    reason: str | None = Field(description="why the gates are not known; null: they are")
    remedy: str


class WarnedSheet(BaseModel):
    """One sheet that the run was published with a warning about, such as refused rows: every figure rests on it."""

    gate: None = Field(None, description="null: no gate limits the answer, but the content of its run")
    status: Literal["DEGRADED"] = "DEGRADED"
    code: str = Field(description="; ".join(f"{one.code}: {one.words}" for one in WARNINGS.values()))
    sheet: str
    rows: int = Field(description="rows, or values, concerned; refused ones without identical repeats")
    detail: str = Field(description="which column, from which Excel row, or which earlier run")
    remedy: str


class Answered(BaseModel):
    """Members of every answer about the data."""

    run_id: int = Field(description="the ingestion run that every figure is of")
    plant: str = Field(description="the plant that every figure is of")
    workbook_name: str = Field(description="name of the export that the run read")
    published_at: dt.datetime = Field(
        description="when the run became the live one, again after a rollback; of a run that is not live: when it was "
        "published first; with zone"
    )
    as_of: LocalTime | None = Field(description="latest event of the run, factory-local; null: it holds no time")
    data_age_hours: int | None = Field(
        description="whole hours since as_of by the service's clock, whose time zone must be the factory's; negative: "
        "that clock is behind; null: as_of is"
    )
    data_quality: list[DataQuality | WarnedSheet] | None = Field(
        description="what limits this answer: gates that it rests on, and warnings of the run; null: nothing does"
    )


Answer = TypeVar("Answer", bound=Answered)


def merged(model: type[Answer], members: dict[str, Any], result: BaseModel) -> Answer:
    """An answer with the fields of both. Both parts are validated already."""
    # pydantic's mypy plugin types model_construct by the bound class alone.
    return cast(Answer, model.model_construct(**members, **dict(result)))
