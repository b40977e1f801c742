"""Events reach the webhooks that want them, once, through a queue of their own; docs/operations/alerts.md."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.config import Settings
from app.database.schema.queue import alerts_queue_of
from app.worker.alert_events import queue_alerts
from app.worker.alerting import look_for_alerts
from app.worker.alerts_file import Alerts
from app.worker.caretaking import release_stalled_jobs
from app.worker.carrying import Station, carry_out
from app.worker.service import queue_app
from tests.integration.ingestion.factory import Rows
from tests.integration.waiting import WITHIN_S
from tests.integration.worker.conftest import Plant, StartWorker
from tests.integration.worker.receiver import Receiver, receiving

SECRET = "a-secret-of-at-least-24-bytes"
EVERYTHING = Alerts.model_validate(
    {
        "thresholds": {"overdue_orders": 0, "late_orders": 10**6, "data_age_hours": 1, "waiting_requests": 0},
        "webhooks": [{"name": "a", "url": "https://example.com", "secret_file": "s"}],
    }
)
ALIVE = EVERYTHING.model_copy(
    update={"thresholds": EVERYTHING.thresholds.model_copy(update={"alive_every_minutes": 5})}
)


def declared(plant: Plant, url: str) -> Path:
    """A file of alerts with one webhook."""
    (plant.folder / "secret").write_text(SECRET)
    path = plant.folder / "alerts.toml"
    path.write_text(
        f"[[webhooks]]\nname = 'erp'\nurl = '{url}'\nsecret_file = '{plant.folder / 'secret'}'\n"
        "allow_private = true\nevents = ['RUN_PUBLISHED', 'RUN_REFUSED', 'RUN_FAILED']\n"
    )
    return path


def station_of(plant: Plant, alerts_file: Path | None = None) -> Station:
    settings = Settings(_env_file=None, upload_dir=plant.folder / "uploads", alerts_file=alerts_file)
    return Station(settings, plant.url, plant.roles)


def told(plant: Plant, alerts: Alerts = EVERYTHING) -> list[tuple[str, dict[str, Any]]]:
    """Type and data of each event that one look queues; the queue is emptied."""
    with plant.connection(plant.roles.ingest) as connection:
        queue_alerts(connection, "main", alerts)
        connection.commit()
        connection.exec_driver_sql("SET LOCAL search_path TO queue")
        found = connection.execute(
            sa.text("DELETE FROM queue.procrastinate_jobs WHERE task_name = 'alert' RETURNING id, args")
        ).all()
        connection.commit()
    events = [args["event"] for _, args in sorted(found, key=lambda row: row[0])]
    return [(event["type"], event["data"]) for event in events]


def carried_out(plant: Plant, run_id: int) -> None:
    carry_out(station_of(plant), run_id, must_stop=lambda: False, last_attempt=True)


def test_each_event_is_told_once_and_a_state_when_it_begins_and_ends(plant: Plant, example: Rows) -> None:
    assert told(plant) == []
    run_id, refused = plant.ask(example), plant.ask(b"no workbook at all", "wrong.xlsx")
    waiting = {"plant": "main", "state": "BEGAN", "value": 2, "limit": 0}
    assert told(plant) == [("REQUESTS_WAIT", waiting)]
    carried_out(plant, run_id)
    carried_out(plant, refused)
    found = dict(told(plant))
    assert found["RUN_PUBLISHED"] == {"plant": "main", "run_id": run_id, "workbook_name": "export.xlsx"}
    assert (found["RUN_REFUSED"]["run_id"], found["RUN_REFUSED"]["workbook_name"]) == (refused, "wrong.xlsx")
    assert found["REQUESTS_WAIT"] == {"plant": "main", "state": "ENDED", "value": 0, "limit": 0, "run_id": run_id}
    assert (found["DATA_OLD"]["state"], found["DATA_OLD"]["limit"]) == ("BEGAN", 1)
    assert "ORDERS_LATE" not in found
    assert told(plant) == []
    patient = EVERYTHING.model_copy(
        update={"thresholds": EVERYTHING.thresholds.model_copy(update={"data_age_hours": 10**6})}
    )
    assert [(kind, data["state"]) for kind, data in told(plant, patient)] == [("DATA_OLD", "ENDED")]


def test_run_that_is_made_live_again_is_told_once(plant: Plant, example: Rows) -> None:
    first = plant.ask(example)
    carried_out(plant, first)
    assert [kind for kind, _ in told(plant)] == ["DATA_OLD"], "the first look notes the runs that there are"
    with plant.connection() as connection:
        connection.exec_driver_sql("UPDATE core.current_snapshot SET published_at = clock_timestamp()")
        connection.commit()
    again = {"plant": "main", "run_id": first, "workbook_name": "export.xlsx", "previous_run_id": first}
    assert [one for one in told(plant) if one[0] == "RUN_PUBLISHED"] == [("RUN_PUBLISHED", again)]
    assert told(plant) == []


def test_gate_that_changed_is_told_with_both_statuses(plant: Plant, example: Rows) -> None:
    carried_out(plant, plant.ask(example))
    told(plant)
    with plant.connection() as connection:
        connection.exec_driver_sql("UPDATE audit.feature_gates SET status = 'DISABLED' WHERE gate = 'produto_join'")
        connection.commit()
    ((kind, data),) = told(plant)
    assert (kind, data["gate"], data["after"]) == ("GATE_CHANGED", "produto_join", "DISABLED")


def test_alive_is_told_again_only_after_its_minutes(plant: Plant) -> None:
    assert [kind for kind, _ in told(plant, ALIVE)] == ["WORKER_ALIVE"]
    assert told(plant, ALIVE) == []
    with plant.connection() as connection:
        connection.exec_driver_sql(
            "UPDATE audit.alert_marks"
            " SET marks = jsonb_set(marks, '{alive_at}', to_jsonb(now() - interval '6 minutes'))"
        )
        connection.commit()
    assert [kind for kind, _ in told(plant, ALIVE)] == ["WORKER_ALIVE"]


def test_failed_delivery_is_repeated_later_and_a_taken_one_never(
    plant: Plant, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with receiving(500, 204) as receiver:
        station = station_of(plant, declared(plant, receiver.url))
        look_for_alerts(station)
        refused = plant.ask(b"no workbook at all", "wrong.xlsx")
        carried_out(plant, refused)
        look_for_alerts(station)
        asyncio.run(worked_off(station))
        ((attempts, status, is_later),) = plant.rows(
            "SELECT attempts, status::text, scheduled_at > now() FROM queue.procrastinate_jobs"
            " WHERE task_name = 'alert'"
        )
        assert (attempts, status, is_later, len(receiver.received)) == (1, "todo", True, 1)
        with plant.connection() as connection:
            connection.exec_driver_sql("SET LOCAL search_path TO queue")
            connection.exec_driver_sql("UPDATE queue.procrastinate_jobs SET scheduled_at = NULL")
            connection.commit()
        asyncio.run(worked_off(station))
        asyncio.run(worked_off(station))
    assert plant.rows("SELECT * FROM queue.procrastinate_jobs WHERE task_name = 'alert'") == []
    first, second = (json.loads(body) for _, body in receiver.received)
    assert first == second
    assert (first["type"], first["data"]["run_id"]) == ("RUN_REFUSED", refused)
    assert not any(text in caplog.text for text in (SECRET, "in-the-address"))


def test_delivery_of_a_worker_that_died_is_queued_again(plant: Plant) -> None:
    station = station_of(plant)
    with plant.connection(plant.roles.ingest) as connection:
        queue_alerts(connection, "main", ALIVE)
        connection.exec_driver_sql("UPDATE queue.procrastinate_jobs SET status = 'doing'")
        connection.commit()
    asyncio.run(released(station))
    assert plant.rows("SELECT status::text, task_name FROM queue.procrastinate_jobs") == [("todo", "alert")]


async def released(station: Station) -> None:
    app = queue_app(station)
    async with app.open_async():
        await release_stalled_jobs(app, "main")


async def worked_off(station: Station) -> None:
    """Deliver all that is due, and return."""
    app = queue_app(station)
    async with app.open_async():
        await app.run_worker_async(
            queues=[alerts_queue_of("main")],
            wait=False,
            install_signal_handlers=False,
            delete_jobs="always",
        )


def test_receiver_that_never_answers_holds_up_no_ingestion(
    plant: Plant, example: Rows, start_worker: StartWorker
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        path = declared(plant, Receiver([], port=silent.getsockname()[1]).url)
        look_for_alerts(station_of(plant, path))
        for _ in range(6):
            plant.ask(b"no workbook at all", "wrong.xlsx")
        start_worker(ALERTS_FILE=str(path))
        assert plant.ended(plant.ask(example)).status == "PUBLISHED"
        silent.settimeout(WITHIN_S)
        silent.accept()[0].close()
