"""Kinds of faults: each strikes once, at a moment of the round's seed, and brings back what it took away.

A kind returns the seconds of the recovery, and the name of what takes as long in calm.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import disk_usage

from tests.chaos.proxy import Stream, Trouble, troubled
from tests.chaos.scene import READING, Scene

Recovered = tuple[float, str]
LONGEST_STALL_S = 1.0
SURELY_PASSED = 0.8
"""Share of a calm ingestion's bytes; the workbooks differ in size."""
MOST_LEFT = 1 << 20
"""Bytes that a filled disk still takes."""


def ingestion_killed(scene: Scene) -> Recovered:
    """SIGKILL to the command that ingests."""
    command = scene.ingestion()
    scene.a_while("ingestion")
    command.process.kill()
    scene.judge(command.told())
    return scene.recovered_s(), "ingestion"


def worker_killed(scene: Scene) -> Recovered:
    """SIGKILL to the worker that carries out a request."""
    return worker_ended(scene, signal.SIGKILL)


def worker_ended(scene: Scene, number: signal.Signals) -> Recovered:
    """End the worker in a request; the next one must end that request, and carry it out if it is asked for again."""
    assert scene.worker is not None
    run_id = scene.client.request(scene.book())
    scene.a_while("worker")
    scene.worker.process.send_signal(number)
    scene.worker.told()
    began = time.monotonic()
    scene.start_worker()
    status = scene.client.ended(run_id)
    scene.note_outcome()
    live = scene.ground.main.live()
    if live != (run_id if status == "PUBLISHED" else scene.before):
        scene.found.false_messages.append(f"request {run_id} is {status}, and run {live} is live")
    again = scene.client.request(scene.book()) if status == "PUBLISHED" else scene.client.ask_again(run_id)
    if (status := scene.client.ended(again)) != "PUBLISHED":
        scene.found.not_started.append(f"run {again}, the next after run {run_id}, is {status}")
    return time.monotonic() - began, "worker"


def api_killed(scene: Scene) -> Recovered:
    """SIGKILL to the API while the reader asks."""
    return api_ended(scene, signal.SIGKILL)


def api_ended(scene: Scene, number: signal.Signals) -> Recovered:
    assert scene.api is not None
    assert scene.reader is not None
    scene.outcome = READING
    scene.a_while("api")
    with scene.reader.sent_away():
        scene.api.process.send_signal(number)
        scene.api.told()
        return scene.start_api(), "api"


def server_killed(scene: Scene) -> Recovered:
    """SIGKILL to the server's first process, or to one of its children, while a command ingests."""
    return server_ended(scene, signal.SIGKILL)


def server_ended(scene: Scene, number: signal.Signals) -> Recovered:
    """End the server during an ingestion. The first command afterwards must work."""
    server = scene.ground.server
    assert server is not None
    command = scene.ingestion()
    scene.a_while("ingestion")
    victims = [server]
    if number is signal.SIGKILL and scene.rng.random() < 0.5:
        victims = children_of(server) or victims
    victim = scene.rng.choice(victims)
    os.kill(victim, number)
    told = command.told()
    began = time.monotonic()
    scene.first_start()
    first_s = time.monotonic() - began
    scene.judge(told)
    return first_s + scene.recovered_s(), "server"


def children_of(pid: int) -> list[int]:
    """Child processes."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text(encoding="ascii").split()] if listed.exists() else []


def connection_cut(scene: Scene) -> Recovered:
    """The wire between command and server is cut at a byte, on the way there or back."""
    stream: Stream = scene.rng.choice(("sent", "answered"))
    strike_wire(scene, Trouble("cut", stream, byte_of(scene, stream)))
    return scene.recovered_s(), "ingestion"


def connection_stalled(scene: Scene) -> Recovered:
    """The wire is silent for up to a second, and goes on: the ingestion must succeed."""
    stream: Stream = scene.rng.choice(("sent", "answered"))
    pause_s = scene.rng.uniform(0, LONGEST_STALL_S)
    code = strike_wire(scene, Trouble("stall", stream, byte_of(scene, stream), pause_s=pause_s))
    if code != 0:
        scene.found.not_started.append(f"an ingestion ended with {code} after a pause of {pause_s:.1f} s")
    return scene.recovered_s(), "ingestion"


def bit_flipped(scene: Scene) -> Recovered:
    """One bit of a copied row changes on its way: no such row may become live."""
    strike_wire(scene, Trouble("flip", "copied", byte_of(scene, "copied"), bit=scene.rng.randrange(8)))
    return scene.recovered_s(), "ingestion"


def byte_of(scene: Scene, stream: Stream) -> int:
    """A random byte of those that pass in that stream during an ingestion, also that of the smallest workbook."""
    return scene.rng.randrange(int(scene.calm.passed[stream] * SURELY_PASSED))


def strike_wire(scene: Scene, trouble: Trouble) -> int:
    """Ingest over a wire with that trouble; the command's exit code."""
    with troubled(scene.ground.url, trouble) as (url, _):
        told = scene.ingestion(url=url).told()
    scene.judge(told)
    return told.code


def disk_filled(scene: Scene) -> Recovered:
    """The disk of the server's data, or that of the reports, is full during an ingestion.

    Where no small disk can be mounted, the command's own files may not grow instead.
    """
    left = scene.rng.randrange(MOST_LEFT)
    if scene.ground.mounted:
        with filled(scene.ground.folder / scene.rng.choice(("disk", "reports")), left):
            told = scene.ingestion().told()
    else:
        told = scene.ingestion(LARGEST_FILE=str(left // 100)).told()
    began = time.monotonic()
    scene.first_start()
    first_s = time.monotonic() - began
    scene.judge(told)
    return first_s + scene.recovered_s(), "server"


@contextmanager
def filled(folder: Path, left: int) -> Iterator[None]:
    """A file that fills the disk of a folder but for some bytes, for the block. No other disk than a mounted one."""
    assert folder.is_mount()
    ballast = folder / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(disk_usage(folder).free - left, 1))
    try:
        yield
    finally:
        ballast.unlink()


def restarted(scene: Scene) -> Recovered:
    """The server, the worker or the API is stopped in order amid its work, and started again."""
    ended = scene.rng.choice((server_stopped, worker_stopped, api_stopped))
    return ended(scene)


def server_stopped(scene: Scene) -> Recovered:
    return server_ended(scene, signal.SIGINT)


def worker_stopped(scene: Scene) -> Recovered:
    return worker_ended(scene, signal.SIGTERM)


def api_stopped(scene: Scene) -> Recovered:
    return api_ended(scene, signal.SIGTERM)


Kind = Callable[[Scene], Recovered]
KINDS: dict[str, Kind] = {
    "ingestion killed": ingestion_killed,
    "worker killed": worker_killed,
    "API killed": api_killed,
    "server killed": server_killed,
    "connection cut": connection_cut,
    "connection stalled": connection_stalled,
    "bit flipped": bit_flipped,
    "disk filled": disk_filled,
    "restarted in order": restarted,
}
