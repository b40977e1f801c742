"""The backends of all plants: one is made at a plant's first request, and again when its entry in the file changes.

The default plant's is made at the start and stays; its entry is read again at the next start.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import sqlalchemy as sa
from anyio import CapacityLimiter, to_thread

from app.api.gatekeeper import Gatekeeper
from app.api.http import cursor
from app.api.http.problems import Problem
from app.api.keys.keyring import Keyring
from app.api.keys.rate_limits import Rates
from app.api.made_books import MadeBooks
from app.api.metrics import Metrics
from app.api.remembered import Remembered
from app.api.snapshot_reading import POOL_SIZE, PROBE_POOL_SIZE, Backend, api_engine, slot_pools
from app.api.watched_file import WatchedFile
from app.config import NO_PLANTS_FILE, Settings
from app.database.access.roles import Roles
from app.database.errors import DatabaseError
from app.database.revisions.at_head import refuse_older
from app.database.urls import explicit_url, read_url
from app.features.calendar import load_calendar
from app.features.errors import DeclarationError
from app.plants.directory import PlantDirectory, bootstrap_of, directory_of
from app.plants.plants_file import PlantsError, read_plants

FURTHER_POOL_SIZE, FURTHER_PROBE_POOL_SIZE = 4, 1
"""Connections of one worker process for each plant beside the default one; made when they are needed."""
READING_THREADS = 2
log = logging.getLogger("uvicorn.error")


def default_backend(settings: Settings, url: sa.URL, roles: Roles, head: str) -> Backend:
    """The backend of the plant that addresses without a plant's name mean."""
    metrics = Metrics(POOL_SIZE + PROBE_POOL_SIZE)
    backend = Backend(
        settings=settings,
        **engines(settings, url, roles, head, (POOL_SIZE, PROBE_POOL_SIZE)),
        slot_pools=slot_pools(),
        gatekeeper=gatekeeper_of(settings),
        keyring=Keyring(settings),
        made_books=MadeBooks(),
        comparisons=Remembered(),
        shops=Remembered(),
        risk_totals=Remembered(),
        rates=Rates(settings),
        metrics=metrics,
        cursor_key=cursor_key(url, roles, settings.plant),
        head=head,
    )
    watch(backend)
    return backend


def further_backend(settings: Settings, url: sa.URL, roles: Roles, default: Backend) -> Backend:
    """The backend of another plant: engines, places, gates and caches of its own; keys, rates and metrics shared."""
    backend = Backend(
        settings=settings,
        **engines(settings, url, roles, default.head, (FURTHER_POOL_SIZE, FURTHER_PROBE_POOL_SIZE)),
        slot_pools=slot_pools(FURTHER_POOL_SIZE, FURTHER_PROBE_POOL_SIZE),
        gatekeeper=gatekeeper_of(settings),
        keyring=default.keyring,
        made_books=MadeBooks(),
        comparisons=Remembered(),
        shops=Remembered(),
        risk_totals=Remembered(),
        rates=default.rates,
        metrics=default.metrics,
        cursor_key=cursor_key(url, roles, settings.plant),
        head=default.head,
    )
    watch(backend)
    return backend


def engines(settings: Settings, url: sa.URL, roles: Roles, head: str, sizes: tuple[int, int]) -> dict[str, sa.Engine]:
    """A plant's engines: on the standby what is read, if there is one, and on the primary what is written.

    sizes: connections of the pool, and of the probes'. A database whose schema is older than `head` gets none of them.
    """
    standby, (size, probe_size) = read_url(settings), sizes
    primary = api_engine(url, roles, size)
    made = {
        "engine": primary if standby is None else api_engine(standby, roles, size),
        "primary": primary,
        "probe_engine": api_engine(standby or url, roles, probe_size),
    }
    for engine in set(made.values()):
        refuse_older(engine, head, bootstrap_of(settings))
    return made


def gatekeeper_of(settings: Settings) -> Gatekeeper:
    """The plant's gates. On a standby those of its own database: a file has those of a run that it may not hold yet."""
    return Gatekeeper(settings.feature_gates_file if settings.database_read_url is None else None)


def watch(backend: Backend) -> None:
    """Count the connections that a backend lends."""
    for engine in {backend.engine, backend.primary, backend.probe_engine}:
        backend.metrics.watch(engine)


