"""The command line of the benchmark of growth."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console

from app.config import load_settings
from benchmarks.growth.growth_judgement import EMPTY, judged
from benchmarks.growth.growth_tables import BEGIN, TITLE, as_json, as_markdown, tables_of
from benchmarks.growth.plants import measure_plants
from benchmarks.growth.record import EXPECTED_TROUBLE, Record
from benchmarks.growth.snapshots import measure_snapshots
from benchmarks.ingestion_speed.children import Child
from benchmarks.ingestion_speed.machine import described, file_system
from benchmarks.ingestion_speed.presentation import put_into
from benchmarks.ingestion_speed.servers import Site, durable_site
from benchmarks.ingestion_speed.workbooks import LARGEST_SCALE, make_empty, make_samples
from benchmarks.reporting import Benchmark, parsed, parser_of, report, working_folder

SMALL_SCALES = (0.001, 0.004)
"""Samples of the plants; the first is that of the snapshots."""


@dataclass(frozen=True)
class Options:
    """Options of the command. requests: to the API, for each number of plants. rounds: of each sample. repeats: of what
    is measured at each number of snapshots."""

    snapshots: tuple[int, ...]
    plants: tuple[int, ...]
    scales: tuple[float, ...]
    requests: int
    rounds: int
    repeats: int
    json: Path | None
    write: Path | None


FULL = {"snapshots": "1,100,300,500", "plants": "1,20,60", "scales": "0.01,0.03,0.1,0.3"}
QUICK = {"snapshots": "1,2", "plants": "1,2", "scales": "0.001,0.004"}


def options_of(arguments: Sequence[str], description: str) -> Options:
    """The command line, understood; ends the program with 2 and one sentence when it cannot be."""
    parser = parser_of(description, quick="few of everything: does it work, not how it grows")
    for name, numbers in FULL.items():
        parser.add_argument(f"--{name}", help=f"numbers in rising order (default {numbers})")
    given = parsed(parser, arguments)
    chosen = {name: getattr(given, name) or (QUICK if given.quick else FULL)[name] for name in FULL}
    try:
        snapshots, plants = (tuple(map(int, chosen[name].split(","))) for name in ("snapshots", "plants"))
        scales = tuple(map(float, chosen["scales"].split(",")))
    except ValueError:
        parser.error("--snapshots, --plants and --scales are lists of numbers such as 1,20,60")
    for series in (snapshots, plants, scales):
        if list(series) != sorted(set(series)) or not series[0] > 0:
            parser.error(f"numbers are over 0 and rise, not {','.join(f'{one:g}' for one in series)}")
    if scales[-1] > LARGEST_SCALE:
        parser.error(f"a scale is at most {LARGEST_SCALE:g}")
    requests, rounds, repeats = (30, 1, 1) if given.quick else (600, 2, 5)
    return Options(snapshots, plants, scales, requests, rounds, repeats, given.json, given.write)


def measured(options: Options, console: Console) -> Record:
    """The whole record, on a server and in a folder that are removed afterwards. Raises EXPECTED_TROUBLE when nothing
    can be measured at all."""
    began, now, settings = time.monotonic(), datetime.now().astimezone(), load_settings()
    record, say = Record(machine=described()), console.print
    with ExitStack() as stack:
        folder = stack.enter_context(working_folder(settings))
        samples = make_samples(folder, sorted({*SMALL_SCALES, *options.scales}))
        site = stack.enter_context(durable_site(settings, folder))
        record.machine["server"] = {"version": site.server.version, "file_system": file_system(site.data)}
        measure_rows(record, site, folder, {f"{one:g}": samples[one] for one in options.scales}, options.rounds, say)
        small = [samples[scale] for scale in SMALL_SCALES]
        measure_plants(record, site, settings, small, options.plants, options.requests, folder, say)
        with site.fresh_database() as url:
            measure_snapshots(record, url, small[0], options.snapshots, options.repeats, say)
    record.machine["load_at_end"] = os.getloadavg()[0]
    record.plan = {"began": f"{now:%Y-%m-%d %H:%M %Z}", "took_s": time.monotonic() - began}
    return record


def measure_rows(
    record: Record, site: Site, folder: Path, samples: dict[str, Path], rounds: int, say: Callable[[str], None]
) -> None:
    """First loads of a workbook without rows and of the samples, each in a database and a process of its own."""
    workbooks = {EMPTY: make_empty(folder), **samples}
    for _ in range(rounds):
        for scale, workbook in workbooks.items():
            with record.attempt(f"scale {scale}"), site.fresh_database() as url:
                used = site.cpu_s()
                task = {"action": "ingest", "url": url, "workbook": str(workbook), "folder": str(folder / "reports")}
                with Child("client", force=False, allow_empty=scale == EMPTY, keep=1, **task) as client:
                    found = client.asked(go=True)
                now = site.cpu_s()
                if used is not None and now is not None:
                    found["cpu_s"] += now - used
                record.rows.setdefault(scale, []).append(found)
                say(f"scale {scale}: {found['seconds']:.2f} s")


def main(arguments: Sequence[str], description: str) -> int:
    """Measure and show; returns the exit code of `report`."""
    options = options_of(arguments, description)
    benchmark = Benchmark(
        measured=lambda console: measured(options, console),
        trouble=EXPECTED_TROUBLE,
        judged=judged,
        tables_of=tables_of,
        as_json=as_json,
        put_into=lambda path, record, shown: put_into(path, as_markdown(record, shown), begin=BEGIN, title=TITLE),
    )
    return report(benchmark, json=options.json, write=options.write)
