"""Facts that must hold after each round, by the database, the file system and the processes themselves."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.database.run_tables import leftover_tables
from app.ingestion.runs.retention import snapshots
from app.ingestion.sheets.comparison import checksums
from tests.chaos.books import Book
from tests.chaos.ground import WITHIN_S, Ground, Place, Told
from tests.integration.benchmarks.test_ingestion_speed import processes_of
from tests.unpooled import unpooled

ENDING_S, LOOKS = 5.0, 20
"""A leftover stays for so many seconds, which a killed process's children may take to notice it, and so many looks."""
ADVISORY_LOCKS = "SELECT classid, objid FROM pg_locks WHERE locktype = 'advisory' AND granted"
SHARED_MEMORY = Path("/proc/sysvipc/shm")
CREATOR = 4
"""Field of /proc/sysvipc/shm with the process that made the segment."""
Images = Mapping[str, Mapping[str, str]]
"""The checksum of each sheet, by the digest of the workbook, as a calm ingestion left them."""


@dataclass
class Findings:
    """Faults of a round, each in words. rows_lost: rows of kept runs that are missing, or that no workbook has."""

    rows_lost: int = 0
    mixtures: list[str] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    false_messages: list[str] = field(default_factory=list)
    not_started: list[str] = field(default_factory=list)


def judge_rows(place: Place, books: Sequence[Book], images: Images, found: Findings) -> None:
    """Compare each kept run with its workbook: the rows of each table by number, and the content by checksum."""
    digests = dict(place.rows("SELECT run_id, excel_sha256 FROM audit.ingestion_runs"))
    by_digest = {book.sha256: book for book in books}
    with unpooled(place.url, place.roles.ingest).connect() as connection:
        whole = [one.run_id for one in snapshots(connection, place.plant) if one.whole]
        for run_id in whole:
            book = by_digest[digests[run_id]]
            counted = {
                table: connection.exec_driver_sql(
                    f"SELECT count(*) FROM core.{table} WHERE run_id = {run_id}"
                ).scalar_one()
                for table in book.rows
            }
            found.rows_lost += sum(abs(rows - counted[table]) for table, rows in book.rows.items())
            if checksums(connection, run_id) != images[book.sha256]:
                found.mixtures.append(f"run {run_id} has not the content of {book.name}")
    live = place.live()
    if live is not None and live not in whole:
        found.rows_lost += 1
        found.mixtures.append(f"the live run {live} has no whole snapshot")


def judge_named_runs(place: Place, runs: Iterable[tuple[int, str]], found: Findings) -> None:
    """Each run that an answer named must have been published, and with the workbook that the answer named."""
    known = {
        (run_id, name)
        for run_id, name in place.rows(
            "SELECT run_id, workbook_name FROM audit.ingestion_runs WHERE status = 'PUBLISHED'"
        )
    }
    found.mixtures += [f"run {run_id} is no run of {name}" for run_id, name in sorted({*runs} - known)]


def judge_leftovers(ground: Ground, found: Findings, places: Sequence[Place] = ()) -> None:
    """Look for what the round left, which is what stays: a worker at rest and a client that connects leave again."""
    seen = dict[str, tuple[float, int]]()
    deadline = time.monotonic() + WITHIN_S
    while now := [*left(ground, places or [ground.main])]:
        at = time.monotonic()
        seen = {one: (first, looks + 1) for one in now for first, looks in [seen.get(one, (at, 0))]}
        stayed = [one for one, (first, looks) in seen.items() if at - first >= ENDING_S and looks >= LOOKS]
        if stayed or at > deadline:
            found.leftovers += stayed or now
            return
        time.sleep(0.01)


def left(ground: Ground, places: Sequence[Place]) -> Iterator[str]:
    """Tables, records, locks, files and processes that belong to no work."""
    for place in places:
        with unpooled(place.url).connect() as connection:
            yield from leftover_tables(connection)
        for (run_id,) in place.rows("SELECT run_id FROM audit.ingestion_runs WHERE status = 'RUNNING'"):
            yield f"run {run_id} is RUNNING, and nobody works on it"
    for high, low in ground.main.rows(ADVISORY_LOCKS):
        yield f"advisory lock {high}/{low}"
    for path in (*(ground.folder / "reports").glob(".*"), *(ground.folder / "tmp").iterdir()):
        yield f"file {path.name}"
    yield from strangers(ground)


def strangers(ground: Ground) -> Iterator[str]:
    """Processes of this ground besides its server, and shared memory of servers that have ended."""
    server = ground.server
    for process in processes_of(ground.folder):
        if int(process.split()[0]) != server:
            yield f"process {process[:120]}"
    if SHARED_MEMORY.exists():
        for line in SHARED_MEMORY.read_text(encoding="ascii").splitlines()[1:]:
            creator = int(line.split()[CREATOR])
            if creator in ground.servers - {server}:
                yield f"shared memory of the server {creator}"


def false_messages(told: Told, before: int | None, live: int | None) -> Iterator[str]:
    """Sentences of a command's words that are not true. before, live: the live run before it and afterwards."""
    words = " ".join(told.err.split())
    if "Traceback" in words:
        yield f"a traceback: …{words[-200:]}"
    if told.code == 0:
        result = told.result
        if result is None:
            yield "exit code 0 without a result"
        elif result["run_id"] != live:
            yield f"{result['status']} of run {result['run_id']}, and run {live} is live"
    elif told.code > 0:
        if not words:
            yield f"exit code {told.code} without a word"
        if live == before:
            if "is live" in words.replace("may be live", ""):
                yield f"nothing was published: {words[-200:]}"
        elif f"Run {live} is live" not in words and "may be live" not in words:
            yield f"run {live} was published: {words[-200:]}"
    elif told.result is not None and told.result["run_id"] != live:
        yield f"it told of run {told.result['run_id']} before it was killed, and run {live} is live"
