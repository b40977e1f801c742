"""One sample workbook by `python3 -m app sample-workbook`, on the benchmark's leash: `python -m … JOB`.

JOB: JSON of {"target": file, "scale": number, "seed": number}.
"""

from __future__ import annotations

import subprocess
import sys

from benchmarks.ingestion_speed.children import ChildFailed, answer, awaited, job, on_the_leash


def main() -> None:
    task = job()
    answer(ready=True)
    awaited()
    on_the_leash()
    options = ["--scale", f"{task['scale']:g}", "--seed", str(task["seed"])]
    command = [sys.executable, "-m", "app", "sample-workbook", task["target"], *options]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ChildFailed(f"no sample of scale {task['scale']:g}: {' '.join(done.stderr.split())}")
    answer(written=task["target"])


if __name__ == "__main__":
    main()
