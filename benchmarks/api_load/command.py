"""The command line of the benchmark: arguments, server, workbook, and where the answer goes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from rich.console import Console

from app.config import load_settings
from app.performance.slo.slo_declaration import load_slos
from app.workbook.upload_admission import admit
from benchmarks.api_load.campaign import carry_out, crowd
from benchmarks.api_load.checkouts import commit_of, running_before
from benchmarks.api_load.comparison import compare
from benchmarks.api_load.load_judgement import judged, judged_comparison, judged_overload
from benchmarks.api_load.plan import FULL, QUICK, Plan
from benchmarks.api_load.presentation import BEGIN, BEGIN_COMPARISON, BEGIN_OVERLOAD, TITLE, as_json, as_markdown
from benchmarks.api_load.record import BEFORE, EXPECTED_TROUBLE, NOW, Record
from benchmarks.api_load.service import WORKERS, running
from benchmarks.api_load.tables import comparison_tables, overload_tables, tables_of
from benchmarks.ingestion_speed.children import ROOT
from benchmarks.ingestion_speed.figures import Judged
from benchmarks.ingestion_speed.machine import described, file_system
from benchmarks.ingestion_speed.presentation import described_workbook, put_into
from benchmarks.ingestion_speed.servers import durable_site
from benchmarks.ingestion_speed.tables import Shown
from benchmarks.ingestion_speed.workbooks import LARGEST_SCALE, make_samples
from benchmarks.reporting import Benchmark, parsed, parser_of, report, working_folder

SCALE, QUICK_SCALE = 1.0, 0.025


class Part(StrEnum):
    """A part of the benchmark that can be measured alone."""

    OVERLOAD = "overload"
    COMPARISON = "comparison"


@dataclass(frozen=True)
class Options:
    """Options of the command. workbook: None measures a sample of this scale. before: another checkout to compare.

    only: nothing but this part.
    """

    workbook: Path | None
    before: Path | None
    scale: float
    plan: Plan
    json: Path | None
    write: Path | None
    only: Part | None = None

    @property
    def parts(self) -> list[GeneratedPart]:
        """The parts of the document that are measured."""
        wanted = [LOAD] * (self.only is None) + [OVERLOAD] * (self.only is not Part.COMPARISON)
        return wanted + [COMPARISON] * (self.before is not None)


@dataclass(frozen=True)
class GeneratedPart:
    """A part of the document between marks of its own: its first mark, targets and tables."""

    begin: str
    judged: Callable[[Record], list[Judged]]
    tables: Callable[[Record, Sequence[Judged]], list[Shown]]


LOAD = GeneratedPart(BEGIN, judged, tables_of)
OVERLOAD = GeneratedPart(BEGIN_OVERLOAD, judged_overload, overload_tables)
COMPARISON = GeneratedPart(BEGIN_COMPARISON, judged_comparison, comparison_tables)


def options_of(arguments: Sequence[str], description: str) -> Options:
    """The command line, understood; ends the program with 2 and one sentence when it cannot be."""
    quick = "few requests, a small sample: does it work, not how fast"
    parser = parser_of(description, workbook="the workbook to serve; else a sample", quick=quick)
    parser.add_argument("--scale", type=float, help=f"size of the sample (default {SCALE:g})")
    parser.add_argument("--before", type=Path, metavar="FOLDER", help="another checkout, to compare this one with")
    only = "measure this part alone; the document keeps its other tables"
    parser.add_argument("--only", choices=[one.value for one in Part], help=only)
    given = parsed(parser, arguments)
    scale = given.scale if given.scale is not None else QUICK_SCALE if given.quick else SCALE
    if not 0 < scale <= LARGEST_SCALE:
        parser.error(f"--scale is over 0 and at most {LARGEST_SCALE:g}")
    before = given.before and given.before.resolve()
    if before is not None and not (before / "app" / "__main__.py").is_file():
        parser.error(f"there is no checkout {before}")
    only_part = Part(given.only) if given.only else None
    if (before is None) is (only_part is Part.COMPARISON) and only_part is not None:
        parser.error("--only comparison needs --before, and --only overload leaves the comparison out")
    plan = QUICK if given.quick else FULL
    return Options(given.workbook, before, scale, plan, given.json, given.write, only_part)


def measured(options: Options, console: Console) -> Record:
    """The whole record, on a server and in a folder that are removed afterwards. Raises EXPECTED_TROUBLE when
    nothing can be measured at all."""
    began, now, settings = time.monotonic(), datetime.now().astimezone(), load_settings()
    record = Record(machine=described())
    with ExitStack() as stack:
        folder = stack.enter_context(working_folder(settings))
        if options.workbook:
            workbook, kind = options.workbook.resolve(), "given"
            admit(workbook, settings.max_expanded_mb)  # before a server is made for it
        else:
            console.print(f"making a sample of scale {options.scale:g}")
            workbook, kind = make_samples(folder, [options.scale])[options.scale], f"sample of scale {options.scale:g}"
        site = stack.enter_context(durable_site(settings, folder))
        record.machine["server"] = {"version": site.server.version, "file_system": file_system(site.data)}
        console.print("ingesting the workbook")
        service = stack.enter_context(running(site, workbook, settings, folder / "reports"))
        record.workbook = described_workbook(workbook, kind, service.rows)
        if options.only is Part.OVERLOAD:
            crowd(record, service, options.plan, console.print)
        if options.only is None:
            carry_out(record, service, load_slos(), options.plan, console.print)
        if options.before is not None:
            with record.attempt("before"):
                console.print(f"ingesting the workbook by {options.before}")
                other = stack.enter_context(running_before(site, options.before, workbook, settings, folder))
                compare(record, other, service, load_slos(), options.plan, console.print)
    record.machine["load_at_end"] = os.getloadavg()[0]
    record.plan = {
        **asdict(options.plan),
        "workers": WORKERS,
        "commits": {NOW: commit_of(ROOT), BEFORE: commit_of(options.before) if options.before else ""},
        "began": f"{now:%Y-%m-%d %H:%M %Z}",
        "took_s": time.monotonic() - began,
    }
    return record


def put_tables(path: Path, record: Record, parts: Sequence[GeneratedPart]) -> None:
    """Put the tables of these parts into the document, each between its marks; the others stay."""
    for part in parts:
        shown = part.tables(record, part.judged(record))
        put_into(path, as_markdown(record, shown, part.begin), begin=part.begin, title=TITLE)


def main(arguments: Sequence[str], description: str) -> int:
    """Measure and show; returns the exit code of `report`."""
    options = options_of(arguments, description)
    benchmark = Benchmark(
        measured=lambda console: measured(options, console),
        trouble=EXPECTED_TROUBLE,
        judged=lambda record: [one for part in options.parts for one in part.judged(record)],
        tables_of=lambda record, _: [one for part in options.parts for one in part.tables(record, part.judged(record))],
        as_json=as_json,
        put_into=lambda path, record, _: put_tables(path, record, options.parts),
    )
    return report(benchmark, json=options.json, write=options.write)
