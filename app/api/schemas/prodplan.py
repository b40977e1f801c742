"""Orders, routes and the schedule."""

from __future__ import annotations

from pydantic import Field

from app.api.schemas.answered import Answered
from app.planning.orders import Order, OrderDetail
from app.planning.routes import StandardRoute
from app.planning.schedule import Schedule


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
