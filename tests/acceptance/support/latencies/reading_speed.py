"""Measures the time in which openpyxl merely reads a workbook, given as the argument of this module.

A process of its own, because the garbage collector would also search every object of the gate's process.
"""

from __future__ import annotations

import json
import sys
import time

import openpyxl


def main(path: str) -> None:
    """Print {rows, seconds}; every sheet, every row, values only, as fast as openpyxl reads."""
    begun = time.perf_counter()
    workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
    rows = sum(1 for sheet in workbook.worksheets for _ in sheet.iter_rows(values_only=True))
    sys.stdout.write(json.dumps({"rows": rows, "seconds": time.perf_counter() - begun}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
