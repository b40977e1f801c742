"""Growth with the plants that one server and one API serve, each with a database of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from urllib.parse import quote

import httpx

from app.api.process.server import served
from app.config import Settings
from app.ingestion.options import Options
from app.ingestion.pipeline import ingest
from benchmarks.growth.record import Record
from benchmarks.growth.snapshots import ROLES
from benchmarks.ingestion_speed.client import REQUESTED_BY
from benchmarks.ingestion_speed.servers import Site

SEED = 7
QUESTION = "kpis/overview"


def measure_plants(
    record: Record,
    site: Site,
    settings: Settings,
    workbooks: Sequence[Path],
    numbers: Sequence[int],
    requests: int,
    folder: Path,
    say: Callable[[str], None],
) -> None:
    """Ingest into each plant, then ask one API for all of them; anew for each number."""
    for number in numbers:
        with record.attempt(f"{number} plants"), ExitStack() as stack:
            names = [f"plant {place}" for place in range(number)]
            urls = [stack.enter_context(site.fresh_database()) for _ in names]
            taken = [
                ingestion_s(url, workbooks[place % len(workbooks)], name)
                for place, (name, url) in enumerate(zip(names, urls, strict=True))
            ]
            file = folder / f"plants-{number}.toml"
            file.write_text("".join(map(entry, names, urls)), encoding="utf-8")
            serving = settings.model_copy(update={"plants_file": file, "plant": names[0], "feature_gates_file": None})
            with served(serving, urls[0], ROLES) as base_url:
                latencies = asked(base_url, names, requests)
            record.plants[number] = {"ingestion_s": taken, "latency_ms": latencies}
            say(f"{number} plants measured")


def entry(name: str, url: str) -> str:
    """The plant's table in the file of the plants."""
    return f'[plants."{name}"]\ndatabase_url = "{url}"\nupload_dir = "uploads/{name}"\n'


def ingestion_s(url: str, workbook: Path, plant: str) -> float:
    """Seconds of a plant's first ingestion."""
    began = time.monotonic()
    ingest(url, workbook, roles=ROLES, options=Options(plant=plant, requested_by=REQUESTED_BY))
    return time.monotonic() - began


def asked(base_url: str, names: Sequence[str], requests: int) -> list[float]:
    """Milliseconds of requests to random plants, after one to each; each answer must be of its plant."""
    rng, latencies = Random(SEED), []
    with httpx.Client(base_url=base_url, timeout=60) as client:
        for name in (*names, *(rng.choice(names) for _ in range(requests))):
            began = time.perf_counter()
            answer = client.get(f"/api/plants/{quote(name)}/{QUESTION}")
            latencies.append((time.perf_counter() - began) * 1000)
            answer.raise_for_status()
            if answer.json()["plant"] != name:
                raise RuntimeError(f"an answer for {name} is of {answer.json()['plant']}")
    return latencies[len(names) :]
