"""The worker's part in alerts: looks for events, and delivers those that are queued."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from app.worker.alert_delivery import AddressRefused, deliver
from app.worker.alert_events import queue_alerts
from app.worker.alerts_file import AlertsError, load_alerts
from app.worker.carrying import Station

log = logging.getLogger(__name__)


def look_for_alerts(station: Station) -> None:
    """Queue the deliveries of new events; without a file of alerts nothing is looked at."""
    path = station.settings.alerts_file
    if path is None:
        return
    try:
        alerts = load_alerts(path)
    except AlertsError as error:
        log.warning("no alerts are sent: %s", error)
        return
    with station.engine() as engine, engine.begin() as connection:
        queue_alerts(connection, station.settings.plant, alerts)


def deliver_to(path: Path | None, webhook: str, event: dict[str, Any]) -> None:
    """Deliver a queued event, unless its webhook is no longer declared. Raises DeliveryFailed, to be tried again."""
    try:
        declared = {one.name: one for one in load_alerts(path).webhooks} if path is not None else {}
        if webhook in declared:
            deliver(declared[webhook], event)
    except (AlertsError, AddressRefused) as error:
        log.warning("event %s was not sent: %s", event["id"], error)
