"""The gauge of lent connections: never below zero, whatever becomes of a connection."""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa

from app.api.metrics import Metrics


def lent(metrics: Metrics) -> float:
    line = next(
        line
        for line in metrics.text([]).decode().splitlines()
        if line.startswith("prodplan_database_connections_in_use ")
    )
    return float(line.rpartition(" ")[2])


def test_connection_that_was_dead_before_it_was_lent_is_not_counted_as_returned() -> None:
    metrics = Metrics(1)
    engine = sa.create_engine("sqlite://", poolclass=sa.QueuePool, pool_size=1, max_overflow=0)
    metrics.watch(engine)

    def dies(*_: object) -> None:
        raise sqlite3.OperationalError("gone")

    with engine.connect():
        assert lent(metrics) == 1
    assert lent(metrics) == 0
    sa.event.listen(engine, "checkout", dies, insert=True)
    for _ in range(3):
        try:
            engine.connect()
        except (sa.exc.DBAPIError, sqlite3.OperationalError):
            continue
    assert lent(metrics) == 0
    sa.event.remove(engine, "checkout", dies)
    with engine.connect() as connection:
        assert lent(metrics) == 1
        connection.invalidate()
    assert lent(metrics) == 0
    engine.dispose()
