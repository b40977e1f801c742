"""The answers' bodies: the typed results of planning, each with the run, as_of and data quality that it rests on."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.features.declaration import Denominator
from app.features.judgement import GateStatus
from app.planning.employees import EmployeeProductivity
from app.planning.inventory import Inventory
from app.planning.kpis import Overview
from app.planning.orders import Order, OrderDetail
from app.planning.quality import CulpritPhases, QualityOverview
from app.planning.routes import StandardRoute
from app.planning.schedule import Schedule


class DataQuality(BaseModel):
    """One gate that limits the answer."""

    gate: str
    status: GateStatus
    relationship: str
    over: Denominator
    match_rate: float | None = Field(description="null: nothing refers, or the gates are not known")
    enabled_at: float
    left_empty: list[str] = Field(description="fields that the answer leaves null for this reason")
    reason: str | None = Field(description="why the gates are not known; null: they are")
    remedy: str


class Answered(BaseModel):
    """Members of every answer about the data."""

    run_id: int = Field(description="the ingestion run that every figure is of")
    as_of: dt.datetime | None = Field(description="latest event of the run, factory-local; null: it holds no time")
    data_quality: list[DataQuality] | None = Field(description="what limits this answer; null: nothing does")


class OrdersAnswer(Answered):
    """One page of orders."""

    orders: list[Order]
    next_cursor: str | None = Field(description="continues after this page; null: this was the last")


class OrderAnswer(Answered, OrderDetail):
    """One order."""


class RouteAnswer(Answered, StandardRoute):
    """A product's standard route."""


class ScheduleAnswer(Answered, Schedule):
    """The shop floor."""


class OverviewAnswer(Answered, Overview):
    """Key figures."""


class EmployeesAnswer(Answered, EmployeeProductivity):
    """Work by employee."""


class InventoryAnswer(Answered, Inventory):
    """Work in process as inventory."""


class QualityAnswer(Answered, QualityOverview):
    """Quality errors."""


class CulpritsAnswer(Answered, CulpritPhases):
    """Quality errors by culprit phase."""


class GateAnswer(BaseModel):
    """One gate and the integers behind it; all null when the gates are not known."""

    gate: str
    status: GateStatus
    relationship: str
    over: Denominator
    match_rate: float | None
    matched: int | None
    referencing: int | None
    enabled_at: float
    degraded_at: float | None
    guards: list[str]
    values: list[str]
    remedy: str


class GatesAnswer(BaseModel):
    """What the live run's data supports."""

    run_id: int
    excel_sha256: str
    source: str = Field(description='where the judgements come from: "file" or "database"')
    closed_because: str | None = Field(description="why every gate is closed; null: the gates are known")
    gates: list[GateAnswer]


class HealthAnswer(BaseModel):
    """The process is alive."""

    status: str = "alive"


class ReadyAnswer(BaseModel):
    """The service can answer."""

    status: str = "ready"
    run_id: int
    schema_revision: str
    gates_source: str


class ProblemBody(BaseModel):
    """RFC 9457 problem details; `code` is stable."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str


class NotSupportedBody(ProblemBody):
    """The data does not support the feature."""

    gate: str
    relationship: str
    over: Denominator
    match_rate: float | None
    matched: int | None
    referencing: int | None
    threshold: float = Field(description="the match rate that opens the feature")
    enabled_at: float
    reason: str = Field(description="MATCH_RATE, or GATES_UNAVAILABLE when the gates of the live run are not known")
    remedy: str


def merged(model: type[Answered], members: dict[str, Any], result: BaseModel) -> Any:
    """An answer of both parts; they were validated already, so this only joins them."""
    return model.model_construct(**members, **dict(result))
