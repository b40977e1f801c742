"""The measurements in their order: rounds, each with the baseline and everything that is compared with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.database.access.roles import roles_for
from benchmarks.ingestion_speed import statements
from benchmarks.ingestion_speed.children import Child
from benchmarks.ingestion_speed.client import ROLE_PREFIX
from benchmarks.ingestion_speed.figures import NotMeasured
from benchmarks.ingestion_speed.processes import has_proc
from benchmarks.ingestion_speed.record import Record
from benchmarks.ingestion_speed.servers import Site

SAMPLE_EVERY_S = 0.02
KEEP = 3
"""Snapshots that an ingestion keeps by default."""
KEEP_ONE = 1
"""Snapshots kept by the ingestions with a reader, so that old runs are dropped, which takes locks."""
EMPTY = "empty"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Workbooks:
    """The workbook that is measured, its copy with few changes, and samples of several sizes."""

    given: Path
    changed: Path
    samples: dict[float, Path]
    empty: Path


class Campaign:
    """Measures into a record. folder: where reports go."""

    def __init__(self, record: Record, workbooks: Workbooks, sites: dict[str, Site], folder: Path, say: Say) -> None:
        self._record, self._workbooks, self._sites = record, workbooks, sites
        self._folder, self._say = folder, say
        self._title = ""

    def carry_out(self, rounds: int) -> None:
        """Measure each round, then what is measured once."""
        for number in range(1, rounds + 1):
            self._title = f"round {number} of {rounds}"
            self._round(is_last=number == rounds)
        self._title = "once"
        self._memory()
        self._statements()

    def _round(self, is_last: bool) -> None:
        for reader in ("inflate", "openpyxl"):
            self._floor(reader)
        self._loads_on_throwaway(is_last)
        self._floor("calamine")
        with self._record.attempt("first, durable"), self._sites["durable"].fresh_database() as url:
            self._load("first, durable", url, self._workbooks.given, site="durable")
        sizes = {f"{scale:g}": workbook for scale, workbook in self._workbooks.samples.items()}
        for name, workbook in {EMPTY: self._workbooks.empty, **sizes}.items():
            with self._record.attempt("growth"), self._sites["throw-away"].fresh_database() as url:
                found = self._ingested(url, workbook, allow_empty=name == EMPTY)
                self._record.growth.setdefault(name, []).append(found)
                self._tell(f"first load, scale {name}", found)

    def _loads_on_throwaway(self, is_last: bool) -> None:
        """First, again, changed: each finds the one before live; without the first the others mean nothing."""
        given, changed = self._workbooks.given, self._workbooks.changed
        with self._record.attempt("first"), self._sites["throw-away"].fresh_database() as url:
            self._load("first", url, given)
            with self._record.attempt("forced"):
                self._load("forced", url, given, force=True)
            with self._record.attempt("changed"):
                self._load("changed", url, changed)
                if is_last:
                    with self._record.attempt("no-op"):
                        self._record.no_op = self._ingested(url, changed, action="no-op")
            if is_last:
                self._reader(url)

    def _floor(self, reader: str) -> None:
        with (
            self._record.attempt(reader),
            Child("floors", reader=reader, workbook=str(self._workbooks.given)) as child,
        ):
            found = child.asked(go=True)
            self._record.floors.setdefault(reader, []).append(found)
            self._tell(f"{reader} alone", found)

    def _load(self, name: str, url: str, workbook: Path, *, site: str = "throw-away", force: bool = False) -> None:
        used = self._sites[site].cpu_s()
        found = self._ingested(url, workbook, force=force)
        now = self._sites[site].cpu_s()
        found["server_cpu_s"] = None if used is None or now is None else now - used
        self._record.loads.setdefault(name, []).append(found)
        self._tell(f"{name} load", found)

    def _ingested(self, url: str, workbook: Path, **more: Any) -> dict[str, Any]:
        with self._client(url, workbook, **more) as client:
            return client.asked(go=True)

    @contextmanager
    def _client(self, url: str, workbook: Path, **more: Any) -> Iterator[Child]:
        task = {
            "action": "ingest",
            "force": False,
            "allow_empty": False,
            "keep": KEEP,
            "folder": str(self._folder),
            **more,
        }
        with Child("client", url=url, workbook=str(workbook), **task) as client:
            yield client

    def _reader(self, url: str) -> None:
        """One more publication, with old runs to drop, under a reader that never pauses and one that holds on."""
        with (
            self._record.attempt("reader"),
            Child("reader", url=url, role=roles_for(ROLE_PREFIX).api) as reader,
        ):
            found = self._ingested(url, self._workbooks.given, force=True, keep=KEEP_ONE)
            self._record.reader = reader.asked(window=found["publishing"])
            self._tell("load beside readers", found)

    def _memory(self) -> None:
        """First load and forced re-run once more, watched: watching takes time of its own, so they are not timed."""
        with self._record.attempt("memory"), self._sites["throw-away"].fresh_database() as url:
            if not has_proc():
                raise NotMeasured("this system has no /proc/PID/smaps_rollup")
            for name, force in (("first", False), ("forced", True)):
                self._record.memory[name] = self._watched(url, force)

    def _watched(self, url: str, force: bool) -> dict[str, Any]:
        site = self._sites["throw-away"]
        with ExitStack() as stack:
            client = stack.enter_context(self._client(url, self._workbooks.given, force=force))
            watched = {"client": client.pid, "server": site.postmaster, "data": str(site.data)}
            sampler = stack.enter_context(Child("sampler", **watched, every_s=SAMPLE_EVERY_S))
            self._tell("load watched for memory", client.asked(go=True))
            found = sampler.asked(stop=True)
        if "not_measured" in found:
            raise NotMeasured(found["not_measured"])
        return found

    def _statements(self) -> None:
        with self._record.attempt("statements"), self._sites["durable"].fresh_database() as url:
            statements.begin(url)
            self._tell("load with statements counted", self._ingested(url, self._workbooks.given))
            self._record.statements = statements.costliest(url)

    def _tell(self, what: str, found: dict[str, Any]) -> None:
        self._say(f"{self._title}: {what}: {found['seconds']:.2f} s")
