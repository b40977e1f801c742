"""Benchmark of the API's latency, correctness and capacity: a served app of two workers under open-loop load.

    python3 benchmarks/api.py [--workbook FILE] [--scale 1] [--json OUT] [--write docs/perf/api.md] [--quick]
                             [--before FOLDER] [--only overload | --only comparison]

It starts a server with durable settings, ingests the workbook, serves the API, and asks over real HTTP at fixed arrival
rates, every answer checked: each SLO endpoint alone at 50/s; the mix of all of them, 20,000 requests; each at rising
rates until its p95 leaves its target; the first page of orders and a deep one in turn; every other GET endpoint; then
10 to 1,000 connections at once. The load generator, the service and the database share one machine. It leaves nothing
behind.

With --before another checkout, such as `git worktree add FOLDER COMMIT` makes, ingests the workbook by its own code
into a database of its own and serves it; each SLO endpoint of both is asked in turn, and the capacity of both searched.

With --only, the overload alone is measured, in about a minute, or the comparison alone, in about a quarter of an hour;
a document keeps its other tables.

Exit code 0: everything was measured, targets met or not; 1: something was not; 2: wrong usage.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    from project_environment import enter  # type: ignore[import-not-found]

    enter(__file__)

    from benchmarks.api_load.command import main

    sys.exit(main(sys.argv[1:], str(__doc__)))
