"""Benchmark of growth: with kept snapshots, with plants, and with rows.

    python3 benchmarks/scaling.py [--snapshots 1,100,300,500] [--plants 1,20,60] [--scales 0.01,0.03,0.1,0.3]
                                  [--json OUT] [--write docs/perf/scaling.md] [--quick]

Snapshots: a database is filled with them by ingestions of a small workbook; at each number the planning of a
statement, its locks, the catalogue's size, an ingestion and the retention of one snapshot are measured. Plants: each
has a database of its own and a workbook of another size; at each number their ingestions are timed, and one API is
asked for all of them in turn. Rows: samples of several sizes in a database each; the fixed part is what a workbook
without rows takes. It starts a server of its own and leaves nothing behind; about ten minutes on a quiet machine.

Exit code 0: everything was measured, targets met or not; 1: something was not; 2: wrong usage.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    from project_environment import enter  # type: ignore[import-not-found]

    enter(__file__)

    from benchmarks.growth.command import main

    sys.exit(main(sys.argv[1:], str(__doc__)))
