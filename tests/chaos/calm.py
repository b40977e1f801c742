"""Measures a ground before the first fault: the content and the answers of each workbook, and how long things take."""

from __future__ import annotations

import os
import signal
import statistics
import time
from collections.abc import Callable

from app.ingestion.sheets.comparison import checksums
from tests.chaos.books import Book
from tests.chaos.client import Client
from tests.chaos.ground import Told, until
from tests.chaos.invariants import Findings, judge_leftovers, judge_rows
from tests.chaos.proxy import troubled
from tests.chaos.reader import PATHS, Reader, content
from tests.chaos.scene import Scene
from tests.unpooled import unpooled


def settle(scene: Scene, repeats: int) -> None:
    """Measure the calm, each time as often as `repeats`; then the worker and the reader are at work.

    Raises AssertionError if something is wrong already.
    """
    ground, calm = scene.ground, scene.calm
    scene.client = Client(ground.base_url, ground.new_key())
    published(ground.ingestion(scene.books[0].path).told())
    calm.normal_s["api"] = median_of(repeats, lambda: api_s(scene))
    for _ in range(repeats):  # so that each answer is seen to depend on the workbook alone
        for book in scene.books:
            observe(scene, book)
    calm.normal_s["ingestion"] = median_of(repeats, scene.recovered_s)
    with troubled(ground.url, None) as (url, wire):
        published(scene.ingestion(url=url).told())
        calm.passed = dict(wire.passed)
    calm.normal_s["server"] = median_of(repeats, lambda: after_a_stop_s(scene))
    calm.normal_s["worker"] = median_of(repeats, lambda: by_a_new_worker_s(scene))
    scene.reader = Reader(ground.base_url, calm.truth)
    scene.reader.start()
    judge_rows(ground.main, scene.books, calm.images, scene.found)
    judge_leftovers(ground, scene.found)
    assert scene.found == Findings(), scene.found


def median_of(repeats: int, measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(repeats))


def published(told: Told) -> int:
    """The run that a command published."""
    assert told.code == 0, told
    assert told.result is not None
    assert told.result["status"] == "PUBLISHED"
    return int(told.result["run_id"])


def observe(scene: Scene, book: Book) -> None:
    """Ingest a workbook; its rows, checksums and answers must be those of its first time."""
    ground, calm = scene.ground, scene.calm
    live = ground.main.rows(
        "SELECT r.excel_sha256 FROM core.current_snapshot JOIN audit.ingestion_runs AS r USING (run_id)"
    )
    if live != [(book.sha256,)]:
        published(ground.ingestion(book.path).told())
    run_id = ground.main.live()
    assert run_id is not None
    with unpooled(ground.url, ground.roles.ingest).connect() as connection:
        image = checksums(connection, run_id)
    assert calm.images.setdefault(book.sha256, image) == image
    for path in PATHS:
        answer = content(scene.client.asked("GET", path))
        assert calm.truth.setdefault((book.name, path), answer) == answer, path
    others = [answer for (name, path), answer in calm.truth.items() if name != book.name and path == PATHS[0]]
    assert calm.truth[book.name, PATHS[0]] not in others, "an answer must tell of which workbook it is"


def api_s(scene: Scene) -> float:
    """Seconds of a start of the API."""
    if scene.api is not None:
        scene.api.process.send_signal(signal.SIGTERM)
        scene.api.told()
    return scene.start_api()


def after_a_stop_s(scene: Scene) -> float:
    """Seconds of an ingestion that starts the server first, which was stopped in order."""
    server = scene.ground.server
    assert server is not None
    book = scene.book()
    os.kill(server, signal.SIGINT)
    until(lambda: scene.ground.server, lambda seen: seen is None, of="the server's end")
    return scene.recovered_s(book)


def by_a_new_worker_s(scene: Scene) -> float:
    """Seconds from the start of a worker until it has carried out a request that waited for it."""
    if scene.worker is not None:
        scene.worker.process.send_signal(signal.SIGTERM)
        scene.worker.told()
    run_id = scene.client.request(scene.book())
    began = time.monotonic()
    scene.start_worker()
    assert scene.client.ended(run_id) == "PUBLISHED"
    return time.monotonic() - began