def cursor_key(url: sa.URL, roles: Roles, plant: str) -> bytes:
    """The key of a plant's cursors: one of another plant is not taken, even where both share a database."""
    return cursor.derive_key(url.render_as_string(hide_password=False), roles.prefix, plant)


def close(backend: Backend) -> None:
    """Release a backend's connections and files."""
    backend.made_books.close()
    backend.engine.dispose()
    backend.primary.dispose()
    backend.probe_engine.dispose()


class PlantBackends:
    """Finds the backend of a plant by its name."""

    def __init__(self, settings: Settings, default: Backend, url: sa.URL, roles: Roles) -> None:
        """settings: of the process, with the file of the plants. url: the default plant's database."""
        self.default = default
        self._settings, self._url, self._roles = settings, url, roles
        self._file = WatchedFile(settings.plants_path, self._read, PlantsError)
        self._known = PlantDirectory(settings, {})
        self._complaint = ""
        self._made: dict[str, tuple[PlantDirectory, Backend]] = {}
        self._lock = threading.Lock()
        self._threads = CapacityLimiter(READING_THREADS)

    def _read(self, path: Path) -> PlantDirectory:
        return directory_of(self._settings, read_plants(path))

    def directory(self) -> PlantDirectory:
        """The plants that are known now. While the file cannot be used, those of before stay, and the log says why."""
        if self._settings.plants_file == NO_PLANTS_FILE:
            return self._known
        try:
            self._known = self._file.content()
            self._complaint = ""
        except FileNotFoundError:
            if self._settings.plants_file is None:
                self._known = PlantDirectory(self._settings, {})
            else:
                self._complain(f"{self._settings.plants_path} is no longer there.")
        except (OSError, PlantsError) as error:
            self._complain(str(error))
        return self._known

    def _complain(self, complaint: str) -> None:
        # Once, not for each request.
        if complaint != self._complaint:
            self._complaint = complaint
            log.error("The plants stay as they were: %s", complaint)

    async def listed(self) -> PlantDirectory:
        """The plants that are known now, read beside the event loop."""
        return await to_thread.run_sync(self.directory, limiter=self._threads)

    async def found(self, plant: str) -> Backend | None:
        """The plant's backend; None without such a plant. Raises 503 as a Problem for one whose entry is faulty."""
        return await to_thread.run_sync(self.of, plant, limiter=self._threads)

    def of(self, plant: str) -> Backend | None:
        """The same as `found`, in the caller's thread."""
        directory = self.directory()
        if plant == directory.default:
            return self.default
        with self._lock:
            for gone in set(self._made) - set(directory.names):
                close(self._made.pop(gone)[1])
            if plant not in directory.names:
                return None
            made_for, kept = self._made.get(plant, (None, None))
            if kept is None or made_for is not directory:
                kept = self._made_again(directory, plant, kept)
                self._made[plant] = (directory, kept)
            return kept

    def _made_again(self, directory: PlantDirectory, plant: str, kept: Backend | None) -> Backend:
        """The plant's backend by the file as it is now: the kept one if nothing about the plant changed."""
        try:
            settings = directory.settings_of(plant)
            url = explicit_url(settings) or self._url
            read_url(settings)
            load_calendar(settings.calendar_file)
        except (PlantsError, DatabaseError, DeclarationError) as error:
            log.error("Plant %s cannot be served: %s", plant, error)
            raise unusable() from error
        if kept is not None and kept.settings == settings:
            return kept
        made = further_backend(settings, url, self._roles, self.default)
        if kept is not None:
            close(kept)
        return made

    def made(self) -> list[Backend]:
        """The backends of all plants, those that nobody has asked for yet included; faulty ones are left out."""
        found = []
        for plant in self.directory().names:
            try:
                backend = self.of(plant)
            except Problem:
                continue
            if backend is not None:
                found.append(backend)
        return found

    def close(self) -> None:
        """Release the connections and files of all plants."""
        close(self.default)
        for _, backend in self._made.values():
            close(backend)


def unusable() -> Problem:
    """The Problem for a plant whose entry cannot be used."""
    detail = "This plant's settings cannot be used at the moment; the server's log says why. Other plants are served."
    return Problem(503, "PLANT_UNAVAILABLE", detail)
