"""The running campaign: its ground, what is true of it in calm, and how one gets from a fault to the next calm."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from app.database.providers.cluster import ready_port
from tests.chaos.books import Book
from tests.chaos.client import Client
from tests.chaos.ground import Command, Ground, Hung, Told, until
from tests.chaos.invariants import Findings, false_messages
from tests.chaos.proxy import Stream
from tests.chaos.reader import Reader

NOT_BEGUN, UNDONE, PUBLISHED, READING = "not begun", "undone", "published", "reading"


@dataclass
class Calm:
    """Facts that hold without a fault. normal_s: seconds of an ingestion, and of those with a start."""

    images: dict[str, dict[str, str]] = field(default_factory=dict)
    truth: dict[tuple[str, str], Any] = field(default_factory=dict)
    normal_s: dict[str, float] = field(default_factory=dict)
    passed: Mapping[Stream, int] = field(default_factory=dict)


@dataclass
class Scene:
    """One campaign. Of the present round: `found`; `before` and `last_run`, the live and the latest run as it began;
    `outcome`, the end of what was struck."""

    ground: Ground
    books: list[Book]
    rng: Random
    client: Client = field(init=False)
    calm: Calm = field(default_factory=Calm)
    found: Findings = field(default_factory=Findings)
    before: int | None = None
    last_run: int = 0
    outcome: str = ""
    api: Command | None = None
    worker: Command | None = None
    reader: Reader | None = None

    def book(self) -> Book:
        """A workbook that is not live."""
        live = self.ground.main.rows(
            "SELECT excel_sha256 FROM core.current_snapshot AS c JOIN audit.ingestion_runs AS r USING (run_id)"
            " WHERE c.plant = 'main'"
        )
        return self.rng.choice([book for book in self.books if (book.sha256,) not in live])

    def ingestion(self, book: Book | None = None, **where: Any) -> Command:
        """Start the ingestion of a workbook that is not live."""
        return self.ground.ingestion((book or self.book()).path, **where)

    def a_while(self, normal: str) -> None:
        """Wait for a random part of what such a thing takes in calm, and sometimes a little longer."""
        time.sleep(self.rng.uniform(0, 1.1) * self.calm.normal_s[normal])

    def judge(self, told: Told) -> None:
        """Compare a command's words with what is live now."""
        self.note_outcome()
        self.found.false_messages += false_messages(told, self.before, self.ground.main.live())

    def note_outcome(self) -> None:
        """Record how far the struck ingestion came."""
        begun = self.ground.main.rows("SELECT FROM audit.ingestion_runs WHERE run_id > :last", last=self.last_run)
        self.outcome = PUBLISHED if self.ground.main.live() != self.before else UNDONE if begun else NOT_BEGUN

    def first_start(self) -> None:
        """The first command after a fault must work at its first attempt."""
        told = self.ground.start("runs", "--json").told()
        if told.code != 0:
            self.found.not_started.append(f"runs: {told.code}: {' '.join(told.err.split())[-300:]}")
        self.note_server()

    def note_server(self) -> None:
        """Remember the server's process, so that what it leaves can be recognised when it has ended.

        Raises Hung where it does not answer at the address that the API and the worker know.
        """
        if (server := self.ground.server) is not None:
            self.ground.servers.add(server)
        if (port := ready_port(self.ground.data)) != self.ground.url.port:
            raise Hung(f"the server of port {self.ground.url.port} answers on {port}")

    def recovered_s(self, book: Book | None = None) -> float:
        """Seconds of the first ingestion after a fault, which must publish."""
        book = book or self.book()
        began = time.monotonic()
        told = self.ingestion(book).told()
        took = time.monotonic() - began
        if told.code != 0:
            self.found.not_started.append(f"ingest: {told.code}: {' '.join(told.err.split())[-300:]}")
        self.note_server()
        return took

    def start_api(self) -> float:
        """Start the API; seconds until it answers."""
        began = time.monotonic()
        self.api = self.ground.start("serve", "--port", str(self.ground.port), url=self.ground.url)
        until(self.ground.answers, bool, of="the API")
        return time.monotonic() - began

    def start_worker(self) -> None:
        self.worker = self.ground.start("worker", url=self.ground.url)

    def end(self) -> None:
        """End the processes of the campaign."""
        if self.reader is not None:
            self.reader.stop()
        for command in (self.api, self.worker):
            if command is not None:
                command.process.discard()
