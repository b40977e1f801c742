"""Orders, routes and the schedule."""

from __future__ import annotations

from pydantic import Field

from app.api.schemas.answered import Answered
from app.planning.backlog import Backlog
from app.planning.bottlenecks import Bottlenecks
from app.planning.dispatch_list import DispatchList
from app.planning.order_estimate import OrderEstimate
from app.planning.order_list import ListedOrder
from app.planning.order_parts import OrderErrors, OrderPeople
from app.planning.orders import OrderDetail, OrderPhases
from app.planning.risk import RiskQueue
from app.planning.routes import StandardRoute
from app.planning.schedule import Schedule
from app.planning.simulation.weekly_load import Load
from app.planning.wip_age import WorkByAge


class OrdersAnswer(Answered):
    """One page of orders."""

    orders: list[ListedOrder]
    next_cursor: str | None = Field(description="continues after this page; null: this was the last")


class OrderAnswer(Answered, OrderDetail):
    """One order."""


class OrderPhasesAnswer(Answered, OrderPhases):
    """One order's phases."""


class OrderEstimateAnswer(Answered, OrderEstimate):
    """One order's place and end."""


class OrderErrorsAnswer(Answered, OrderErrors):
    """One order's quality errors."""


class OrderPeopleAnswer(Answered, OrderPeople):
    """The people of one order."""


class RouteAnswer(Answered, StandardRoute):
    """A product's standard route."""


class ScheduleAnswer(Answered, Schedule):
    """The shop floor."""


class WorkByAgeAnswer(Answered, WorkByAge):
    """Work by age."""


class LoadAnswer(Answered, Load):
    """Load and capacity."""


class BottlenecksAnswer(Answered, Bottlenecks):
    """Phases by days of work ahead."""


class BacklogAnswer(Answered, Backlog):
    """Open orders by due week."""


class RiskQueueAnswer(Answered, RiskQueue):
    """Open orders by risk of lateness."""


class DispatchAnswer(Answered, DispatchList):
    """The work at each phase."""
