"""One sample workbook by `python3 -m app sample-workbook`, ended with the benchmark: `python -m … JOB`.

JOB: JSON of {"target": file, "scale": number, "seed": number}.
"""

from __future__ import annotations

import subprocess
import sys

from benchmarks.ingestion_speed.children import ChildFailed, answer, awaited, end_with_the_benchmark, job


def main() -> None:
    task = job()
    answer(ready=True)
    awaited()
    end_with_the_benchmark()
    options = ["--scale", f"{task['scale']:g}", "--seed", str(task["seed"])]
    command = [sys.executable, "-m", "app", "sample-workbook", task["target"], *options]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ChildFailed(f"no sample of scale {task['scale']:g}: {' '.join(done.stderr.split())}")
    answer(written=task["target"])


if __name__ == "__main__":
    main()
