"""Benchmark of the ingestion's time and memory, against merely reading the workbook with openpyxl.

    python3 benchmarks/ingestion.py [--workbook FILE] [--scales 0.1,0.3,1] [--rounds 3] [--json OUT]
                                    [--write docs/perf/ingestion.md] [--quick]

Each round times, in turn and each in a process of its own: openpyxl, calamine and bare inflating; a first load, a
forced re-run and one with 0.1 % of the rows changed; a first load with durable settings; first loads of samples of
several sizes. Ratios are taken within a round, so that a drift of the machine reaches both sides; medians over the
rounds are shown with every value. Only ratios mean anything on another machine. Once: memory, NO-OP, a reader beside a
publication, the server's statements. It starts servers of its own and leaves nothing behind.

Exit code 0: everything was measured, targets met or not; 1: something was not; 2: wrong usage.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    from project_environment import enter  # type: ignore[import-not-found]

    enter(__file__)

    from benchmarks.ingestion_speed.command import main

    sys.exit(main(sys.argv[1:], str(__doc__)))
