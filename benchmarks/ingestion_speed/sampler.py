"""Samples the memory of processes from a process of its own: `python -m … JOB`, until a line comes on stdin.

JOB: JSON of {"client": pid, "server": pid, "data": folder, "every_s": seconds}. Answers with the fullest moment.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.ingestion_speed.children import answer, awaited, job
from benchmarks.ingestion_speed.figures import NotMeasured
from benchmarks.ingestion_speed.processes import family, memory_of, parents

DATA_EVERY = 10
"""Samples of memory for each look at the data folder, which holds thousands of files."""
BLOCK = 512


def taken(folder: Path) -> int:
    """Bytes that the files of a folder occupy; files that go meanwhile count nothing."""
    total, waiting = 0, [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * BLOCK
        except FileNotFoundError:
            continue
    return total


class Peak:
    """The fullest moment so far: bytes by who holds them, and the most that the data folder took."""

    def __init__(self) -> None:
        self.at_peak = {"client": 0, "workers": 0, "server": 0}
        self.data_bytes = 0
        self.samples = 0

    def add(self, held: Mapping[str, int]) -> None:
        """One more moment."""
        self.samples += 1
        if sum(held.values()) > sum(self.at_peak.values()):
            self.at_peak = dict(held)

    def as_dict(self) -> dict[str, Any]:
        return {
            "peak_bytes": sum(self.at_peak.values()),
            "at_peak": self.at_peak,
            "data_bytes": self.data_bytes,
            "samples": self.samples,
        }


def held_by(client: int, server: int) -> dict[str, int]:
    """Bytes held now by the client, by its workers, and by the server with all its processes. Raises NotMeasured."""
    known = parents()
    workers = family([client], known) - {client}
    return {
        "client": memory_of([client]),
        "workers": memory_of(workers),
        "server": memory_of(family([server], known)),
    }


def sampled(task: Mapping[str, Any], stop: threading.Event) -> Peak:
    """The fullest moment until `stop`. Raises NotMeasured."""
    peak, data = Peak(), Path(task["data"])
    while not stop.is_set():
        began = time.monotonic()
        peak.add(held_by(task["client"], task["server"]))
        if peak.samples % DATA_EVERY == 1:
            peak.data_bytes = max(peak.data_bytes, taken(data))
        stop.wait(max(0.0, task["every_s"] - (time.monotonic() - began)))
    return peak


def main() -> None:
    stop = threading.Event()

    def stop_when_told() -> None:
        awaited()
        stop.set()

    threading.Thread(target=stop_when_told, name="stdin watch", daemon=True).start()
    answer(ready=True)
    try:
        found = sampled(job(), stop).as_dict()
    except NotMeasured as reason:
        found = {"not_measured": str(reason)}
    stop.wait()
    answer(**found)


if __name__ == "__main__":
    main()
