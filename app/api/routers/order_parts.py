"""Parts of one order: its quality errors, and the people who worked on it."""

from __future__ import annotations

from app.api.admission import admitting_router
from app.api.routers.prodplan import PathId, no_order
from app.api.routers.route_declaration import declared
from app.api.schemas.answered import merged
from app.api.schemas.prodplan import OrderErrorsAnswer, OrderPeopleAnswer
from app.api.snapshot_reading import CurrentReading
from app.features.value_gates import ERROR_ATTRIBUTION
from app.planning.order_parts import order_errors, order_people

router = admitting_router("prodplan")


@router.get(**declared("/api/prodplan/orders/{work_order_id}/errors", 404, answer=OrderErrorsAnswer))
def errors_of_order(work_order_id: PathId, reading: CurrentReading) -> OrderErrorsAnswer:
    """One order's quality errors, each with the phase that judged and the phase held responsible."""
    culprits = reading.supports(ERROR_ATTRIBUTION)
    found = order_errors(reading.connection, reading.run, work_order_id, culprits=culprits)
    if found is None:
        raise no_order(reading, work_order_id)
    return merged(OrderErrorsAnswer, reading.answered(), found)


@router.get(**declared("/api/prodplan/orders/{work_order_id}/people", 404, answer=OrderPeopleAnswer))
def people_of_order(work_order_id: PathId, reading: CurrentReading) -> OrderPeopleAnswer:
    """The numbers of those who worked on each execution of one order, and of those qualified for its phase."""
    found = order_people(reading.connection, reading.run, work_order_id)
    if found is None:
        raise no_order(reading, work_order_id)
    return merged(OrderPeopleAnswer, reading.answered(), found)
