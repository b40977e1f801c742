"""The place of a campaign: a durable server with data of its own, commands, an API and workers as real processes."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from app.config import Settings
from app.database.access.roles import Roles, roles_for
from app.database.bootstrap import bootstrap
from app.database.errors import LocalServerBusy
from app.database.persistent import down, status, up
from app.database.providers.cluster import free_port
from app.database.providers.keeper import DATA, postmaster
from tests.integration.forked import Forked, Stem
from tests.unpooled import unpooled

MODULES = (
    "app.commands.cli",
    "app.worker.service",
    "app.ingestion.pipeline",
    "app.ingestion.reports.rejected_workbook",
)
MODULES_OF_THE_API = ("app.api.application", "app.api.process.server", "app.database.bootstrap")
PROGRAM = """
import os, sys
for number, name in ((1, "out"), (2, "err")):
    descriptor = os.open(f"{sys.argv[1]}.{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(descriptor, number)
    os.close(descriptor)
if "LARGEST_FILE" in os.environ:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(os.environ["LARGEST_FILE"]),) * 2)
sys.argv[:] = ["prodplan", *sys.argv[2:]]
from app.worker import caretaking
caretaking.HEARTBEAT_S, caretaking.DEAD_AFTER_S, caretaking.LOOK_EVERY_S = 0.3, 3.0, 0.3
from app.worker import service
service.HEARTBEAT_S, service.DEAD_AFTER_S = caretaking.HEARTBEAT_S, caretaking.DEAD_AFTER_S
from app.commands.cli import main
main()
"""
"""A command whose words go to files. Workers notice each other's death within three seconds, not ten."""
WITHIN_S = 120.0
DATABASE = "prodplan"
DISKS_MB = {"disk": 600, "reports": 4}
"""Folders that are disks of their own where that can be, with their megabytes."""
ALLOWED = ("--allow-shrink", "--allow-older", "--allow-implausible")
"""The variants follow each other in any order: a smaller one after a larger one is no accident here."""


class Hung(AssertionError):
    """A process or an answer did not come within its time."""


@dataclass(frozen=True)
class Told:
    """The end of a command: its exit code (negative: the signal that killed it) and its words."""

    code: int
    out: str
    err: str

    @property
    def result(self) -> dict[str, Any] | None:
        """The object that a command printed with --json."""
        with suppress(ValueError):
            found: dict[str, Any] = json.loads(self.out)
            return found
        return None


@dataclass
class Command:
    """A running command."""

    process: Forked
    said: Path

    def told(self, within_s: float = WITHIN_S) -> Told:
        """Wait for its end. Raises Hung, and kills it, after `within_s`."""
        try:
            code = self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            raise Hung(f"{self.said.name} did not end within {within_s:g} s: {self._words('err')[-300:]}") from None
        finally:
            self.process.discard()
        told = Told(code, self._words("out"), self._words("err"))
        for name in ("out", "err"):
            self.said.with_suffix(f".{name}").unlink(missing_ok=True)
        return told

    def _words(self, name: str) -> str:
        path = self.said.with_suffix(f".{name}")
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


@dataclass(frozen=True)
class Place:
    """A plant's database."""

    url: sa.URL
    roles: Roles
    plant: str = "main"

    def rows(self, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """A statement's rows, by the superuser."""
        with unpooled(self.url).connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(statement), parameters)]

    def live(self) -> int | None:
        """The live run."""
        found = self.rows("SELECT run_id FROM core.current_snapshot WHERE plant = :plant", plant=self.plant)
        return found[0][0] if found else None


@dataclass
class Ground:
    """A server's folder and what works on it.

    mounted: data and reports lie on small disks of their own, which may be filled. servers: the first process of each
    server that there was.
    """

    folder: Path
    stem: Stem
    mounted: bool
    roles: Roles = field(default_factory=lambda: roles_for("prodplan"))
    port: int = field(default_factory=free_port)
    numbers: Iterator[int] = field(default_factory=count)
    servers: set[int] = field(default_factory=set)
    settings: Settings = field(init=False)
    main: Place = field(init=False)

    def __post_init__(self) -> None:
        self.settings = Settings(_env_file=None, local_dir=self.folder / "disk")
        for name in ("tmp", "words", "uploads"):
            (self.folder / name).mkdir()
        url = up(self.settings).set(database=DATABASE)
        bootstrap(url, database=DATABASE, roles=self.roles)
        self.main = Place(url, self.roles)

    @property
    def url(self) -> sa.URL:
        """The database of the one plant that most rounds are about."""
        return self.main.url

    @property
    def data(self) -> Path:
        """The server's data folder."""
        return status(self.settings).folder / DATA

    @property
    def server(self) -> int | None:
        """The server's first process; None while it does not run."""
        return postmaster(self.data)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self, url: sa.URL | None = None, **more: str) -> dict[str, str]:
        """A command's variables; without a URL it starts and finds the persistent server by itself."""
        kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
        named = {"DATABASE_URL": url.render_as_string(hide_password=False)} if url is not None else {}
        folders = {"LOCAL_DIR": "disk", "TMPDIR": "tmp", "UPLOAD_DIR": "uploads"}
        own = {name: str(self.folder / folder) for name, folder in folders.items()}
        return kept | named | own | {"PATH": "", "RATE_INGESTION": "1000000/second"} | more

    def start(self, *arguments: str, url: sa.URL | None = None, **more: str) -> Command:
        """Start `python3 -m app ARGUMENTS`."""
        said = self.folder / "words" / f"{next(self.numbers)}-{arguments[0]}"
        forked = self.stem.fork(PROGRAM, str(said), *arguments, environment=self.environment(url, **more))
        return Command(forked, said)

    def ingestion(self, book: Path, *, url: sa.URL | None = None, **more: str) -> Command:
        """Start the ingestion of a workbook."""
        reports = ("--reports", str(self.folder / "reports"))
        return self.start("ingest", str(book), "--json", *ALLOWED, *reports, url=url, **more)

    def new_key(self) -> str:
        """An API key that may read and ask for ingestions."""
        made = self.start("api-key", "chaos", "--scope", "read", "--scope", "ingest", "--json").told().result
        assert made is not None
        return str(made["key"])

    def answers(self) -> bool:
        """True once the API answers with data."""
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.base_url}/api/kpis/overview", timeout=30).status_code in (200, 503)
        return False


def until(look: Callable[[], Any], satisfied: Callable[[Any], Any], *, of: str, within_s: float = WITHIN_S) -> Any:
    """Look again and again until `satisfied` is true of the value; returns it. Raises Hung after `within_s`."""
    deadline = time.monotonic() + within_s
    while not satisfied(seen := look()):
        if time.monotonic() > deadline:
            raise Hung(f"{of}: {seen} after {within_s:g} s")
        time.sleep(0.01)
    return seen


@contextmanager
def ground_in(folder: Path, stem: Stem) -> Iterator[Ground]:
    """A ground in an empty folder that the server's account may enter; nothing runs or is mounted when it ends."""
    disks = [folder / name for name in DISKS_MB]
    for disk in disks:
        disk.mkdir()
    with ExitStack() as stack:
        mounted = [stack.enter_context(small_disk(disk)) for disk in disks]
        try:
            yield Ground(folder, stem, all(mounted))
        finally:
            with suppress(LocalServerBusy):
                down(Settings(_env_file=None, local_dir=folder / "disk"))


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mount a small disk in memory on the folder, which only root may, for the block; False where that cannot be."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISKS_MB[folder.name]}m,mode=755", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
